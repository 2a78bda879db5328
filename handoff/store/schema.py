"""Every table of the core in one place, for migrations, back-ups and tests."""

from __future__ import annotations

import handoff.customers.tables
import handoff.routing.tables
import handoff.rules.tables
import handoff.sla.tables
import handoff.tickets.tables
import handoff.tokens.tables  # noqa: F401
from handoff.store.tables import metadata

__all__ = ["metadata"]
