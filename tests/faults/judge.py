"""Compares what clients were told with what is stored and shown. Pure.

`judge` takes everything that clients wrote down and everything that the database holds once all is
quiet, and gives one finding per promise. A finding names every thing that broke the promise.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.faults.promises import Promise

VISITOR: Final = "visitor"
BOT: Final = "bot"
AGENT: Final = "agent"
MESSAGE: Final = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """A row of a conversation's log. `answers`: the seq of the message that it answers."""

    conversation_id: str
    seq: int
    kind: str
    author: str
    text: str = ""
    author_id: str | None = None
    client_id: str | None = None
    answers: int | None = None
    agents_only: bool = False

    @property
    def shown(self) -> tuple[int, str, str, str]:
        """What a visitor sees of it."""
        return self.seq, self.kind, self.author, self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConversation:
    """The present state of a conversation."""

    id: str
    owner: str
    episode: int
    last_seq: int
    pending_seq: int = 0
    answered_seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTicket:
    """A ticket and the range of the log that it shows."""

    number: int
    conversation_id: str
    episode: int
    seq_from: int
    seq_upto: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredJob:
    """A job of background work."""

    key: str
    kind: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEntry:
    """A numbered change of the queue."""

    seq: int
    conversation_id: str
    ticket: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All that is stored. `n_webhooks` receivers were there from the beginning."""

    conversations: Sequence[StoredConversation]
    events: Sequence[StoredEvent]
    tickets: Sequence[StoredTicket]
    jobs: Sequence[StoredJob]
    inbox: Sequence[InboxEntry]
    has_webhook: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """A message that the API said is stored."""

    conversation_id: str
    author: str
    client_id: str
    text: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An answer that was no success and no plain no: status 0 is a broken connection."""

    what: str
    status: int
    has_retry_after: bool = False


