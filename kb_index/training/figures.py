"""Development figures of an encoder: what the model card reports and variants are compared by.

All sets are development data: validation and dev splits, a tenth of the support answers, and the
FAQ that training never reads. Everything is accuracy of the first answer unless it says otherwise.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kb_index.training.corpus import is_held_out, read_rows
from kb_index.training.noise import typed

FloatArray = npt.NDArray[np.float32]
Encode = Callable[[Sequence[str]], FloatArray]

# As many titles as the retrieval study's pool: the held-out ones and others to mistake them for.
SUPPORT_POOL = 651
SENTENCE_POOL = 600
# Languages that the FAQ was hardly translated into say nothing.
LEAST_QUESTIONS = 30


def development_figures(encode: Encode, data: Path) -> dict[str, float]:
    """Gives all figures by name, between 0 and 1."""
    return {
        **banking_figures(encode, data),
        **clinc_figures(encode, data),
        **_by_language("scratch FAQ X to EN", scratch_figures(encode, data)),
        **_by_language("support titles X to EN", support_figures(encode, data)),
        **_by_language("xSID X to EN", xsid_figures(encode, data)),
        **_by_language("news sentences X to EN", sentence_figures(encode, data, "ntrex")),
        **_by_language("encyclopedia sentences X to EN", sentence_figures(encode, data, "sib200")),
    }


def _by_language(name: str, figures: dict[str, float]) -> dict[str, float]:
    if not figures:
        return {}
    return {
        f"{name}, mean of {len(figures)}": float(np.mean(list(figures.values()))),
        f"{name}, worst language": min(figures.values()),
    }


def entry_scores(
    encode: Encode, entries: Sequence[Sequence[str]], queries: Sequence[str]
) -> FloatArray:
    """Gives each entry's score for each query: the best of its texts, shape (queries, entries)."""
    texts = encode([text for entry in entries for text in entry])
    starts = np.cumsum([0] + [len(entry) for entry in entries[:-1]])
    scores = encode(queries) @ texts.T
    return np.asarray(np.maximum.reduceat(scores, starts, axis=1), dtype=np.float32)


def banking_figures(encode: Encode, data: Path) -> dict[str, float]:
    """banking77 dev questions against 77 intents of 3 or 10 phrasings, also with typing slips."""
    phrasings = _phrasings(data / "banking77_train.jsonl.gz")
    rows = list(read_rows(data / "banking77_dev.jsonl.gz"))
    names = sorted(phrasings)
    gold = np.asarray([names.index(row["intent"]) for row in rows])
    clean = [row["text"] for row in rows]
    choose = random.Random(0)
    slips = [typed(text, choose) for text in clean]
    figures: dict[str, float] = {}
    for k, queries, note in ((3, clean, ""), (10, clean, ""), (10, slips, " with slips")):
        entries = [[_spoken(name), *phrasings[name][:k]] for name in names]
        right = entry_scores(encode, entries, queries).argmax(1) == gold
        figures[f"banking77 dev k={k}{note}"] = float(right.mean())
    return figures


def clinc_figures(encode: Encode, data: Path) -> dict[str, float]:
    """clinc150 validation questions against 150 intents of 20 phrasings; out-of-scope refused."""
    path = data / "clinc150_train_val.jsonl.gz"
    phrasings = _phrasings(path)
    rows = [row for row in read_rows(path) if row["split"] == "val"]
    names = sorted(phrasings)
    entries = [[_spoken(name), *phrasings[name][:20]] for name in names]
    scores = entry_scores(encode, entries, [row["text"] for row in rows])
    outside = np.asarray([row["intent"] == "oos" for row in rows])
    gold = np.asarray([names.index(row["intent"]) for row in rows if row["intent"] != "oos"])
    best = scores.max(1)
    right = scores[~outside].argmax(1) == gold
    threshold = np.quantile(best[outside], 0.95)
    return {
        "clinc150 val in scope": float(right.mean()),
        "clinc150 val refusal AUROC": _auroc(best[~outside], best[outside]),
        "clinc150 val right at 5 % false answers": float(
            (right & (best[~outside] > threshold)).mean()
        ),
    }


