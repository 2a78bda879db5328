"""`python -m tests.quality.devsets --data DIR --out DIR`: evaluation files from the open data.

Writes one folder per set with `kb.jsonl` and `queries.jsonl` for `babeldesk evaluate retrieval`,
and `language/rows.jsonl` for `babeldesk evaluate language`. Everything that is drawn by lot is
drawn with a fixed seed, so the same data give the same files. The sets are for measuring only;
nothing is trained on them, and the share-alike ones (xsid, parts of language) must not be.

Unanswerable questions have gold null. What each set stands for is in `docs/quality.md`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb_index.training.corpus import is_held_out

SEED = 20_240_607
N_SUPPORT = 651
"""Documents in the support sets: as many as in the study whose levels are aimed at."""
MIX = 4.5
XSID_LANGUAGES = ("ar", "da", "de", "en", "id", "it", "ja", "nl", "tr", "zh")
TYPO_LANGUAGES = ("de", "el", "es", "ru", "tr")
MIN_TYPO_LETTERS = 4
TYPO_SHARE = 1 / 3

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DevSet:
    """One knowledge base with the questions that are put to it."""

    name: str
    kb: list[Row]
    queries: list[Row]


def load_rows(path: Path) -> list[Any]:
    """Reads a `.jsonl.gz` file."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def banking(data: Path, *, k: int, typos: bool = False) -> DevSet:
    """77 English entries, each its name and `k` phrasings; the questions are the dev half."""
    train = _by_intent(load_rows(data / "banking77_train.jsonl.gz"))
    queries = [
        {"text": row["text"], "lang": "en", "gold": row["intent"]}
        for row in load_rows(data / "banking77_dev.jsonl.gz")
    ]
    name = f"banking77-k{k}" + ("-typos" if typos else "")
    return DevSet(
        name=name, kb=_entries(train, k), queries=with_typos(queries) if typos else queries
    )


def clinc(data: Path, *, k: int = 20) -> DevSet:
    """150 English intents; validation questions and all out-of-scope ones.

    The pack holds few out-of-scope questions: of the others as many are drawn as keep the mix of
    the published test, 4.5 to 1, because calibration depends on it.
    """
    rows = load_rows(data / "clinc150_train_val.jsonl.gz")
    inside = [row for row in rows if row["intent"] != "oos"]
    train = _by_intent([row for row in inside if row["split"] == "train"])
    asked = _by_intent([row for row in inside if row["split"] == "val"])
    strange = [row["text"] for row in rows if row["intent"] == "oos"]
    n_each = max(1, round(MIX * len(strange) / len(asked)))
    chance = random.Random(SEED)
    queries = [
        {"text": text, "lang": "en", "gold": intent}
        for intent, texts in asked.items()
        for text in chance.sample(texts, min(n_each, len(texts)))
    ]
    queries += [{"text": text, "lang": "en", "gold": None} for text in strange]
    return DevSet(name=f"clinc150-k{k}", kb=_entries(train, k), queries=queries)


def clinc_half(data: Path, *, k: int = 20) -> DevSet:
    """Every second intent is unknown: questions near to what the knowledge base holds."""
    whole = clinc(data, k=k)
    known = {row["id"] for row in whole.kb[::2]}
    queries = [
        {**row, "gold": row["gold"] if row["gold"] in known else None}
        for row in whole.queries
        if row["gold"] is not None
    ]
    kb = [row for row in whole.kb if row["id"] in known]
    return DevSet(name=f"clinc150-k{k}-half", kb=kb, queries=queries)


def support_titles(data: Path, *, typos: bool = False) -> DevSet:
    """Titles in 22 languages against English titles; asked are documents unknown to the encoder."""
    ids, titles, translations = _support(data)
    kb = [{"id": key, "lang": "en", "questions": [titles[key]]} for key in ids]
    queries = [
        {"text": texts[key][0], "lang": language, "gold": key}
        for language, texts in translations.items()
        for key in ids
        if key in texts and is_held_out(key) and (not typos or language in TYPO_LANGUAGES)
    ]
    name = "support-titles-to-en" + ("-typos" if typos else "")
    return DevSet(name=name, kb=kb, queries=with_typos(queries) if typos else queries)


