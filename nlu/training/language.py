"""Trains the character n-gram model of languages: `python -m nlu.training.language --data DIR`.

Sentences of the open data pack and short cuts of them (visitors write two words more often than
twelve) give naive Bayes weights; a few passes of gradient descent then sharpen them where languages
are alike. Classes for Greek, Russian, Bulgarian, Arabic, Persian and Hindi typed in Latin letters
are made by rule from the same sentences and from our own phrases. Share-alike sources are left out,
and of the language development set only kinds with attribution licences are used.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import sys
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nlu.languages import IDENTIFIED
from nlu.ngram_language import LATIN_TYPED_SUFFIX, MODEL_FILE
from nlu.text import clean_for_language
from nlu.training.folds import fold_of_rows
from nlu.training.ngram_fit import FitSettings, Sentences, fit, quantise
from nlu.training.translit import LATIN_TYPED, latin_typed

SENTENCES = 20_000
SHARE_ALIKE = frozenset({"ntrex", "sib200"})
# Rows with attribution licences, plus the study's own phrases. They are rare and like what visitors
# write, so they count several times.
DEVELOPMENT_KINDS = ("tatoeba", "command", "chat")
DEVELOPMENT_WEIGHT, PHRASE_WEIGHT = 6, 20
PHRASES = Path(__file__).parent / "phrases"
# Who types Hindi in Latin letters mixes it with English, the others now and then.
MIXED_SHARE = {"hi": 0.6, "ar": 0.2, "fa": 0.2, "el": 0.1}
_MIXED_WORDS = 0.35
# Their script leaves one language; Japanese and Chinese are told apart by ideographs alone.
SCRIPT_ALONE = frozenset({"el", "he", "hi", "th", "ko"})
_IDEOGRAPHS = re.compile("[\u3400-\u9fff]{2,}")
_CHARACTERS = 300


def read_rows(path: Path) -> Iterator[Any]:
    """Yields the JSON rows of a gzip JSON Lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def load_sentences(
    data: Path,
    *,
    held_out: frozenset[int] = frozenset(),
    kinds: Iterable[str] = DEVELOPMENT_KINDS,
    per_language: int = SENTENCES,
) -> dict[str, list[str]]:
    """Gives cleaned sentences by class.

    Args:
        data: The open data pack.
        held_out: Development rows of these folds (0-4) are left out.
        kinds: Kinds of development rows that are used.
        per_language: Most sentences of a language from the parallel texts.
    """
    raw = {
        language: _sample(rows, per_language)
        for language, rows in sorted(_load_parallel(data).items())
    }
    development = list(read_rows(data / "lid_dev.jsonl.gz"))
    fold_of = fold_of_rows(development)
    for row in development:
        if row["kind"] in kinds and row["lang"] in raw and fold_of[row["id"]] not in held_out:
            raw[row["lang"]] += [row["text"]] * DEVELOPMENT_WEIGHT
    choose = random.Random(0)
    sentences = {name: _clean(texts) for name, texts in raw.items() if name not in SCRIPT_ALONE}
    for language in LATIN_TYPED:
        typed = [
            latin_typed(text[:_CHARACTERS].lower(), language=language, choose=choose)
            for text in raw[language]
        ]
        share = MIXED_SHARE.get(language, 0.0)
        typed = [
            mix_in(text, raw["en"], choose) if choose.random() < share else text for text in typed
        ]
        name = f"{language}{LATIN_TYPED_SUFFIX}"
        sentences[name] = _clean(typed) + _clean(load_phrases(name)) * PHRASE_WEIGHT
    for language in ("ja", "zh"):
        sentences[language] = [
            run for text in sentences[language] for run in ideograph_runs(text, choose)
        ][: 2 * per_language]
    return sentences


def load_phrases(name: str) -> list[str]:
    """Gives our own phrases of a class, an empty list where there are none."""
    path = PHRASES / f"{name}.txt"
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def mix_in(text: str, others: list[str], choose: random.Random) -> str:
    """Replaces some words of a text, never all of them, by words of another language."""
    words = text.split()
    foreign = choose.choice(others).lower().split() or words
    mixed = [choose.choice(foreign) if choose.random() < _MIXED_WORDS else word for word in words]
    return " ".join(mixed) if mixed != words and set(mixed) & set(words) else text


def ideograph_runs(text: str, choose: random.Random) -> list[str]:
    """Gives the runs of ideographs of a sentence, cut to the length of a short message."""
    runs: list[str] = []
    for found in _IDEOGRAPHS.findall(text):
        start = 0
        while start < len(found) - 1:
            length = choose.randint(2, 8)
            runs.append(found[start : start + length])
            start += length
    return runs


def _load_parallel(data: Path) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = defaultdict(list)
    sources: dict[int, str] = {}
    for row in read_rows(data / "parallel" / "units_en.jsonl.gz"):
        sources[row["id"]] = row["src"]
        if row["en"] and row["src"] not in SHARE_ALIKE:
            texts["en"].append(row["en"])
    for path in sorted((data / "parallel").glob("*.jsonl.gz")):
        language = path.name.split(".")[0]
        if language in IDENTIFIED:
            texts[language] += [
                text for unit, text in read_rows(path) if sources[unit] not in SHARE_ALIKE
            ]
    return texts


def _sample(texts: list[str], size: int) -> list[str]:
    # By a hash of the text: the same sentences whatever the order of the rows, each of them once.
    ranked = sorted(set(texts), key=lambda text: (zlib.crc32(text.encode()), text))
    return ranked[:size]


def _clean(texts: list[str]) -> list[str]:
    return [cleaned for text in texts if (cleaned := clean_for_language(text[:_CHARACTERS]))]


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Trains and stores the model; returns the exit status."""
    parser = argparse.ArgumentParser(description="Train the character n-gram language model.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=MODEL_FILE)
    parser.add_argument(
        "--held-out", type=int, nargs="*", default=[], help="development folds (0-4) to leave out"
    )
    parser.add_argument(
        "--kinds", nargs="*", default=DEVELOPMENT_KINDS, help="development kinds to train on"
    )
    parser.add_argument("--epochs", type=float, default=FitSettings().epochs)
    arguments = parser.parse_args()
    sentences = load_sentences(
        arguments.data, held_out=frozenset(arguments.held_out), kinds=arguments.kinds
    )
    for name, texts in sorted(sentences.items()):
        sys.stdout.write(f"{name}: {len(texts):,} sentences\n")
    settings = FitSettings(epochs=arguments.epochs)
    prepared = Sentences.of(sentences, n_rows=settings.n_rows)
    weights = fit(prepared, settings, report=_say)
    table, steps = quantise(weights)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        arguments.out, table=table, steps=steps, classes=np.asarray(prepared.classes)
    )
    sys.stdout.write(f"{arguments.out}: {arguments.out.stat().st_size / 1e6:.1f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
