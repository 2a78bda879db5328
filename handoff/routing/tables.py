"""Tables of `handoff.routing`; bot/migrations follows them."""

from __future__ import annotations
