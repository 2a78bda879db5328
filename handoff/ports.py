"""What the use cases need from outside, as protocols, with in-memory adapters for each.

The adapters here are product code: the command line, tests and a first start use them. Wiring
replaces them by the catalogues, the event bus, triage and the presence list.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.model import Json
from handoff.sla.expected import Expectation
from handoff.tickets.classification import Classifier
from handoff.tickets.rules import TicketRules
from handoff.work.clock import database_now

# The time that all processes share; leases are given and judged by it.
SharedNow = Callable[[AsyncConnection], Awaitable[datetime]]


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Gives the moment, aware, in UTC."""


class Notices(Protocol):
    """Texts that the system writes into a conversation.

    Codes: handoff-notice-online(number), handoff-notice-offline(number),
    handoff-opens-again(opens), expected-reply-minutes(minutes), expected-reply-by(moment),
    agent-joined(name), agent-left, handed-back, resolved(number),
    safety-help(emergency), safety-emergency, safety-lines(lines), safety-person.
    not-solved, merged(number, target).
    """

    def notice(self, code: str, language: str, **params: str) -> str:
        """Gives the text in a language, or in English if there is none. Must not raise."""

    def moment(self, at: datetime, language: str, time_zone: str | None) -> str:
        """Writes day and time as people of a language read them. Must not raise.

        Args:
            at: Aware.
            language: BCP 47 tag.
            time_zone: The reader's IANA zone; None when nobody knows it.
        """


class Publisher(Protocol):
    """Hints that something changed; the truth stays in the store.

    Topics: `conversation:<id>`, `turn:<id>` (the bot has work there), `inbox`.
    """

    def publish(self, topic: str) -> None:
        """Passes a hint on. Called after the commit; must not block; losing one is harmless."""


class Presence(Protocol):
    """Who is there."""

    def agents_online(self) -> int:
        """Gives how many agents are ready to answer."""


class Hours(Protocol):
    """When the team works."""

    def opens_at(self, now: datetime) -> datetime | None:
        """Gives the next opening; None while it is open, or when nobody knows the hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpLine:
    """Somebody who listens: a name and a telephone number."""

    name: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """Whom a person can call in one country; `emergency` is None when nobody knows it."""

    emergency: str | None = None
    lines: tuple[HelpLine, ...] = ()


class HelpLines(Protocol):
    """Whom a person can call whose life is in danger."""

    def help_for(self, locale: str | None) -> Help:
        """Gives the help for a visitor by her browser's locale, such as `el-GR`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageSignal:
    """A prototype of a triage category that a message is like; similarity in [-1, 1]."""

    category: str
    prototype: str
    similarity: float


class Forecast(Protocol):
    """What may be told of the next answer of a person."""

    def expected(self, now: datetime, *, priority: int, language: str | None) -> Expectation | None:
        """Gives when a person will probably answer; None if nothing honest can be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageMessage:
    """A visitor's message as triage reads it."""

    text: str
    language: str | None
    at: datetime
    signals: tuple[TriageSignal, ...] = ()


class Reason(Protocol):
    """Why triage says what it says."""

    @property
    def code(self) -> str:
        """A stable code."""

    @property
    def evidence(self) -> str:
        """The words that led to it."""

    @property
    def params(self) -> Mapping[str, Json]:
        """Values for the reason's text."""


class Assessment(Protocol):
    """What triage says of a ticket."""

    @property
    def priority(self) -> int:
        """1 (highest) to 5."""

    @property
    def impact(self) -> int:
        """1 (most serious) to 3."""

    @property
    def urgency(self) -> int:
        """1 (now) to 3."""

    @property
    def reasons(self) -> Sequence[Reason]:
        """In order of weight."""

    @property
    def version(self) -> str:
        """Version of rules and lexicons."""

    @property
    def may_fall(self) -> bool:
        """Whether a ticket that stands higher may come down to this."""


class Triage(Protocol):
    """Estimates how urgent a ticket is. Pure."""

    def __call__(
        self,
        messages: Sequence[TriageMessage],
        *,
        handoff_reason: str,
        entities: Mapping[str, str],
        repeat_contacts: int = 0,
        reopened: bool = False,
        tier: str | None = None,
        waiting_since: datetime | None = None,
    ) -> Assessment:
        """Gives the assessment of an episode from its visitor's messages, oldest first."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Gives the machine's time in UTC."""
        return datetime.now(UTC)


