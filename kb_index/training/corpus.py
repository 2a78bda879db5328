"""Reads the open training data and says what may be paired with what.

Texts are interned: everything else speaks of them by their number. Three kinds of pairs exist:
translations of one unit, titles with bodies of one support answer, and English sentences of one
intent. Share-alike sources are left out unless asked for, so that the trained model carries only
attribution duties.
"""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SHARE_ALIKE_SOURCES = frozenset({"ntrex", "sib200"})
# Same-intent English sentences. banking77 and clinc150 labels are kept for development figures.
INTENT_FILES = ("nlu_eval_home", "nlupp")
# Texts without labels, only for the teacher's view of short English questions.
UNLABELLED_FILES = ("banking77_train", "clinc150_train_val")


@dataclass(slots=True)
class Corpus:
    """Interned texts and the groups in which any two members may be paired.

    Attributes:
        texts: Every text once.
        units: Per translation unit its source and (language, text number) pairs, English first.
        answers: Per support answer its (title number, body number) pairs over languages.
        intents: Groups of text numbers that ask for the same thing, English.
        english: Numbers of English texts, those a teacher can read.
    """

    texts: list[str] = field(default_factory=list)
    units: list[tuple[str, list[tuple[str, int]]]] = field(default_factory=list)
    answers: list[list[tuple[int, int]]] = field(default_factory=list)
    answer_english: list[int] = field(default_factory=list)
    intents: list[list[int]] = field(default_factory=list)
    english: list[int] = field(default_factory=list)
    by_language: dict[str, list[int]] = field(default_factory=dict)
    sources: Counter[str] = field(default_factory=Counter)


def read_rows(path: Path) -> Iterator[Any]:
    """Yields the JSON rows of a gzip JSON Lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def load_corpus(data: Path, *, share_alike: bool = False) -> Corpus:
    """Reads the data pack.

    Args:
        data: Folder with `parallel/`, `support_faq/` and the intent files.
        share_alike: Whether share-alike sources are used too.

    Raises:
        FileNotFoundError: If the folder does not hold the pack.
    """
    corpus = Corpus()
    number: dict[str, int] = {}

    def intern(text: str) -> int:
        found = number.get(text)
        if found is None:
            found = number[text] = len(corpus.texts)
            corpus.texts.append(text)
        return found

    english: set[int] = set()
    by_language: dict[str, set[int]] = defaultdict(set)
    kept: dict[int, tuple[str, list[tuple[str, int]]]] = {}
    for row in read_rows(data / "parallel" / "units_en.jsonl.gz"):
        if row["src"] in SHARE_ALIKE_SOURCES and not share_alike:
            continue
        members: list[tuple[str, int]] = []
        if row["en"]:
            text = intern(row["en"])
            members.append(("en", text))
            english.add(text)
        kept[row["id"]] = (row["src"], members)
    for path in sorted((data / "parallel").glob("*.jsonl.gz")):
        language = path.name.split(".")[0]
        if language == "units_en":
            continue
        for unit, text in read_rows(path):
            if unit in kept:
                number_of_text = intern(text)
                kept[unit][1].append((language, number_of_text))
                by_language[language].add(number_of_text)
    corpus.units = [unit for unit in kept.values() if len(unit[1]) > 1]
    corpus.sources.update(source for source, _ in corpus.units)

    titles = dict(read_rows(data / "support_faq" / "en_titles.jsonl.gz"))
    answers: dict[Any, list[tuple[int, int]]] = defaultdict(list)
    for path in sorted((data / "support_faq").glob("*.jsonl.gz")):
        if path.name.startswith("en_titles"):
            continue
        for answer, title, body in read_rows(path):
            answers[answer].append((intern(title), intern(body)))
    for answer, pairs in answers.items():
        title = intern(titles[answer]) if answer in titles else -1
        if title >= 0:
            english.add(title)
        corpus.answers.append(pairs)
        corpus.answer_english.append(title)

    for name in INTENT_FILES:
        groups: dict[str, list[int]] = defaultdict(list)
        for row in read_rows(data / f"{name}.jsonl.gz"):
            label = row["intent"] if "intent" in row else "+".join(sorted(row["intents"]))
            groups[label].append(intern(row["text"]))
        for group in groups.values():
            english.update(group)
            if len(group) > 3:
                corpus.intents.append(group)
    for name in UNLABELLED_FILES:
        english.update(intern(row["text"]) for row in read_rows(data / f"{name}.jsonl.gz"))

    corpus.english = sorted(english)
    corpus.by_language = {language: sorted(texts) for language, texts in by_language.items()}
    return corpus


def vocabulary_sample(corpus: Corpus, *, per_language: int, seed: int) -> list[str]:
    """Gives the texts a tokenizer is trained on: English twice, other languages levelled."""
    choose = random.Random(seed)
    sample = [corpus.texts[i] for i in corpus.english] * 2
    for language in sorted(corpus.by_language):
        texts = corpus.by_language[language]
        picked = choose.sample(texts, min(per_language, len(texts)))
        sample += [corpus.texts[i] for i in picked]
    choose.shuffle(sample)
    return sample
