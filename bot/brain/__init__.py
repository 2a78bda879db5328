"""The brain: Rasa behind a small stateless service."""
