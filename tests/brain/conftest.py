"""A real model of the repository's data, a real index of its articles, and an engine over both.

The model is kept in `models/` by the digest of its sources, so only a change trains again.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.brain.contract import TurnRequest, TurnResponse

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ["en", "el", "tr", "de", "es", "fr", "it", "pt", "nl", "pl", "ru", "ar"]


@pytest.fixture(scope="session")
def model_path() -> Path:
    from bot.brain.training import train_model

    return train_model(root=ROOT).path


@pytest.fixture(scope="session")
def kb_dir() -> Iterator[Path]:
    from kb_index.article import parse_article
    from kb_index.builder import build_snapshot, publish
    from kb_index.encoder import load_encoder

    paths = sorted((ROOT / "data" / "kb").rglob("*.md"))
    articles = [parse_article(path.read_text("utf-8"), path=str(path)) for path in paths]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        info = build_snapshot(
            articles,
            load_encoder(),
            folder=folder,
            previous=None,
            progress=lambda stage, done, total: None,
        )
        publish(folder, info.snapshot_id)
        yield folder


@pytest.fixture(scope="session")
def engine(model_path: Path, kb_dir: Path) -> Any:
    from bot.brain.rasa_bridge.activate import activate

    activate()
    from bot.brain.services import install_services
    from bot.brain.turn import TurnEngine
    from nlu.components.resources import RESOURCES

    RESOURCES.use(kb_dir=kb_dir)
    install_services()
    return TurnEngine(model_path)


class Talk:
    """One conversation with the brain, kept the way the gateway keeps it."""

    _numbers = itertools.count(1)

    def __init__(self, engine: Any, **context: Any) -> None:
        self.engine = engine
        self.conversation_id = f"conversation-{next(self._numbers)}"
        self.events: list[dict[str, Any]] = []
        self.context: dict[str, Any] = {
            "languages": LANGUAGES,
            "brand": "Meltemi",
            "locale": "en-GB",
            **context,
        }

    def request(self, text: str, choice: tuple[str, str] | None = None) -> TurnRequest:
        pressed = {"kind": choice[0], "value": choice[1]} if choice else None
        return TurnRequest.model_validate(
            {
                "turn_id": "turn",
                "conversation_id": self.conversation_id,
                "message": {"id": "message", "text": text, "choice": pressed},
                "events": self.events,
                "context": self.context,
            }
        )

    async def say(self, text: str) -> TurnResponse:
        return self._keep(await self.engine.run(self.request(text)))

    async def press(self, kind: str, value: str) -> TurnResponse:
        return self._keep(await self.engine.run(self.request(value, (kind, value))))

    def _keep(self, answer: TurnResponse) -> TurnResponse:
        self.events += answer.events
        self.context["language"] = answer.language.conversation
        self.context["language_state"] = answer.language.state
        if answer.set.language_choice:
            self.context["language_choice"] = answer.set.language_choice
        return answer


@pytest.fixture
def talk(engine: Any) -> Talk:
    return Talk(engine)
