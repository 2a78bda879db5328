"""`python -m tests.quality.ranking --data DIR [SET ...]`: is the right article first?

Searches the development sets of `tests.quality.devsets` with the product's own index and search,
without looking at confidence, and prints the share of questions whose article is first, or among
the first three. `--try NAME=VALUE` changes a weight of `kb_index.search` or `kb_index.lexical` for
one run, which is how the present ones were chosen.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kb_index import lexical, search
from kb_index.encoder import load_encoder
from kb_index.offline import Entry, Question, build_offline
from kb_index.ports import Encoder
from tests.quality.devsets import DevSet, all_sets, support_bodies

FIRST = 3
MAX_QUESTIONS = 2_000
KEPT_WORDS = 0.45
MAX_CLOZE_WORDS = 12
MIN_SENTENCE = 50
N_CLOZE = 200
CLOZE_LANGUAGES = ("ar", "de", "el", "es", "fr", "ru", "tr", "vi")


def cloze_sets(data: Path) -> list[DevSet]:
    """Shuffled half-sentences of an answer among words of other answers: exact words in noise.

    Stands for questions that name what stands in a long text; the other sets hold few of these.
    """
    return [
        _cloze(found) for found in support_bodies(data) if found.kb[0]["lang"] in CLOZE_LANGUAGES
    ]


def _cloze(source: DevSet) -> DevSet:
    language = source.kb[0]["lang"]
    chance = random.Random(language)
    vocabulary = [word for row in source.kb for word in row["body"].split()]
    queries = []
    for row in chance.sample(source.kb, min(N_CLOZE, len(source.kb))):
        sentences = re.split(r"(?<=[.!?])\s+", row["body"])
        sentences = [text for text in sentences if len(text) >= MIN_SENTENCE]
        if not sentences:
            continue
        words = chance.choice(sentences).split()
        words = chance.sample(words, min(len(words), MAX_CLOZE_WORDS))
        kept = words[: max(2, int(len(words) * KEPT_WORDS))]
        words = kept + chance.sample(vocabulary, len(words) - len(kept))
        chance.shuffle(words)
        queries.append({"text": " ".join(words), "lang": language, "gold": row["id"]})
    return DevSet(name=f"cloze-{language}", kb=source.kb, queries=queries)


def measure(found: DevSet, encoder: Encoder) -> tuple[float, float, int, float]:
    """Gives (first, among three, questions, CPU ms a search)."""
    rows = [row for row in found.queries if row["gold"] is not None]
    if len(rows) > MAX_QUESTIONS:
        rows = random.Random(found.name).sample(rows, MAX_QUESTIONS)
    entries = [
        Entry(id=row["id"], language=row["lang"], questions=tuple(row.get("questions", ())),
              body=row.get("body", ""))
        for row in found.kb
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        index = build_offline(
            entries, encoder, folder=Path(folder), progress=lambda stage, done, total: None
        )
        questions = [Question(text=row["text"], language=row["lang"]) for row in rows]
        began = time.thread_time()
        results = list(index.search_all(questions, k=FIRST, progress=lambda *step: None))
        spent = time.thread_time() - began
    ranked = [[index.entry_id(hit.article_id) for hit in result] for result in results]
    first = np.mean([ids[:1] == [row["gold"]] for ids, row in zip(ranked, rows, strict=True)])
    among = np.mean([row["gold"] in ids for ids, row in zip(ranked, rows, strict=True)])
    return float(first), float(among), len(rows), spent * 1000 / len(rows)


def change(settings: Sequence[str]) -> None:
    """Sets weights named on the command line.

    Raises:
        SystemExit: If there is no such weight.
    """
    for setting in settings:
        name, _, value = setting.partition("=")
        homes = [module for module in (search, lexical) if hasattr(module, name)]
        if not homes:
            raise SystemExit(f"There is no weight {name} in kb_index.search or kb_index.lexical.")
        for module in homes:
            setattr(module, name, float(value))


def main() -> None:
    """Prints a line per set, and means of those that differ in their language only."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the open data")
    parser.add_argument("--try", dest="settings", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("sets", nargs="*", help="beginnings of set names; all when left out")
    given = parser.parse_args()
    change(given.settings)
    encoder = load_encoder()
    groups: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for found in (*all_sets(given.data), *cloze_sets(given.data)):
        if given.sets and not found.name.startswith(tuple(given.sets)):
            continue
        first, among, n, spent = measure(found, encoder)
        sys.stdout.write(
            f"{found.name}: first {first:.3f}, among {FIRST} {among:.3f}, "
            f"{n} questions, {spent:.2f} ms each\n"
        )
        sys.stdout.flush()
        groups[re.sub(r"-[a-z]{2}$", "", found.name)].append((first, among))
    for name, rows in groups.items():
        if len(rows) > 1:
            one, three = np.mean(rows, axis=0)
            sys.stdout.write(f"{name}, mean of {len(rows)}: first {one:.3f}, "
                             f"among {FIRST} {three:.3f}\n")  # fmt: skip


if __name__ == "__main__":
    main()
