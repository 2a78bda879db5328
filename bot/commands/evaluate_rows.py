"""Reads the rows that are measured: JSON Lines or one JSON array, plain or gzip.

Liberal in what is read: unknown fields are ignored, ids may be texts or numbers, language tags may
be written `PT_br`. A row that cannot be understood ends the command with its file and line.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from bot.errors import StartError
from kb_index.offline import Entry, EntryId, language_tag
from nlu.languages import primary_code

GZIP_MAGIC = b"\x1f\x8b"
RETRIEVAL_KB = 'Each line must be {"id": ..., "lang": "en", "questions": ["..."], "body": "..."}.'
RETRIEVAL_QUERIES = 'Each line must be {"text": "...", "lang": "en", "gold": an id or null}.'
LANGUAGE_ROWS = 'Each line must be {"text": "...", "lang": "en"}; lang "und" means no language.'


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands, and what its file should hold."""

    path: Path
    line: int
    todo: str

    def fail(self, why: str) -> NoReturn:
        """Ends the command.

        Raises:
            StartError: `bad_rows`.
        """
        raise StartError(
            "bad_rows",
            happened=f"The rows cannot be read ({self.path}:{self.line}: {why}).",
            todo=self.todo,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledQuestion:
    """A question with the ids of which any is right; none means that nothing answers it."""

    text: str
    language: str | None
    gold: tuple[EntryId, ...]
    gold_as_given: Any


def load_objects(path: Path, todo: str) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Reads the objects of a file with their places.

    Raises:
        StartError: `bad_rows` with file and line, also for a file without rows.
    """
    text = _load_text(path, todo)
    found = _array_items(path, text, todo) if text.lstrip().startswith("[") else _line_items(
        path, text, todo
    )  # fmt: skip
    n_rows = 0
    for place, data in found:
        if not isinstance(data, dict):
            place.fail(f"a JSON object is expected, not {type(data).__name__}")
        n_rows += 1
        yield place, data
    if not n_rows:
        Place(path, 1, todo).fail("there are no rows")


def load_entries(path: Path) -> list[Entry]:
    """Reads knowledge-base rows."""
    entries = []
    for place, data in load_objects(path, RETRIEVAL_KB):
        language = _language(place, data)
        if language is None:
            place.fail('"lang" is missing')
        entry = Entry(
            id=_id(place, data.get("id"), "id"),
            language=language,
            title=_text(place, data, "title"),
            questions=_texts(place, data, "questions"),
            body=_text(place, data, "body"),
        )
        if not entry.questions and not entry.body and not entry.title:
            place.fail('"questions" and "body" are both empty; one of them must hold text')
        entries.append(entry)
    return entries


def load_questions(path: Path) -> list[LabelledQuestion]:
    """Reads question rows."""
    questions = []
    for place, data in load_objects(path, RETRIEVAL_QUERIES):
        if "gold" not in data:
            place.fail('"gold" is missing; write null when no entry answers the question')
        given = data["gold"]
        several = given if isinstance(given, list) else [] if given is None else [given]
        questions.append(
            LabelledQuestion(
                text=_required_text(place, data),
                language=_language(place, data),
                gold=tuple(_id(place, one, "gold") for one in several),
                gold_as_given=given,
            )
        )
    return questions


def _load_text(path: Path, todo: str) -> str:
    try:
        content = path.read_bytes()
        if content.startswith(GZIP_MAGIC):
            content = gzip.decompress(content)
        return content.decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise StartError(
            "bad_rows", happened=f"{path} cannot be read ({reason}).", todo=f"Check it. {todo}"
        ) from None


def _line_items(path: Path, text: str, todo: str) -> Iterator[tuple[Place, Any]]:
    # Not `splitlines`: a text may hold other line separators such as U+2028.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            place = Place(path, number, todo)
            try:
                yield place, json.loads(line)
            except ValueError as error:
                place.fail(f"this is no JSON: {error}")


def _array_items(path: Path, text: str, todo: str) -> Iterator[tuple[Place, Any]]:
    try:
        items = json.loads(text)
    except json.JSONDecodeError as error:
        Place(path, error.lineno, todo).fail(f"this is no JSON: {error.msg}")
    for number, data in enumerate(items, start=1):
        yield Place(path, number, f"The number is that of the row. {todo}"), data


def _id(place: Place, value: Any, key: str) -> EntryId:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        place.fail(f'"{key}" must be a text or a whole number, not {json.dumps(value)[:80]}')
    return value


def _language(place: Place, data: dict[str, Any]) -> str | None:
    """The tag in its usual form; None when it is missing, null, empty or `und`."""
    value = data.get("lang")
    if value is None or value in ("", "und"):
        return None
    tag = language_tag(value) if isinstance(value, str) else None
    if tag is None:
        place.fail(f'"lang" must be a language tag such as el, not {json.dumps(value)[:80]}')
    base, *rest = tag.split("-")
    return "-".join([primary_code(base) or base, *rest])


def _required_text(place: Place, data: dict[str, Any]) -> str:
    value = data.get("text")
    if not isinstance(value, str):
        place.fail(f'"text" must be a text, not {json.dumps(value)[:80]}')
    return value


def _text(place: Place, data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    if value is not None and not isinstance(value, str):
        place.fail(f'"{key}" must be a text, not {json.dumps(value)[:80]}')
    return (value or "").strip()


def _texts(place: Place, data: dict[str, Any], key: str) -> tuple[str, ...]:
    value = data.get(key)
    if isinstance(value, str):
        value = [value]
    if value is not None and not isinstance(value, list):
        place.fail(f'"{key}" must be a list of texts, not {json.dumps(value)[:80]}')
    if not all(isinstance(text, str) for text in value or ()):
        place.fail(f'"{key}" must hold texts only')
    return tuple(text.strip() for text in value or () if text.strip())
