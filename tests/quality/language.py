"""`python -m tests.quality.language --data DIR`: how well languages are told, on unseen folds.

Trains a model without two of the five development folds (`--model` takes a trained one instead) and
measures on those and on kinds that are never trained on: single messages by language, length and
kind, calibration, recognition of unsupported languages, and simulated conversations. The rows are
weighted to the mix of the study in which the levels were set.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import nlu.language
from kb_index.evaluation import expected_calibration_error
from nlu.language import detect, identify
from nlu.language_evaluation import BUCKETS
from nlu.languages import CODES, IDENTIFIED
from nlu.ngram_language import NgramLanguages
from nlu.text import clean_for_language
from nlu.training.folds import fold_of_rows
from nlu.training.language import DEVELOPMENT_KINDS, read_rows
from tests.quality.language_conversations import Policy, simulate

HELD_OUT = (0, 1)
# Rows of each kind in the study's test set: folds are weighted to this mix.
MIX = {"tatoeba": 3365, "command": 2088, "assistant": 968, "news": 2282, "chat": 479}
OTHER = "otherlang"
NONE = "und"


def train(data: Path, out: Path, *, held_out: Sequence[int], kinds: Sequence[str]) -> None:
    """Trains a model without some folds, with the command that trains the shipped one."""
    command = [sys.executable, "-m", "nlu.training.language", "--data", str(data)]
    folds = [str(fold) for fold in held_out]
    subprocess.run(
        [*command, "--out", str(out), "--held-out", *folds, "--kinds", *kinds], check=True
    )


def unseen(rows: Iterable[Any], *, held_out: Sequence[int]) -> list[Any]:
    """Gives the rows that a model trained without these folds has not seen."""
    rows = list(rows)
    fold_of = fold_of_rows(rows)
    return [
        row
        for row in rows
        if row["kind"] not in DEVELOPMENT_KINDS or fold_of[row["id"]] in held_out
    ]


def single_messages(rows: Sequence[Any], supported: Sequence[str] = IDENTIFIED) -> dict[str, Any]:
    """Gives macro accuracies of the mix, overall, by length and language, and by kind."""
    number = {kind: sum(row["kind"] == kind for row in rows) for kind in MIX}
    by_language: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    by_bucket: dict[str, dict[str, list[tuple[bool, float]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    by_kind: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    stated: list[tuple[float, bool]] = []
    confused: dict[str, int] = defaultdict(int)
    for row in rows:
        kind, language = row["kind"], row["lang"]
        if kind == OTHER or language not in {*supported, NONE}:
            continue
        guess = identify(clean_for_language(row["text"]), supported=supported)
        found = guess.language or NONE
        right = found in {language, *row.get("accept", ())}
        by_kind[kind].append((right, 1.0))
        if kind in MIX:
            weight = MIX[kind] / number[kind]
            by_language[language].append((right, weight))
            by_bucket[row["bucket"]][language].append((right, weight))
            stated.append((guess.probability, right))
            if not right:
                confused[f"{language}>{found}"] += 1
    return {
        "macro": _macro(by_language),
        "by_length": {bucket: _macro(by_bucket[bucket]) for bucket in BUCKETS},
        "by_language": {name: _share(by_language[name]) for name in sorted(by_language)},
        "by_language_1_2": {
            name: _share(found) for name, found in sorted(by_bucket["1-2"].items())
        },
        "by_kind": {name: (_share(found), len(found)) for name, found in sorted(by_kind.items())},
        "ece": round(
            expected_calibration_error([p for p, _ in stated], [right for _, right in stated]), 4
        ),
        "confusions": dict(sorted(confused.items(), key=lambda item: -item[1])[:12]),
    }


def unsupported(rows: Sequence[Any], *, supported: Sequence[str]) -> dict[str, Any]:
    """Gives false alarms on spoken languages and catches among the others, three words or more."""
    alarms: list[tuple[bool, float]] = []
    caught: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    for row in rows:
        words = clean_for_language(row["text"]).split()
        if len(words) < 3 or row["lang"] == NONE or row["kind"] not in {*MIX, OTHER}:
            continue
        is_other = detect(row["text"], supported=supported).unsupported is not None
        if row["lang"] in supported:
            alarms.append((is_other, 1.0))
        else:
            caught["known" if row["lang"] in IDENTIFIED else "other"].append((is_other, 1.0))
    return {
        "false_alarms": _share(alarms, digits=4),
        "caught": {name: _share(found) for name, found in sorted(caught.items())},
    }


def evaluate(rows: Sequence[Any]) -> dict[str, Any]:
    """Gives all figures of the model in use."""
    return {
        "thirty": single_messages(rows),
        "twelve": single_messages(rows, CODES),
        "unsupported_12": unsupported(rows, supported=CODES),
        "unsupported_en_de": unsupported(rows, supported=("en", "de")),
        "conversations": {
            policy.name: simulate(rows, policy)
            for policy in (
                Policy(name="30 languages", languages=IDENTIFIED),
                Policy(name="30 languages, page locale", languages=IDENTIFIED, locale=True),
                Policy(name="12 languages, page locale", languages=CODES, locale=True),
            )
        },
    }


def tune(rows: Sequence[Any], say: Callable[[str], object]) -> None:
    """Prints accuracy and calibration over weights of langdetect and sharpness."""
    for weight in (0.0, 0.004, 0.008, 0.012, 0.02, 0.03):
        nlu.language._PROFILE_WEIGHT = weight
        figures = single_messages(rows)
        say(f"langdetect {weight}: {figures['macro']} {figures['by_length']} {figures['ece']}\n")


def _share(found: Sequence[tuple[bool, float]], *, digits: int = 4) -> float:
    whole = sum(weight for _, weight in found)
    return round(sum(weight for right, weight in found if right) / whole, digits) if whole else 0.0


def _macro(groups: dict[str, list[tuple[bool, float]]]) -> float:
    shares = [_share(found) for name, found in groups.items() if name != NONE]
    return round(sum(shares) / len(shares), 4) if shares else 0.0


def main() -> int:
    """Measures and prints; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the open data pack")
    parser.add_argument("--model", type=Path, help="a model trained without the folds")
    parser.add_argument("--held-out", type=int, nargs="+", default=list(HELD_OUT))
    parser.add_argument("--kinds", nargs="*", default=list(DEVELOPMENT_KINDS))
    parser.add_argument("--tune", action="store_true", help="try weights instead")
    arguments = parser.parse_args()
    rows = unseen(read_rows(arguments.data / "lid_dev.jsonl.gz"), held_out=arguments.held_out)
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.model
        if path is None:
            path = Path(folder) / "model.npz"
            train(arguments.data, path, held_out=arguments.held_out, kinds=arguments.kinds)
        model = NgramLanguages(path)
    # The product reads the shipped model; here the one under test stands in its place.
    nlu.language.ngram_languages = lambda: model  # type: ignore[assignment]
    if arguments.tune:
        tune(rows, sys.stdout.write)
    else:
        sys.stdout.write(json.dumps(evaluate(rows), ensure_ascii=False, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
