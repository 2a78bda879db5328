"""A small world for the tests of the handoff core: the services on one database, with fakes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.model import (
    Accepted,
    Claim,
    Completed,
    ConversationView,
    Dropped,
    EventView,
    Reply,
    Role,
    TurnLanguage,
    TurnResult,
    User,
)
from handoff.passwords import Passwords
from handoff.ports import FixedPresence, ManualClock, MemoryPublisher, Ports, WordTriage
from handoff.service import Services, build_services
from handoff.store.engine import Database

# Argon2 at full strength would take most of the suite's time and prove nothing more.
QUICK_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class World:
    """The services on a fresh database, with ports that the test can look into."""

    database: Database
    url: str
    clock: ManualClock = field(default_factory=ManualClock)
    publisher: MemoryPublisher = field(default_factory=MemoryPublisher)
    presence: FixedPresence = field(default_factory=FixedPresence)
    triage: WordTriage = field(default_factory=lambda: WordTriage({"outage": 1, "broken": 2}))
    n_said: int = 0

    def __post_init__(self) -> None:
        self.services = self.build(self.database)

    def build(self, database: Database, **replaced: Any) -> Services:
        ports: dict[str, Any] = {
            "clock": self.clock,
            "shared_now": self.shared_now,
            "publisher": self.publisher,
            "presence": self.presence,
            "triage": self.triage,
            **replaced,
        }
        return build_services(database, Ports(**ports), passwords=Passwords(QUICK_HASHER))

    async def shared_now(self, _connection: AsyncConnection) -> datetime:
        """The database's time in this world: the same clock that the test moves."""
        return self.clock.now()

    async def start(self, locale: str | None = "el-GR") -> ConversationView:
        return await self.services.visitors.open_session(
            visitor_id=None, conversation_id=None, locale=locale, page_url=None
        )

    async def say(self, chat: ConversationView, words: str = "Where is my order?") -> Accepted:
        self.n_said += 1
        return await self.services.visitors.accept_message(
            chat.id, visitor_id=chat.visitor_id, client_id=f"said-{self.n_said}", text=words
        )

    async def claim(self, chat: ConversationView) -> Claim:
        claim = await self.services.turns.claim(chat.id, lease_s=30)
        assert claim is not None
        return claim

    async def answer(self, chat: ConversationView, **result: Any) -> Completed:
        done = await self.services.turns.complete(await self.claim(chat), answered(**result))
        assert isinstance(done, Completed)
        return done

    async def hand_off(self, chat: ConversationView, words: str = "A person, please") -> str:
        """Writes, lets the bot hand over and gives the ticket's number."""
        await self.say(chat, words)
        done = await self.answer(chat, replies=(), handoff="asked_for_person")
        assert done.ticket is not None
        return done.ticket.number

    async def agent(self, name: str = "Ann", role: Role = Role.AGENT) -> User:
        return await self.services.agents.create_user(
            email=f"{name.lower()}@shop.example", name=name, role=role
        )

    async def log(self, chat: ConversationView, *, internal: bool = True) -> list[EventView]:
        return await self.services.visitors.events_after(chat.id, after=0, internal=internal)

    async def view(self, chat: ConversationView) -> ConversationView:
        return await self.services.visitors.get(chat.id, visitor_id=None)

    async def scalar(self, statement: str) -> Any:
        async with self.database.read() as connection:
            return (await connection.execute(text(statement))).scalar()


def answered(**changes: Any) -> TurnResult:
    """Gives a turn's result with one answer, or what the test wants instead."""
    values: dict[str, Any] = {
        "replies": (Reply(kind="answer", text="It is on its way.", language="en"),),
        "language": TurnLanguage(message="en", confidence=0.9, conversation="en", state={"p": 1}),
        "decision": {"outcome": "answer", "confidence": 0.8},
        "dialogue_events": ({"event": "user"}, {"event": "bot"}),
    }
    return TurnResult(**{**values, **changes})


def dropped(outcome: Completed | Dropped) -> str:
    assert isinstance(outcome, Dropped)
    return outcome.reason