def support_bodies(data: Path) -> list[DevSet]:
    """Titles against the beginnings of the answers, one knowledge base per language."""
    ids, _, translations = _support(data)
    return [
        DevSet(
            name=f"support-bodies-{language}",
            kb=[
                {"id": key, "lang": language, "body": texts[key][1]}
                for key in ids
                if key in texts and texts[key][1]
            ],
            queries=[
                {"text": texts[key][0], "lang": language, "gold": key}
                for key in ids
                if key in texts and texts[key][1] and is_held_out(key)
            ],
        )
        for language, texts in translations.items()
    ]


def joined(name: str, sets: Sequence[DevSet]) -> DevSet:
    """Several sets, whose entries are translations of each other, as one."""
    return DevSet(
        name=name,
        kb=[row for found in sets for row in found.kb],
        queries=[row for found in sets for row in found.queries],
    )


def scratch_questions(data: Path) -> DevSet:
    """Questions in 27 languages against the English questions."""
    rows = load_rows(data / "scratch_faq.jsonl.gz")
    return DevSet(
        name="scratch-questions-to-en",
        kb=[{"id": row["id"], "lang": "en", "questions": [row["q"]["en"]]} for row in rows],
        queries=[
            {"text": text, "lang": language, "gold": row["id"]}
            for row in rows
            for language, text in sorted(row["q"].items())
            if language != "en"
        ],
    )


def scratch_answers(data: Path) -> DevSet:
    """Questions against the answers in their own language, which stand beside all the others."""
    rows = load_rows(data / "scratch_faq.jsonl.gz")
    return DevSet(
        name="scratch-questions-to-answers",
        kb=[
            {"id": row["id"], "lang": language, "body": answer}
            for row in rows
            for language, answer in sorted(row["a"].items())
        ],
        queries=[
            {"text": text, "lang": language, "gold": row["id"]}
            for row in rows
            for language, text in sorted(row["q"].items())
            if language in row["a"]
        ],
    )


