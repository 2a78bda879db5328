"""Each policy is one exact order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from handoff.routing.effort import EffortTable, count_questions, estimate_effort
from handoff.routing.model import OrderPolicy, base_language, speaks
from handoff.routing.order import arrange, compare_policies, order_tickets, sort_key
from tests.handoff.routing.values import ticket

# Number -> what differs; every policy sorts these another way.
QUEUE = (
    ticket(1001, age=300, priority=4, effort_minutes=3.0, value=0.0),
    ticket(1002, age=200, priority=2, slack_minutes=90.0, effort_minutes=12.0, value=1.0),
    ticket(1003, age=100, priority=2, slack_minutes=-15.0, effort_minutes=15.0, value=0.0),
    ticket(1004, age=90, priority=2, slack_minutes=None, effort_minutes=4.0, value=3.0),
    ticket(1005, age=5, priority=1, slack_minutes=14.0, effort_minutes=12.0, value=0.0),
    ticket(1006, age=4, priority=3, slack_minutes=240.0, effort_minutes=3.0, value=3.0),
)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (OrderPolicy.PRIORITY, (1005, 1003, 1002, 1004, 1006, 1001)),
        (OrderPolicy.FIFO, (1001, 1002, 1003, 1004, 1005, 1006)),
        (OrderPolicy.QUICK_WINS, (1006, 1001, 1004, 1005, 1002, 1003)),
        (OrderPolicy.VALUE, (1004, 1006, 1002, 1005, 1003, 1001)),
    ],
)
def test_each_policy_is_an_exact_order(policy: OrderPolicy, expected: tuple[int, ...]) -> None:
    ordered = tuple(one.number for one in order_tickets(QUEUE[::-1], policy))

    assert ordered == expected
    assert compare_policies(QUEUE)[policy] == expected


def test_equal_slack_is_decided_by_age_and_equal_age_by_number() -> None:
    same = [
        ticket(3, age=10, slack_minutes=60.0),
        ticket(2, age=20, slack_minutes=60.0),
        ticket(4, age=20, slack_minutes=60.0),
    ]

    assert [one.number for one in order_tickets(same, OrderPolicy.PRIORITY)] == [2, 4, 3]


def test_a_first_time_requester_counts_as_having_waited_longer() -> None:
    regular = ticket(1, age=40, slack_minutes=30.0)
    newcomer = ticket(2, age=15, slack_minutes=45.0, is_first_time=True)
    urgent = ticket(3, age=1, priority=2)
    queue = [regular, newcomer, urgent]

    def numbers(policy: OrderPolicy, head_start: int) -> list[int]:
        boost = timedelta(minutes=head_start)
        ordered = order_tickets(queue, policy, first_time_head_start=boost)
        return [one.number for one in ordered]

    assert numbers(OrderPolicy.PRIORITY, 0) == [3, 1, 2]
    assert numbers(OrderPolicy.PRIORITY, 30) == [3, 2, 1]
    assert numbers(OrderPolicy.FIFO, 20) == [1, 2, 3]
    assert numbers(OrderPolicy.FIFO, 30) == [2, 1, 3]


def test_a_team_with_its_own_policy_orders_its_own_places_in_the_line() -> None:
    line = [
        ticket(1, age=10, priority=1, team_id="returns"),
        ticket(2, age=20, priority=2),
        ticket(3, age=90, priority=3, team_id="returns"),
        ticket(4, age=80, priority=4),
        ticket(5, age=99, priority=5, team_id="returns"),
    ]

    ordered = arrange(line, OrderPolicy.PRIORITY, by_team={"returns": OrderPolicy.FIFO})

    assert [one.number for one in ordered] == [5, 2, 3, 4, 1]


def test_a_head_start_gives_no_promise_to_a_ticket_that_has_none() -> None:
    newcomer = ticket(2, age=0, is_first_time=True)
    promised = ticket(1, age=0, slack_minutes=5000.0)
    head_start = timedelta(hours=2)

    first = sort_key(promised, OrderPolicy.PRIORITY, first_time_head_start=head_start)

    assert first < sort_key(newcomer, OrderPolicy.PRIORITY, first_time_head_start=head_start)


@pytest.mark.parametrize(
    ("known", "minutes", "codes"),
    [
        ({"type": "question"}, 4.0, ["effort_type"]),
        ({"type": None}, 8.0, ["effort_type"]),
        ({"type": "never heard of"}, 8.0, ["effort_type"]),
        ({"type": "question", "category": "other"}, 4.0, ["effort_type"]),
        (
            {"type": "question", "category": "invoice_copy"},
            1.0,
            ["effort_type", "effort_category"],
        ),
        ({"type": "question", "n_characters": 300}, 4.0, ["effort_type"]),
        ({"type": "question", "n_characters": 900}, 6.0, ["effort_type", "effort_length"]),
        ({"type": "question", "n_characters": 99_999}, 14.0, ["effort_type", "effort_length"]),
        ({"type": "question", "n_questions": 3}, 8.0, ["effort_type", "effort_questions"]),
        ({"type": "question", "n_questions": 50}, 14.0, ["effort_type", "effort_questions"]),
    ],
)
def test_effort_is_estimated_from_plain_facts_and_explained(
    known: dict[str, Any], minutes: float, codes: list[str]
) -> None:
    facts: dict[str, Any] = {"category": None, "n_characters": 50, "n_questions": 1, **known}

    effort = estimate_effort(**facts, table=EffortTable(categories={"invoice_copy": -3.5}))

    assert effort.minutes == minutes
    assert [reason.code for reason in effort.reasons] == codes


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Where is it? And when does it come?", "en", 2),
        ("Where is it????", "en", 1),
        ("Πού είναι; Πότε έρχεται;", "el", 2),
        ("here; there", "en", 0),
        ("أين طلبي؟ متى يصل؟", "ar", 2),
        ("Nothing asked.", None, 0),
    ],
)
def test_questions_are_counted_in_every_script(
    text: str, language: str | None, expected: int
) -> None:
    assert count_questions(text, language=language) == expected


def test_regions_do_not_divide_a_language() -> None:
    assert base_language("pt_BR") == "pt"
    assert speaks(["pt-PT"], "pt-BR")
    assert not speaks(["pt"], "pl")
