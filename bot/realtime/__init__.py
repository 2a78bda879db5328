"""Live delivery: hints in process, numbered events from the database, typing and presence."""
