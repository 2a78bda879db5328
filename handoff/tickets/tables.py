"""Tables of `handoff.tickets`; bot/migrations follows them."""

from __future__ import annotations
