"""`babeldesk evaluate`: how well the index in use finds what it should, per language.

A row is `{"question", "language", "article_id"}`; `article_id` null means that no article answers
it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.commands.kb import search
from bot.errors import StartError
from bot.settings import Settings

K = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One question with its right article, or None when there is none."""

    question: str
    language: str
    article_id: str | None


def load_rows(path: Path) -> list[Row]:
    """Reads `.jsonl` rows.

    Raises:
        StartError: `bad_rows` with the line.
    """
    rows = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise _bad(path, 0, type(error).__name__) from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
            row = Row(
                question=str(data["question"]),
                language=str(data["language"]),
                article_id=data["article_id"],
            )
        except (ValueError, KeyError, TypeError) as error:
            raise _bad(path, number, str(error)) from None
        rows.append(row)
    if not rows:
        raise _bad(path, 0, "there are no rows")
    return rows


def evaluate(settings: Settings, rows: list[Row]) -> dict[str, Any]:
    """Figures over all rows and per language."""
    found = search(settings, [row.question for row in rows], [row.language for row in rows], k=K)
    measured = [
        (row, _rank(row, [hit["article_id"] for hit in hits]), answerable)
        for row, (hits, answerable) in zip(rows, found, strict=True)
    ]
    by_language: defaultdict[str, list[tuple[Row, int | None, float]]] = defaultdict(list)
    for entry in measured:
        by_language[entry[0].language].append(entry)
    return {
        "all": _figures(measured),
        "languages": {tag: _figures(entries) for tag, entries in sorted(by_language.items())},
    }


def _figures(entries: list[tuple[Row, int | None, float]]) -> dict[str, Any]:
    from kb_index.evaluation import answered_at_false_rate, auroc, mean_reciprocal_rank, recall_at

    is_answerable = [row.article_id is not None for row, _rank, _score in entries]
    ranks = [rank for row, rank, _score in entries if row.article_id is not None]
    scores = [score for _row, _rank, score in entries]
    answered, threshold = answered_at_false_rate(
        scores, [rank == 1 for _row, rank, _score in entries], is_answerable
    )
    return {
        "n": len(entries),
        "n_answerable": len(ranks),
        "recall_at_1": round(recall_at(ranks, 1), 4),
        "recall_at_5": round(recall_at(ranks, K), 4),
        "mrr": round(mean_reciprocal_rank(ranks), 4),
        "answerable_auroc": round(auroc(scores, is_answerable), 4),
        "answered_at_5_percent_false": round(answered, 4),
        "threshold": round(threshold, 4),
    }


def _rank(row: Row, articles: list[str]) -> int | None:
    return articles.index(row.article_id) + 1 if row.article_id in articles else None


def _bad(path: Path, number: int, why: str) -> StartError:
    where = f"{path}:{number}" if number else str(path)
    return StartError(
        "bad_rows",
        happened=f"The rows cannot be read ({where}: {why}).",
        todo='Each line must be {"question": ..., "language": ..., "article_id": ... or null}.',
    )
