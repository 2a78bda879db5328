"""The brain's HTTP face over an engine that stands in for a loaded model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.brain.app import Brain, create_app
from bot.brain.contract import (
    DecisionOut,
    IntentOut,
    LanguageOut,
    ModelOut,
    SetOut,
    TurnRequest,
    TurnResponse,
)
from bot.brain.errors import TurnFailed
from bot.brain.models import file_sha256
from bot.brain.settings import BrainSettings

SECRET = "0123456789abcdef"
TURN = {"turn_id": "t", "conversation_id": "c", "message": {"id": "m", "text": "hello"}}


class SmallEngine:
    """Answers every message with nothing but the model's name; breaks on "break"."""

    def __init__(self, path: Path) -> None:
        if path.read_bytes() == b"broken":
            raise ValueError("not a model")
        self.model_name = path.name
        self.model_id = f"id of {path.name}"

    async def run(self, request: TurnRequest) -> TurnResponse:
        if request.message.text == "break":
            raise TurnFailed(request.conversation_id) from RuntimeError("boom")
        return TurnResponse(
            turn_id=request.turn_id,
            replies=[],
            decision=DecisionOut(
                outcome="smalltalk",
                reasons=[],
                confidence=None,
                intent=IntentOut(name="greet", confidence=1.0),
                entities=[],
                hits=[],
            ),
            language=LanguageOut(
                message=None, confidence=0.0, conversation="en", state={}, unsupported=None
            ),
            handoff=None,
            set=SetOut(),
            events=[],
            model=ModelOut(model_id=self.model_id, index_id=None, encoder="e"),
            timing_ms={},
        )


@asynccontextmanager
async def client(folder: Path, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    made = BrainSettings(secret=SECRET, models_dir=folder, kb_dir=folder / "kb", **settings)
    brain = Brain(made, build=SmallEngine)  # type: ignore[arg-type]
    app = create_app(brain)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        headers = {"Authorization": f"Bearer {SECRET}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://brain", headers=headers
        ) as http:
            yield http


def write(folder: Path, name: str, content: bytes = b"model") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("path", ["/turn", "/model", "/health"])
@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": SECRET}]
)
async def test_wrong_secret_is_refused(tmp_path: Path, path: str, header: dict[str, str]) -> None:
    write(tmp_path, "a.tar.gz")
    async with client(tmp_path) as http:
        http.headers.pop("Authorization")
        method = "GET" if path == "/health" else "POST"
        answer = await http.request(method, path, json=TURN, headers=header)

    assert answer.status_code == 401


async def test_turn_is_answered_by_the_newest_model(tmp_path: Path) -> None:
    write(tmp_path, "a.tar.gz")
    async with client(tmp_path) as http:
        answer = await http.post("/turn", json=TURN)

    assert answer.status_code == 200
    assert answer.json()["model"]["model_id"] == "id of a.tar.gz"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**TURN, "message": {"id": "m"}},
        {**TURN, "message": {"id": "m", "text": "x" * 200_001}},
        {**TURN, "message": {"id": "m", "text": "x", "choice": {"kind": "sudo", "value": ""}}},
        {**TURN, "events": "none"},
    ],
)
async def test_wrong_shape_is_422(tmp_path: Path, body: dict[str, Any]) -> None:
    write(tmp_path, "a.tar.gz")
    async with client(tmp_path) as http:
        answer = await http.post("/turn", json=body)

    assert answer.status_code == 422


async def test_without_a_model_turns_are_503_and_health_says_so(tmp_path: Path) -> None:
    async with client(tmp_path) as http:
        turn = await http.post("/turn", json=TURN)
        health = await http.get("/health")

    assert turn.status_code == 503
    assert turn.json()["code"] == "no_model"
    assert health.json()["ok"] is False


async def test_failing_turn_is_500_with_its_code(tmp_path: Path) -> None:
    write(tmp_path, "a.tar.gz")
    async with client(tmp_path) as http:
        answer = await http.post("/turn", json={**TURN, "message": {"id": "m", "text": "break"}})

    assert answer.status_code == 500
    assert answer.json()["code"] == "turn_failed"


async def test_health_names_model_process_and_memory(tmp_path: Path) -> None:
    write(tmp_path, "a.tar.gz")
    async with client(tmp_path) as http:
        health = (await http.get("/health")).json()

    assert health["ok"] is True
    assert health["model_id"] == "id of a.tar.gz"
    assert health["pid"] > 0
    assert health["rss_bytes"] > 0


async def test_model_is_swapped_without_a_failed_turn(tmp_path: Path) -> None:
    write(tmp_path, "a.tar.gz")
    async with client(tmp_path) as http:
        sha256 = file_sha256(write(tmp_path, "b.tar.gz", b"other"))
        turns = [http.post("/turn", json=TURN) for _ in range(20)]
        swap = http.post("/model", json={"path": "b.tar.gz", "sha256": sha256})
        *answers, swapped = await asyncio.gather(*turns, swap)
        after = await http.post("/turn", json=TURN)

    assert {answer.status_code for answer in answers} == {200}
    assert swapped.json() == {"model_id": "id of b.tar.gz"}
    assert after.json()["model"]["model_id"] == "id of b.tar.gz"


@pytest.mark.parametrize(
    ("name", "sha256", "status"),
    [
        ("../a.tar.gz", "0" * 64, 400),
        ("missing.tar.gz", "0" * 64, 404),
        ("a.tar.gz", "0" * 64, 409),
        ("a.tar.gz", "short", 422),
    ],
)
async def test_wrong_model_is_refused_and_the_old_one_serves(
    tmp_path: Path, name: str, sha256: str, status: int
) -> None:
    write(tmp_path, "a.tar.gz")
    async with client(tmp_path) as http:
        answer = await http.post("/model", json={"path": name, "sha256": sha256})
        turn = await http.post("/turn", json=TURN)

    assert answer.status_code == status
    assert turn.status_code == 200


async def test_broken_model_is_refused_and_the_old_one_serves(tmp_path: Path) -> None:
    write(tmp_path, "a.tar.gz")
    async with client(tmp_path) as http:
        sha256 = file_sha256(write(tmp_path, "b.tar.gz", b"broken"))
        answer = await http.post("/model", json={"path": "b.tar.gz", "sha256": sha256})
        health = (await http.get("/health")).json()

    assert answer.status_code == 409
    assert health["model"] == "a.tar.gz"
