"""An open data pack of a few rows in the real layout, and a corpus of numbers."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import torch

from kb_index.training.corpus import Corpus, is_held_out
from kb_index.training.table import Teacher

KEPT = next(name for name in map(str, range(99)) if not is_held_out(name))
HELD_OUT = next(name for name in map(str, range(99)) if is_held_out(name))


def write_rows(path: Path, rows: list[object]) -> None:
    """Writes gzip JSON Lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)


def write_pack(folder: Path) -> Path:
    """Writes the pack and gives its folder."""
    units = [
        {"id": 0, "src": "kuma", "en": "Save"},
        {"id": 1, "src": "ntrex", "en": "Shared alike"},
        {"id": 2, "src": "spree", "en": None},
        {"id": 3, "src": "ms_support", "en": "Held out title!"},
        {"id": 4, "src": "scratch", "en": "Is it free?"},
    ]
    write_rows(folder / "parallel/units_en.jsonl.gz", list(units))
    german = [[0, "Speichern"], [1, "Geteilt"], [2, "Zur Kasse"], [3, "Titel"], [4, "Kostet es?"]]
    write_rows(folder / "parallel/de.jsonl.gz", list(german))
    write_rows(folder / "parallel/el.jsonl.gz", [[0, "Αποθήκευση όλων"], [2, "Ταμείο"]])
    titles = [[KEPT, "reset password"], [HELD_OUT, "held out title"]]
    write_rows(folder / "support_faq/en_titles.jsonl.gz", list(titles))
    answers = [
        [KEPT, "Passwort zurücksetzen", "So geht es."],
        [HELD_OUT, "Held out title", "Geheim."],
        ["untitled", "Ohne Titel", "Text."],
    ]
    write_rows(folder / "support_faq/de.jsonl.gz", list(answers))
    faq = {"id": "f", "q": {"en": "Is it free", "de": "Kostet es?"}, "a": {"en": "Yes."}}
    write_rows(folder / "scratch_faq.jsonl.gz", [faq])
    same = [{"text": f"light {i}", "intent": "lights"} for i in range(5)]
    write_rows(folder / "nlu_eval_home.jsonl.gz", list(same))
    write_rows(folder / "nlupp.jsonl.gz", [{"text": "my pin", "intents": ["pin", "my"]}])
    bank = [{"text": f"card lost {i}", "intent": "lost"} for i in range(3)]
    write_rows(folder / "banking77_train.jsonl.gz", list(bank))
    clinc = [
        {"text": "weather today", "intent": "weather", "split": "train"},
        {"text": "weather now", "intent": "weather", "split": "train"},
        {"text": "weather validated", "intent": "weather", "split": "val"},
        {"text": "out of scope", "intent": "oos", "split": "train"},
        {"text": "quantum chess", "intent": "oos", "split": "val"},
    ]
    write_rows(folder / "clinc150_train_val.jsonl.gz", list(clinc))
    dev = [{"text": "is my card lost", "intent": "lost"}, {"text": "lost", "intent": "lost"}]
    write_rows(folder / "banking77_dev.jsonl.gz", list(dev))
    xsid = [
        {"lang": "en", "id": "1", "text": "light 1 on", "intent": "on"},
        {"lang": "en", "id": "2", "text": "light 2 on", "intent": "on"},
        {"lang": "en", "id": "3", "text": "weather", "intent": "weather"},
        {"lang": "de", "id": "1", "text": "light 1 on", "intent": "on"},
        {"lang": "xx", "id": "1", "text": "not asked", "intent": "on"},
    ]
    write_rows(folder / "xsid_dev.jsonl.gz", list(xsid))
    return folder


def toy_corpus() -> Corpus:
    """Gives sixty texts that are in units, answers, intents or questions by their number."""
    return Corpus(
        texts=[f"text number {i} of sixty" for i in range(60)],
        languages=[("en", "de", "el")[i % 3] if i < 30 else "en" for i in range(60)],
        units=[("kuma", [("en", i), ("de", i + 1), ("el", i + 2)]) for i in range(0, 30, 3)],
        answers=[[(40 + i, 45 + i)] for i in range(5)],
        answer_english=[40 + i for i in range(5)],
        intents=[[50, 51, 52, 53], [54, 55, 56, 57]],
        labelled={"banking77_train": [[30, 31], [32, 33, 34]]},
        questions=[30, 31, 32, 33, 34, 35, 36, 37, 38, 39],
        english=[*range(0, 30, 3), *range(30, 60)],
    )


def toy_teacher(corpus: Corpus, *, dimension: int) -> Teacher:
    """Gives random unit vectors as the teacher's view."""
    random = np.random.default_rng(0)
    vectors = torch.nn.functional.normalize(
        torch.from_numpy(random.normal(size=(len(corpus.english), 24)).astype(np.float32)), dim=1
    )
    rows = np.full(len(corpus.texts), -1)
    rows[corpus.english] = np.arange(len(corpus.english))
    return Teacher(
        vectors=vectors,
        reduced=torch.nn.functional.normalize(vectors[:, :dimension], dim=1),
        row_of_text=rows,
    )
