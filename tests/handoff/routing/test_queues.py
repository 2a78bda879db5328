"""Views of the queue: what stands in them, in which order, page by page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import insert, update

from handoff.customers.tables import customers
from handoff.errors import RoleNotAllowed, VersionConflict
from handoff.model import Role, User
from handoff.routing.errors import ViewInvalid, ViewNotFound
from handoff.routing.model import OrderPolicy
from handoff.routing.queues import Queues
from handoff.routing.views import BUILT_IN, ViewFilter, ViewOrder, parse_filter
from handoff.store.tables import tickets
from handoff.tickets.tables import ticket_tags, ticket_watchers
from tests.handoff.routing.desk import RoutedDesk


class Shelf:
    """Tickets whose columns are set by hand."""

    def __init__(self, desk: RoutedDesk, user: User) -> None:
        self.desk = desk
        self.user = user
        self.queues: Queues = desk.routing.queues

    async def put(self, **columns: Any) -> str:
        number = await self.desk.ask(columns.pop("words", "Hello"))
        await self.set(number, **columns)
        return number

    async def set(self, number: str, **columns: Any) -> None:
        if columns:
            async with self.desk.world.database.write() as transaction:
                await transaction.connection.execute(
                    update(tickets)
                    .where(tickets.c.number == int(number.partition("-")[2]))
                    .values(**columns)
                )

    async def numbers(
        self, view: ViewFilter, order: ViewOrder = ViewOrder.FIFO, *, limit: int = 50
    ) -> list[str]:
        """The whole view, read page by page."""
        found: list[str] = []
        after = None
        while True:
            page = await self.queues.page(view, order, self.user.id, after=after, limit=limit)
            assert len(page.tickets) <= limit
            found += [ticket.number for ticket in page.tickets]
            if page.next is None:
                return found
            after = page.next


@pytest_asyncio.fixture(loop_scope="session")
async def shelf(desk: RoutedDesk) -> Shelf:
    return Shelf(desk, await desk.agent("Anna", "en"))


async def test_every_part_of_a_filter_chooses(shelf: Shelf) -> None:
    now = shelf.desk.world.clock.now()
    bea = await shelf.desk.agent("Bea", "en")
    team = await shelf.desk.routing.staffing.create_team(name="Returns", members=[shelf.user.id])
    async with shelf.desk.world.database.write() as transaction:
        await transaction.connection.execute(
            insert(customers).values(
                id="c1", tier="gold", notes="", consent={}, attributes={}, version=1,
                created_at=now, updated_at=now,
            )
        )  # fmt: skip
    plain = await shelf.put(language=None)
    chosen = await shelf.put(
        state="pending",
        assignee_id=bea.id,
        team_id=team.id,
        language="pt-BR",
        priority=1,
        type="problem",
        category="billing",
        channel="email",
        customer_id="c1",
        support_tier=2,
        due_at=now + timedelta(minutes=50),
        waiting_since=now - timedelta(minutes=90),
        opened_at=now - timedelta(days=3),
        closed_as="spam",
    )

    chosen_by: list[dict[str, Any]] = [
        {"states": ("pending", "solved")},
        {"ended_as": "spam"},
        {"assignee": bea.id},
        {"team": "mine"},
        {"team": team.id},
        {"languages": ("pt",)},
        {"priorities": (1,)},
        {"types": ("problem",)},
        {"categories": ("billing",)},
        {"channels": ("email",)},
        {"tiers": ("gold",)},
        {"support_tiers": (2,)},
        {"breaching_within_minutes": 60.0},
        {"waiting_longer_than_minutes": 60.0},
    ]
    plain_by: list[dict[str, Any]] = [
        {"ended_as": "none"},
        {"assignee": "none"},
        {"team": "none"},
        {"created_since": now - timedelta(days=1)},
        {"created_within_minutes": 5.0},
    ]
    for part in chosen_by:
        assert await shelf.numbers(ViewFilter(**part)) == [chosen], part
    for part in plain_by:
        assert await shelf.numbers(ViewFilter(**part)) == [plain], part
    assert await shelf.numbers(ViewFilter(breaching_within_minutes=40.0)) == []
    assert await shelf.numbers(ViewFilter(languages=("p",))) == []
    assert await shelf.numbers(ViewFilter()) == [chosen, plain]


async def test_tags_and_watchers_choose_too(shelf: Shelf) -> None:
    now = shelf.desk.world.clock.now()
    bea = await shelf.desk.agent("Bea", "en")
    tagged, untagged = await shelf.put(), await shelf.put()
    rows = [
        {"ticket_number": int(number[3:]), "tag": tag, "removed_at": removed_at}
        for number, tag, removed_at in (
            (tagged, "vip", None), (tagged, "late", None), (untagged, "vip", now),
        )
    ]  # fmt: skip
    async with shelf.desk.world.database.write() as transaction:
        for row in rows:
            values = {"source": "agent", "confidence": 1.0, "at": now, **row}
            await transaction.connection.execute(insert(ticket_tags).values(**values))
        await transaction.connection.execute(
            insert(ticket_watchers).values(
                ticket_number=int(untagged[3:]), user_id=shelf.user.id, at=now
            )
        )

    assert await shelf.numbers(ViewFilter(tags=("vip", "late"))) == [tagged]
    assert await shelf.numbers(ViewFilter(tags=("other",))) == []
    assert await shelf.numbers(ViewFilter(watched_by_me=True)) == [untagged]
    assert (await shelf.queues.count(bea.id))["watched"] == 0
    assert (await shelf.queues.count(shelf.user.id))["watched"] == 1


async def test_the_views_of_the_house_hold_what_they_say(shelf: Shelf) -> None:
    mine = await shelf.put(assignee_id=shelf.user.id, state="open")
    unassigned = await shelf.put()
    pending = await shelf.put(state="pending", assignee_id=shelf.user.id)
    held = await shelf.put(state="on_hold")
    solved = await shelf.put(state="solved")
    spam = await shelf.put(state="closed", closed_as="spam")
    merged = await shelf.put(state="closed", closed_as="merged")
    expected = {
        "open": {mine, unassigned, pending, held},
        "mine": {mine, pending},
        "my_team": set(),
        "unassigned": {unassigned, held},
        "breaching_soon": set(),
        "waiting_for_customer": {pending},
        "on_hold": {held},
        "solved": {solved},
        "spam": {spam},
        "watched": set(),
    }
    assert merged not in set().union(*expected.values())

    counts = await shelf.queues.count(shelf.user.id)

    assert set(counts) == set(BUILT_IN) == set(expected)
    for name, numbers in expected.items():
        view = BUILT_IN[name]
        assert set(await shelf.numbers(view.filter, view.order)) == numbers, name
        assert counts[name] == len(numbers), name


@pytest.mark.parametrize("order", list(ViewOrder))
async def test_pages_give_every_ticket_once_in_the_order_of_the_whole(
    shelf: Shelf, order: ViewOrder
) -> None:
    now = shelf.desk.world.clock.now()
    for position in range(7):
        await shelf.put(
            priority=1 + position % 3,
            opened_at=now - timedelta(minutes=position % 4),
            due_at=None if position % 2 else now + timedelta(minutes=30 * (position % 3) - 30),
            updated_at=now - timedelta(minutes=position % 3),
            type=("question", "problem")[position % 2],
        )

    whole = await shelf.numbers(ViewFilter(), order)

    assert len(set(whole)) == 7
    for limit in (1, 2, 3):
        assert await shelf.numbers(ViewFilter(), order, limit=limit) == whole


async def test_time_that_passes_between_pages_moves_nothing(shelf: Shelf) -> None:
    now = shelf.desk.world.clock.now()
    numbers = [
        await shelf.put(priority=3, due_at=now + timedelta(minutes=minutes))
        for minutes in (10, 20, 30)
    ]
    first = await shelf.queues.page(ViewFilter(), ViewOrder.PRIORITY, shelf.user.id, limit=2)

    shelf.desk.wait(15)
    rest = await shelf.queues.page(
        ViewFilter(), ViewOrder.PRIORITY, shelf.user.id, after=first.next, limit=2
    )

    assert [ticket.number for ticket in first.tickets + rest.tickets] == numbers


async def test_the_policies_can_be_compared_on_the_same_tickets(shelf: Shelf) -> None:
    now = shelf.desk.world.clock.now()
    old = await shelf.put(opened_at=now - timedelta(hours=2), type="problem")
    quick = await shelf.put(opened_at=now - timedelta(hours=1), type="question")
    urgent = await shelf.put(
        words="Total outage for everybody" + " for a long time" * 40, type="complaint"
    )

    found = await shelf.queues.compare(ViewFilter(), shelf.user.id)

    def order(policy: OrderPolicy) -> list[str]:
        return [f"BD-{number}" for number in found.orders[policy]]

    assert order(OrderPolicy.FIFO) == [old, quick, urgent]
    assert order(OrderPolicy.PRIORITY) == [urgent, old, quick]
    assert order(OrderPolicy.QUICK_WINS) == [quick, old, urgent]
    effort = found.efforts[int(urgent[3:])]
    assert [reason.code for reason in effort.reasons] == ["effort_type", "effort_length"]
    assert all(line.is_first_time for line in found.lines.values())


async def test_a_view_is_kept_shared_changed_and_removed(shelf: Shelf) -> None:
    bea = await shelf.desk.agent("Bea", "en")
    queues, anna = shelf.queues, shelf.user
    urgent = ViewFilter(priorities=(1, 2), languages=("el",))
    made = await queues.create_view(
        anna.id, name="  Greek, urgent ", filter=urgent, order=ViewOrder.FIFO, shared=False
    )

    assert (made.name, made.filter, made.version) == ("Greek, urgent", urgent, 1)
    assert made in await queues.list_views(anna.id)
    assert made not in await queues.list_views(bea.id)
    with pytest.raises(ViewNotFound):
        await queues.get_view(made.id, bea.id)

    shared = await queues.change_view(made.id, anna.id, shared=True, expected=frozenset({1}))
    assert (shared.version, shared.name) == (2, "Greek, urgent")
    assert await queues.get_view(made.id, bea.id) == shared
    with pytest.raises(VersionConflict):
        await queues.change_view(made.id, anna.id, name="Other", expected=frozenset({1}))
    with pytest.raises(ViewNotFound):
        await queues.change_view(made.id, bea.id, name="Mine now")
    renamed = await queues.change_view(made.id, bea.id, name="Greek", may_change_all=True)
    assert renamed.name == "Greek"

    await queues.remove_view(made.id, anna.id)
    with pytest.raises(ViewNotFound):
        await queues.get_view(made.id, anna.id)
    with pytest.raises(ViewNotFound):
        await queues.remove_view("open", anna.id, may_change_all=True)


async def test_editors_read_no_tickets_through_views(shelf: Shelf) -> None:
    editor = await shelf.desk.world.agent("Ed", Role.EDITOR)

    with pytest.raises(RoleNotAllowed):
        await shelf.queues.page(ViewFilter(), ViewOrder.FIFO, editor.id)
    with pytest.raises(RoleNotAllowed):
        await shelf.queues.compare(ViewFilter(), editor.id)


async def test_a_filter_survives_being_stored(shelf: Shelf) -> None:
    now = shelf.desk.world.clock.now()
    filters = [view.filter for view in BUILT_IN.values()]
    filters.append(ViewFilter(created_since=now, tags=("vip",), created_within_minutes=5.0))

    assert [parse_filter(one.as_json()) for one in filters] == filters


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"colour": "red"}, "filter"),
        ({"states": "new"}, "states"),
        ({"states": ["lost"]}, "states"),
        ({"ended_as": "well"}, "ended_as"),
        ({"assignee": ""}, "assignee"),
        ({"team": 5}, "team"),
        ({"languages": ["x" * 81]}, "languages"),
        ({"priorities": [0]}, "priorities"),
        ({"priorities": ["1"]}, "priorities"),
        ({"tags": ["a"] * 51}, "tags"),
        ({"breaching_within_minutes": True}, "breaching_within_minutes"),
        ({"breaching_within_minutes": -1}, "breaching_within_minutes"),
        ({"created_since": "yesterday"}, "created_since"),
        ({"created_since": "2026-11-23T09:00:00"}, "created_since"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(data: dict[str, Any], field: str) -> None:
    with pytest.raises(ViewInvalid) as caught:
        parse_filter(data)

    assert caught.value.field == field


async def test_a_view_needs_a_name(shelf: Shelf) -> None:
    with pytest.raises(ViewInvalid, match="name must not be empty"):
        await shelf.queues.create_view(
            shelf.user.id, name=" \u200b ", filter=ViewFilter(), order=ViewOrder.FIFO, shared=False
        )