@dataclass(slots=True)
class History:
    """What the clients wrote down.

    Attributes:
        acknowledged: In each visitor's order of sending.
        given_up: Calls that were repeated for as long as clients are patient, in vain. No promise
            of a storm is broken by that; a rolling restart and a burst have promised better.
        unexpected: Answers that no client could make sense of.
        refused: Answers after which a client tried again.
        seen: Conversation -> what its visitor's stream showed, in the order of showing.
        inbox_seen: The numbers that an agent's stream showed.
        transcripts: Ticket number -> the numbers of the events that an agent was shown.
        deliveries: (event id, body) of every delivery that the receiver acted on or refused.
    """

    acknowledged: list[Acknowledged] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    seen: dict[str, list[tuple[int, str, str, str]]] = field(default_factory=dict)
    inbox_seen: list[int] | None = None
    transcripts: dict[int, list[int]] = field(default_factory=dict)
    deliveries: list[tuple[str, bytes]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was looked at for a promise, and what broke it."""

    promise: Promise
    checked: int
    broken: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Episode:
    """One visit from first message to resolution, as the log tells it."""

    conversation_id: str
    number: int
    seq_from: int
    seq_upto: int = 0
    handoffs: int = 0


def judge(history: History, desk: Desk) -> list[Finding]:
    """Gives a finding for every promise that a storm puts to the test."""
    logs = _logs(desk.events)
    episodes = [episode for log in logs.values() for episode in episodes_of(log)]
    return [
        _stored(history, logs),
        _once(desk.events),
        _order(history, desk, logs),
        _tickets(desk, episodes),
        _transcripts(history, desk, episodes, logs),
        _takeover(logs),
        _one_owner(logs),
        _answered(history, desk, logs),
        _fenced(desk.events),
        _jobs(desk),
        _deliveries(history, desk),
        _clients(history, desk, logs),
        _refusals(history),
    ]


def episodes_of(log: Sequence[StoredEvent]) -> list[Episode]:
    """Cuts a conversation's log into episodes: a visitor who writes after a resolution begins one.

    An agent who joins after a resolution reopens the episode that was resolved.
    """
    episodes: list[Episode] = []
    closed = True
    for event in log:
        begins = closed and event.author == VISITOR and event.kind == MESSAGE
        if begins or not episodes:
            number = len(episodes) + 1
            episodes.append(
                Episode(conversation_id=event.conversation_id, number=number, seq_from=event.seq)
            )
            closed = False
        episodes[-1].seq_upto = event.seq
        episodes[-1].handoffs += event.kind == "handoff"
        if event.kind == "resolved":
            closed = True
        elif event.kind == "agent_joined":
            closed = False
    return episodes


def speakers_of(log: Sequence[StoredEvent]) -> list[tuple[StoredEvent, str, str | None]]:
    """Gives every event with who had the conversation before it: owner and, if so, which agent."""
    owner, agent = BOT, None
    told: list[tuple[StoredEvent, str, str | None]] = []
    for event in log:
        told.append((event, owner, agent))
        match event.kind:
            case "handoff" | "agent_left":
                owner, agent = "queue", None
            case "agent_joined":
                owner, agent = AGENT, event.author_id
            case "handed_back":
                owner, agent = BOT, None
            case "resolved":
                owner, agent = "closed", None
            case "message" if event.author == VISITOR and owner == "closed":
                owner, agent = BOT, None
    return told


def _stored(history: History, logs: Mapping[str, Sequence[StoredEvent]]) -> Finding:
    stored = {
        (event.conversation_id, event.author, event.client_id): event
        for log in logs.values()
        for event in log
    }
    broken = []
    for told in history.acknowledged:
        found = stored.get((told.conversation_id, told.author, told.client_id))
        if found is None:
            broken.append(f"{told.conversation_id}: {told.client_id} was acknowledged and is gone")
        elif (found.seq, found.text) != (told.seq, told.text):
            broken.append(f"{told.conversation_id}: {told.client_id} is not what was acknowledged")
    return Finding(promise=Promise.STORED, checked=len(history.acknowledged), broken=tuple(broken))


def _once(events: Sequence[StoredEvent]) -> Finding:
    """Counts by client id and by words: every simulated message has words of its own."""
    written = [event for event in events if event.kind in (MESSAGE, "note")]
    ids = Counter(
        (event.conversation_id, event.author, event.client_id)
        for event in written
        if event.client_id is not None
    )
    words = Counter((event.author, event.text) for event in written if event.author != BOT)
    broken = [f"{key} is stored {n} times" for key, n in (ids | words).items() if n > 1]
    return Finding(promise=Promise.ONCE, checked=len(written), broken=tuple(broken))


def _order(history: History, desk: Desk, logs: Mapping[str, Sequence[StoredEvent]]) -> Finding:
    broken = []
    for conversation in desk.conversations:
        numbers = [event.seq for event in logs.get(conversation.id, ())]
        if numbers != list(range(1, conversation.last_seq + 1)):
            broken.append(f"{conversation.id}: the log has a gap or a number twice")
    sent: dict[str, list[int]] = defaultdict(list)
    for told in history.acknowledged:
        if told.author == VISITOR:
            sent[told.conversation_id].append(told.seq)
    broken += [
        f"{conversation_id}: messages are not in the order of sending"
        for conversation_id, seqs in sent.items()
        if seqs != sorted(set(seqs))
    ]
    return Finding(promise=Promise.ORDER, checked=len(desk.conversations), broken=tuple(broken))


def _tickets(desk: Desk, episodes: Sequence[Episode]) -> Finding:
    tickets = Counter((ticket.conversation_id, ticket.episode) for ticket in desk.tickets)
    broken = []
    for episode in episodes:
        expected = 1 if episode.handoffs else 0
        found = tickets.pop((episode.conversation_id, episode.number), 0)
        if found != expected:
            broken.append(
                f"{episode.conversation_id}: episode {episode.number} has {found} tickets"
            )
    broken += [f"{key[0]}: a ticket for episode {key[1]}, which is not in the log"
               for key in tickets]  # fmt: skip
    return Finding(promise=Promise.TICKET, checked=len(episodes), broken=tuple(broken))


def _transcripts(
    history: History,
    desk: Desk,
    episodes: Sequence[Episode],
    logs: Mapping[str, Sequence[StoredEvent]],
) -> Finding:
    ranges = {(episode.conversation_id, episode.number): episode for episode in episodes}
    broken = []
    for ticket in desk.tickets:
        episode = ranges.get((ticket.conversation_id, ticket.episode))
        if episode is None:
            continue  # the finding about tickets names it
        if (ticket.seq_from, ticket.seq_upto) != (episode.seq_from, episode.seq_upto):
            broken.append(
                f"ticket {ticket.number} shows {ticket.seq_from}-{ticket.seq_upto}, "
                f"the episode is {episode.seq_from}-{episode.seq_upto}"
            )
        shown = history.transcripts.get(ticket.number)
        log = [event.seq for event in logs[ticket.conversation_id]]
        expected = [seq for seq in log if episode.seq_from <= seq <= episode.seq_upto]
        if shown is not None and shown != expected:
            broken.append(f"ticket {ticket.number}: the agent was not shown the whole episode")
    return Finding(promise=Promise.TRANSCRIPT, checked=len(desk.tickets), broken=tuple(broken))


def _takeover(logs: Mapping[str, Sequence[StoredEvent]]) -> Finding:
    broken, checked = [], 0
    for conversation_id, log in logs.items():
        for event, owner, _agent in speakers_of(log):
            checked += event.kind == "agent_joined"
            if event.author == BOT and event.kind == MESSAGE and owner != BOT:
                broken.append(f"{conversation_id}: the bot speaks at {event.seq}, owner {owner}")
    return Finding(promise=Promise.TAKEOVER, checked=checked, broken=tuple(broken))


def _one_owner(logs: Mapping[str, Sequence[StoredEvent]]) -> Finding:
    broken, checked = [], 0
    for conversation_id, log in logs.items():
        for event, owner, agent in speakers_of(log):
            if event.kind == "agent_joined":
                checked += 1
                if owner == AGENT:
                    broken.append(f"{conversation_id}: taken twice, at {event.seq}")
            elif event.author == AGENT and event.kind == MESSAGE:
                checked += 1
                if owner != AGENT or agent != event.author_id:
                    broken.append(f"{conversation_id}: {event.seq} is by an agent without it")
    return Finding(promise=Promise.ONE_OWNER, checked=checked, broken=tuple(broken))


def _answered(history: History, desk: Desk, logs: Mapping[str, Sequence[StoredEvent]]) -> Finding:
    broken, checked = [], 0
    for conversation_id, log in logs.items():
        owed: list[int] = []
        for event, owner, _agent in speakers_of(log):
            if event.author == VISITOR and event.kind == MESSAGE:
                checked += 1
                if owner in (BOT, "closed"):
                    owed.append(event.seq)
            elif event.author == BOT and event.answers is not None:
                owed = [seq for seq in owed if seq != event.answers]
            elif event.kind in ("handoff", "agent_joined", "resolved"):
                owed = []  # people have it
        broken += [f"{conversation_id}: nobody answered {seq}" for seq in owed]
    broken += [
        f"{conversation.id}: the bot still owes an answer"
        for conversation in desk.conversations
        if conversation.owner == BOT and conversation.pending_seq > conversation.answered_seq
    ]
    return Finding(promise=Promise.ANSWERED, checked=checked, broken=tuple(broken))


def _fenced(events: Sequence[StoredEvent]) -> Finding:
    answers = Counter(
        (event.conversation_id, event.answers)
        for event in events
        if event.author == BOT and event.answers is not None
    )
    broken = tuple(f"{key[0]}: {n} answers to {key[1]}" for key, n in answers.items() if n > 1)
    return Finding(promise=Promise.FENCED, checked=len(answers), broken=broken)


def _jobs(desk: Desk) -> Finding:
    broken = [f"{job.kind} {job.key} is {job.state}" for job in desk.jobs if job.state != "done"]
    keys = Counter(job.key for job in desk.jobs)
    broken += [f"{key} stands there {n} times" for key, n in keys.items() if n > 1]
    return Finding(promise=Promise.JOBS, checked=len(desk.jobs), broken=tuple(broken))


def _deliveries(history: History, desk: Desk) -> Finding:
    expected = expected_ids(desk) if desk.has_webhook else set()
    bodies: dict[str, set[bytes]] = defaultdict(set)
    for event_id, body in history.deliveries:
        bodies[event_id].add(body)
    broken = [f"{event_id} was never delivered" for event_id in sorted(expected - bodies.keys())]
    broken += [f"{event_id} tells of nothing" for event_id in sorted(bodies.keys() - expected)]
    broken += [
        f"{event_id} was repeated with another body"
        for event_id, told in bodies.items()
        if len(told) > 1
    ]
    return Finding(promise=Promise.DELIVERIES, checked=len(expected), broken=tuple(broken))


def expected_ids(desk: Desk) -> set[str]:
    """Gives the ids of all that a receiver of everything must hear of."""
    messages = {
        f"evt_{event.conversation_id}_m{event.seq}"
        for event in desk.events
        if event.kind == MESSAGE and event.author in (VISITOR, BOT, AGENT) and not event.agents_only
    }
    return messages | {f"evt_{entry.conversation_id}_q{entry.seq}" for entry in desk.inbox}


def _clients(history: History, desk: Desk, logs: Mapping[str, Sequence[StoredEvent]]) -> Finding:
    broken = []
    for conversation_id, seen in history.seen.items():
        log = logs.get(conversation_id, ())
        if seen != [event.shown for event in log if not event.agents_only]:
            broken.append(f"{conversation_id}: {_difference(seen, log)}")
    if history.inbox_seen is not None:
        broken += _inbox(history.inbox_seen, desk.inbox)
    checked = sum(len(seen) for seen in history.seen.values()) + len(history.inbox_seen or ())
    return Finding(promise=Promise.CLIENTS, checked=checked, broken=tuple(broken))


def _inbox(seen: Sequence[int], stored: Sequence[InboxEntry]) -> list[str]:
    """Several changes of a ticket may be shown as one, the newest: each has the whole ticket."""
    broken = []
    if list(seen) != sorted(set(seen)):
        broken.append("inbox: changes were shown twice or out of order")
    newest = {entry.ticket: entry.seq for entry in stored}
    shown = set(seen)
    broken += [
        f"inbox: change {seq}, the newest of ticket {ticket}, was not shown"
        for ticket, seq in newest.items()
        if seq not in shown
    ]
    broken += [f"inbox: change {seq} never was" for seq in shown - {one.seq for one in stored}]
    return broken


def _difference(seen: Sequence[tuple[int, str, str, str]], log: Iterable[StoredEvent]) -> str:
    public = [event.seq for event in log if not event.agents_only]
    numbers = [one[0] for one in seen]
    if len(numbers) != len(set(numbers)):
        return "an event was shown twice"
    if numbers != sorted(numbers):
        return "events were shown out of order"
    missed = sorted(set(public) - set(numbers))
    return f"missed {missed}" if missed else "what was shown is not what is stored"


def _refusals(history: History) -> Finding:
    broken = [
        f"{one.what} was answered {one.status}"
        + ("" if one.has_retry_after or one.status not in (429, 503) else " without Retry-After")
        for one in history.refused
        if one.status != 0 and not (one.status in (429, 503) and one.has_retry_after)
    ]
    checked = len(history.refused) + len(history.unexpected)
    return Finding(promise=Promise.REFUSES, checked=checked, broken=(*broken, *history.unexpected))


def _logs(events: Sequence[StoredEvent]) -> dict[str, list[StoredEvent]]:
    logs: dict[str, list[StoredEvent]] = defaultdict(list)
    for event in sorted(events, key=lambda event: (event.conversation_id, event.seq)):
        logs[event.conversation_id].append(event)
    return logs
