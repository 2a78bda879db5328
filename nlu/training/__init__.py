"""Training of the language models from open data."""
