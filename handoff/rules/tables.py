"""Tables of `handoff.rules`; bot/migrations follows them."""

from __future__ import annotations
