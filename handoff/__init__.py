"""The system of record: who speaks, what was said, which tickets are open, who answers them."""
