"""Many small knowledge bases cut out of the open data, with questions and near and far misses.

They teach and measure the confidence: domains, sizes, numbers of phrasings and languages differ.
Everything drawn by lot is drawn with a fixed seed.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from kb_index.offline import Entry
from tests.quality.devsets import load_rows

Kind = Literal["answered", "far", "near"]
MOST_ANSWERED = 400
MOST_MISSES = 200
N_FAR = 15
"""Questions asked at most, and far misses per language."""
SUPPORT_LANGUAGES = ("de", "el", "es", "fr", "it", "tr", "ru", "ar", "pl", "pt", "nl", "ja")
GENERAL_SOURCES = frozenset({"tico19", "tatoeba_el", "osguide"})
# One cut a row: (domains or intents, phrasings of each).
CLINC_CUTS = ((10, 20), (10, 5), (5, 3), (5, 10), (2, 20), (4, 1))
CLINC_HALVES = (3, 20)
BANKING_CUTS = ((77, 3), (77, 10), (40, 3), (40, 20), (15, 10))
HOME_CUTS = ((40, 5), (15, 10))
SHOP_CUTS = ((14, 5), (18, 15))
SUPPORT_CUTS = ((50, ("en",)), (120, ("en", "de")))
SCRATCH_CUTS = (("en",), ("en", "el"), ("en", "de", "fr", "tr", "ru", "it"))

Texts = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question; `gold` is the entry that answers, `kind` how far off it is where none does."""

    text: str
    language: str
    gold: str | None
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeBase:
    """Entries of one data set with the questions put to them."""

    name: str
    dataset: str
    entries: tuple[Entry, ...]
    questions: tuple[Asked, ...]


def knowledge_bases(data: Path, *, only: str = "") -> Iterator[KnowledgeBase]:
    """All cuts, one after another.

    Args:
        data: Folder of the open data pack.
        only: Beginning of the names that are wanted.
    """
    makers = {
        "clinc": _clinc,
        "banking": _banking,
        "home": _other_intents,
        "shop": _other_intents,
        "support": _support,
        "scratch": _scratch,
    }
    wanted = [make for name, make in makers.items() if name.startswith(only.split("-")[0])]
    for make in dict.fromkeys(wanted):
        yield from (base for base in make(data) if base.name.startswith(only))


