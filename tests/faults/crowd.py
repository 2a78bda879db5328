"""Simulated visitors and agents who talk through the public API and write down what they are told.

Visitors are an open model: what they say comes at moments that were drawn before, whatever the
answers do. A visitor's messages wait in an outbox and are sent one after the other, each with one
client id for as long as it takes; so does the widget. Streams are resumed from their cursor.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from tests.faults.judge import AGENT, BOT, VISITOR, Acknowledged, History, Refused

PASSWORD: Final = "a long enough password 7"
# Longer than any fault lasts; a call that is in vain for so long counts as lost.
PATIENCE_S: Final = 90.0
CALL_LIMIT_S: Final = 5.0
POLL_WAIT_S: Final = 8.0
STREAM_SILENCE_S: Final = 10.0
# A password is hashed slowly on purpose, and ten agents come at once.
HASHING_S: Final = 40.0
# What the little brain does with a message that begins so, and how often that is drawn.
MOODS: Final[tuple[tuple[str, float], ...]] = (
    ("question", 0.68),
    ("handoff", 0.18),
    ("slow", 0.02),
    ("error", 0.03),
    ("nonsense", 0.02),
    ("not json", 0.02),
    ("other turn", 0.02),
    ("silent", 0.02),
    ("die", 0.01),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What a visitor says, and when: seconds after the beginning."""

    at_s: float
    text: str


def plan_visit(
    chance: random.Random,
    name: str,
    *,
    within_s: float,
    stays_s: float,
    messages: int,
    openings: Sequence[tuple[str, float]] = MOODS,
) -> tuple[Saying, ...]:
    """Draws what a visitor says. Every text is the only one of its kind. Pure.

    Args:
        chance: Where it is drawn from.
        name: Of the visitor.
        within_s: All moments are between 0 and this.
        stays_s: All of them fall into so long a part of it, wherever that lies.
        messages: How many.
        openings: How texts begin, and how often each is drawn.
    """
    comes_s = chance.uniform(0, max(0.0, within_s - stays_s))
    leaves_s = min(within_s, comes_s + stays_s)
    moments = sorted(chance.uniform(comes_s, leaves_s) for _ in range(messages))
    weights = [weight for _, weight in openings]
    moods = chance.choices([opening for opening, _ in openings], weights, k=messages)
    return tuple(
        Saying(at_s=at_s, text=f"{mood} {name}.{n}")
        for n, (at_s, mood) in enumerate(zip(moments, moods, strict=True))
    )


@dataclass
class Doors:
    """The way to any of several gateways: another one after each failure, until it works.

    Attributes:
        clients: Taken by chance. One looks through all its connections at each call, so that
            many hundreds need several.
        limit_s: For one call; impatient, so that many calls are repeated while they still run.
        is_polite: Waits as long as Retry-After says; otherwise a second at most.
        longest_s: The longest that any call took until it succeeded, or was given up.
    """

    urls: Sequence[str]
    clients: Sequence[httpx.AsyncClient]
    history: History
    chance: random.Random
    patience_s: float = PATIENCE_S
    limit_s: float = CALL_LIMIT_S
    is_polite: bool = False
    longest_s: float = 0.0
    n_calls: int = 0

    async def call(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        headers: dict[str, str] | None = None,
        params: dict[str, str] | None = None,
        wait_s: float = 0.0,
    ) -> httpx.Response | None:
        """Gives the first answer that is no refusal; None when patience is over.

        429, every 5xx and every broken connection are tried again elsewhere. `wait_s` is how long
        the other side was asked to wait before it answers.
        """
        began, pause_s = time.monotonic(), 0.05
        what = f"{method} {_shape(path)}"
        while time.monotonic() - began < self.patience_s:
            self.n_calls += 1
            answer = None
            with contextlib.suppress(httpx.TransportError):
                answer = await self.chance.choice(self.clients).request(
                    method,
                    f"{self.chance.choice(self.urls)}/api/v1{path}",
                    json=json,
                    headers=headers,
                    params=params,
                    timeout=wait_s + self.limit_s,
                )
            if answer is not None and answer.status_code < 500 and answer.status_code != 429:
                self.longest_s = max(self.longest_s, time.monotonic() - began)
                return answer
            self.history.refused.append(_refusal(what, answer))
            await asyncio.sleep(pause_s * self.chance.uniform(0.5, 1.5) + self._asked_s(answer))
            pause_s = min(1.0, pause_s * 2)
        self.history.given_up.append(what)
        self.longest_s = max(self.longest_s, time.monotonic() - began)
        return None

    def _asked_s(self, answer: httpx.Response | None) -> float:
        if answer is None or not self.is_polite:
            return 0.0
        return float(answer.headers.get("retry-after", 0))

    async def frames(
        self, path: str, *, headers: dict[str, str], after: int
    ) -> AsyncIterator[dict[str, Any]]:
        """The frames of one event stream, until it breaks or is silent."""
        url = f"{self.chance.choice(self.urls)}/api/v1{path}"
        limits = httpx.Timeout(self.limit_s, read=STREAM_SILENCE_S)
        with contextlib.suppress(httpx.TransportError):
            async with self.chance.choice(self.clients).stream(
                "GET", url, headers=headers, params={"after": str(after)}, timeout=limits
            ) as answer:
                if not answer.is_success:
                    await answer.aread()
                    self.history.refused.append(_refusal(f"GET {_shape(path)}", answer))
                    return
                async for line in answer.aiter_lines():
                    if line.startswith("data: "):
                        yield json.loads(line.removeprefix("data: "))


