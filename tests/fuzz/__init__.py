"""Fuzzing of the whole API against a real gateway, from its own description."""