def _clinc(data: Path) -> Iterator[KnowledgeBase]:
    train: defaultdict[str, list[str]] = defaultdict(list)
    asked: defaultdict[str, list[str]] = defaultdict(list)
    domains: dict[str, str] = {}
    outside: list[str] = []
    for row in load_rows(data / "clinc150_train_val.jsonl.gz"):
        if row["intent"] == "oos":
            outside.append(row["text"])
            continue
        domains[row["intent"]] = row["domain"]
        (train if row["split"] == "train" else asked)[row["intent"]].append(row["text"])
    names = sorted(domains)
    for n_domains, k in CLINC_CUTS:
        chance = random.Random(f"clinc {n_domains} {k}")
        inside = set(chance.sample(sorted(set(domains.values())), n_domains))
        chosen = [name for name in names if domains[name] in inside]
        others = [text for name in names if name not in chosen for text in asked[name]]
        far = {"en": [*outside, *chance.sample(others, min(len(others), len(outside)))]}
        yield _cut(f"clinc-{len(chosen)}-k{k}", "clinc", train, asked, chosen, k, {}, far, chance)
    for k in CLINC_HALVES:
        chance = random.Random(f"clinc half {k}")
        chosen = chance.sample(names, len(names) // 2)
        near = {name: asked[name] for name in names if name not in chosen}
        far = {"en": outside}
        yield _cut(f"clinc-half-k{k}", "clinc", train, asked, chosen, k, near, far, chance)


def _banking(data: Path) -> Iterator[KnowledgeBase]:
    train = _by_intent(data / "banking77_train.jsonl.gz")
    asked = _by_intent(data / "banking77_dev.jsonl.gz")
    far = {"en": _outside_banking(data)}
    names = sorted(train)
    for n, k in BANKING_CUTS:
        chance = random.Random(f"banking {n} {k}")
        chosen = chance.sample(names, n)
        near = {name: asked[name] for name in names if name not in chosen}
        yield _cut(f"banking-{n}-k{k}", "banking", train, asked, chosen, k, near, far, chance)


def _other_intents(data: Path) -> Iterator[KnowledgeBase]:
    far = {"en": _outside_banking(data)}
    files = (("home", "nlu_eval_home", HOME_CUTS), ("shop", "bitext_support", SHOP_CUTS))
    for dataset, file, cuts in files:
        texts = _by_intent(data / f"{file}.jsonl.gz")
        for n, k in cuts:
            chance = random.Random(f"{dataset} {n} {k}")
            shuffled = {name: chance.sample(rows, len(rows)) for name, rows in texts.items()}
            train = {name: rows[:k] for name, rows in shuffled.items()}
            asked = {name: rows[k : k + 15] for name, rows in shuffled.items()}
            chosen = chance.sample(sorted(texts), n)
            near = {name: asked[name] for name in sorted(texts) if name not in chosen}
            yield _cut(f"{dataset}-{n}-k{k}", dataset, train, asked, chosen, k, near, far, chance)


def _support(data: Path) -> Iterator[KnowledgeBase]:
    """Titles of support answers, asked in other languages than the knowledge base's."""
    folder = data / "support_faq"
    english = dict(load_rows(folder / "en_titles.jsonl.gz"))
    texts = {
        language: {row[0]: (row[1], row[2]) for row in load_rows(folder / f"{language}.jsonl.gz")}
        for language in SUPPORT_LANGUAGES
    }
    texts["en"] = {key: (title, "") for key, title in english.items()}
    common = sorted(set.intersection(*(set(rows) for rows in texts.values())))
    far = _general_sentences(data)
    for n, languages in SUPPORT_CUTS:
        chance = random.Random(f"support {n} {languages}")
        documents = chance.sample(common, n + 100)
        entries = [
            Entry(id=key, language=tag, title=texts[tag][key][0], body=texts[tag][key][1])
            for key in documents[:n]
            for tag in languages
        ]
        others = [tag for tag in SUPPORT_LANGUAGES if tag not in languages]
        asked = [(tag, key, texts[tag][key][0]) for tag in others for key in documents]
        name = f"support-{n}-{'-'.join(languages)}"
        yield _translated(name, "support", entries, asked, set(documents[:n]), far, chance)


def _scratch(data: Path) -> Iterator[KnowledgeBase]:
    rows = load_rows(data / "scratch_faq.jsonl.gz")
    far = _general_sentences(data)
    for languages in SCRATCH_CUTS:
        chance = random.Random(f"scratch {languages}")
        shuffled = chance.sample(rows, len(rows))
        held = {row["id"] for row in shuffled[:60]}
        entries = [
            Entry(id=row["id"], language=tag, title=row["q"][tag], body=row["a"].get(tag, ""))
            for row in shuffled[:60]
            for tag in languages
            if tag in row["q"]
        ]
        asked = [
            (tag, row["id"], row["q"][tag])
            for tag in SUPPORT_LANGUAGES
            if tag not in languages
            for row in shuffled
            if tag in row["q"]
        ]
        name = f"scratch-{'-'.join(languages)}"
        yield _translated(name, "scratch", entries, asked, held, far, chance)


def _cut(
    name: str,
    dataset: str,
    train: Texts,
    asked: Texts,
    chosen: Sequence[str],
    k: int,
    near: Texts,
    far: Texts,
    chance: random.Random,
) -> KnowledgeBase:
    entries = []
    for intent in chosen:
        phrasings = tuple(chance.sample(list(train[intent]), min(k, len(train[intent]))))
        entries.append(Entry(id=intent, language="en", questions=phrasings))
    answered = [
        Asked(text=text, language="en", gold=intent, kind="answered")
        for intent in chosen
        for text in asked[intent]
    ]
    beside = [
        Asked(text=text, language="en", gold=None, kind="near")
        for texts in near.values()
        for text in texts
    ]
    beyond = [
        Asked(text=text, language=language, gold=None, kind="far")
        for language, texts in far.items()
        for text in texts
    ]
    return _sampled(name, dataset, entries, answered, beside, beyond, chance)


def _translated(
    name: str,
    dataset: str,
    entries: Sequence[Entry],
    asked: Sequence[tuple[str, str, str]],
    held: set[str],
    far: Texts,
    chance: random.Random,
) -> KnowledgeBase:
    answered = [
        Asked(text=text, language=tag, gold=key, kind="answered")
        for tag, key, text in asked
        if key in held
    ]
    beside = [
        Asked(text=text, language=tag, gold=None, kind="near")
        for tag, key, text in asked
        if key not in held
    ]
    beyond = [
        Asked(text=text, language=tag, gold=None, kind="far")
        for tag, texts in far.items()
        for text in texts
    ]
    return _sampled(name, dataset, entries, answered, beside, beyond, chance)


def _sampled(
    name: str,
    dataset: str,
    entries: Sequence[Entry],
    answered: Sequence[Asked],
    near: Sequence[Asked],
    far: Sequence[Asked],
    chance: random.Random,
) -> KnowledgeBase:
    return KnowledgeBase(
        name=name,
        dataset=dataset,
        entries=tuple(entries),
        questions=(
            *chance.sample(answered, min(len(answered), MOST_ANSWERED)),
            *chance.sample(near, min(len(near), MOST_MISSES)),
            *chance.sample(far, min(len(far), MOST_MISSES)),
        ),
    )


def _by_intent(path: Path) -> dict[str, list[str]]:
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for row in load_rows(path):
        texts[row["intent"]].append(row["text"])
    return dict(texts)


def _outside_banking(data: Path) -> list[str]:
    """Questions of all other domains: clinc's, without its two that speak of money."""
    money = ("banking", "credit_cards")
    return [
        row["text"]
        for row in load_rows(data / "clinc150_train_val.jsonl.gz")
        if row["split"] == "val" and row["domain"] not in money
    ]


@cache
def _general_sentences(data: Path) -> dict[str, list[str]]:
    """A few sentences about the world in each support language."""
    sources = {row["id"]: row["src"] for row in load_rows(data / "parallel" / "units_en.jsonl.gz")}
    found: dict[str, list[str]] = {}
    for language in SUPPORT_LANGUAGES:
        texts = [
            text
            for key, text in load_rows(data / "parallel" / f"{language}.jsonl.gz")
            if sources.get(key) in GENERAL_SOURCES and 10 < len(text) < 90
        ]
        found[language] = random.Random(language).sample(texts, min(len(texts), N_FAR))
    return found
