"""Tables of `handoff.customers`; bot/migrations follows them."""

from __future__ import annotations
