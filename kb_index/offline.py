"""A throw-away index of given rows, for measuring search on data that is not in any database.

Rows become articles of the ordinary builder, with the ordinary calibration; questions go through
the ordinary search. Nothing is published and no article file is checked: ids may be any text or
number, an entry may have questions without a body or a body without questions.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kb_index.article import Article
from kb_index.builder import build_snapshot
from kb_index.index import Snapshot
from kb_index.ports import Encoder, Progress
from kb_index.search import SearchResult, search

EntryId = str | int
ENCODE_BATCH = 1_024
UNDATED = dt.date(1970, 1, 1)
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One article in one language; translations share the id.

    Attributes:
        id: Any text or whole number.
        language: Tag as given by `language_tag`.
        title: May be empty; then nothing is indexed as a title.
    """

    id: EntryId
    language: str
    title: str = ""
    questions: tuple[str, ...] = ()
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One text to search for; `language` None means unknown."""

    text: str
    language: str | None


class OfflineIndex:
    """A built snapshot with the ids of the rows that it was made from."""

    def __init__(self, snapshot: Snapshot, ids: Sequence[EntryId], encoder: Encoder) -> None:
        """Use `build_offline`."""
        self.snapshot = snapshot
        self._ids = tuple(ids)
        self._encoder = encoder

    def entry_id(self, article_id: str) -> EntryId:
        """The id that stood in the rows, of an article found."""
        return self._ids[int(article_id)]

    def search_all(
        self, questions: Sequence[Question], *, k: int, progress: Progress
    ) -> Iterator[SearchResult]:
        """Searches one question after another, encoded in batches.

        Args:
            questions: In the order of the results.
            k: Most hits of each.
            progress: Told ("search", done, total) after each batch.
        """
        for start in range(0, len(questions), ENCODE_BATCH):
            batch = questions[start : start + ENCODE_BATCH]
            vectors = self._encoder.encode([question.text for question in batch], kind="query")
            for question, vector in zip(batch, vectors, strict=True):
                yield search(
                    self.snapshot, question.text, vector=vector, language=question.language, k=k
                )
            progress("search", start + len(batch), len(questions))


def build_offline(
    entries: Iterable[Entry], encoder: Encoder, *, folder: Path, progress: Progress
) -> OfflineIndex:
    """Builds the index with its calibration.

    Args:
        entries: Rows with the same id and language are joined to one article.
        encoder: Encodes articles and questions.
        folder: Where the snapshot is written; remove it when done.
        progress: As in `build_snapshot`.

    Raises:
        BuildError: If the encoder misbehaves.
    """
    merged: dict[tuple[str, str], Entry] = {}
    ids: dict[str, EntryId] = {}
    for entry in entries:
        # 7 and "7" are one article: many files write the one and mean the other.
        key = str(entry.id)
        ids.setdefault(key, entry.id)
        known = merged.get((key, entry.language))
        merged[key, entry.language] = entry if known is None else _joined(known, entry)
    # Numbers in the order of the rows stand for the ids, whatever those look like.
    width = len(str(len(ids)))
    number = {key: f"{place:0{width}}" for place, key in enumerate(ids)}
    articles = [_article(entry, number[key]) for (key, _), entry in merged.items()]
    info = build_snapshot(articles, encoder, folder=folder, progress=progress)
    snapshot = Snapshot.open(info.path, fingerprint=encoder.fingerprint)
    return OfflineIndex(snapshot, list(ids.values()), encoder)


def language_tag(value: str) -> str | None:
    """A tag in its usual form (`PT_br` -> `pt-BR`, `zh-hans` -> `zh-Hans`); None if it is none."""
    text = value.strip()
    if not _TAG.fullmatch(text):
        return None
    base, *rest = text.replace("_", "-").split("-")
    shaped = [part.title() if len(part) == 4 else part.upper() for part in rest]
    return "-".join([base.lower(), *shaped])


def _joined(first: Entry, second: Entry) -> Entry:
    return replace(
        first,
        title=first.title or second.title,
        questions=tuple(dict.fromkeys((*first.questions, *second.questions))),
        body="\n\n".join(dict.fromkeys(part for part in (first.body, second.body) if part)),
    )


def _article(entry: Entry, number: str) -> Article:
    return Article(
        id=number,
        language=entry.language,
        title=entry.title,
        questions=tuple(dict.fromkeys(question for question in entry.questions if question)),
        body=entry.body,
        category="evaluation",
        audience="public",
        markets=(),
        updated=UNDATED,
    )
