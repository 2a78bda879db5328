"""Links are seen from both sides; watchers are colleagues who may read tickets."""

from __future__ import annotations

import pytest

from handoff.errors import LinkInvalid, RoleNotAllowed, TicketNotFound
from handoff.model import Role
from handoff.tickets.links import LinkKind, links_of
from tests.handoff.world import World


async def relations(world: World, number: str) -> list[tuple[str, str]]:
    async with world.database.read() as connection:
        return [
            (link.number, link.relation) for link in await links_of(connection, int(number[3:]))
        ]


@pytest.mark.parametrize("kind", list(LinkKind))
async def test_a_link_is_seen_from_both_sides_and_goes_again(world: World, kind: LinkKind) -> None:
    first = await world.hand_off(await world.start())
    second = await world.hand_off(await world.start())
    ann = await world.agent()
    links = world.services.links

    done = await links.link(first, ann.id, other=second, kind=kind)
    again = await links.link(first, ann.id, other=second, kind=kind)

    assert (done.duplicate, again.duplicate) == (False, True)
    assert await relations(world, first) == [(second, kind.value)]
    assert await relations(world, second) == [(first, kind.inverse)]
    await links.unlink(first, ann.id, other=second, kind=kind)
    gone = await links.unlink(first, ann.id, other=second, kind=kind)
    assert gone.duplicate
    assert await relations(world, second) == []


async def test_related_tickets_are_so_both_ways(world: World) -> None:
    first = await world.hand_off(await world.start())
    second = await world.hand_off(await world.start())
    ann = await world.agent()
    links = world.services.links
    await links.link(first, ann.id, other=second, kind=LinkKind.RELATED)

    again = await links.link(second, ann.id, other=first, kind=LinkKind.RELATED)
    await links.unlink(second, ann.id, other=first, kind=LinkKind.RELATED)

    assert again.duplicate
    assert await relations(world, first) == []


async def test_links_that_make_no_sense_are_refused(world: World) -> None:
    first = await world.hand_off(await world.start())
    second = await world.hand_off(await world.start())
    ann = await world.agent()
    links = world.services.links
    await links.link(first, ann.id, other=second, kind=LinkKind.PARENT_OF)

    with pytest.raises(LinkInvalid, match="to itself"):
        await links.link(first, ann.id, other=first, kind=LinkKind.RELATED)
    with pytest.raises(LinkInvalid, match="other way round"):
        await links.link(second, ann.id, other=first, kind=LinkKind.PARENT_OF)
    with pytest.raises(TicketNotFound):
        await links.link(first, ann.id, other="BD-9", kind=LinkKind.RELATED)


async def test_watchers_come_and_go_and_are_told(world: World) -> None:
    number = await world.hand_off(await world.start())
    ann, bob = await world.agent("Ann"), await world.agent("Bob")
    links = world.services.links

    on = await links.watch(number, ann.id, user_id=bob.id, on=True)
    again = await links.watch(number, ann.id, user_id=bob.id, on=True)
    events = await world.services.inbox.events_after(0)
    off = await links.watch(number, bob.id, user_id=bob.id, on=False)

    assert (on.ticket.watchers, again.duplicate) == ((bob.id,), True)
    assert events[-1].ticket.watchers == (bob.id,)
    assert off.ticket.watchers == ()


async def test_who_may_not_read_tickets_cannot_watch_them(world: World) -> None:
    number = await world.hand_off(await world.start())
    ann, eve = await world.agent("Ann"), await world.agent("Eve", Role.EDITOR)

    with pytest.raises(RoleNotAllowed):
        await world.services.links.watch(number, ann.id, user_id=eve.id, on=True)
