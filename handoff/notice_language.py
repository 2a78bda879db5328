"""In which language the system speaks to a visitor."""

from __future__ import annotations

from handoff.ports import Ports
from handoff.store.unit import ConversationUnit


def notice_language(unit: ConversationUnit, ports: Ports) -> str:
    """Gives what she chose, else what she writes, else her browser's, else the shop's."""
    record = unit.record
    locale = (record.locale or "").replace("_", "-").partition("-")[0].lower()
    return record.language_choice or record.language or locale or ports.default_language
