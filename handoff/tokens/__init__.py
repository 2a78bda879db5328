"""API tokens and what makes repeated requests harmless."""
