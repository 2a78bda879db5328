"""`babeldesk evaluate tickets`: messages in a file, types and categories out, by language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bot.commands.evaluate_rows import load_objects
from handoff.ports import TriageMessage
from handoff.tickets.classification import BotEvidence, Classifier, TicketType

TICKET_ROWS: Final = (
    'Each line must be {"text": "...", "lang": "el", "type": "problem", "category": "delivery"}; '
    '"articles": {"delivery-late": 0.6} adds what the bot would have found.'
)
_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)


def load_ticket_rows(path: Path) -> list[dict[str, Any]]:
    """Reads labelled rows.

    Raises:
        StartError: `bad_rows` with file and line.
    """
    rows = []
    for place, data in load_objects(path, TICKET_ROWS):
        for name in ("text", "type"):
            if not isinstance(data.get(name), str):
                place.fail(f'"{name}" must be a text')
        if data["type"] not in set(TicketType):
            place.fail(f'"type" must be one of {", ".join(TicketType)}')
        articles = data.get("articles", {})
        if not isinstance(articles, dict) or not all(
            isinstance(value, int | float) and 0 <= value <= 1 for value in articles.values()
        ):
            place.fail('"articles" must give probabilities from 0 to 1')
        rows.append(data)
    return rows


def evaluate(rows: Sequence[Mapping[str, Any]], classifier: Classifier) -> dict[str, Any]:
    """Classifies every row by itself.

    Returns:
        `all` and `languages` (tag -> shares of right types and categories, mean confidence of the
        categories that are right and wrong), and `rows` with what was found.
    """
    judged = [_judge(row, classifier) for row in rows]
    by_language: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in judged:
        by_language[str(row["lang"])].append(row)
    return {
        "all": _figures(judged),
        "languages": {tag: _figures(by_language[tag]) for tag in sorted(by_language)},
        "rows": judged,
    }


def _judge(row: Mapping[str, Any], classifier: Classifier) -> dict[str, Any]:
    message = TriageMessage(text=row["text"], language=row.get("lang"), at=_AT)
    evidence = BotEvidence(articles=row.get("articles", {}))
    found = classifier([message], evidence, handoff_reason="low_confidence")
    category = found.category
    return {
        "id": row.get("id"),
        "lang": row.get("lang"),
        "text": row["text"],
        "type": found.type.value,
        "type_right": found.type.value == row["type"],
        "category": category.value if category else None,
        "category_right": (category.value if category else None) == row.get("category"),
        "confidence": category.confidence if category else 0.0,
        "evidence": [*found.type.evidence, *(category.evidence if category else ())],
    }


def _figures(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    return {
        "n": len(rows),
        "type": _mean(row["type_right"] for row in rows),
        "category": _mean(row["category_right"] for row in rows),
        "confidence_right": _mean(row["confidence"] for row in rows if row["category_right"]),
        "confidence_wrong": _mean(row["confidence"] for row in rows if not row["category_right"]),
    }


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return round(sum(listed) / len(listed), 4) if listed else 0.0