@dataclass(slots=True)
class ManualClock:
    """A clock that moves when told to."""

    moment: datetime = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """Gives the moment it was set to."""
        return self.moment

    def advance(self, span: timedelta) -> None:
        """Moves the clock forward."""
        self.moment += span


class CodeNotices:
    """Notices without a catalogue: the code and its values, for tests and tools."""

    def notice(self, code: str, language: str, **params: str) -> str:
        """Gives such as `[el] handoff-notice-online number=BD-1001`."""
        values = "".join(f" {name}={value}" for name, value in sorted(params.items()))
        return f"[{language}] {code}{values}"

    def moment(self, at: datetime, language: str, time_zone: str | None) -> str:
        """Gives such as `2026-11-23T07:00:00+00:00 Europe/Athens`."""
        return f"{at.isoformat()} {time_zone or 'unknown zone'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownHours:
    """Hours that nobody knows."""

    def opens_at(self, now: datetime) -> datetime | None:
        """Gives None."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownHelp:
    """Help lines that nobody knows."""

    def help_for(self, locale: str | None) -> Help:
        """Gives none."""
        return Help()


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedForecast:
    """A forecast that is what it was set to."""

    expectation: Expectation | None = None

    def expected(self, now: datetime, *, priority: int, language: str | None) -> Expectation | None:
        """Gives the expectation it was set to."""
        return self.expectation


@dataclass(slots=True)
class MemoryPublisher:
    """Keeps the topics and passes each to the listeners."""

    topics: list[str] = field(default_factory=list)
    listeners: list[Callable[[str], None]] = field(default_factory=list)

    def publish(self, topic: str) -> None:
        """Notes the topic and calls every listener."""
        self.topics.append(topic)
        for listener in self.listeners:
            listener(topic)


@dataclass(slots=True)
class FixedPresence:
    """A presence that is what it was set to."""

    n_agents: int = 0

    def agents_online(self) -> int:
        """Gives the number it was set to."""
        return self.n_agents


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainReason:
    """A reason made by hand."""

    code: str
    evidence: str = ""
    params: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainAssessment:
    """An assessment made by hand."""

    priority: int = 3
    impact: int = 2
    urgency: int = 2
    reasons: Sequence[Reason] = ()
    version: str = "none"
    may_fall: bool = False


@dataclass(slots=True)
class WordTriage:
    """Triage by a table of words, for tests and tools: the highest priority of any word counts."""

    words: Mapping[str, int] = field(default_factory=dict)

    def __call__(
        self,
        messages: Sequence[TriageMessage],
        *,
        handoff_reason: str,
        entities: Mapping[str, str],
        repeat_contacts: int = 0,
        reopened: bool = False,
        tier: str | None = None,
        waiting_since: datetime | None = None,
    ) -> Assessment:
        """Gives priority 3, or the smallest number of a word that stands in a message."""
        found = [
            (priority, word)
            for word, priority in self.words.items()
            if any(word in message.text for message in messages)
        ]
        reasons = tuple(PlainReason(code="word", evidence=word) for _, word in sorted(found))
        priority = min((priority for priority, _ in found), default=3)
        return PlainAssessment(priority=priority, reasons=reasons, version="words-1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything from outside that the use cases share.

    Attributes:
        clock: Stands beside what people read; one host's may be wrong.
        shared_now: What leases go by: the database's time, whatever the hosts' clocks say.
    """

    clock: Clock = field(default_factory=SystemClock)
    shared_now: SharedNow = database_now
    notices: Notices = field(default_factory=CodeNotices)
    publisher: Publisher = field(default_factory=MemoryPublisher)
    presence: Presence = field(default_factory=FixedPresence)
    triage: Triage = field(default_factory=WordTriage)
    hours: Hours = field(default_factory=UnknownHours)
    forecast: Forecast = field(default_factory=FixedForecast)
    help_lines: HelpLines = field(default_factory=UnknownHelp)
    tickets: TicketRules = field(default_factory=TicketRules)
    classifier: Classifier = field(default_factory=Classifier)
    default_language: str = "en"
    # What a customer's tier may be, from the service file.
    tiers: tuple[str, ...] = ()
