"""When a condition holds, in any language, and what it fails at when it does not."""

from __future__ import annotations

from typing import Any

import pytest

from handoff.conversation import Owner
from handoff.model import JsonObject
from handoff.rules.conditions import holds, reads_words, why_not
from handoff.ticket import TicketState
from tests.handoff.rules.build import condition, facts


@pytest.mark.parametrize(
    ("when", "values"),
    [
        ({"priority": [1, 2]}, {"priority": 2}),
        ({"state": "open"}, {"state": TicketState.OPEN}),
        ({"owner": "queue"}, {"owner": Owner.QUEUE}),
        ({"tags": ["vip", "refund"]}, {"tags": frozenset({"Refund"})}),
        ({"tags": "none"}, {}),
        ({"team": None}, {}),
        ({"language": ["EL", "tr"]}, {}),
        ({"category": "refund"}, {"category": "Refund"}),
        ({"waiting_minutes": {"at_least": 5}}, {}),
        ({"age_minutes": {"at_least": 1, "at_most": 2}}, {"age_minutes": 2.0}),
        ({"idle_minutes": {"at_most": "2 hours"}}, {"idle_minutes": 120.0}),
        ({"hours_open": False}, {"hours_open": False}),
        ({"not": {"priority": 1}}, {}),
        ({"any": [{"priority": 1}, {"channel": "web"}]}, {}),
        ({"priority": 3, "channel": "web"}, {}),
        ({"all": [{"priority": 3}, {"not": {"tags": "vip"}}]}, {}),
    ],
)
def test_a_condition_holds(when: JsonObject, values: dict[str, Any]) -> None:
    assert holds(condition(when), facts(**values))


@pytest.mark.parametrize(
    ("when", "values", "place"),
    [
        ({"priority": [1, 2]}, {}, "when > priority"),
        ({"tags": "none"}, {"tags": frozenset({"x"})}, "when > tags"),
        ({"team": "Billing"}, {}, "when > team"),
        ({"waiting_minutes": {"at_least": 6}}, {}, "when > waiting_minutes"),
        ({"waiting_minutes": {"at_most": 9}}, {"waiting_minutes": None}, "when > waiting_minutes"),
        ({"hours_open": True}, {"hours_open": False}, "when > hours_open"),
        ({"any": [{"priority": 1}, {"channel": "mail"}]}, {}, "when > any"),
        ({"not": {"priority": 3}}, {}, "when > not"),
        ({"all": [{"priority": 3}, {"channel": "mail"}]}, {}, "when > 2 > channel"),
    ],
)
def test_the_place_of_what_fails_is_named(
    when: JsonObject, values: dict[str, Any], place: str
) -> None:
    assert why_not(condition(when), facts(**values)) == place


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        ("refund", "I want a REFUND!"),
        ("geld zurück", "Bitte mein Geld zuruck"),
        ("επιστροφ*", "Θέλω την επιστροφή χρημάτων"),
        ("iade", "Para İADE istiyorum"),
        ("reembolso", "¿Dónde está mi reembolso?"),
        ("remboursement", "Un remboursement, s'il vous plaît"),
        ("rimborso", "Vorrei un rimborso."),
        ("reembols*", "Quero ser reembolsado"),
        ("terugbetaling", "Ik wil een terugbetaling"),
        ("zwrot", "Proszę o zwrot pieniędzy"),
        ("возврат*", "Нужен возврат денег"),
        ("استرداد", "أريد استرداد المال"),
        ("out of stock", "It is out-of-stock again"),
        ("stock*", "first line\nstocked"),
    ],
)
def test_words_are_found_in_every_language(phrase: str, said: str) -> None:
    assert holds(condition({"message": phrase}), facts(message=said))


@pytest.mark.parametrize(
    ("phrase", "said"),
    [("fund", "refund"), ("refund", "refunds"), ("a b", "a c b"), ("a b", "a\n c"), ("x", "")],
)
def test_words_are_whole_words_in_their_order(phrase: str, said: str) -> None:
    assert not holds(condition({"text": phrase}), facts(text=said))


def test_words_cost_a_query_only_where_they_stand() -> None:
    nested: JsonObject = {"any": [{"priority": 1}, {"not": {"all": [{"text": "x"}]}}]}

    assert reads_words(condition(nested))
    assert not reads_words(condition({"not": {"priority": 1}}))
