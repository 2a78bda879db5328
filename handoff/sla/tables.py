"""Tables of `handoff.sla`; bot/migrations follows them."""

from __future__ import annotations
