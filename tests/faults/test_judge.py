"""The judge passes a good storm and finds every kind of broken promise that is planted in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.faults.judge import (
    Acknowledged,
    Desk,
    Finding,
    History,
    InboxEntry,
    Refused,
    StoredConversation,
    StoredEvent,
    StoredJob,
    StoredTicket,
    episodes_of,
    expected_ids,
    judge,
)
from tests.faults.promises import Promise

ADA, BEN = "ada", "ben"


def event(seq: int, kind: str, author: str, **more: object) -> StoredEvent:
    return StoredEvent(
        conversation_id="c1",
        seq=seq,
        kind=kind,
        author=author,
        **more,  # type: ignore[arg-type]
    )


# A question that is answered; a handoff with agent, note and hand back; the bot again; a second
# handoff; resolution; and a second episode that the bot answers alone.
LOG = (
    event(1, "message", "visitor", client_id="a", text="one"),
    event(2, "message", "bot", client_id="turn-1-0", text="answer", answers=1),
    event(3, "message", "visitor", client_id="b", text="two"),
    event(4, "handoff", "system", text="a person comes"),
    event(5, "agent_joined", "agent", author_id=ADA),
    event(6, "message", "agent", author_id=ADA, client_id="x", text="hello"),
    event(7, "note", "agent", author_id=BEN, client_id="y", text="for us", agents_only=True),
    event(8, "message", "visitor", client_id="c", text="three"),
    event(9, "handed_back", "system"),
    event(10, "message", "visitor", client_id="d", text="four"),
    event(11, "message", "bot", client_id="turn-10-0", text="answer", answers=10),
    event(12, "message", "visitor", client_id="e", text="five"),
    event(13, "handoff", "system"),
    event(14, "agent_joined", "agent", author_id=BEN),
    event(15, "resolved", "system"),
    event(16, "message", "visitor", client_id="f", text="six"),
    event(17, "message", "bot", client_id="turn-16-0", text="answer", answers=16),
)


def acknowledged(one: StoredEvent) -> Acknowledged:
    return Acknowledged(
        conversation_id="c1",
        author=one.author,
        client_id=str(one.client_id),
        text=one.text,
        seq=one.seq,
    )


def good_desk() -> Desk:
    return Desk(
        conversations=(
            StoredConversation(
                id="c1", owner="bot", episode=2, last_seq=17, pending_seq=16, answered_seq=16
            ),
        ),
        events=LOG,
        tickets=(StoredTicket(number=1, conversation_id="c1", episode=1, seq_from=1, seq_upto=15),),
        jobs=(StoredJob(key="k", kind="webhook.deliver", state="done"),),
        inbox=tuple(InboxEntry(seq=seq, conversation_id="c1", ticket=1) for seq in (1, 2)),
    )


def good_history() -> History:
    told = [one for one in LOG if one.client_id is not None and one.author != "bot"]
    return History(
        acknowledged=[acknowledged(one) for one in told],
        refused=[
            Refused(what="send", status=503, has_retry_after=True),
            Refused(what="send", status=0),
        ],
        seen={"c1": [one.shown for one in LOG if not one.agents_only]},
        inbox_seen=[1, 2],
        transcripts={1: list(range(1, 16))},
        deliveries=[(event_id, b"{}") for event_id in sorted(expected_ids(good_desk())) * 2],
    )


def broken(findings: list[Finding]) -> dict[Promise, tuple[str, ...]]:
    return {finding.promise: finding.broken for finding in findings if finding.broken}


def with_events(*changed: StoredEvent, without: tuple[int, ...] = ()) -> Desk:
    """The good desk with some events in another form, or gone."""
    by_seq = {one.seq: one for one in changed}
    events = tuple(by_seq.get(one.seq, one) for one in LOG if one.seq not in without)
    return replace(good_desk(), events=events)


def test_a_good_storm_breaks_nothing() -> None:
    findings = judge(good_history(), good_desk())

    assert broken(findings) == {}
    assert all(finding.checked for finding in findings)


def test_episodes_begin_with_a_visitor_who_writes_after_the_end() -> None:
    found = [(one.number, one.seq_from, one.seq_upto, one.handoffs) for one in episodes_of(LOG)]

    assert found == [(1, 1, 15, 2), (2, 16, 17, 0)]


def test_an_agent_who_reopens_goes_on_with_the_same_episode() -> None:
    log = (*LOG[:15], event(16, "agent_joined", "agent"), event(17, "message", "visitor"))

    assert [one.seq_upto for one in episodes_of(log)] == [17]


def _history(**changes: object) -> History:
    return replace(good_history(), **changes)


Planted = Callable[[], tuple[History, Desk]]
PLANTED: dict[str, tuple[Promise, Planted]] = {
    "an acknowledged message is gone": (
        Promise.STORED,
        lambda: (good_history(), with_events(without=(16,))),
    ),
    "an acknowledged message has other words": (
        Promise.STORED,
        lambda: (good_history(), with_events(replace(LOG[0], text="other"))),
    ),
    "an acknowledged message has another number": (
        Promise.STORED,
        lambda: (
            good_history(),
            with_events(replace(LOG[0], client_id="b"), replace(LOG[2], client_id="a")),
        ),
    ),
    "one client id is stored twice": (
        Promise.ONCE,
        lambda: (good_history(), with_events(replace(LOG[2], client_id="a"))),
    ),
    "one message is stored under two ids": (
        Promise.ONCE,
        lambda: (good_history(), with_events(replace(LOG[2], text="one"))),
    ),
    "a number is missing": (
        Promise.ORDER,
        lambda: (good_history(), with_events(without=(7,))),
    ),
    "messages are stored in another order than they were sent": (
        Promise.ORDER,
        lambda: (_history(acknowledged=good_history().acknowledged[::-1]), good_desk()),
    ),
    "a handoff has no ticket": (
        Promise.TICKET,
        lambda: (good_history(), replace(good_desk(), tickets=())),
    ),
    "a handoff has two tickets": (
        Promise.TICKET,
        lambda: (good_history(), replace(good_desk(), tickets=good_desk().tickets * 2)),
    ),
    "an episode without a handoff has a ticket": (
        Promise.TICKET,
        lambda: (
            good_history(),
            replace(
                good_desk(),
                tickets=(*good_desk().tickets, replace(good_desk().tickets[0], episode=2)),
            ),
        ),
    ),
    "a ticket for an episode that never was": (
        Promise.TICKET,
        lambda: (
            good_history(),
            replace(
                good_desk(),
                tickets=(*good_desk().tickets, replace(good_desk().tickets[0], episode=7)),
            ),
        ),
    ),
    "a ticket ends before its episode": (
        Promise.TRANSCRIPT,
        lambda: (
            good_history(),
            replace(good_desk(), tickets=(replace(good_desk().tickets[0], seq_upto=14),)),
        ),
    ),
    "an agent is not shown a message": (
        Promise.TRANSCRIPT,
        lambda: (_history(transcripts={1: list(range(1, 15))}), good_desk()),
    ),
    "the bot answers while an agent has it": (
        Promise.TAKEOVER,
        lambda: (
            good_history(),
            with_events(replace(LOG[5], author="bot", client_id="turn-3-0", answers=3)),
        ),
    ),
    "the bot answers after the handoff, before anybody took it": (
        Promise.TAKEOVER,
        lambda: (good_history(), with_events(replace(LOG[13], author="bot", kind="message"))),
    ),
    "an agent writes without having it": (
        Promise.ONE_OWNER,
        lambda: (good_history(), with_events(replace(LOG[5], author_id=BEN))),
    ),
    "two agents have it": (
        Promise.ONE_OWNER,
        lambda: (good_history(), with_events(replace(LOG[7], kind="agent_joined", author="agent"))),
    ),
    "nobody answers": (
        Promise.ANSWERED,
        lambda: (good_history(), with_events(replace(LOG[16], kind="language", answers=None))),
    ),
    "the bot answered an earlier message instead": (
        Promise.ANSWERED,
        lambda: (good_history(), with_events(replace(LOG[16], answers=10))),
    ),
    "the bot still owes an answer": (
        Promise.ANSWERED,
        lambda: (
            good_history(),
            replace(
                good_desk(), conversations=(replace(good_desk().conversations[0], answered_seq=1),)
            ),
        ),
    ),
    "two turns answered one message": (
        Promise.FENCED,
        lambda: (good_history(), with_events(replace(LOG[10], answers=1))),
    ),
    "a job is left over": (
        Promise.JOBS,
        lambda: (
            good_history(),
            replace(good_desk(), jobs=(replace(good_desk().jobs[0], state="todo"),)),
        ),
    ),
    "a job stands there twice": (
        Promise.JOBS,
        lambda: (good_history(), replace(good_desk(), jobs=good_desk().jobs * 2)),
    ),
    "an event was never delivered": (
        Promise.DELIVERIES,
        lambda: (_history(deliveries=good_history().deliveries[:3]), good_desk()),
    ),
    "a delivery tells of nothing": (
        Promise.DELIVERIES,
        lambda: (
            _history(deliveries=[*good_history().deliveries, ("evt_c1_m99", b"{}")]),
            good_desk(),
        ),
    ),
    "a repeated delivery has another body": (
        Promise.DELIVERIES,
        lambda: (
            _history(deliveries=[*good_history().deliveries, ("evt_c1_m1", b"{ }")]),
            good_desk(),
        ),
    ),
    "a stream left an event out": (
        Promise.CLIENTS,
        lambda: (_history(seen={"c1": good_history().seen["c1"][1:]}), good_desk()),
    ),
    "a stream showed an event twice": (
        Promise.CLIENTS,
        lambda: (
            _history(seen={"c1": [*good_history().seen["c1"], LOG[0].shown]}),
            good_desk(),
        ),
    ),
    "a stream showed events out of order": (
        Promise.CLIENTS,
        lambda: (_history(seen={"c1": good_history().seen["c1"][::-1]}), good_desk()),
    ),
    "a stream showed a note for agents": (
        Promise.CLIENTS,
        lambda: (_history(seen={"c1": [one.shown for one in LOG]}), good_desk()),
    ),
    "the inbox left a ticket's newest change out": (
        Promise.CLIENTS,
        lambda: (_history(inbox_seen=[1]), good_desk()),
    ),
    "the inbox showed a change twice": (
        Promise.CLIENTS,
        lambda: (_history(inbox_seen=[1, 2, 2]), good_desk()),
    ),
    "the inbox showed a change that never was": (
        Promise.CLIENTS,
        lambda: (_history(inbox_seen=[1, 2, 3]), good_desk()),
    ),
    "an error that nobody foresaw": (
        Promise.REFUSES,
        lambda: (_history(refused=[Refused(what="send", status=500)]), good_desk()),
    ),
    "an answer that makes no sense": (
        Promise.REFUSES,
        lambda: (_history(unexpected=["reply: 404"]), good_desk()),
    ),
    "a refusal that does not say when to come back": (
        Promise.REFUSES,
        lambda: (_history(refused=[Refused(what="send", status=503)]), good_desk()),
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_violation_is_found(name: str) -> None:
    promise, planted = PLANTED[name]

    assert promise in broken(judge(*planted()))


def test_changes_of_one_ticket_may_be_shown_as_one() -> None:
    assert broken(judge(_history(inbox_seen=[2]), good_desk())) == {}


def test_without_a_receiver_no_delivery_is_expected() -> None:
    history = _history(deliveries=[])

    assert broken(judge(history, replace(good_desk(), has_webhook=False))) == {}
