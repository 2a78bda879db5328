"""A little brain that keeps the turn contract over real HTTP and misbehaves on request.

What it does is told by the message itself, so it needs no state and can be killed at will: `slow`,
`wait`, `error`, `nonsense`, `not json`, `other turn`, `silent`, `die`, `die once`, `handoff`;
anything else is answered. As a program it takes `--port` and the secret from the environment.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

SLOW_S = 30.0


class FakeBrain:
    """Counts what it is asked; `seen` holds the request bodies in order."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self.seen: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.running: dict[str, int] = {}
        self.most_at_once: dict[str, int] = {}
        self.asked = asyncio.Event()
        self.release = asyncio.Event()
        self.healthy = True
        self.well = True
        self.broken_turns = 0
        self.languages_asked: list[dict[str, Any]] = []
        self.broken_languages = 0
        self.app = Starlette(
            routes=[
                Route("/turn", self.turn, methods=["POST"]),
                Route("/language", self.language, methods=["POST"]),
                Route("/health", self.health, methods=["GET"]),
            ]
        )

    def forget(self) -> None:
        """As new, for the next test."""
        self.seen.clear()
        self.headers.clear()
        self.running.clear()
        self.most_at_once.clear()
        self.asked = asyncio.Event()
        self.release = asyncio.Event()
        self.healthy = True
        self.well = True
        self.broken_turns = 0
        self.languages_asked.clear()
        self.broken_languages = 0

    async def health(self, request: Request) -> Response:
        if not self.healthy:
            return JSONResponse({"code": "no_model"}, status_code=503)
        return JSONResponse(
            {
                "ok": self.well,
                "model_id": "fake",
                "index_id": "fake",
                "pid": os.getpid(),
                "rss_bytes": 1,
            }
        )

    async def language(self, request: Request) -> Response:
        body = await request.json()
        self.languages_asked.append(body)
        if self.broken_languages > 0:
            self.broken_languages -= 1
            return JSONResponse({"code": "broken"}, status_code=500)
        if body["text"].startswith("nonsense"):
            return JSONResponse({"message": ["many"]})
        found = "de" if "Paket" in body["text"] else "en"
        return JSONResponse(
            {
                "message": found,
                "confidence": 0.9,
                "conversation": found,
                "state": {found: 1.0},
                "unsupported": None,
            }
        )

    async def turn(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self._secret}":
            return JSONResponse({"code": "unauthorized"}, status_code=401)
        body = await request.json()
        self.seen.append(body)
        self.headers.append(dict(request.headers))
        self.asked.set()
        conversation_id = body["conversation_id"]
        self.running[conversation_id] = self.running.get(conversation_id, 0) + 1
        self.most_at_once[conversation_id] = max(
            self.most_at_once.get(conversation_id, 0), self.running[conversation_id]
        )
        try:
            return await self._answer(body)
        finally:
            self.running[conversation_id] -= 1

    async def _answer(self, body: dict[str, Any]) -> Response:
        text = body["message"]["text"].lower()
        if self.broken_turns > 0:
            self.broken_turns -= 1
            return JSONResponse({"code": "turn_failed"}, status_code=500)
        if text.startswith("slow"):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.release.wait(), SLOW_S)
        if text.startswith("error"):
            return JSONResponse({"code": "turn_failed"}, status_code=500)
        if text.startswith("nonsense"):
            return JSONResponse({"turn_id": body["turn_id"], "replies": "many"})
        if text.startswith("not json"):
            return Response(b"<html>", media_type="text/html")
        if text.startswith("other turn"):
            return JSONResponse(answered(body) | {"turn_id": "another"})
        if text.startswith("silent"):
            return JSONResponse(answered(body) | {"replies": []})
        if text.startswith("wait"):
            await self.release.wait()
        if text.startswith("die once"):
            marker = Path(body["message"]["text"].removeprefix("die once").strip())
            if not marker.exists():  # noqa: ASYNC240
                marker.touch()  # noqa: ASYNC240
                os._exit(9)
        elif text.startswith("die"):
            os._exit(9)
        if text.startswith("handoff"):
            return JSONResponse(
                answered(body) | {"replies": [], "handoff": {"reason": "asked_for_person"}}
            )
        return JSONResponse(answered(body))


def answered(body: dict[str, Any]) -> dict[str, Any]:
    """Gives a good answer to a request."""
    language = body["context"]["language_choice"] or "en"
    return {
        "turn_id": body["turn_id"],
        "replies": [
            {
                "kind": "answer",
                "text": f"You said: {body['message']['text']}"[:4000],
                "language": language,
                "sources": [
                    {
                        "article_id": "order-track",
                        "title": "Track",
                        "url": "/help/en/order-track",
                        "language": "en",
                    }
                ],
                "buttons": [],
                "feedback": True,
            }
        ],
        "decision": {
            "outcome": "answer",
            "reasons": ["confident"],
            "confidence": 0.9,
            "intent": {"name": "ask", "confidence": 0.9},
            "entities": [],
            "hits": [],
        },
        "language": {
            "message": language,
            "confidence": 0.9,
            "conversation": language,
            "state": {"n": 1},
            "unsupported": None,
        },
        "handoff": None,
        "set": {"contact": None, "language_choice": None},
        "events": [{"event": "user", "text": body["message"]["text"]}],
        "model": {"model_id": "fake", "index_id": "fake", "encoder": "fake"},
        "timing_ms": {"total": 1.0},
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    brain = FakeBrain(os.environ["BABELDESK_BRAIN_SECRET"])
    uvicorn.run(
        brain.app,
        host="127.0.0.1",
        port=options.port,
        log_level="error",
        access_log=False,
        ws="none",
    )


if __name__ == "__main__":
    main()
