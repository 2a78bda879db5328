"""Examples of bodies for the OpenAPI document, by the name of their schema.

Bodies may also bring examples of their own (`json_schema_extra`); these are for the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_CONVERSATION: Final = "01m8017st7b5xj44mwr62nnjpp"
_EVENT: Final[Mapping[str, Any]] = {
    "seq": 1,
    "kind": "message",
    "author": "visitor",
    "author_name": None,
    "text": "Πού είναι το δέμα μου;",
    "language": "el",
    "client_id": "m-1",
    "created_at": "2026-11-21T21:47:15.354Z",
    "payload": {},
}
_STATE: Final[Mapping[str, Any]] = {
    "owner": "bot",
    "language": "el",
    "cursor": 1,
    "ticket_number": None,
    "agent_name": None,
}
_USER: Final[Mapping[str, Any]] = {
    "id": "01m8017st5ftx3aekxvvtqxzbt",
    "name": "Ada",
    "email": "ada@shop.example",
    "role": "agent",
    "languages": ["el", "en"],
}
_WEBHOOK: Final[Mapping[str, Any]] = {
    "id": "01m8018a5b7cx2w3vt9k1p0m4n",
    "url": "https://crm.example.org/hook",
    "description": "CRM",
    "events": ["ticket.created", "ticket.updated"],
    "active": True,
    "disabled_reason": None,
    "keys": [{"id": "whk_1", "created_at": "2026-11-21T21:47:15.354Z", "expires_at": None}],
    "created_at": "2026-11-21T21:47:15.354Z",
    "updated_at": "2026-11-21T21:47:15.354Z",
}
_TOKEN: Final[Mapping[str, Any]] = {
    "id": "01m801a0c2d4e6f8g0h2j4k6m8",
    "prefix": "bdk_Xq3T",
    "name": "nightly export",
    "scopes": ["tickets:read"],
    "owner": {"id": _USER["id"], "name": "Ada"},
    "state": "active",
    "created_at": "2026-11-21T21:47:15.354Z",
    "expires_at": "2030-01-01T00:00:00.000Z",
    "last_used_at": None,
    "revoked_at": None,
}
_CUSTOMER: Final[Mapping[str, Any]] = {
    "id": "01m8017st7b5xj44mwr62nnjpp",
    "name": "Ελένη Παπαδάκη",
    "tier": "gold",
    "language": "el",
    "time_zone": "Europe/Athens",
    "notes": "Prefers to be called.",
    "consent": {
        "newsletter": {"given": False, "at": "2026-11-21T21:47:15.354Z", "source": "operator"}
    },
    "attributes": {"orders": 12},
    "identities": [
        {
            "kind": "email",
            "value": "eleni@shop.example",
            "verified": False,
            "source": "form",
            "created_at": "2026-11-21T21:47:15.354Z",
            "verified_at": None,
        }
    ],
    "may_be": [],
    "merged_into": None,
    "version": 3,
    "created_at": "2026-11-21T21:47:15.354Z",
    "updated_at": "2026-11-21T21:47:15.354Z",
}
_MERGE: Final[Mapping[str, Any]] = {
    "id": "01m801a0c2d4e6f8g0h2j4k6m8",
    "kept_id": "01m8017st7b5xj44mwr62nnjpp",
    "dropped_id": "01m8018a5b7cx2w3vt9k1p0m4n",
    "at": "2026-11-21T21:47:15.354Z",
    "actor_id": _USER["id"],
    "undone_at": None,
}

EXAMPLES: Final[Mapping[str, Any]] = {
    "SessionBody": {"locale": "el-GR", "page_url": "https://shop.example/cart"},
    "SessionView": {
        "token": ".eJyrVipTslIyMMy1MDA0Ly4xTSupME5...",
        "conversation_id": _CONVERSATION,
        "visitor_id": "01m8017st5ftx3aekxvvtqxzbt",
        "language": None,
        "language_choice": None,
        "owner": "bot",
        "cursor": 0,
        "ticket_number": None,
    },
    "MessageBody": {"client_id": "m-1", "text": "Πού είναι το δέμα μου;"},
    "AcceptedView": {"event": _EVENT, "duplicate": False},
    "EventsView": {"events": [_EVENT], "cursor": 1, "state": _STATE},
    "StateView": _STATE,
    "LanguageBody": {"language": "el"},
    "ContactBody": {"name": "Ada", "email": "ada@example.org"},
    "TypingBody": {"active": True},
    "LoginBody": {"email": "ada@shop.example", "password": "correct horse battery staple"},
    "SetupBody": {
        "token": "the part of the link behind its last slash",
        "name": "Ada",
        "email": "ada@shop.example",
        "password": "correct horse battery staple",
    },
    "LoginView": {"user": _USER, "csrf": "5f2b..."},
    "CallerView": {"user": _USER, "scopes": ["tickets:read"], "token": _TOKEN},
    "TokenView": _TOKEN,
    "NewTokenView": {"token": _TOKEN, "secret": "bdk_Xq3T..."},
    "AgentTextBody": {"client_id": "r-1", "text": "It leaves today."},
    "TakeBody": {"force": False},
    "PriorityBody": {"level": 1, "reason": "The wedding is on Saturday."},
    "RetryDeadBody": {"kind": "webhook.deliver"},
    "RetriedView": {"retried": 3},
    "WebhookBody": {"url": "https://crm.example.org/hook", "events": ["ticket.created"]},
    "WebhookChangeBody": {"active": False},
    "WebhookView": _WEBHOOK,
    "WebhooksView": {"webhooks": [_WEBHOOK]},
    "WebhookSecretView": {"webhook": _WEBHOOK, "key_id": "whk_1", "secret": "whsec_..."},
    "RotationBody": {"overlap_s": 86400},
    "EventIdView": {"event_id": "evt_01m8017st7b5xj44mwr62nnjpp_q3"},
    "CustomerView": _CUSTOMER,
    "MergeView": _MERGE,
    "MergesView": {"merges": [_MERGE]},
}
