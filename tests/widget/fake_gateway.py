"""A small gateway that speaks the visitor API and answers from a script.

It lets the widget be tried in a real browser without a brain or a database: real HTTP, real
WebSockets, the strict content security policy of the product. Faults (refused sockets, failing
posts, dropped lines) are switched on by the test. It keeps everything in memory, in one thread.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, StreamingResponse

STATIC = Path(__file__).resolve().parents[2] / "bot" / "static"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'self'; require-trusted-types-for 'script'"
)
LANGUAGES = {
    "en": "English", "el": "Ελληνικά", "tr": "Türkçe", "de": "Deutsch", "es": "Español",
    "fr": "Français", "it": "Italiano", "pt": "Português", "nl": "Nederlands", "pl": "Polski",
    "ru": "Русский", "ar": "العربية",
}  # fmt: skip
PAGE = """<!doctype html><html lang="{lang}" dir="{dir}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Test page</title></head>
<body><main><h1>Test page</h1><p>A page of a shop.</p>
<p><a href="/plain?lang={lang}&amp;next">Next page</a></p></main>
<script src="/widget/loader.js" async data-locale="{lang}"></script></body></html>"""
HOSTILE = (
    '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script> '
    "[x](javascript:alert(1)) **bold**"
)
ANSWER = """You asked: {text}

You can **track** it:

- open your account
- choose *Orders*

