"""Reads the open training data and says what may be paired with what.

Texts are interned: everything else speaks of them by their number. Translations of one unit,
titles with bodies of one support answer, and English sentences of one intent may be paired.
Share-alike sources are left out unless asked for, so that the trained model carries only
attribution duties. A tenth of the support answers and the FAQ for development are never read.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SHARE_ALIKE_SOURCES = frozenset({"ntrex", "sib200"})
# Same-intent English sentences, used from the first step on.
INTENT_FILES = ("nlu_eval_home", "nlupp")
# English support questions: read without labels, with labels only in the final stage.
QUESTION_FILES = ("banking77_train", "clinc150_train_val")
# Every tenth support answer, by the hash of its id, is kept for the figures of the model card.
HELD_OUT_SHARE = 10
_NOT_LETTERS = re.compile(r"\W")


class DataMissing(RuntimeError):
    """The folder does not hold the open data pack."""

    code = "data_missing"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return (
            f"The open data pack is not complete: {self.path} is missing. "
            "Give the folder that holds parallel/, support_faq/ and the question files "
            "(docs/encoder.md lists them)."
        )


@dataclass(slots=True)
class Corpus:
    """Interned texts and the groups in which any two members may be paired.

    Attributes:
        texts: Every text once.
        languages: The language of each text, "" where it was not told.
        units: Per translation unit its source and (language, text number) pairs, English first.
        answers: Per support answer its (title number, body number) pairs over languages.
        answer_english: Per support answer the number of its English title, or -1.
        intents: Groups of text numbers that ask for the same thing, English.
        labelled: The same by file, for the final stage alone.
        questions: Numbers of English questions as users type them.
        english: Numbers of English texts, those a teacher can read.
    """

    texts: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    units: list[tuple[str, list[tuple[str, int]]]] = field(default_factory=list)
    answers: list[list[tuple[int, int]]] = field(default_factory=list)
    answer_english: list[int] = field(default_factory=list)
    intents: list[list[int]] = field(default_factory=list)
    labelled: dict[str, list[list[int]]] = field(default_factory=dict)
    questions: list[int] = field(default_factory=list)
    english: list[int] = field(default_factory=list)
    sources: Counter[str] = field(default_factory=Counter)
    _numbers: dict[str, int] = field(default_factory=dict)

    def intern(self, text: str, language: str = "") -> int:
        """Gives the number of a text, a new one if it was not met before."""
        found = self._numbers.get(text)
        if found is None:
            found = self._numbers[text] = len(self.texts)
            self.texts.append(text)
            self.languages.append(language)
        return found


def read_rows(path: Path) -> Iterator[Any]:
    """Yields the JSON rows of a gzip JSON Lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def letters_only(text: str) -> str:
    """Gives the text by which two writings of one sentence are told to be the same."""
    return _NOT_LETTERS.sub("", text.casefold())


def is_held_out(answer: object) -> bool:
    """Tells whether a support answer is kept for development, by the hash of its id."""
    return hashlib.sha256(str(answer).encode()).digest()[0] % HELD_OUT_SHARE == 0


