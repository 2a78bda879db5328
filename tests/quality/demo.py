"""`python -m tests.quality.demo`: what the demo shop makes of questions nobody tuned it on.

Asks every question of `demo_questions/` as the first message of a conversation of its own, through
the trained model, a fresh index of `data/kb` and the real actions, with the shop's own settings and
no hint about the visitor's language. The questions were written from the articles' texts alone; no
example question of an article, of an intent or of the off-topic pool may be taken from them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.quality.demo_scoring import VERDICTS, Question, Result, result_of, summarise

if TYPE_CHECKING:
    from bot.brain.turn import TurnEngine

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = Path(__file__).parent / "demo_questions"
AT_ONCE = 16


def load_questions(folder: Path = QUESTIONS) -> list[Question]:
    """Reads all `.jsonl` files of a folder."""
    return [
        Question(**{**row, "also": tuple(row.get("also", ()))})
        for path in sorted(folder.glob("*.jsonl"))
        for row in map(json.loads, path.read_text("utf-8").splitlines())
    ]


def build_engine(home: Path) -> TurnEngine:
    """Gives the brain's engine over the repository's model and a new index in `home`.

    The model is kept in `models/` and trained only when its sources have changed.
    """
    from bot.brain.rasa_bridge.activate import activate

    activate()
    from bot.brain.services import install_services
    from bot.brain.training import train_model
    from bot.brain.turn import TurnEngine
    from kb_index.article import parse_article
    from kb_index.builder import build_snapshot, publish
    from kb_index.encoder import load_encoder
    from nlu.components.resources import RESOURCES

    paths = sorted((ROOT / "data" / "kb").rglob("*.md"))
    articles = [parse_article(path.read_text("utf-8"), path=str(path)) for path in paths]
    info = build_snapshot(
        articles, load_encoder(), folder=home, previous=None, progress=lambda *_: None
    )
    publish(home, info.snapshot_id)
    RESOURCES.use(kb_dir=home)
    install_services()
    return TurnEngine(train_model(root=ROOT).path)


def shop_context() -> dict[str, Any]:
    """Gives what the gateway tells the brain about the demo shop, from the default settings."""
    from bot.settings import build_settings

    brand = build_settings({}).brand
    return {
        "languages": list(brand.languages),
        "brand": brand.name,
        "opening_hours": brand.opening_hours,
        "formality": brand.formality,
    }


async def ask_all(
    engine: TurnEngine, questions: Sequence[Question], context: dict[str, Any]
) -> list[Result]:
    """Asks every question in a conversation of its own; results in the same order."""
    from bot.brain.contract import TurnRequest

    gate = asyncio.Semaphore(AT_ONCE)

    async def ask(number: int, question: Question) -> Result:
        request = TurnRequest.model_validate(
            {
                "turn_id": str(number),
                "conversation_id": f"demo-{number}",
                "message": {"id": str(number), "text": question.text},
                "context": context,
            }
        )
        async with gate:
            return result_of(question, await engine.run(request))

    return await asyncio.gather(*(ask(*pair) for pair in enumerate(questions)))


def measure(folder: Path = QUESTIONS) -> dict[str, Any]:
    """Builds, asks and counts; gives what `summarise` gives."""
    with tempfile.TemporaryDirectory(prefix="babeldesk-demo-") as home:
        engine = build_engine(Path(home))
        return summarise(asyncio.run(ask_all(engine, load_questions(folder), shop_context())))


def render(report: dict[str, Any]) -> str:
    """Gives the table by language, then every failure."""
    shown = (*VERDICTS, "right_or_offered", "refused", "refused_strictly", "wrong_language")
    lines = ["language  questions  " + "  ".join(shown)]
    for name, part in [*report["languages"].items(), ("all", report["total"])]:
        cells = [f"{100 * part[key]:.1f}".rjust(len(key)) for key in shown]
        lines.append(f"{name:8}  {part['questions']:9}  " + "  ".join(cells))
    for kind, part in report["kinds"].items():
        lines.append(
            f"{part['unanswerable']} {kind} questions without an answer: refused "
            f"{100 * part['refused']:.1f} %, strictly {100 * part['refused_strictly']:.1f} %"
        )
    lines.extend(_failure(row) for row in report["failures"])
    return "\n".join(lines) + "\n"


def _failure(row: dict[str, Any]) -> str:
    hits = " ".join(f"{article_id}={p:.2f}" for article_id, p in row["hits"][:3])
    odd = "" if row["reply_language"] == row["lang"] else f" in {row['reply_language']}"
    return (
        f"{row['lang']} {row['verdict']}{odd} [{', '.join(row['reasons'])}] {row['text']!r} "
        f"wants {row['gold'] or 'nothing'}; intent {row['intent']} {row['intent_confidence']:.2f}; "
        f"{hits}"
    )


def main() -> None:
    """Prints the report and, on request, writes it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="file to write all figures to")
    parser.add_argument("--questions", type=Path, default=QUESTIONS)
    given = parser.parse_args()
    report = measure(given.questions)
    if given.json:
        given.json.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", "utf-8")
    sys.stdout.write(render(report))


if __name__ == "__main__":
    main()
