"""Tables of `handoff.tokens`; bot/migrations follows them."""

from __future__ import annotations
