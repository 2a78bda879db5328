"""`babeldesk evaluate triage`: messages or conversations in a file, levels with reasons out.

Conversations are replayed message by message, so that rising and falling is as in the product.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bot.commands.evaluate_rows import Place, load_objects
from bot.settings import Settings
from handoff.model import Json
from handoff.ports import Assessment, Triage, TriageMessage, TriageSignal
from handoff.ticket import HIGHEST_PRIORITY, LOWEST_PRIORITY, decide_priority
from kb_index.offline import language_tag
from kb_index.ports import Progress
from nlu.language import detect

TRIAGE_ROWS: Final = (
    'Each line must be {"id": ..., "text": "...", "lang": "el"} or {"id": ..., "messages": '
    '[{"text": "...", "lang": "el"}]}, with "expected": 1 to 5 where the level is known.'
)
DEFAULT_REASON: Final = "low_confidence"
LEVELS: Final = tuple(range(HIGHEST_PRIORITY, LOWEST_PRIORITY + 1))
# A row without a time is from a Wednesday morning: "tomorrow" is a working day.
DEFAULT_AT: Final = datetime(2026, 1, 7, 10, 0, tzinfo=UTC)

Likeness = Callable[[str], tuple[TriageSignal, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageRow:
    """One message or conversation; `data` is the row as given."""

    messages: tuple[TriageMessage, ...]
    language: str
    tier: str | None
    reason: str
    repeat_contacts: int
    expected: int | None
    data: Mapping[str, Any]


def load_triage_rows(path: Path, *, likeness: Likeness = lambda _text: ()) -> list[TriageRow]:
    """Reads rows; a message without a language gets the one that the product would identify.

    Raises:
        StartError: `bad_rows` with file and line.
    """
    return [_row(place, data, likeness) for place, data in load_objects(path, TRIAGE_ROWS)]


def product_likeness(settings: Settings) -> Likeness:
    """Gives what compares messages with the prototypes, by the configured encoder."""
    from kb_index.encoder import DEFAULT_ENCODER, load_encoder
    from nlu.likeness import load_likeness

    encoder = load_encoder(settings.brain.encoder or DEFAULT_ENCODER)
    likeness = load_likeness(encoder)

    def find(text: str) -> tuple[TriageSignal, ...]:
        vector = encoder.encode([text], kind="query")[0]
        return tuple(
            TriageSignal(
                category=signal.category, prototype=signal.prototype, similarity=signal.similarity
            )
            for signal in likeness.find(text, vector)
        )

    return find


def evaluate(rows: Sequence[TriageRow], triage: Triage, *, progress: Progress) -> dict[str, Any]:
    """Assesses every row.

    Returns:
        `summary`, `confusion`, `languages`, `rows`; see docs/evaluate.md.
    """
    judged = []
    for number, row in enumerate(rows, start=1):
        judged.append((row, _judge(row, triage)))
        if number % 200 == 0 or number == len(rows):
            progress("triage", number, len(rows))
    by_language: defaultdict[str, list[tuple[TriageRow, dict[str, Any]]]] = defaultdict(list)
    for row, found in judged:
        by_language[row.language].append((row, found))
    return {
        "summary": {**_agreement(judged), "version": triage_version(judged)},
        "confusion": _confusion(judged),
        "languages": {tag: _agreement(part) for tag, part in sorted(by_language.items())},
        "rows": [{**row.data, **found} for row, found in judged],
    }


def triage_version(judged: Sequence[tuple[TriageRow, Mapping[str, Any]]]) -> str:
    """Gives the version of rules and words that judged."""
    return str(judged[0][1]["version"])


def check(settings: Settings) -> dict[str, Any]:
    """Reads everything that editors write for triage and counts it.

    Raises:
        StartError: `bad_lexicon`, `bad_prototypes`, `bad_help_lines` or `bad_service_file`, each
            with the place.
    """
    from bot.hours import read_service
    from bot.triage_files import read_help_lines, read_prototypes, read_triage

    triage = read_triage(read_service(settings.paths).triage)
    return {
        "version": triage.version,
        "phrases": {
            language: sum(len(phrases) for phrases in lexicon.phrases.values())
            for language, lexicon in sorted(triage.lexicons.items())
        },
        "prototypes": {name: len(texts) for name, texts in sorted(read_prototypes().items())},
        "raise_tiers": sorted(triage.settings.raise_tiers),
        "raise_first_contact": triage.settings.raise_first_contact,
        "help_line_countries": sorted(read_help_lines(settings).countries),
    }


def _judge(row: TriageRow, triage: Triage) -> dict[str, Any]:
    level, steps = None, []
    for upto in range(1, len(row.messages) + 1):
        said = triage(
            row.messages[:upto],
            handoff_reason=row.reason,
            entities={},
            repeat_contacts=row.repeat_contacts,
            tier=row.tier,
        )
        if level is None:
            level, shown = said.priority, said
        else:
            after = decide_priority(
                current=level,
                assessed=said.priority,
                assessed_at_override=None,
                may_fall=said.may_fall,
            )
            # As on a ticket: the reasons explain the level, not a milder later estimate.
            shown = shown if after < said.priority else said
            level = after
        steps.append(level)
    return {
        "level": level,
        "impact": shown.impact,
        "urgency": shown.urgency,
        "reasons": _reasons(shown),
        "version": shown.version,
        **({"levels": steps} if len(steps) > 1 else {}),
        **({} if row.expected is None else {"right": level == row.expected}),
    }


def _reasons(said: Assessment) -> list[dict[str, Json]]:
    return [
        {
            "code": reason.code,
            **({"evidence": reason.evidence} if reason.evidence else {}),
            **dict(reason.params),
        }
        for reason in said.reasons
    ]


def _agreement(judged: Sequence[tuple[TriageRow, Mapping[str, Any]]]) -> dict[str, Any]:
    known = [(row.expected, found["level"]) for row, found in judged if row.expected is not None]
    levels = [found["level"] for _, found in judged]
    return {
        "n": len(judged),
        "n_labelled": len(known),
        "exact": _share(sum(expected == level for expected, level in known), len(known)),
        "within_one": _share(
            sum(abs(expected - level) <= 1 for expected, level in known), len(known)
        ),
        "mean_level": round(sum(levels) / len(levels), 3),
    }


def _confusion(judged: Sequence[tuple[TriageRow, Mapping[str, Any]]]) -> dict[str, dict[str, int]]:
    """Gives expected level -> given level -> how many."""
    pairs = Counter((row.expected, found["level"]) for row, found in judged)
    return {
        f"P{expected}": {f"P{level}": pairs[expected, level] for level in LEVELS}
        for expected in LEVELS
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 5) if whole else None


def _row(place: Place, data: dict[str, Any], likeness: Likeness) -> TriageRow:
    given = data.get("messages", [{name: data.get(name) for name in ("text", "lang", "at")}])
    if not isinstance(given, list) or not given:
        place.fail('"messages" must be a list of messages')
    messages = tuple(_message(place, message, likeness) for message in given)
    expected = data.get("expected")
    if expected is not None and (isinstance(expected, bool) or expected not in LEVELS):
        place.fail(f'"expected" must be 1 to 5, not {expected!r}')
    tier = data.get("tier")
    if tier is not None and not isinstance(tier, str):
        place.fail(f'"tier" must be a text, not {tier!r}')
    repeat = data.get("repeat_contacts", 0)
    if isinstance(repeat, bool) or not isinstance(repeat, int) or repeat < 0:
        place.fail(f'"repeat_contacts" must be a whole number, not {repeat!r}')
    return TriageRow(
        messages=messages,
        language=messages[-1].language or "und",
        tier=tier,
        reason=str(data.get("reason") or DEFAULT_REASON),
        repeat_contacts=repeat,
        expected=expected,
        data=data,
    )


def _message(place: Place, data: Any, likeness: Likeness) -> TriageMessage:
    if not isinstance(data, dict) or not isinstance(data.get("text"), str):
        place.fail('each message needs a "text"')
    text, given, at = data["text"], data.get("lang"), data.get("at")
    tag = None
    if given not in (None, "", "und"):
        tag = language_tag(given) if isinstance(given, str) else None
        if tag is None:
            place.fail(f'"lang" must be a language tag such as el, not {given!r}')
    return TriageMessage(
        text=text,
        language=tag or detect(text).message,
        at=DEFAULT_AT if at is None else _moment(place, at),
        signals=likeness(text),
    )


def _moment(place: Place, value: Any) -> datetime:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        place.fail(f'"at" must be a time such as 2026-01-07T10:00:00Z, not {value!r}')
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
