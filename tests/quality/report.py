"""`python -m tests.quality.report --data DIR`: measures everything and writes docs/quality.md.

Each measurement's result is kept as JSON in `--work`; `--only NAME ...` measures just these again
and takes the others from there. The text between `<!-- measured: NAME -->` and `<!-- end -->` in
docs/quality.md and the pictures in docs/quality/ are written anew, all other text stays.

Where the work folder of `make encoder` is there, banking77 and clinc150 are also measured with the
encoders that never saw their labels: these are the figures to expect of an unknown shop.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.quality import devsets
from tests.quality.report_pages import PAGES, UNSEEN, draw_pictures, replaced

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "quality.md"
PICTURES = ROOT / "docs" / "quality"
# What the pages need of a result; the thousands of single questions are left out.
LEFT_OUT = ("queries", "rows")

# What `make encoder` keeps of the models whose last stage saw no labels of a set, by set.
LEAVE_OUT = {
    "banking77": ROOT / "var" / "encoder" / "without-banking77_train",
    "clinc150": ROOT / "var" / "encoder" / "without-clinc150_train_val",
}

Measure = Callable[[], dict[str, Any]]


def measurements(data: Path, encoder: str | None) -> dict[str, Measure]:
    """What is measured, by name, in the order of running."""
    sets: dict[str, Callable[[], devsets.DevSet]] = {
        "banking77-k3": lambda: devsets.banking(data, k=3),
        "banking77-k10": lambda: devsets.banking(data, k=10),
        "banking77-k10-typos": lambda: devsets.banking(data, k=10, typos=True),
        "clinc150-k20": lambda: devsets.clinc(data),
        "clinc150-k20-half": lambda: devsets.clinc_half(data),
        "support-titles-to-en": lambda: devsets.support_titles(data),
        "support-titles-to-en-typos": lambda: devsets.support_titles(data, typos=True),
        "scratch-questions-to-en": lambda: devsets.scratch_questions(data),
        "scratch-questions-to-answers": lambda: devsets.scratch_answers(data),
        "xsid-to-en": lambda: devsets.xsid(data),
        "support-bodies": lambda: devsets.joined("support-bodies", devsets.support_bodies(data)),
    }
    found: dict[str, Measure] = {
        name: (lambda make=make: _retrieval(make(), encoder)) for name, make in sets.items()
    }
    for name, make in sets.items():
        left_out = next((path for start, path in LEAVE_OUT.items() if name.startswith(start)), None)
        if left_out is not None and _states(left_out)[0].is_file():
            found[name + UNSEEN] = lambda make=make, path=left_out: _without_labels(make(), path)
    found["language-unseen"] = lambda: _printed("tests.quality.language", "--data", str(data))
    found["language-shipped"] = lambda: _language(data)
    found["demo"] = _demo
    found["dialogues"] = _dialogues
    return found


def main() -> int:
    """Measures what is asked for and writes page and pictures; gives the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the open data")
    parser.add_argument("--work", type=Path, default=ROOT / "var" / "quality")
    parser.add_argument("--encoder", help="folder or name; the embedded one when left out")
    parser.add_argument("--only", nargs="*", metavar="NAME", help="measure only these")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    every = measurements(given.data, given.encoder)
    for name in every if given.only is None else given.only:
        if name not in every:
            parser.error(f"there is no measurement {name}; there are {', '.join(every)}")
        sys.stderr.write(f"{name} ...\n")
        result = every[name]()
        kept = {key: value for key, value in result.items() if key not in LEFT_OUT}
        devsets.save_rows(given.work / f"{name}.json", [kept])
    results = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in given.work.glob("*.json")
    }
    missing = [name for name in every if name not in results and not name.endswith(UNSEEN)]
    if missing:
        sys.stderr.write(f"Nothing is written: not measured yet are {', '.join(missing)}.\n")
        return 1
    draw_pictures(PICTURES, results)
    text = PAGE.read_text(encoding="utf-8")
    for name, render in PAGES.items():
        text = replaced(text, name, render(results))
    PAGE.write_text(text, encoding="utf-8")
    sys.stderr.write(f"wrote {PAGE} and {PICTURES}\n")
    return 0


def _retrieval(found: devsets.DevSet, encoder: str | None) -> dict[str, Any]:
    from bot.commands.evaluate_retrieval import evaluate, load_costs
    from bot.commands.evaluate_rows import LabelledQuestion
    from kb_index.encoder import DEFAULT_ENCODER, load_encoder
    from kb_index.offline import Entry

    entries = [
        Entry(
            id=row["id"],
            language=row["lang"],
            questions=tuple(row.get("questions", ())),
            body=row.get("body", ""),
        )
        for row in found.kb
    ]
    questions = [
        LabelledQuestion(
            text=row["text"],
            language=row["lang"],
            gold=() if row["gold"] is None else (row["gold"],),
            gold_as_given=row["gold"],
        )
        for row in found.queries
    ]
    return evaluate(
        entries,
        questions,
        load_encoder(encoder or DEFAULT_ENCODER),
        costs=load_costs(ROOT / "config.yml"),
        progress=lambda stage, done, total: None,
    )


def _states(start: Path) -> tuple[Path, Path]:
    """The two tables that training keeps under a name."""
    return (
        start.with_name(f"{start.name}-subwords.pt"),
        start.with_name(f"{start.name}-ngrams.pt"),
    )


def _without_labels(found: devsets.DevSet, start: Path) -> dict[str, Any]:
    """The same measurement with an encoder that never saw the labels of this set."""
    import torch

    from kb_index.training.export import export_model
    from kb_index.training.recipe import Recipe

    tables = [torch.load(path, weights_only=True)["table"].numpy() for path in _states(start)]
    with tempfile.TemporaryDirectory(prefix="babeldesk-quality-") as folder:
        export_model(
            Path(folder),
            tokenizer=start.with_name("tokenizer.json"),
            tables=tables,
            recipe=Recipe(),
        )
        return _retrieval(found, folder)


def _language(data: Path) -> dict[str, Any]:
    from bot.commands.evaluate_language import evaluate, load_texts

    rows = load_texts(data / "lid_dev.jsonl.gz")
    return evaluate(rows, progress=lambda stage, done, total: None)


def _demo() -> dict[str, Any]:
    from tests.quality.demo import measure

    return measure()


def _dialogues() -> dict[str, Any]:
    from bot.commands.evaluate_dialogue import evaluate, load_conversations, opened_brain
    from bot.settings import build_settings

    scripts = load_conversations(Path(__file__).parent / "dialogues")
    with opened_brain(build_settings({}), fresh=True, tell=lambda line: None) as visited:
        return asyncio.run(evaluate(scripts, visited))


def _printed(module: str, *arguments: str) -> dict[str, Any]:
    """What another measuring command prints as JSON."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    # Training tells its steps first; the document begins on a line of its own.
    found: dict[str, Any] = json.loads(done.stdout[("\n" + done.stdout).index("\n{") :])
    return found


if __name__ == "__main__":
    sys.exit(main())
