"""Back-up, restore and the move between databases: every row, counted and summed on both sides."""