def scratch_figures(encode: Encode, data: Path) -> dict[str, float]:
    """The FAQ's questions in each language against its English questions."""
    rows = [row for row in read_rows(data / "scratch_faq.jsonl.gz") if "en" in row["q"]]
    english = encode([row["q"]["en"] for row in rows])
    asked: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for i, row in enumerate(rows):
        for language, text in row["q"].items():
            if language != "en" and text != row["q"]["en"]:
                asked[language].append((i, text))
    return _nearest(
        encode,
        english,
        {tag: pairs for tag, pairs in asked.items() if len(pairs) > LEAST_QUESTIONS},
    )


def support_figures(encode: Encode, data: Path) -> dict[str, float]:
    """Titles of held-out support answers in each language against English titles."""
    folder = data / "support_faq"
    titles = dict(read_rows(folder / "en_titles.jsonl.gz"))
    held_out = [name for name in titles if is_held_out(name)]
    others = [name for name in titles if not is_held_out(name)][: SUPPORT_POOL - len(held_out)]
    place = {name: i for i, name in enumerate(held_out)}
    english = encode([titles[name] for name in [*held_out, *others]])
    asked = {
        path.name.split(".")[0]: [
            (place[name], title) for name, title, _ in read_rows(path) if name in place
        ]
        for path in sorted(folder.glob("*.jsonl.gz"))
        if not path.name.startswith("en_titles")
    }
    return _nearest(encode, english, asked)


def xsid_figures(encode: Encode, data: Path) -> dict[str, float]:
    """Commands in each language: intent of the nearest English command, its own one left out."""
    rows = list(read_rows(data / "xsid_dev.jsonl.gz"))
    english = [row for row in rows if row["lang"] == "en"]
    vectors = encode([row["text"] for row in english])
    intents = np.asarray([row["intent"] for row in english])
    numbers = np.asarray([row["id"] for row in english])
    figures: dict[str, float] = {}
    for language in ("ar", "da", "de", "id", "it", "ja", "nl", "tr", "zh"):
        asked = [row for row in rows if row["lang"] == language]
        if asked:
            scores = encode([row["text"] for row in asked]) @ vectors.T
            scores[np.asarray([row["id"] for row in asked])[:, None] == numbers] = -1
            found = intents[scores.argmax(1)]
            figures[language] = float((found == [row["intent"] for row in asked]).mean())
    return figures


def sentence_figures(encode: Encode, data: Path, source: str) -> dict[str, float]:
    """Sentences of a share-alike source, which training leaves out, against English ones.

    They have nothing to do with support, shops or software: this shows what breadth is lacking.
    """
    folder = data / "parallel"
    english = {
        row["id"]: row["en"]
        for row in read_rows(folder / "units_en.jsonl.gz")
        if row["src"] == source and row["en"]
    }
    units = list(english)[:SENTENCE_POOL]
    place = {unit: i for i, unit in enumerate(units)}
    asked = {
        path.name.split(".")[0]: [
            (place[unit], text) for unit, text in read_rows(path) if unit in place
        ]
        for path in sorted(folder.glob("*.jsonl.gz"))
        if not path.name.startswith("units_en")
    }
    asked = {language: pairs for language, pairs in asked.items() if pairs}
    return _nearest(encode, encode([english[unit] for unit in units]), asked)


def _nearest(
    encode: Encode, english: FloatArray, asked: dict[str, list[tuple[int, str]]]
) -> dict[str, float]:
    figures: dict[str, float] = {}
    for language, pairs in asked.items():
        found = (encode([text for _, text in pairs]) @ english.T).argmax(1)
        figures[language] = float((found == [i for i, _ in pairs]).mean())
    return figures


def _phrasings(path: Path) -> dict[str, list[str]]:
    """Gives the training texts of each intent in a fixed random order."""
    phrasings: dict[str, list[str]] = defaultdict(list)
    for row in read_rows(path):
        if row.get("split", "train") == "train" and row["intent"] != "oos":
            phrasings[row["intent"]].append(row["text"])
    choose = random.Random(0)
    for name in sorted(phrasings):
        choose.shuffle(phrasings[name])
    return phrasings


def _spoken(intent: str) -> str:
    return intent.replace("_", " ").replace("?", "")


def _auroc(inside: FloatArray, outside: FloatArray) -> float:
    """Gives the chance that an answerable question scores above another; ties count half."""
    ranks = np.concatenate([inside, outside]).argsort().argsort() + 1
    n_inside, n_outside = len(inside), len(outside)
    total = ranks[:n_inside].sum() - n_inside * (n_inside + 1) / 2
    return float(total / (n_inside * n_outside))