def xsid(data: Path, *, k: int = 10) -> DevSet:
    """Spoken commands in ten languages against English ones by intent; share-alike data.

    The languages translate the same commands, and the English ones lost their numbers. An entry
    therefore takes the first half of an intent's English commands (at most `k`), and questions are
    only those that come after any translation of these.
    """
    rows = load_rows(data / "xsid_dev.jsonl.gz")
    numbers: defaultdict[str, set[int]] = defaultdict(set)
    for row in rows:
        if row["id"] is not None:
            numbers[row["intent"]].add(int(row["id"]))
    english = _by_intent([row for row in rows if row["lang"] == "en"])
    kb, queries = [], []
    for intent, texts in english.items():
        n_taken = min(k, (len(texts) + 1) // 2)
        kb.append(_entry(intent, texts[:n_taken]))
        queries += [{"text": text, "lang": "en", "gold": intent} for text in texts[n_taken:]]
        # Of the numbers in order, the English commands lack some: so far back may a taken one lie.
        ordered = sorted(numbers[intent])
        n_unsafe = n_taken + max(0, len(ordered) - len(texts))
        safe = set(ordered[n_unsafe:])
        queries += [
            {"text": row["text"], "lang": row["lang"], "gold": intent}
            for row in rows
            if row["intent"] == intent
            and row["lang"] in XSID_LANGUAGES
            and row["id"] is not None
            and int(row["id"]) in safe
        ]
    return DevSet(name="xsid-to-en", kb=kb, queries=queries)


def language_rows(data: Path) -> list[Row]:
    """Texts with their language; `und` has none, `kind` says where a text comes from."""
    return [
        {"text": row["text"], "lang": row["lang"], "kind": row["kind"], "id": row["id"]}
        for row in load_rows(data / "lid_dev.jsonl.gz")
    ]


def with_typos(rows: Sequence[Row]) -> list[Row]:
    """One typing error in about a third of the longer words, with letters of the same language."""
    letters: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        letters[row["lang"]].update(c for c in row["text"].lower() if c.isalpha())
    alphabet = {language: sorted(found) for language, found in letters.items()}
    chance = random.Random(SEED)
    return [{**row, "text": _mistyped(row["text"], alphabet[row["lang"]], chance)} for row in rows]


def all_sets(data: Path) -> Iterator[DevSet]:
    """Every set, made one at a time."""
    makers: tuple[Callable[[], DevSet], ...] = (
        lambda: banking(data, k=3),
        lambda: banking(data, k=10),
        lambda: banking(data, k=10, typos=True),
        lambda: clinc(data),
        lambda: clinc_half(data),
        lambda: support_titles(data),
        lambda: support_titles(data, typos=True),
        lambda: scratch_questions(data),
        lambda: scratch_answers(data),
        lambda: xsid(data),
    )
    for make in makers:
        yield make()
    yield from support_bodies(data)


def save_rows(path: Path, rows: Iterable[Row]) -> None:
    """Writes JSON Lines, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    with temporary.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    temporary.replace(path)


def save_all(data: Path, out: Path) -> list[str]:
    """Writes every set under `out`; gives their names."""
    names = []
    for found in all_sets(data):
        save_rows(out / found.name / "kb.jsonl", found.kb)
        save_rows(out / found.name / "queries.jsonl", found.queries)
        sys.stderr.write(f"{found.name}: {len(found.kb)} entries, {len(found.queries)} questions\n")
        names.append(found.name)
    rows = language_rows(data)
    save_rows(out / "language" / "rows.jsonl", rows)
    sys.stderr.write(f"language: {len(rows)} rows\n")
    return names


def _by_intent(rows: Sequence[Row]) -> dict[str, list[str]]:
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["text"] not in texts[row["intent"]]:
            texts[row["intent"]].append(row["text"])
    return dict(sorted(texts.items()))


def _entries(texts: dict[str, list[str]], k: int) -> list[Row]:
    """One entry per intent with `k` phrasings drawn by lot."""
    chance = random.Random(SEED)
    return [
        _entry(intent, chance.sample(known, min(k, len(known)))) for intent, known in texts.items()
    ]


def _entry(intent: str, phrasings: Sequence[str]) -> Row:
    """An English entry: the intent's name as words, then phrasings."""
    name = intent.replace("_", " ").replace("/", " ").rstrip("?").lower()
    return {"id": intent, "lang": "en", "questions": [name, *phrasings]}


def _support(data: Path) -> tuple[list[str], dict[str, str], dict[str, dict[str, tuple[str, str]]]]:
    """Chosen ids, their English titles, and per language (title, answer) by id.

    Chosen are all documents that the encoder never reads, and others to mistake them for.
    """
    folder = data / "support_faq"
    titles = dict(load_rows(folder / "en_titles.jsonl.gz"))
    unknown = [key for key in sorted(titles) if is_held_out(key)]
    known = [key for key in sorted(titles) if not is_held_out(key)]
    ids = [*unknown, *random.Random(SEED).sample(known, N_SUPPORT - len(unknown))]
    translations = {
        path.name.split(".")[0]: {
            key: (title, body) for key, title, body in load_rows(path) if title.strip()
        }
        for path in sorted(folder.glob("??.jsonl.gz"))
    }
    return ids, titles, translations


def _mistyped(text: str, alphabet: Sequence[str], chance: random.Random) -> str:
    words = text.split(" ")
    for place, word in enumerate(words):
        if sum(c.isalpha() for c in word) >= MIN_TYPO_LETTERS and chance.random() < TYPO_SHARE:
            words[place] = _mistyped_word(word, alphabet, chance)
    return " ".join(words)


def _mistyped_word(word: str, alphabet: Sequence[str], chance: random.Random) -> str:
    at = chance.randrange(len(word) - 1)
    kind = chance.choice(("swap", "drop", "double", "replace"))
    if kind == "swap":
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == "drop":
        return word[:at] + word[at + 1 :]
    if kind == "double":
        return word[: at + 1] + word[at:]
    return word[:at] + chance.choice(alphabet) + word[at + 1 :]


def main() -> None:
    """Writes the files and says what is in them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the open data")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    given = parser.parse_args()
    save_all(given.data, given.out)


if __name__ == "__main__":
    main()