class Visitor:
    """One visitor with her outbox and her stream."""

    def __init__(
        self, name: str, doors: Doors, *, streams: bool, address: str | None = None
    ) -> None:
        """Comes from an address of her own, if one is given, as a trusted proxy would say."""
        self.name = name
        self.conversation_id = ""
        self.seen: list[tuple[int, str, str, str]] = []
        self._doors = doors
        self._streams = streams
        self._headers = {} if address is None else {"X-Forwarded-For": address}
        self._cursor = 0

    async def open(self) -> bool:
        """Opens a session; False when nobody let her in."""
        body = {"locale": "en", "page_url": "https://shop.example/"}
        answer = await self._doors.call("POST", "/sessions", json=body, headers=self._headers)
        if answer is None or answer.status_code != 201:
            return False
        session = answer.json()
        self.conversation_id = session["conversation_id"]
        self._headers["Authorization"] = f"Bearer {session['token']}"
        self._doors.history.seen[self.conversation_id] = self.seen
        return True

    def resume(self, other: Visitor) -> None:
        """Goes on with another window's session; the one that resumes is judged."""
        self.conversation_id = other.conversation_id
        self._headers = dict(other._headers)
        self._doors.history.seen[self.conversation_id] = self.seen

    async def talk(self, sayings: Sequence[Saying], *, began: float) -> None:
        """Says everything at its moment, one message after the other."""
        for n, saying in enumerate(sayings):
            await asyncio.sleep(max(0.0, began + saying.at_s - time.monotonic()))
            await self.say(f"{self.name}-{n}", saying.text)

    async def say(self, client_id: str, text: str) -> int | None:
        """Sends one message, with one client id for as long as it takes; gives its seq."""
        body = {"client_id": client_id, "text": text}
        path = f"/conversations/{self.conversation_id}/messages"
        answer = await self._doors.call("POST", path, json=body, headers=self._headers)
        if answer is None:
            return None
        if answer.status_code not in (200, 201):
            self._doors.history.unexpected.append(f"send: {answer.status_code} {answer.text[:200]}")
            return None
        event = answer.json()["event"]
        told = Acknowledged(
            conversation_id=self.conversation_id,
            author=VISITOR,
            client_id=client_id,
            text=text,
            seq=event["seq"],
        )
        self._doors.history.acknowledged.append(told)
        return told.seq

    async def watch(self) -> None:
        """Follows the conversation until cancelled, by event stream or long poll."""
        while True:
            if self._streams:
                await self._stream()
                await asyncio.sleep(self._doors.chance.uniform(0.05, 0.3))
            else:
                await self.read(wait_s=POLL_WAIT_S)

    async def read(self, *, wait_s: float = 0.0) -> bool:
        """Reads a page after the cursor; gives whether there was anything."""
        answer = await self._doors.call(
            "GET",
            f"/conversations/{self.conversation_id}/events",
            headers=self._headers,
            params={"after": str(self._cursor), "wait": str(wait_s)},
            wait_s=wait_s,
        )
        if answer is None or not answer.is_success:
            return False
        page = answer.json()
        for event in page["events"]:
            self._show(event)
        self._cursor = page["cursor"]
        return bool(page["events"])

    async def await_answer(self, seq: int, *, within_s: float) -> bool:
        """Reads until a message is answered or a person is to answer; False if that is late."""
        deadline = time.monotonic() + within_s
        while not any(
            shown > seq and (author == BOT or kind == "handoff")
            for shown, kind, author, _ in self.seen
        ):
            if time.monotonic() > deadline:
                return False
            await self.read(wait_s=POLL_WAIT_S)
        return True

    async def catch_up(self) -> None:
        """Reads all that is left."""
        while await self.read():
            pass

    async def _stream(self) -> None:
        path = f"/conversations/{self.conversation_id}/stream"
        frames = self._doors.frames(path, headers=self._headers, after=self._cursor)
        async with contextlib.aclosing(frames) as shown:  # type: ignore[type-var]
            async for frame in shown:
                if frame["type"] == "event":
                    self._show(frame["event"])
                    self._cursor = frame["event"]["seq"]

    def _show(self, event: dict[str, Any]) -> None:
        self.seen.append((event["seq"], event["kind"], event["author"], event["text"]))


