"""`babeldesk chat`: the visitor's side of a conversation in a terminal, over the public API."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any, Final

import httpx

from bot.commands.output import complain, say, say_json
from bot.errors import StartError
from handoff.ids import new_id

# The gateway promises an answer or a person within 25 s.
ANSWER_LIMIT_S: Final = 40.0


class ChatClient:
    """One visitor's session."""

    def __init__(self, http: httpx.AsyncClient, session: dict[str, Any]) -> None:
        self._http = http
        self.conversation_id = str(session["conversation_id"])
        self._headers = {"Authorization": f"Bearer {session['token']}"}
        self.cursor = int(session["cursor"])

    @staticmethod
    async def open(http: httpx.AsyncClient, *, language: str | None) -> ChatClient:
        """Opens a session.

        Raises:
            StartError: `no_gateway` when nothing answers.
        """
        try:
            answer = await http.post("/api/v1/sessions", json={"locale": language})
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise StartError(
                "no_gateway",
                happened=f"No Babeldesk answers at {http.base_url} ({type(error).__name__}).",
                todo="Start it with `babeldesk run`, or name its address with --url.",
            ) from None
        client = ChatClient(http, answer.json())
        if language:
            await client._post("language", {"language": language})
        return client

    async def send(self, text: str, choice: dict[str, str] | None = None) -> None:
        """Sends one message."""
        await self._post("messages", {"client_id": new_id(), "text": text, "choice": choice})

    async def stream(self, queue: asyncio.Queue[dict[str, Any]]) -> None:
        """Puts every event into the queue, reconnecting by cursor, until cancelled."""
        while True:
            try:
                await self._stream_once(queue)
            except httpx.HTTPError:
                await asyncio.sleep(1.0)

    async def _stream_once(self, queue: asyncio.Queue[dict[str, Any]]) -> None:
        path = f"/api/v1/conversations/{self.conversation_id}/stream"
        async with self._http.stream(
            "GET", path, params={"after": self.cursor}, headers=self._headers, timeout=60
        ) as answer:
            answer.raise_for_status()
            async for line in answer.aiter_lines():
                if not line.startswith("data: "):
                    continue
                frame = json.loads(line[6:])
                if frame["type"] == "event":
                    self.cursor = max(self.cursor, int(frame["event"]["seq"]))
                await queue.put(frame)

    async def _post(self, what: str, body: dict[str, Any]) -> None:
        answer = await self._http.post(
            f"/api/v1/conversations/{self.conversation_id}/{what}", json=body, headers=self._headers
        )
        if answer.status_code >= 400:
            error = answer.json()["error"]
            raise StartError(error["code"], happened="The gateway refused:", todo=error["message"])


async def ask_once(url: str, text: str, *, language: str | None, as_json: bool) -> int:
    """Asks one question and shows the answer; gives the exit code."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        client = await ChatClient.open(http, language=language)
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        reader = asyncio.create_task(client.stream(queue))
        try:
            await client.send(text)
            async with asyncio.timeout(ANSWER_LIMIT_S):
                event = await _next_answer(queue)
        except TimeoutError:
            complain("No answer came in time.")
            return 1
        finally:
            reader.cancel()
    if as_json:
        say_json(event)
    else:
        show(event)
    return 0


async def converse(url: str, *, language: str | None) -> int:
    """A conversation until end of input; a number presses the button with that number."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        client = await ChatClient.open(http, language=language)
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        buttons: list[dict[str, Any]] = []
        tasks = [
            asyncio.create_task(client.stream(queue)),
            asyncio.create_task(_show_all(queue, buttons)),
        ]
        say("Write and press Enter; a number presses a button; Ctrl+D ends.")
        try:
            while line := await asyncio.to_thread(sys.stdin.readline):
                text = line.strip()
                if not text:
                    continue
                pressed = _pressed(text, buttons)
                try:
                    if pressed is None:
                        await client.send(text)
                    else:
                        await client.send(pressed["title"], pressed["choice"])
                except StartError as error:
                    complain(str(error))
        finally:
            for task in tasks:
                task.cancel()
    return 0


def show(event: dict[str, Any]) -> None:
    """One event for people."""
    name = {"bot": "assistant", "system": "*"}.get(
        event["author"], event.get("author_name") or "agent"
    )
    if event["text"]:
        say(f"{name}: {event['text']}")
    payload = event.get("payload") or {}
    for source in payload.get("sources", []):
        say(f"    source: {source.get('title')} {source.get('url')}")
    for number, button in enumerate(payload.get("buttons", []), start=1):
        say(f"    [{number}] {button.get('title')}")


async def _next_answer(queue: asyncio.Queue[dict[str, Any]]) -> dict[str, Any]:
    while True:
        frame = await queue.get()
        event = frame.get("event")
        if event and event["author"] != "visitor" and event["kind"] in {"message", "handoff"}:
            return dict(event)


async def _show_all(queue: asyncio.Queue[dict[str, Any]], buttons: list[dict[str, Any]]) -> None:
    while True:
        frame = await queue.get()
        event = frame.get("event")
        if event and event["author"] != "visitor":
            show(event)
            buttons[:] = (event.get("payload") or {}).get("buttons", [])


def _pressed(text: str, buttons: list[dict[str, Any]]) -> dict[str, Any] | None:
    if text.isdecimal() and 1 <= int(text) <= len(buttons):
        return buttons[int(text) - 1]
    return None
