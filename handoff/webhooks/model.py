"""Values of webhooks: receivers, their keys, and what is sent to them. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from handoff.model import JsonObject, iso

DELIVER: Final = "webhook.deliver"
LANE: Final = "webhooks"
DESCRIPTION_CHARS: Final = 200


class EventType(StrEnum):
    """What a receiver can subscribe to.

    `webhook.test` comes only when somebody asks for it, `rule.fired` only to the receiver that a
    rule or macro names.
    """

    TICKET_CREATED = "ticket.created"
    TICKET_UPDATED = "ticket.updated"
    TICKET_ASSIGNED = "ticket.assigned"
    TICKET_REOPENED = "ticket.reopened"
    TICKET_RESOLVED = "ticket.resolved"
    TICKET_CLOSED = "ticket.closed"
    TICKET_MERGED = "ticket.merged"
    TICKET_ESCALATED = "ticket.escalated"
    TICKET_PRIORITY_CHANGED = "ticket.priority_changed"
    TICKET_SLA_WARNING = "ticket.sla_warning"
    TICKET_SLA_BREACHED = "ticket.sla_breached"
    MESSAGE_CREATED = "message.created"
    RULE_FIRED = "rule.fired"
    TEST = "webhook.test"


_NAMED_ONLY: Final = frozenset({EventType.RULE_FIRED, EventType.TEST})
SUBSCRIBABLE: Final = tuple(kind for kind in EventType if kind not in _NAMED_ONLY)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A signing key by its name; the secret itself is derived when it is needed.

    Attributes:
        id: Goes with every delivery, so that a receiver knows which secret to use.
        check: Tells whether the secret derived now is the one that was shown then.
        expires_at: When it stops signing; None for the newest key.
    """

    id: str
    check: str
    created_at: datetime
    expires_at: datetime | None

    def as_json(self) -> JsonObject:
        """Gives the key without its check."""
        return {
            "id": self.id,
            "created_at": iso(self.created_at),
            "expires_at": iso(self.expires_at),
        }

    def as_stored(self) -> JsonObject:
        """Gives the key as the table keeps it."""
        return {**self.as_json(), "check": self.check}

    def is_live(self, now: datetime) -> bool:
        """Whether it signs."""
        return self.expires_at is None or self.expires_at > now


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A receiver.

    Attributes:
        disabled_reason: Why it was switched off by itself, such as `gone` after an answer 410.
    """

    id: str
    url: str
    description: str
    events: tuple[EventType, ...]
    active: bool
    disabled_reason: str | None
    keys: tuple[SigningKey, ...]
    created_at: datetime
    updated_at: datetime
    created_by: str | None

    def as_json(self) -> JsonObject:
        """Gives the receiver without any secret."""
        return {
            "id": self.id,
            "url": self.url,
            "description": self.description,
            "events": [event.value for event in self.events],
            "active": self.active,
            "disabled_reason": self.disabled_reason,
            "keys": [key.as_json() for key in self.keys],
            "created_at": iso(self.created_at),
            "updated_at": iso(self.updated_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class NewSecret:
    """A receiver with a secret that is shown this once."""

    webhook: Webhook
    key_id: str
    secret: str

    def __repr__(self) -> str:
        return f"NewSecret(webhook={self.webhook.id!r}, key_id={self.key_id!r}, secret=***)"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingEvent:
    """Something to tell receivers.

    Attributes:
        id: The same for every receiver and every try: receivers do not act on it twice.
        type: The most telling name of it.
        wider: Names by which it goes to receivers that did not subscribe to the most telling one.
    """

    id: str
    type: EventType
    at: datetime
    data: JsonObject
    wider: tuple[EventType, ...] = ()

    def type_for(self, subscribed: Collection[str]) -> EventType | None:
        """Gives the name by which a receiver gets it, once; None if it does not want it."""
        names = (self.type, *self.wider)
        return next((name for name in names if name.value in subscribed), None)

    def as_json(self, type: EventType | None = None) -> JsonObject:
        """Gives the body, by one of its names."""
        return {
            "id": self.id,
            "type": (type or self.type).value,
            "timestamp": iso(self.at),
            "data": self.data,
        }
