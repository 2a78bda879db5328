"""What the support lead decides about tickets: spans of time and fields of one's own. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from handoff.errors import FieldInvalid
from handoff.model import Json, JsonObject

TEXT_CHARS: Final = 500


class FieldType(StrEnum):
    """What a field of one's own holds."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    DATE = "date"
    BOOL = "bool"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField:
    """A field of one's own.

    Attributes:
        slug: Its name in data and API.
        required: A ticket cannot be solved without it.
        names: Language -> what agents read; the slug where there is none.
        choices: Of a choice, in order.
    """

    slug: str
    type: FieldType = FieldType.TEXT
    required: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    choices: Sequence[str] = ()

    def check(self, value: Json) -> Json:
        """Gives the value as it is stored.

        Raises:
            FieldInvalid: It is not of the field's type.
        """
        match self.type:
            case FieldType.TEXT if isinstance(value, str) and value.strip():
                if len(value) <= TEXT_CHARS:
                    return value.strip()
                raise FieldInvalid(self.slug, f"has more than {TEXT_CHARS} characters")
            case FieldType.NUMBER if isinstance(value, int | float) and value is not True:
                if value is not False and abs(value) < 1e15:
                    return value
            case FieldType.CHOICE if value in self.choices:
                return value
            case FieldType.DATE if isinstance(value, str) and _is_day(value):
                return value
            case FieldType.BOOL if isinstance(value, bool):
                return value
            case _:
                pass
        raise FieldInvalid(self.slug, f"must be {self.expected}")

    @property
    def expected(self) -> str:
        """What a value must be, for an error's text."""
        return {
            FieldType.TEXT: "text",
            FieldType.NUMBER: "a number",
            FieldType.CHOICE: f"one of {', '.join(self.choices)}",
            FieldType.DATE: "a day such as 2026-12-24",
            FieldType.BOOL: "true or false",
        }[self.type]


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRules:
    """The section `tickets` of the service file.

    Attributes:
        reopen_within: How long after "solved" a visitor's "not solved" reopens the ticket.
        follow_up_within: How long after its end a new ticket of the conversation is linked to it.
        close_after: When a solved ticket is closed for good.
        undo_within: How long a merge or a split can be taken back.
        fields: Fields of one's own by slug.
    """

    reopen_within: timedelta = timedelta(days=7)
    follow_up_within: timedelta = timedelta(days=60)
    close_after: timedelta = timedelta(days=7)
    undo_within: timedelta = timedelta(days=7)
    fields: Mapping[str, CustomField] = field(default_factory=dict)

    def change_fields(self, known: JsonObject, changes: JsonObject) -> JsonObject:
        """Gives a ticket's own fields after changes; null takes a value away.

        Raises:
            FieldInvalid: A field is unknown or a value does not fit it.
        """
        after = dict(known)
        for slug, value in changes.items():
            if slug not in self.fields:
                raise FieldInvalid(slug, "is unknown")
            if value is None:
                after.pop(slug, None)
            else:
                after[slug] = self.fields[slug].check(value)
        return after

    def missing_fields(self, known: JsonObject) -> tuple[str, ...]:
        """Gives the required fields without a value."""
        return tuple(
            slug for slug, own in self.fields.items() if own.required and slug not in known
        )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
