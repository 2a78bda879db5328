"""Training of the embedded encoder from open data: `python -m kb_index.training --data DIR`."""
