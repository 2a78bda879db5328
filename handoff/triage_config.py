"""Reads the section `triage` of `data/service.yml`: whose tickets stand higher. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from handoff.service_file import ServiceFileError, read_list, read_mapping
from handoff.triage_rules import TriageSettings

_KEYS = frozenset({"raise_tiers", "raise_first_contact"})


def parse_triage(data: object, where: str, *, tiers: Sequence[str]) -> TriageSettings:
    """Gives the settings that plain data describes.

    Args:
        data: The section.
        where: Its place, for mistakes.
        tiers: What a customer's tier may be.

    Raises:
        ServiceFileError: It makes no sense; says where.
    """
    entry = read_mapping(data, where, _KEYS)
    place = f"{where} > raise_tiers"
    raised = read_list(entry.get("raise_tiers") or [], place)
    for tier in raised:
        if tier not in tiers:
            known = ", ".join(tiers) or "none; name them under customers > tiers"
            raise ServiceFileError(place, f"there is no tier {tier!r}; known are {known}")
    first = entry.get("raise_first_contact", False)
    if not isinstance(first, bool):
        raise ServiceFileError(f"{where} > raise_first_contact", f"{first!r} is not yes or no")
    return TriageSettings(raise_tiers=frozenset(raised), raise_first_contact=first)
