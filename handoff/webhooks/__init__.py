"""Signed webhooks: who receives what, what is sent, and how it is signed."""