@dataclass
class Agent:
    """An agent who takes tickets, answers, writes notes, hands back and resolves."""

    name: str
    email: str
    doors: Doors
    headers: dict[str, str] = field(default_factory=dict)
    n_takes: int = 0
    n_beaten: int = 0
    _n_texts: int = 0

    async def log_in(self) -> None:
        """Starts a session.

        Raises:
            LookupError: That does not work; without it there is nothing to test.
        """
        body = {"email": self.email, "password": PASSWORD}
        answer = await self.doors.call("POST", "/agent/login", json=body, wait_s=HASHING_S)
        if answer is None or not answer.is_success:
            raise LookupError(f"{self.name} cannot log in")
        cookie = answer.cookies["bd_session"]
        self.headers = {"Cookie": f"bd_session={cookie}", "X-CSRF-Token": answer.json()["csrf"]}

    async def work(self, *, pace_s: float) -> None:
        """Takes one ticket after the other until cancelled."""
        chance = self.doors.chance
        while True:
            ticket = await self._choose()
            if ticket is not None and await self._act(ticket, "take"):
                self.n_takes += 1
                await self._serve(ticket, pace_s=pace_s)
            await asyncio.sleep(pace_s * chance.uniform(0.2, 1.0))

    async def transcript(self, number: str) -> list[int] | None:
        """The numbers of the events that a ticket shows."""
        answer = await self.doors.call("GET", f"/agent/tickets/{number}", headers=self.headers)
        if answer is None or not answer.is_success:
            return None
        return [event["seq"] for event in answer.json()["events"]]

    async def follow_inbox(self, shown: list[int]) -> None:
        """Writes down the numbers of the inbox's changes until cancelled."""
        while True:
            after = shown[-1] if shown else 0
            frames = self.doors.frames("/agent/stream", headers=self.headers, after=after)
            async with contextlib.aclosing(frames) as seen:  # type: ignore[type-var]
                async for frame in seen:
                    if frame["type"] == "inbox":
                        shown.append(frame["seq"])
            await asyncio.sleep(self.doors.chance.uniform(0.05, 0.3))

    async def _serve(self, ticket: str, *, pace_s: float) -> None:
        chance = self.doors.chance
        for _ in range(chance.randint(0, 3)):
            await asyncio.sleep(pace_s * chance.uniform(0.1, 1.0))
            await self._write(ticket, chance.choices(("reply", "note"), (4, 1))[0])
        ending = chance.choices(("hand_back", "resolve", "release", ""), (35, 50, 10, 5))[0]
        if not ending or not await self._act(ticket, ending):
            return
        if ending == "hand_back" and chance.random() < 0.4:
            # At once again: the bot may be in the middle of an answer.
            await asyncio.sleep(pace_s * chance.uniform(0.0, 0.5))
            if await self._act(ticket, "take"):
                self.n_takes += 1

    async def _choose(self) -> str | None:
        """One of the first few, so that agents often want the same."""
        answer = await self.doors.call(
            "GET", "/agent/tickets", headers=self.headers, params={"view": "unassigned"}
        )
        if answer is None or not answer.is_success:
            return None
        numbers = [str(ticket["number"]) for ticket in answer.json()["tickets"][:4]]
        return self.doors.chance.choice(numbers) if numbers else None

    async def _act(self, ticket: str, verb: str) -> bool:
        """Does it; False when somebody was quicker or it was done before our repeated try."""
        answer = await self.doors.call(
            "POST", f"/agent/tickets/{ticket}/{verb}", headers=self.headers, json={}
        )
        if answer is None or answer.is_success:
            return answer is not None
        self.n_beaten += 1
        if answer.status_code != 409:
            self._unexpected(f"{verb}: {answer.status_code} {answer.text[:200]}")
        return False

    async def _write(self, ticket: str, verb: str) -> None:
        self._n_texts += 1
        client_id, text = f"{self.name}-{self._n_texts}", f"{verb} {self.name}.{self._n_texts}"
        answer = await self.doors.call(
            "POST",
            f"/agent/tickets/{ticket}/{verb}",
            headers=self.headers,
            json={"client_id": client_id, "text": text},
        )
        if answer is None or answer.status_code == 409:
            return
        if not answer.is_success:
            self._unexpected(f"{verb}: {answer.status_code} {answer.text[:200]}")
            return
        shape = answer.json()
        told = Acknowledged(
            conversation_id=shape["ticket"]["conversation_id"],
            author=AGENT,
            client_id=client_id,
            text=text,
            seq=shape["event"]["seq"],
        )
        self.doors.history.acknowledged.append(told)

    def _unexpected(self, what: str) -> None:
        self.doors.history.unexpected.append(f"{self.name} {what}")


def _refusal(what: str, answer: httpx.Response | None) -> Refused:
    if answer is None:
        return Refused(what=what, status=0)
    return Refused(
        what=what,
        status=answer.status_code,
        has_retry_after="retry-after" in answer.headers,
    )


def _shape(path: str) -> str:
    """The path without ids."""
    parts = path.split("/")
    return "/".join("*" if len(part) == 26 or part.isdecimal() else part for part in parts)
