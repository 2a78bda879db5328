"""The brain's log: which turn broke and where, and never what the visitor wrote."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.brain.app import Brain, create_app
from bot.brain.contract import TurnRequest
from bot.brain.errors import TurnFailed
from bot.brain.settings import BrainSettings
from bot.logs import configure_logs
from bot.settings import LogSettings
from tests.bot.house import kept_logging
from tests.brain.conftest import Talk

SECRET = "a-secret-of-the-brain"
TRACE = "0af7651916cd43dd8448eb211c80319c"
WORDS = "canary words from canary@mail.example, card 4111 1111 1111 1111"
CANARIES = ("canary", "4111", SECRET)


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    with kept_logging():
        configure_logs(
            LogSettings(form="json", level="warning"), stream=stream, foreign_events=True
        )
        yield stream


class FailingEngine:
    """Breaks on her words, as a component would that did not expect them."""

    model_name = model_id = "failing"

    def __init__(self, _path: Path) -> None:
        pass

    async def run(self, request: TurnRequest) -> Any:
        try:
            raise ValueError(f"cannot read {request.message.text!r}")
        except ValueError as error:
            raise TurnFailed(request.conversation_id) from error


async def ask(http: httpx.AsyncClient, body: Any, **headers: str) -> httpx.Response:
    return await http.post("/turn", json=body, headers=headers)


async def test_a_broken_turn_names_the_request_and_not_the_words(
    out: io.StringIO, tmp_path: Path
) -> None:
    (tmp_path / "m.tar.gz").write_bytes(b"model")
    settings = BrainSettings(secret=SECRET, models_dir=tmp_path, kb_dir=tmp_path)
    app = create_app(Brain(settings, build=FailingEngine))  # type: ignore[arg-type]
    body = {
        "turn_id": "turn-1",
        "conversation_id": "conversation-1",
        "message": {"id": "m", "text": WORDS},
    }
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(
            transport=transport,
            base_url="http://brain",
            headers={"Authorization": f"Bearer {SECRET}"},
        ) as http:
            broken = await ask(http, body, traceparent=f"00-{TRACE}-b7ad6b7169203331-01")
            wrong = await ask(http, {**body, "turn_id": ["canary"]})

    assert (broken.status_code, wrong.status_code) == (500, 422)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    failed = next(line for line in lines if "exception" in line)
    assert failed["correlation_id"] == TRACE
    assert (failed["conversation_id"], failed["turn_id"]) == ("conversation-1", "turn-1")
    assert "test_brain_logs.py" in failed["exception"]
    assert not [canary for canary in CANARIES if canary in out.getvalue()]


@pytest.mark.brain
async def test_a_real_brain_writes_no_words_even_where_rasa_would(
    out: io.StringIO, talk: Talk
) -> None:
    # Whatever Rasa and the other libraries have to say, at any level.
    logging.getLogger().setLevel(logging.DEBUG)

    for words in (WORDS, f"Πού είναι η παραγγελία μου; {WORDS}", f"/restart {WORDS}", "", "\x00"):
        await talk.say(words)
    await talk.press("human", "canary")

    assert not [canary for canary in CANARIES if canary in out.getvalue()]
