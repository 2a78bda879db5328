"""`babeldesk evaluate language`: labelled texts in a file, accuracy by language and length out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.commands.evaluate_rows import LANGUAGE_ROWS, load_objects
from kb_index.ports import Progress
from nlu.language_evaluation import (
    BUCKETS,
    UNKNOWN,
    LabelledMessage,
    LanguagePrediction,
    UnusableRow,
    evaluate_language,
    macro_accuracy,
    read_labelled,
)
from nlu.languages import IDENTIFIED

PROGRESS_EVERY = 500

LabelledRow = tuple[LabelledMessage, dict[str, Any]]


def load_texts(path: Path) -> list[LabelledRow]:
    """Reads labelled rows; `lang` null means, like `und`, that a text has no language.

    Raises:
        StartError: `bad_rows` with file and line.
    """
    rows = []
    for place, data in load_objects(path, LANGUAGE_ROWS):
        if "lang" not in data:
            place.fail('"lang" is missing; write "und" for a text without a language')
        try:
            (message,) = read_labelled([{**data, "lang": data["lang"] or "und"}])
        except UnusableRow as error:
            place.fail(str(error).removeprefix("row 1").lstrip(": "))
        rows.append((message, data))
    return rows


def evaluate(
    rows: Sequence[LabelledRow],
    *,
    progress: Progress,
    languages: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Predicts every text by itself.

    Args:
        rows: As `load_texts` gives them.
        progress: Told ("language", done, total).
        languages: Among which a prediction is chosen; every known one when None.

    Returns:
        `summary`, `languages`, `reliability` and `rows`; see docs/evaluate.md.
    """
    supported = tuple(languages or IDENTIFIED)
    report = evaluate_language(_told(rows, progress), supported=supported)
    by_language: defaultdict[str, list[LanguagePrediction]] = defaultdict(list)
    for prediction in report.predictions:
        by_language[prediction.language].append(prediction)
    # Texts in a language that cannot be predicted are always wrong: they would drown the mean.
    inside = [p for p in report.predictions if p.language in supported]
    outside = [p for p in report.predictions if p.language not in (*supported, UNKNOWN)]
    return {
        "summary": {
            **_counted(report.predictions),
            "macro_accuracy": _macro(inside),
            "ece": round(report.ece, 5),
            "lengths": {
                bucket: {
                    **_counted([p for p in report.predictions if p.bucket == bucket]),
                    "macro_accuracy": _macro([p for p in inside if p.bucket == bucket]),
                }
                for bucket in report.by_length
            },
            "n_outside": len(outside),
            "outside_told_as_unknown": sum(p.predicted == UNKNOWN for p in outside),
            "chosen_among": list(supported),
        },
        "languages": {
            tag: {**_counted(found), "lengths": _by_length(found)}
            for tag, found in sorted(by_language.items())
        },
        "reliability": [asdict(stretch) for stretch in report.reliability],
        "rows": [
            {
                **row,
                "predicted": prediction.predicted,
                "probability": prediction.probability,
                "right": prediction.right,
                "length": prediction.bucket,
            }
            for (_, row), prediction in zip(rows, report.predictions, strict=True)
        ],
    }


def _told(rows: Sequence[LabelledRow], progress: Progress) -> Iterator[LabelledMessage]:
    for number, (message, _) in enumerate(rows, start=1):
        yield message
        if number % PROGRESS_EVERY == 0 or number == len(rows):
            progress("language", number, len(rows))


def _macro(found: Sequence[LanguagePrediction]) -> float | None:
    return round(macro_accuracy(found), 5) if found else None


def _counted(found: Sequence[LanguagePrediction]) -> dict[str, Any]:
    n_right = sum(prediction.right for prediction in found)
    return {"n": len(found), "right": n_right, "accuracy": round(n_right / len(found), 5)}


def _by_length(found: Sequence[LanguagePrediction]) -> dict[str, Any]:
    parts = {bucket: [p for p in found if p.bucket == bucket] for bucket in BUCKETS}
    return {bucket: _counted(part) for bucket, part in parts.items() if part}
