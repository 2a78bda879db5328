"""`babeldesk evaluate dialogue`: scripted conversations against the real brain.

A script says what a visitor writes and what should come of it. The trained model, the index and
the texts are those of the product; only the gateway is left out, whose part of a turn is kept here:
what was said before, the language and the ticket.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from bot.brain.contract import TurnRequest, TurnResponse
from bot.brain.errors import TurnFailed
from bot.commands.evaluate_rows import Place, load_objects
from bot.errors import StartError
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.brain.turn import TurnEngine

DIALOGUES = (
    "Each conversation must be {name: ..., steps: [{text: ..., expect: {act: answer, "
    "article: order-track, language: en}}]}."
)
YAML_SUFFIXES = (".yml", ".yaml")
JSON_SUFFIXES = (".jsonl", ".gz", ".json")
OUTCOMES = ("answer", "clarify", "rephrase", "handoff", "smalltalk")
EXPECTED = ("act", "article", "language", "handoff")
_ALIASES = {"article_id": "article", "reason": "handoff", "handoff_reason": "handoff"}
# What the gateway would tell the brain of the ticket that a handover made.
_TICKET = {"number": "T-1", "state": "new"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One message and what should come of it.

    Attributes:
        text: What the visitor writes; for a pressed button, its value.
        choice: Kind of the pressed button; None for a written message.
        language: The language that the visitor chooses from here on, if any.
        expected: By name (one of `EXPECTED`), the values of which any is right.
    """

    text: str
    choice: str | None
    language: str | None
    expected: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A script; `locale` is what the visitor's browser says."""

    name: str
    locale: str | None
    steps: tuple[Step, ...]


def load_conversations(path: Path) -> list[Conversation]:
    """Reads a file, or all files of a folder in the order of their names.

    Raises:
        StartError: `bad_rows` with the file and the conversation at fault.
    """
    if path.is_dir():
        files = sorted(
            file for file in path.iterdir() if file.suffix in (*YAML_SUFFIXES, *JSON_SUFFIXES)
        )
        if not files:
            raise StartError(
                "bad_rows",
                happened=f"There are no conversations in {path}.",
                todo="Put .yml or .jsonl files there.",
            )
        return [conversation for file in files for conversation in load_conversations(file)]
    objects = _yaml_objects(path) if path.suffix in YAML_SUFFIXES else load_objects(path, DIALOGUES)
    return [_conversation(place, data) for place, data in objects]


