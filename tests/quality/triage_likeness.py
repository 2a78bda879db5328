"""Measures what prototypes add to the word lists of triage.

`python -m tests.quality.triage_likeness` chooses thresholds on the situations, leaving each
situation out in turn, and shows what the shipped ones do on three sets: the situations, paraphrases
that no word list was written for (`triage_paraphrases.jsonl`), and the messages of `data/nlu`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from handoff.ports import TriageMessage
from handoff.triage import Triage
from handoff.triage_lexicons import load_triage
from kb_index.encoder import load_encoder
from nlu.likeness import CATEGORIES, MIN_LEAD, MIN_SIMILARITY, MIN_WORDS, ORDINARY, load_prototypes
from tests.handoff.test_triage_languages import NOW

ROOT = Path(__file__).parents[2]
SIMILARITIES = (0.4, 0.45, 0.5, 0.55, 0.6, 0.65)
LEADS = (0.05, 0.1, 0.15, 0.2, 0.25)
WANTED_PRECISION = 0.95
_ENTITY = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")


# Name, language, text and truth.
Row = tuple[str, str, str, frozenset[str] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A message, what its words say, and what it is like most."""

    name: str
    language: str
    text: str
    truth: frozenset[str]
    words: frozenset[str]
    nearest: str
    similarity: float
    lead: float

    @property
    def is_right(self) -> bool:
        """Whether the nearest category is one of the true ones, or has the same effect."""
        same = {"double_charge"} if self.nearest == "payment_taken" else set()
        return bool(self.truth & {self.nearest, *same})

    def fires(self, similarity: float, lead: float) -> bool:
        """Whether it counts as like its nearest category."""
        long = len(self.text.split()) >= MIN_WORDS
        return long and self.similarity >= similarity and self.lead >= lead


class Ruler:
    """Measures texts with prototypes and word lists."""

    def __init__(self) -> None:
        self._encoder = load_encoder()
        prototypes = load_prototypes()
        self._vectors = {
            name: self._encoder.encode(prototypes[name], kind="query")
            for name in (*CATEGORIES, ORDINARY)
        }
        self._triage: Triage = load_triage()

    def measure(self, rows: Sequence[Row]) -> list[Measured]:
        """Measures rows of name, language, text and truth; without truth the words are it."""
        vectors = self._encoder.encode([text for _, _, text, _ in rows], kind="query")
        near = np.stack([(vectors @ self._vectors[name].T).max(1) for name in CATEGORIES], axis=1)
        ordinary = (vectors @ self._vectors[ORDINARY].T).max(1)
        found = []
        for at, (name, language, text, truth) in enumerate(rows):
            words = self._words(text, language)
            best = int(near[at].argmax())
            found.append(
                Measured(
                    name=name,
                    language=language,
                    text=text,
                    truth=words if truth is None else truth,
                    words=words,
                    nearest=CATEGORIES[best],
                    similarity=float(near[at, best]),
                    lead=float(near[at, best] - ordinary[at]),
                )
            )
        return found

    def _words(self, text: str, language: str) -> frozenset[str]:
        message = TriageMessage(text=text, language=language, at=NOW)
        said = self._triage([message], handoff_reason="low_confidence", entities={})
        return frozenset(reason.code for reason in said.reasons)


def situations() -> list[Row]:
    """Gives the situations in all languages; their words are the truth."""
    path = ROOT / "tests" / "handoff" / "triage_situations.yml"
    stored = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [
        (name, language, text, None)
        for name, situation in stored.items()
        for language, text in situation.items()
        if language != "expect"
    ]


def paraphrases() -> list[Row]:
    """Gives the held-out paraphrases and near questions."""
    lines = (Path(__file__).parent / "triage_paraphrases.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in lines.splitlines()]
    return [
        (row["id"], row["lang"], row["text"], frozenset({row["category"]} - {None})) for row in rows
    ]


def ordinary() -> list[Row]:
    """Gives the training examples, whose words are the truth."""
    return [
        (path.stem, path.parent.name, _ENTITY.sub(r"\1", line.strip("- ")), None)
        for path in sorted((ROOT / "data" / "nlu").glob("*/*.yml"))
        for line in _examples(path)
    ]


def _examples(path: Path) -> Iterator[str]:
    for item in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
        yield from (line for line in (item.get("examples") or "").split("\n") if line.strip("- "))


def choose(rows: Sequence[Measured]) -> tuple[float, float] | None:
    """Gives the mildest thresholds that are right often enough on these rows."""
    for similarity in SIMILARITIES:
        for lead in LEADS:
            fired = [row for row in rows if row.fires(similarity, lead)]
            right = sum(row.is_right for row in fired)
            if len(fired) >= 5 and right >= WANTED_PRECISION * len(fired):
                return similarity, lead
    return None


def main() -> None:
    """Prints the figures."""
    ruler = Ruler()
    known, held, usual = (ruler.measure(rows()) for rows in (situations, paraphrases, ordinary))
    for label, rows in (("situations", known), ("paraphrases", held), ("data/nlu", usual)):
        print(f"{label}: n={len(rows)}")
        for name in CATEGORIES:
            fired = [r for r in rows if r.nearest == name and r.fires(MIN_SIMILARITY, MIN_LEAD)]
            print(
                f"  {name:14} of {sum(name in r.truth for r in rows):4}: "
                f"words {sum(name in r.words and name in r.truth for r in rows):4}, "
                f"prototypes right {sum(r.is_right for r in fired):3}, "
                f"otherwise {sum(not r.is_right for r in fired):3}"
            )
    wanted = [row for row in held if row.truth & set(CATEGORIES)]
    near = [row for row in held if not row.truth]
    print(f"paraphrases of these categories: {len(wanted)}, near questions: {len(near)}")
    by_words = sum(bool(row.truth & row.words) for row in wanted)
    both = sum(bool(row.truth & row.words) or _is_right(row) for row in wanted)
    alarms = sum(row.fires(MIN_SIMILARITY, MIN_LEAD) for row in near)
    print(f"  found by words {by_words}, by words or prototypes {both}")
    print(f"  near questions taken for a category: {alarms}")
    languages = Counter(row.language for row in wanted if _is_right(row))
    print("  found by prototypes per language:", dict(sorted(languages.items())))
    chosen: Counter[tuple[float, float] | None] = Counter()
    fired = right = 0
    for name in sorted({row.name for row in known}):
        rest = [row for row in known if row.name != name]
        thresholds = choose(rest)
        chosen[thresholds] += 1
        for row in known:
            if row.name == name and thresholds is not None and row.fires(*thresholds):
                fired += 1
                right += row.is_right
    print(f"leaving each situation out: thresholds {dict(chosen)}, {right} right of {fired} fired")


def _is_right(row: Measured) -> bool:
    return row.is_right and row.fires(MIN_SIMILARITY, MIN_LEAD)


if __name__ == "__main__":
    main()
