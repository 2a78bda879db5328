"""A day at the desk with a made-up clock: who writes, who works, and what comes of it."""
