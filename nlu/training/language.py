"""Trains the character n-gram model of languages: `python -m nlu.training.language --data DIR`.

Counts hashed 1- to 5-grams per language over sentences and over short cuts of them (visitors write
two words more often than twelve), adds classes for Greek, Russian and Bulgarian typed in Latin
letters, and stores the log probabilities in 8 bits. Share-alike sources are left out. Only rows of
kinds with attribution licences are taken from the language development set.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nlu.languages import IDENTIFIED
from nlu.ngram_language import MODEL_FILE, gram_rows
from nlu.text import clean_for_language
from nlu.training.translit import LATIN_TYPED, latin_typed

N_ROWS = 1 << 17
SENTENCES = 12_000
SHARE_ALIKE = frozenset({"ntrex", "sib200"})
# Rows with attribution licences, plus the study's own phrases.
DEVELOPMENT_KINDS = frozenset({"tatoeba", "command", "chat"})
SCRIPT_ALONE = frozenset({"el", "he", "hi", "th", "ko", "ja", "zh"})
_SMOOTHING = 0.02


def read_rows(path: Path) -> Iterator[Any]:
    """Yields the JSON rows of a gzip JSON Lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def load_sentences(data: Path, *, held_out: int) -> dict[str, list[str]]:
    """Gives cleaned sentences by class.

    Args:
        data: The open data pack.
        held_out: Development rows whose text hashes to this fifth (0-4) are left out.
    """
    texts: dict[str, list[str]] = defaultdict(list)
    sources: dict[int, str] = {}
    for row in read_rows(data / "parallel" / "units_en.jsonl.gz"):
        sources[row["id"]] = row["src"]
        if row["en"] and row["src"] not in SHARE_ALIKE:
            texts["en"].append(row["en"])
    for path in sorted((data / "parallel").glob("*.jsonl.gz")):
        language = path.name.split(".")[0]
        if language != "units_en":
            texts[language] += [
                text for unit, text in read_rows(path) if sources[unit] not in SHARE_ALIKE
            ]
    choose = random.Random(0)
    cleaned = {
        language: _clean(choose.sample(rows, min(SENTENCES, len(rows))))
        for language, rows in sorted(texts.items())
        if language in IDENTIFIED
    }
    for row in read_rows(data / "lid_dev.jsonl.gz"):
        usable = row["kind"] in DEVELOPMENT_KINDS and row["lang"] in cleaned
        if usable and fifth_of(row["text"]) != held_out:
            # Real messages are rare and like what visitors write: they count four times.
            cleaned[row["lang"]] += _clean([row["text"]]) * 4
    for language in LATIN_TYPED:
        typed = [latin_typed(text, language=language, choose=choose) for text in cleaned[language]]
        cleaned[f"{language}-Latn"] = _clean(typed)
    return {name: rows for name, rows in cleaned.items() if name not in SCRIPT_ALONE}


def fifth_of(text: str) -> int:
    """Gives a stable fold of a text, 0 to 4."""
    return zlib.crc32(text.encode()) % 5


def train(sentences: dict[str, list[str]]) -> tuple[np.ndarray[Any, Any], float, list[str]]:
    """Gives the quantised table (rows x classes, uint8), its step and the class names."""
    classes = sorted(sentences)
    counts = np.zeros((N_ROWS, len(classes)), dtype=np.float32)
    for column, name in enumerate(classes):
        choose = random.Random(column)
        for text in sentences[name]:
            for part in (text, _short_cut(text, choose)):
                rows = gram_rows(part, n_rows=N_ROWS)
                np.add.at(counts[:, column], rows, 1.0)
    probability = counts / counts.sum(axis=0)
    # Floor: an n-gram never seen in a language is as likely as a fraction of one sighting.
    floor = _SMOOTHING * 50 / counts.sum(axis=0)
    log = np.log(probability + floor)
    below = log.max(axis=1, keepdims=True) - log
    step = float(below.max()) / 255
    return np.round(below / step).astype(np.uint8), step, classes


def _clean(texts: list[str]) -> list[str]:
    return [cleaned for text in texts if (cleaned := clean_for_language(text[:300]))]


def _short_cut(text: str, choose: random.Random) -> str:
    words = text.split()
    length = choose.randint(1, 4)
    start = choose.randint(0, max(0, len(words) - length))
    return " ".join(words[start : start + length])


def main() -> int:
    """Trains and stores the model; returns the exit status."""
    parser = argparse.ArgumentParser(description="Train the character n-gram language model.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=MODEL_FILE)
    parser.add_argument("--held-out", type=int, default=-1, help="development fold to leave out")
    arguments = parser.parse_args()
    sentences = load_sentences(arguments.data, held_out=arguments.held_out)
    for name, rows in sorted(sentences.items()):
        sys.stdout.write(f"{name}: {len(rows):,} sentences\n")
    table, step, classes = train(sentences)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(arguments.out, table=table, step=step, classes=np.asarray(classes))
    sys.stdout.write(f"{arguments.out}: {arguments.out.stat().st_size / 1e6:.1f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
