"""Tickets, rules and surroundings by hand, for tests of the pure parts."""

from __future__ import annotations

from typing import Any

from handoff.conversation import Owner
from handoff.model import Json, JsonObject
from handoff.rules.engine import Surroundings
from handoff.rules.model import Condition, Rule, TicketFacts
from handoff.rules.parsing import parse_rule
from handoff.ticket import TicketState

HELLO = {"en": "Hello {visitor.name|there}, {ticket.number}", "el": "Γεια {visitor.name|σας}"}
AROUND = Surroundings(
    teams=frozenset({"Billing"}),
    agents=frozenset({"ann@shop.example", "bob@shop.example"}),
    webhooks=frozenset({"hook1"}),
    replies={"hello": HELLO, "strict": {"en": "Dear {visitor.name}"}},
    values={"visitor.name": None, "ticket.number": "BD-1001"},
    languages=("el", "en"),
)


def facts(**values: Any) -> TicketFacts:
    usual: dict[str, Any] = {
        "number": "BD-1001",
        "state": TicketState.NEW,
        "priority": 3,
        "owner": Owner.QUEUE,
        "language": "el",
        "channel": "web",
        "reason": "asked_for_person",
        "waiting_minutes": 5.0,
    }
    return TicketFacts(**{**usual, **values})


def rule(
    name: str = "r", *, then: list[Json] | None = None, position: int = 0, **more: Any
) -> Rule:
    data: JsonObject = {
        "name": name,
        "events": ["ticket_opened"],
        "then": then or [{"add_tag": name}],
        **more,
    }
    return parse_rule(data, where="rule", rule_id=name, position=position)


def condition(when: JsonObject) -> Condition:
    return rule(when=when).when
