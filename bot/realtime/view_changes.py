"""What happened to a view of the queue between two looks at it. Pure.

A view is followed by looking again, because tickets enter and leave it by what happens elsewhere
and by time alone. Of each ticket only a digest is remembered.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Shape: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a view stands.

    Attributes:
        cursor: The newest change of the queue that is in it.
        count: Tickets in the view, also those beyond the ones that are followed.
        tickets: The first ones, in the view's order.
    """

    cursor: int
    count: int
    tickets: Sequence[Shape]

    @property
    def order(self) -> list[str]:
        """The numbers, in order."""
        return [str(ticket["number"]) for ticket in self.tickets]

    @property
    def mark(self) -> str:
        """Where to resume: up to which change, and which tickets in which order."""
        digest = hashlib.sha256(",".join(self.order).encode()).hexdigest()[:12]
        return f"{self.cursor}-{digest}"


def resume_from(mark: str | None, standing: Standing) -> int | None:
    """Gives the change behind which a reader missed something; None when she needs it all.

    She does not when the same tickets stand in the same order as where she left: then only what
    changed about them is news.
    """
    number, _, digest = (mark or "").partition("-")
    if not number.isdecimal() or len(number) > 12:
        return None
    if digest != standing.mark.partition("-")[2] or int(number) > standing.cursor:
        return None
    return int(number)


def whole_frame(standing: Standing) -> dict[str, Any]:
    """Gives everything, for a reader who knows nothing."""
    return {
        "type": "view",
        "mark": standing.mark,
        "count": standing.count,
        "tickets": list(standing.tickets),
    }


def frames_between(
    known: Mapping[str, str], standing: Standing, *, changed: Collection[str] = ()
) -> list[dict[str, Any]]:
    """Gives what a reader needs to go from what she knows to how it stands.

    The last frame carries the mark, so that a reader who is cut off in between begins before them.

    Args:
        known: Ticket number -> digest, as she knows them.
        standing: How it stands.
        changed: Numbers that count as changed whatever their digest says.
    """
    frames: list[dict[str, Any]] = []
    for ticket in standing.tickets:
        number = str(ticket["number"])
        if number not in known:
            frames.append({"type": "entered", "ticket": ticket})
        elif known[number] != digest_of(ticket) or number in changed:
            frames.append({"type": "changed", "ticket": ticket})
    gone = [number for number in known if number not in set(standing.order)]
    frames += [{"type": "left", "number": number} for number in gone]
    frames.append(
        {
            "type": "standing",
            "mark": standing.mark,
            "count": standing.count,
            "order": standing.order,
        }
    )
    return frames


def digests_of(standing: Standing) -> dict[str, str]:
    """Gives what is remembered of a view."""
    return {str(ticket["number"]): digest_of(ticket) for ticket in standing.tickets}


def digest_of(ticket: Shape) -> str:
    """Gives a short name of a ticket as it is."""
    text = json.dumps(ticket, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