def load_corpus(data: Path, *, share_alike: bool = False) -> Corpus:
    """Reads the data pack.

    Args:
        data: Folder with `parallel/`, `support_faq/` and the intent files.
        share_alike: Whether share-alike sources are used too.

    Raises:
        DataMissing: If a file of the pack is not there.
    """
    names = ("parallel/units_en", "support_faq/en_titles", "scratch_faq")
    for name in (*names, *INTENT_FILES, *QUESTION_FILES):
        if not (data / f"{name}.jsonl.gz").is_file():
            raise DataMissing(data / f"{name}.jsonl.gz")
    corpus = Corpus()
    english: set[int] = set()
    held_out = _held_out_texts(data)
    _read_units(corpus, data / "parallel", english, held_out, share_alike=share_alike)
    _read_answers(corpus, data / "support_faq", english)
    for name in INTENT_FILES:
        groups: dict[str, list[int]] = defaultdict(list)
        for row in read_rows(data / f"{name}.jsonl.gz"):
            label = row["intent"] if "intent" in row else "+".join(sorted(row["intents"]))
            groups[label].append(corpus.intern(row["text"], "en"))
        for group in groups.values():
            english.update(group)
            corpus.questions += group
            if len(group) > 3:
                corpus.intents.append(group)
    for name in QUESTION_FILES:
        groups = defaultdict(list)
        for row in read_rows(data / f"{name}.jsonl.gz"):
            # Validation and out-of-scope rows measure; they do not teach.
            if row.get("split", "train") == "train" and row["intent"] != "oos":
                groups[row["intent"]].append(corpus.intern(row["text"], "en"))
        for group in groups.values():
            english.update(group)
            corpus.questions += group
        corpus.labelled[name] = [group for group in groups.values() if len(group) > 1]
    corpus.questions = list(dict.fromkeys(corpus.questions))
    corpus.english = sorted(english)
    return corpus


def _held_out_texts(data: Path) -> frozenset[str]:
    """Gives the questions of the development FAQ and the held-out titles, letters only."""
    texts: set[str] = set()
    for row in read_rows(data / "scratch_faq.jsonl.gz"):
        texts.update(letters_only(text) for text in row["q"].values())
    for path in sorted((data / "support_faq").glob("*.jsonl.gz")):
        texts.update(letters_only(row[1]) for row in read_rows(path) if is_held_out(row[0]))
    return frozenset(texts)


def _read_units(
    corpus: Corpus, folder: Path, english: set[int], held_out: frozenset[str], *, share_alike: bool
) -> None:
    kept: dict[int, tuple[str, list[tuple[str, int]]]] = {}
    for row in read_rows(folder / "units_en.jsonl.gz"):
        if row["src"] in SHARE_ALIKE_SOURCES and not share_alike:
            continue
        members: list[tuple[str, int]] = []
        if row["en"]:
            if letters_only(row["en"]) in held_out:
                continue
            text = corpus.intern(row["en"], "en")
            members.append(("en", text))
            english.add(text)
        kept[row["id"]] = (row["src"], members)
    for path in sorted(folder.glob("*.jsonl.gz")):
        language = path.name.split(".")[0]
        if language == "units_en":
            continue
        for unit, text in read_rows(path):
            if unit in kept and letters_only(text) not in held_out:
                kept[unit][1].append((language, corpus.intern(text, language)))
    corpus.units = [unit for unit in kept.values() if len(unit[1]) > 1]
    corpus.sources.update(source for source, _ in corpus.units)


def _read_answers(corpus: Corpus, folder: Path, english: set[int]) -> None:
    titles = dict(read_rows(folder / "en_titles.jsonl.gz"))
    answers: dict[Any, list[tuple[int, int]]] = defaultdict(list)
    for path in sorted(folder.glob("*.jsonl.gz")):
        language = path.name.split(".")[0]
        if language == "en_titles":
            continue
        for answer, title, body in read_rows(path):
            if not is_held_out(answer):
                pair = (corpus.intern(title, language), corpus.intern(body, language))
                answers[answer].append(pair)
    for answer, pairs in answers.items():
        title = corpus.intern(titles[answer], "en") if answer in titles else -1
        if title >= 0:
            english.add(title)
        corpus.answers.append(pairs)
        corpus.answer_english.append(title)


def vocabulary_sample(corpus: Corpus, *, per_language: int, seed: int) -> list[str]:
    """Gives the texts a tokenizer is trained on: English twice, other languages levelled."""
    choose = random.Random(seed)
    by_language: dict[str, list[str]] = defaultdict(list)
    for text, language in zip(corpus.texts, corpus.languages, strict=True):
        by_language[language].append(text)
    sample = [corpus.texts[i] for i in corpus.english] * 2
    for language in sorted(by_language):
        if language != "en":
            texts = by_language[language]
            sample += choose.sample(texts, min(per_language, len(texts)))
    choose.shuffle(sample)
    return sample
