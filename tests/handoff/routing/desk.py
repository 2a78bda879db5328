"""What tests do at a desk with routing: agents come and go, visitors ask, looks are taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from handoff.model import ConversationView, Role, User
from handoff.ports import Ports
from handoff.routing.config import RoutingSettings
from handoff.routing.model import Availability, Mode
from handoff.routing.requests import PASS
from handoff.routing.router import Looked
from handoff.routing.service import Routing, build_routing
from handoff.routing.tables import assignments
from handoff.sla.config import plain_service
from handoff.store.tables import jobs
from tests.handoff.world import World

PUSH = RoutingSettings(mode=Mode.PUSH, capacity=2)


class RoutedDesk:
    """The world's services with routing; `routing` may be replaced by one with other settings."""

    def __init__(self, world: World, settings: RoutingSettings = PUSH) -> None:
        self.world = world
        self.routing = self.build(settings)
        self.chats: dict[str, ConversationView] = {}

    def build(self, settings: RoutingSettings) -> Routing:
        ports = Ports(
            clock=self.world.clock,
            shared_now=self.world.shared_now,
            publisher=self.world.publisher,
            presence=self.world.presence,
            triage=self.world.triage,
        )
        return build_routing(self.world.database, ports, plain_service(settings))

    def use(self, **policy: Any) -> None:
        settings = self.routing.service.routing
        routing = self.build(replace(settings, policy=replace(settings.policy, **policy)))
        database = self.world.database
        database.follow_ups = (*database.follow_ups[:-1], routing.requests)
        self.routing = routing

    async def agent(self, name: str, *languages: str, online: bool = True, **profile: Any) -> User:
        user = await self.world.services.agents.create_user(
            email=f"{name.lower()}@shop.example", name=name, role=Role.AGENT, languages=languages
        )
        if profile:
            await self.routing.staffing.change_profile(user.id, **profile)
        if online:
            await self.arrive(user)
        return user

    async def arrive(self, user: User, source: str | None = None) -> None:
        await self.routing.attendance.beat(
            source or f"gateway-of-{user.id}",
            {user.id: Availability.ONLINE},
            valid_for=timedelta(days=1),
        )

    async def go(self, user: User) -> None:
        await self.routing.attendance.leave(f"gateway-of-{user.id}")

    async def ask(self, words: str = "A person, please", *, locale: str = "en-GB") -> str:
        """Opens a ticket in the language of the locale and gives its number."""
        chat = await self.world.start(locale=locale)
        await self.world.say(chat, words)
        language = locale.partition("-")[0]
        done = await self.world.answer(
            chat,
            replies=(),
            handoff="asked_for_person",
            language=_language(language),
        )
        assert done.ticket is not None
        self.chats[done.ticket.number] = chat
        return done.ticket.number

    async def look(self) -> Looked:
        return await self.routing.router.look()

    def wait(self, minutes: float) -> None:
        self.world.clock.advance(timedelta(minutes=minutes))

    async def holder(self, number: str) -> str | None:
        ticket = await self.world.services.desk.find(number)
        return ticket.assignee.name if ticket.assignee else None

    async def history(self, number: str) -> list[str | None]:
        query = (
            select(assignments.c.ended_as)
            .where(assignments.c.ticket_number == int(number.partition("-")[2]))
            .order_by(assignments.c.made_at, assignments.c.id)
        )
        async with self.world.database.read() as connection:
            return list((await connection.execute(query)).scalars())

    async def requests(self) -> int:
        """How many looks have been asked for that nobody took."""
        query = select(jobs.c.id).where(jobs.c.kind == PASS, jobs.c.state == "todo")
        async with self.world.database.read() as connection:
            return len((await connection.execute(query)).all())


def _language(tag: str) -> Any:
    from handoff.model import TurnLanguage

    return TurnLanguage(message=tag, confidence=0.9, conversation=tag, state={})