async def evaluate(conversations: Sequence[Conversation], engine: Visited) -> dict[str, Any]:
    """Plays every conversation.

    Args:
        conversations: The scripts.
        engine: The brain with the shop's facts.

    Returns:
        `summary` and `conversations` with every step; see docs/evaluate.md.
    """
    played = [await _play(conversation, engine) for conversation in conversations]
    steps = [step for found in played for step in found["steps"]]
    n_passed = sum(found["passed"] for found in played)
    return {
        "summary": {
            "n_conversations": len(played),
            "n_passed": n_passed,
            "n_failed": len(played) - n_passed,
            "n_steps": len(steps),
            "n_steps_passed": sum(step["passed"] for step in steps),
        },
        "conversations": played,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """A brain and what the gateway would tell it of the shop."""

    engine: TurnEngine
    context: Mapping[str, Any]


@contextmanager
def opened_brain(
    settings: Settings, *, fresh: bool, tell: Callable[[str], None]
) -> Iterator[Visited]:
    """Loads the brain on the model and index of the home.

    Args:
        settings: Say where both are.
        fresh: Train (unless nothing changed) and index what the checkout holds instead; the index
            is thrown away afterwards.
        tell: Told what takes a while.

    Raises:
        StartError: `no_model` or `no_index`.
        TrainingFailed: If a fresh model cannot be trained.
    """
    from bot.brain.lean import go_lean

    go_lean()
    from bot.brain.services import install_services
    from bot.brain.training import train_model
    from bot.brain.turn import TurnEngine
    from bot.model_store import find_model
    from nlu.components.resources import RESOURCES

    encoder = settings.brain.encoder
    with tempfile.TemporaryDirectory(prefix="babeldesk-evaluate-") as name:
        if fresh:
            model_path = train_model(tell, encoder=encoder).path
            tell("Indexing the articles of the checkout")
            kb_dir = _index_articles(settings.paths.content, Path(name), encoder)
        else:
            known = find_model(settings.paths.models, encoder=encoder)
            if known is None:
                raise StartError(
                    "no_model",
                    happened=f"There is no trained model in {settings.paths.models}.",
                    todo="Run `babeldesk train`, or use --fresh.",
                )
            model_path, kb_dir = known.path, settings.paths.kb
        RESOURCES.use(kb_dir=kb_dir, encoder=encoder)
        _check_index()
        install_services()
        tell("Loading the model")
        brand = settings.brand
        yield Visited(
            engine=TurnEngine(model_path),
            context={
                "languages": list(brand.languages),
                "brand": brand.name,
                "formality": brand.formality,
                "opening_hours": brand.opening_hours,
                "market": settings.brain.market,
            },
        )


async def _play(conversation: Conversation, visited: Visited) -> dict[str, Any]:
    context: dict[str, Any] = {**visited.context, "locale": conversation.locale}
    events: list[dict[str, Any]] = []
    steps = []
    for number, step in enumerate(conversation.steps, start=1):
        if step.language:
            context["language_choice"] = step.language
        choice = {"kind": step.choice, "value": step.text} if step.choice else None
        request = TurnRequest.model_validate(
            {
                "turn_id": f"step-{number}",
                "conversation_id": conversation.name,
                "message": {"id": f"step-{number}", "text": step.text, "choice": choice},
                "events": events,
                "context": context,
            }
        )
        try:
            answer = await visited.engine.run(request)
        except TurnFailed as error:
            steps.append(_broken(step, error))
            break
        events += answer.events
        context["language"] = answer.language.conversation
        context["language_state"] = answer.language.state
        context["language_choice"] = answer.set.language_choice or context.get("language_choice")
        if answer.handoff is not None:
            context["ticket"] = _TICKET
        steps.append(_judged(step, answer))
    return {
        "name": conversation.name,
        "passed": all(step["passed"] for step in steps),
        "steps": steps,
    }


def _judged(step: Step, answer: TurnResponse) -> dict[str, Any]:
    happened = _happened(answer)
    problems = [
        f"expected {name} {' or '.join(wanted)}, got {_shown(happened[name])}"
        for name, wanted in step.expected.items()
        if not set(wanted) & set(happened[name])
    ]
    return {
        "said": step.text,
        "passed": not problems,
        "problems": problems,
        "expected": {name: list(wanted) for name, wanted in step.expected.items()},
        "happened": {name: list(values) for name, values in happened.items()},
        "confidence": answer.decision.confidence,
        "reasons": answer.decision.reasons,
        "intent": answer.decision.intent.name,
        "hits": [
            {"id": hit.article_id, "probability": round(hit.probability, 4)}
            for hit in answer.decision.hits[:3]
        ],
        "reply": answer.replies[0].text[:200] if answer.replies else None,
    }


def _broken(step: Step, error: TurnFailed) -> dict[str, Any]:
    """The step at which the brain failed; the rest of the conversation cannot be played."""
    cause = error.__cause__ or error
    return {
        "said": step.text,
        "passed": False,
        "problems": [f"the turn broke: {type(cause).__name__}: {cause}"],
        "expected": {name: list(wanted) for name, wanted in step.expected.items()},
        "happened": {name: [] for name in EXPECTED},
    }


def _happened(answer: TurnResponse) -> dict[str, tuple[str, ...]]:
    """By name, the values any of which an expectation may name."""
    acts = [str(event["value"]) for event in answer.events
            if event.get("event") == "slot" and event.get("name") == "act"]  # fmt: skip
    articles = [source.article_id for reply in answer.replies for source in reply.sources]
    articles += [
        button.choice.value
        for reply in answer.replies
        for button in reply.buttons
        if button.choice.kind == "article"
    ]
    spoken = [reply.language for reply in answer.replies] or [answer.language.conversation]
    return {
        "act": tuple(dict.fromkeys([answer.decision.outcome, *acts[-1:]])),
        "article": tuple(dict.fromkeys(articles)),
        "language": tuple(dict.fromkeys(spoken)),
        "handoff": (answer.handoff.reason,) if answer.handoff else (),
    }


def _shown(values: Sequence[str]) -> str:
    return ", ".join(values) or "none"


def _check_index() -> None:
    from kb_index.errors import SnapshotError
    from nlu.components.resources import RESOURCES

    try:
        RESOURCES.get_index().snapshot()
    except SnapshotError as error:
        raise StartError(
            "no_index",
            happened=f"There is no usable search index ({error}).",
            todo="Run `babeldesk kb build`, or use --fresh.",
        ) from None


def _index_articles(content: Path, folder: Path, encoder: str | None) -> Path:
    from kb_index.article import parse_article
    from kb_index.builder import build_snapshot, publish
    from kb_index.encoder import DEFAULT_ENCODER, load_encoder

    articles = [
        parse_article(path.read_text(encoding="utf-8"), path=str(path))
        for path in sorted(content.rglob("*.md"))
    ]
    info = build_snapshot(articles, load_encoder(encoder or DEFAULT_ENCODER), folder=folder)
    publish(folder, info.snapshot_id)
    return folder


def _yaml_objects(path: Path) -> Iterator[tuple[Place, dict[str, Any]]]:
    """The conversations of a YAML file: one list, or one after another between lines of ---."""
    try:
        nodes = list(yaml.compose_all(path.read_text(encoding="utf-8")))
        documents = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(
            "bad_rows", happened=f"{path} cannot be read ({error}).", todo=f"Check it. {DIALOGUES}"
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        Place(path, line, DIALOGUES).fail(f"this is no YAML: {getattr(error, 'problem', error)}")
    for node, document in zip(nodes, documents, strict=True):
        several = isinstance(document, list)
        items = document if several else [document]
        places = node.value if several else [node]
        for at, data in zip(places, items, strict=True):
            place = Place(path, at.start_mark.line + 1 if at else 1, DIALOGUES)
            if not isinstance(data, dict):
                place.fail("a conversation with `steps` is expected")
            yield place, data


def _conversation(place: Place, data: Mapping[str, Any]) -> Conversation:
    steps = data.get("steps")
    if not isinstance(steps, list) or not steps:
        place.fail('"steps" must be a list of messages')
    locale = data.get("locale")
    return Conversation(
        name=str(data.get("name") or f"{place.path.name}:{place.line}"),
        locale=str(locale) if locale else None,
        steps=tuple(_step(place, number, step) for number, step in enumerate(steps, start=1)),
    )


def _step(place: Place, number: int, data: Any) -> Step:
    if not isinstance(data, dict):
        place.fail(f"step {number} must be an object")
    press = data.get("press")
    text = data.get("text", data.get("say"))
    if isinstance(press, dict) and press.get("kind"):
        text = str(press.get("value") or "")
    elif not isinstance(text, str):
        place.fail(f'step {number} needs "text", or "press" with kind and value')
    expect = data.get("expect")
    if isinstance(expect, str | list):
        expect = {"act": expect}
    if not isinstance(expect, dict) or not expect:
        place.fail(f'step {number} needs "expect" with any of {", ".join(EXPECTED)}')
    expected: dict[str, tuple[str, ...]] = {}
    for key, value in expect.items():
        name = _ALIASES.get(key, key)
        if name not in EXPECTED:
            place.fail(f"step {number} expects {key!r}; known are {', '.join(EXPECTED)}")
        values = value if isinstance(value, list) else [value]
        # YAML reads an unquoted `no` as false.
        expected[name] = tuple("no" if one is False else str(one) for one in values)
    language = data.get("language")
    return Step(
        text=text,
        choice=str(press["kind"]) if press else None,
        language=str(language) if language else None,
        expected=expected,
    )