See [Orders](/help/en/order-track)."""

Json = dict[str, Any]


@dataclass(slots=True)
class Conversation:
    """One conversation and the queues of everybody who listens to it."""

    id: str
    language: str | None
    choice: str | None = None
    owner: str = "bot"
    ticket: str | None = None
    agent: str | None = None
    events: list[Json] = field(default_factory=list)
    listeners: set[asyncio.Queue[Json | None]] = field(default_factory=set)

    def state(self) -> Json:
        return {
            "owner": self.owner,
            "language": self.choice or self.language,
            "cursor": len(self.events),
            "ticket_number": self.ticket,
            "agent_name": self.agent,
        }

    def append(self, kind: str, author: str, text: str | None, **extra: Any) -> Json:
        event = {
            "seq": len(self.events) + 1,
            "kind": kind,
            "author": author,
            "author_name": None,
            "text": text,
            "language": self.language,
            "client_id": None,
            "created_at": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "payload": {},
        } | extra
        self.events.append(event)
        self.send({"type": "event", "event": event})
        return event

    def send(self, frame: Json) -> None:
        for queue in self.listeners:
            queue.put_nowait(frame)


class FakeGateway:
    """The gateway in a thread of its own; public methods may be called from the test's thread."""

    def __init__(self) -> None:
        self.conversations: dict[str, Conversation] = {}
        self.requests: list[str] = []
        self.refuse_sockets = False
        self.refuse_streams = False
        self.failing_posts = 0
        self.failing_reads = 0
        self.reply_delay_s = 0.0
        self._key = "token"
        self._loop: asyncio.AbstractEventLoop | None = None
        config = uvicorn.Config(
            self._build(),
            host="127.0.0.1",
            port=0,
            ws="wsproto",
            log_level="warning",
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)

    # --- the test's side ----------------------------------------------------------------------

    def start(self) -> FakeGateway:
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def stop(self) -> None:
        self.drop_lines()
        self._server.should_exit = True
        self._thread.join(10)

    def reset_faults(self) -> None:
        self.refuse_sockets = self.refuse_streams = False
        self.failing_posts = self.failing_reads = 0
        self.reply_delay_s = 0.0
        self.requests.clear()

    def newest(self) -> Conversation:
        return list(self.conversations.values())[-1]

    def texts(self, author: str) -> list[str]:
        return [
            e["text"]
            for e in self.newest().events
            if e["author"] == author and e["kind"] == "message"
        ]

    def agent_joins(self, name: str) -> None:
        def work() -> None:
            talk = self.newest()
            talk.owner, talk.agent = "agent", name
            talk.append("agent_joined", "system", f"{name} has joined.", author_name=name)
            talk.send({"type": "state", **talk.state()})

        self._call(work)

    def solved(self) -> None:
        def work() -> None:
            talk = self.newest()
            talk.owner, talk.ticket = "closed", "T-1042"
            choice = {"kind": "reopen", "value": "T-1042"}
            payload = {
                "ticket_number": "T-1042",
                "buttons": [{"title": "It is not solved", "choice": choice}],
            }
            talk.append("resolved", "system", "Your request T-1042 is solved.", payload=payload)
            talk.send({"type": "state", **talk.state()})

        self._call(work)

    def agent_says(self, text: str, *, name: str = "Eleni") -> None:
        self._call(lambda: self.newest().append("message", "agent", text, author_name=name))

    def agent_types(self) -> None:
        self._call(
            lambda: self.newest().send({"type": "typing", "author": "agent", "active": True})
        )

    def hidden_note(self) -> None:
        """Uses a number of the log for something that the visitor never gets to see."""

        def work() -> None:
            talk = self.newest()
            listeners, talk.listeners = talk.listeners, set()
            talk.append("note", "agent", "secret")
            talk.listeners = listeners

        self._call(work)

    def expire_tokens(self) -> None:
        """From now on every token given so far is good for a new one alone."""

        def work() -> None:
            self._key += "-"

        self._call(work)
        self.drop_lines()

    def drop_lines(self) -> None:
        def work() -> None:
            for talk in self.conversations.values():
                for queue in talk.listeners:
                    queue.put_nowait(None)

        self._call(work)

    def _call(self, work: Any) -> None:
        done = threading.Event()

        def run() -> None:
            work()
            done.set()

        if self._loop is not None and self._loop.is_running():
            self._loop.call_soon_threadsafe(run)
            done.wait(5)

    def _run(self) -> None:
        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            await self._server.serve()

        asyncio.run(serve())

    # --- the script ---------------------------------------------------------------------------

    async def _answer(self, talk: Conversation, text: str, choice: Json | None) -> None:
        if talk.owner != "bot":
            return
        talk.send({"type": "typing", "author": "bot", "active": True})
        await asyncio.sleep(self.reply_delay_s)
        choice = choice or {}
        kind = choice.get("kind")
        if kind == "human" or "human" in text:
            talk.owner, talk.ticket = "queue", "T-1042"
            payload = {"ticket_number": "T-1042", "availability": "offline", "ask_contact": True}
            talk.append(
                "handoff", "system", "A person will answer. Your ticket: T-1042", payload=payload
            )
            talk.send({"type": "state", **talk.state()})
        elif kind == "feedback":
            talk.append(
                "message", "bot", f"Noted: {choice['value']}", payload={"reply_kind": "smalltalk"}
            )
        elif "which" in text:
            buttons = [
                {"title": title, "choice": {"kind": "article", "value": value}}
                for title, value in (
                    ("Delivery costs", "delivery-costs"),
                    ("Delivery times", "delivery-times"),
                )
            ]
            talk.append(
                "message",
                "bot",
                "Which of these do you mean?",
                payload={"reply_kind": "clarify", "buttons": buttons},
            )
        elif lines := re.search(r"(\d+) lines", text):
            body = "\n\n".join(f"Line {number + 1}" for number in range(int(lines[1])))
            talk.append("message", "bot", body, payload={"reply_kind": "answer"})
        elif "html" in text:
            talk.append("message", "bot", HOSTILE, payload={"reply_kind": "answer"})
        else:
            source = {
                "article_id": "order-track",
                "title": "Track my order",
                "language": "en",
                "url": "/help/en/order-track",
            }
            body = ANSWER.format(text=text)
            payload = {"reply_kind": "answer", "sources": [source], "feedback": True}
            talk.append("message", "bot", body, payload=payload)

    def _detect(self, text: str) -> str | None:
        if any("؀" <= char <= "ۿ" for char in text):
            return "ar"
        return "el" if any("Ͱ" <= char <= "Ͽ" for char in text) else None

    def _authorised(self, request: Request, conversation: str) -> Conversation | None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return (
            self.conversations.get(conversation) if token == f"{self._key}.{conversation}" else None
        )

    # --- the API ------------------------------------------------------------------------------

    def _build(self) -> FastAPI:
        app = FastAPI(openapi_url=None)
        base = "/api/v1"
        gateway = self

        @app.middleware("http")
        async def guard(request: Request, call_next: Any) -> Response:
            gateway.requests.append(f"{request.method} {request.url.path}")
            response: Response = await call_next(request)
            response.headers["Content-Security-Policy"] = CSP
            response.headers["X-Content-Type-Options"] = "nosniff"
            response.headers["Cache-Control"] = "no-store"
            return response

        @app.get("/plain")
        async def plain(lang: str = "en") -> HTMLResponse:
            return HTMLResponse(PAGE.format(lang=lang, dir="rtl" if lang == "ar" else "ltr"))

        @app.get("/help/{language}/{article}")
        async def article(language: str, article: str) -> HTMLResponse:
            return HTMLResponse(
                f"<!doctype html><html lang={language}><title>{article}</title><h1>{article}</h1>"
            )

        @app.get("/favicon.ico")
        async def favicon() -> Response:
            return Response(status_code=204)

        @app.get("/shop/{path:path}")
        async def shop(path: str) -> Response:
            file = STATIC / "shop" / path
            return FileResponse(file / "index.html" if file.is_dir() else file)

        @app.get("/widget/{path:path}")
        async def widget(path: str) -> Response:
            return FileResponse(STATIC / "widget" / path)

        @app.get(f"{base}/widget/config")
        async def config() -> Json:
            languages = [{"code": c, "name": n, "rtl": c == "ar"} for c, n in LANGUAGES.items()]
            return {
                "brand": "Meltemi",
                "languages": languages,
                "default_language": "en",
                "formality": "formal",
                "limits": {"message_chars": 4000},
                "agents_online": False,
            }

        @app.post(f"{base}/sessions", status_code=201)
        async def sessions(request: Request) -> Response:
            body = await request.json()
            known = gateway.conversations.get(str(body.get("token", "")).partition(".")[2])
            if body.get("token") and known is None:
                return _error(401, "bad_token")
            talk = known or Conversation(id=f"c{len(gateway.conversations) + 1}", language=None)
            gateway.conversations[talk.id] = talk
            return JSONResponse(
                {
                    "token": f"{gateway._key}.{talk.id}",
                    "conversation_id": talk.id,
                    "visitor_id": "v1",
                    "language_choice": talk.choice,
                    **talk.state(),
                },
                status_code=201,
            )

        @app.post(f"{base}/conversations/{{conversation}}/messages")
        async def post_message(conversation: str, request: Request) -> Response:
            talk = gateway._authorised(request, conversation)
            if talk is None:
                return _error(401, "bad_token")
            if gateway.failing_posts:
                gateway.failing_posts -= 1
                return _error(503, "unavailable", headers={"Retry-After": "0"})
            body = await request.json()
            for event in talk.events:
                if event["client_id"] == body["client_id"]:
                    return JSONResponse({"event": event, "duplicate": True})
            if "refuse" in body["text"]:
                return _error(422, "message_too_long")
            talk.language = gateway._detect(body["text"]) or talk.language
            event = talk.append("message", "visitor", body["text"], client_id=body["client_id"])
            talk.send({"type": "state", **talk.state()})
            task = asyncio.create_task(gateway._answer(talk, body["text"], body.get("choice")))
            _running.add(task)
            task.add_done_callback(_running.discard)
            return JSONResponse({"event": event, "duplicate": False}, status_code=201)

        @app.get(f"{base}/conversations/{{conversation}}/events")
        async def events(
            conversation: str, request: Request, after: int = 0, wait: float = 0
        ) -> Response:
            talk = gateway._authorised(request, conversation)
            if talk is None:
                return _error(401, "bad_token")
            if gateway.failing_reads:
                gateway.failing_reads -= 1
                return _error(503, "unavailable")
            queue: asyncio.Queue[Json | None] = asyncio.Queue()
            if wait and len(talk.events) <= after:
                talk.listeners.add(queue)
                try:
                    await asyncio.wait_for(queue.get(), timeout=min(wait, 2))
                except TimeoutError:
                    pass
                finally:
                    talk.listeners.discard(queue)
            return JSONResponse(
                {"events": _public(talk, after), "cursor": len(talk.events), "state": talk.state()}
            )

        @app.get(f"{base}/conversations/{{conversation}}/stream")
        async def stream(conversation: str, request: Request, after: int = 0) -> Response:
            talk = gateway._authorised(request, conversation)
            if talk is None or gateway.refuse_streams:
                return _error(401 if talk is None else 503, "refused")

            async def lines() -> AsyncIterator[str]:
                async for frame in _frames(talk, after):
                    yield f"data: {json.dumps(frame)}\n\n"

            return StreamingResponse(lines(), media_type="text/event-stream")

        @app.post(f"{base}/conversations/{{conversation}}/language")
        async def language(conversation: str, request: Request) -> Response:
            talk = gateway._authorised(request, conversation)
            if talk is None:
                return _error(401, "bad_token")
            talk.choice = (await request.json())["language"]
            talk.append("language", "visitor", "", payload={"language": talk.choice})
            talk.send({"type": "state", **talk.state()})
            return JSONResponse({"language": talk.choice})

        @app.post(f"{base}/conversations/{{conversation}}/contact")
        async def contact(conversation: str, request: Request) -> Response:
            talk = gateway._authorised(request, conversation)
            if talk is None:
                return _error(401, "bad_token")
            listeners, talk.listeners = talk.listeners, set()
            talk.append("contact", "system", "", payload=await request.json())
            talk.listeners = listeners
            return JSONResponse(talk.state())

        @app.post(f"{base}/conversations/{{conversation}}/typing")
        async def typing(conversation: str) -> Json:
            return {}

        @app.websocket(f"{base}/conversations/{{conversation}}/ws")
        async def socket(websocket: WebSocket, conversation: str, after: int = 0) -> None:
            talk = gateway.conversations.get(conversation)
            offered = websocket.scope["subprotocols"]
            if (
                gateway.refuse_sockets
                or talk is None
                or f"bearer.{gateway._key}.{conversation}" not in offered
            ):
                await websocket.close(4401)
                return
            await websocket.accept("babeldesk.v1")

            async def push() -> None:
                async for frame in _frames(talk, after):
                    await websocket.send_json(frame)
                await websocket.close(1011)

            pushing = asyncio.create_task(push())
            try:
                while True:
                    await websocket.receive_text()
            except (WebSocketDisconnect, RuntimeError):
                pass
            finally:
                pushing.cancel()

        return app


_running: set[asyncio.Task[None]] = set()


def _public(talk: Conversation, after: int) -> list[Json]:
    return [event for event in talk.events[after:] if event["kind"] not in {"note", "contact"}]


async def _frames(talk: Conversation, after: int) -> AsyncIterator[Json]:
    """What a listener gets: everything after the cursor, the state, then live frames until None."""
    queue: asyncio.Queue[Json | None] = asyncio.Queue()
    for event in _public(talk, after):
        queue.put_nowait({"type": "event", "event": event})
    queue.put_nowait({"type": "state", **talk.state()})
    talk.listeners.add(queue)
    try:
        while (frame := await queue.get()) is not None:
            yield frame
    finally:
        talk.listeners.discard(queue)


def _error(status: int, code: str, *, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(
        {"error": {"code": code, "message": code}}, status_code=status, headers=headers
    )


if __name__ == "__main__":
    running = FakeGateway().start()
    running._thread.join()
