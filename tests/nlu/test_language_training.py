"""Training of the n-gram model, on a handful of sentences."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import numpy as np
import pytest

from nlu.ngram_language import NgramLanguages, word_rows
from nlu.text import clean_for_language
from nlu.training import language as training
from nlu.training.folds import fold_of_rows, leaders_of_alike
from nlu.training.language import ideograph_runs, load_phrases, load_sentences, mix_in
from nlu.training.ngram_fit import FitSettings, Sentences, fit, quantise
from nlu.training.translit import LATIN_TYPED, latin_typed

GERMAN = ["wo ist mein paket", "ich habe eine frage", "guten morgen", "das ist nicht gut", "ja"]
ENGLISH = ["where is my parcel", "i have a question", "good morning", "that is not good", "yes"]


def test_fitted_model_tells_its_sentences_apart(tmp_path: Path) -> None:
    settings = FitSettings(n_rows=1 << 12, epochs=40, batch=8)
    sentences = Sentences.of({"de": GERMAN, "en": ENGLISH}, n_rows=settings.n_rows)
    lines: list[str] = []

    weights = fit(sentences, settings, report=lines.append)
    table, steps = quantise(weights)
    again, _ = quantise(fit(sentences, settings, report=lines.append))
    np.savez_compressed(
        tmp_path / "m.npz", table=table, steps=steps, classes=np.asarray(sentences.classes)
    )
    model = NgramLanguages(tmp_path / "m.npz")

    assert (table == again).all()
    assert lines[0].startswith("pass 1: loss ")
    assert model.classes == ("de", "en")
    scores, n_grams = model.scores("wo ist die frage")
    assert scores[0] > scores[1]
    assert n_grams > 20
    assert model.scores("")[1] == 0


def test_missing_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        NgramLanguages(tmp_path / "none.npz")


def test_ideographs_have_single_letters_and_pairs_only() -> None:
    assert len(word_rows("注文確認", n_rows=1 << 17)) == 4 + 5
    # One- to five-grams of " ab ", and none for a word that is not longer.
    assert len(word_rows("ab", n_rows=1 << 17)) == 2 + 3 + 2 + 1


def test_commands_of_one_template_stay_in_one_fold() -> None:
    rows = [
        {"id": str(i), "text": text, "lang": "en", "kind": "command"}
        for i, text in enumerate(["turn the fan on", "turn the fan off", "pause timer"])
    ]
    rows.append({"id": "x", "text": "turn the fan on now", "lang": "en", "kind": "tatoeba"})

    folds = fold_of_rows(rows)

    assert folds["0"] == folds["1"]
    assert set(folds) == {"0", "1", "2", "x"}
    assert leaders_of_alike(["a b", "c d", "a b c", ""]) == [0, 1, 0, 3]


@pytest.mark.parametrize("language", LATIN_TYPED)
def test_latin_typed_text_has_no_letters_of_its_script(language: str) -> None:
    text = {
        "el": "πού είναι το δέμα μου", "ru": "где моя посылка", "bg": "къде е пратката ми",
        "ar": "أين الطرد الذي طلبته", "fa": "بسته من کجاست خانه", "hi": "मेरा ऑर्डर कहाँ है ज़रूर",
    }[language]  # fmt: skip
    typed = {latin_typed(text, language=language, choose=random.Random(i)) for i in range(20)}

    assert len(typed) > 1
    assert all(one.isascii() for one in typed)


@pytest.mark.parametrize(
    ("hindi", "typed"), [("समय,", "samay,"), ("मंगल", "mangal"), ("दिन", "din"), ("नमस्ते", "namaste")]
)
def test_hindi_inherent_vowel(hindi: str, typed: str) -> None:
    assert latin_typed(hindi, language="hi", choose=random.Random(2)) == typed


def test_latin_names_are_left_out_of_what_is_typed() -> None:
    assert "office" not in latin_typed("افتح office الآن", language="ar", choose=random.Random(0))


def test_unknown_language_to_type_is_an_error() -> None:
    with pytest.raises(KeyError):
        latin_typed("x", language="de", choose=random.Random(0))


def test_ideograph_runs_are_cut_to_messages() -> None:
    runs = ideograph_runs("私は注文確認、我的包裹在哪里我等了三个星期", random.Random(0))

    assert runs[0] == "注文確認"[: len(runs[0])]
    assert all(1 <= len(run) <= 8 for run in runs)


def test_mixing_keeps_some_words_of_each() -> None:
    choose = random.Random(1)
    mixed = [mix_in("mujhe apna order chahiye", ["red green blue"], choose) for _ in range(20)]

    assert any({"red", "green", "blue"} & set(text.split()) for text in mixed)
    assert all({"mujhe", "apna", "order", "chahiye"} & set(text.split()) for text in mixed)
    assert mix_in("", [""], choose) == ""


def test_own_phrases_are_clean_and_of_their_class() -> None:
    for language in ("ar", "fa", "hi", "el"):
        phrases = load_phrases(f"{language}-Latn")
        assert len(phrases) == len(set(phrases)) > 40
        assert all(clean_for_language(phrase) for phrase in phrases)
    assert load_phrases("xx-Latn") == []


def test_command_trains_from_a_data_pack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = tmp_path / "data", tmp_path / "model.npz"
    write_pack(data)
    monkeypatch.setattr(
        "sys.argv", ["language", "--data", str(data), "--out", str(out), "--epochs", "0.1"]
    )

    assert training.main() == 0
    assert "sentences" in capsys.readouterr().out
    classes = NgramLanguages(out).classes
    assert {"de", "en", "el-Latn", "hi-Latn", "ja", "zh"} <= set(classes)
    assert "el" not in classes


def test_share_alike_and_held_out_rows_are_left_out(tmp_path: Path) -> None:
    write_pack(tmp_path)

    everything = load_sentences(tmp_path, per_language=10)
    rows = [row for fold in range(5) for row in [fold]]
    without = load_sentences(tmp_path, held_out=frozenset(rows), per_language=10)
    none = load_sentences(tmp_path, kinds=(), per_language=10)

    assert "geteilt" not in everything["de"]
    assert everything["de"].count("nur im chat") == training.DEVELOPMENT_WEIGHT
    assert "nur im chat" not in without["de"]
    assert without["de"] == none["de"]
    assert "nachricht aus der zeitung" not in everything["de"]


def write_pack(folder: Path) -> None:
    texts = {
        "de": ["Wo ist mein Paket", "geteilt"], "el": ["πού είναι", "x"], "ru": ["где", "x"],
        "bg": ["къде", "x"], "ar": ["أين الطرد", "x"], "fa": ["کجاست", "x"],
        "hi": ["कहाँ है", "x"], "ja": ["注文確認", "x"], "zh": ["我的包裹", "x"], "xx": ["x", "x"],
    }  # fmt: skip
    units = [
        {"id": 1, "src": "free", "en": "Where is my parcel"},
        {"id": 2, "src": "ntrex", "en": "shared alike"},
        {"id": 3, "src": "free", "en": None},
    ]
    development = [
        {"id": "a", "text": "nur im chat", "lang": "de", "kind": "chat"},
        {"id": "b", "text": "Nachricht aus der Zeitung", "lang": "de", "kind": "news"},
    ]
    write(folder / "parallel" / "units_en.jsonl.gz", units)
    for language, found in texts.items():
        rows = [[number + 1, text] for number, text in enumerate(found)]
        write(folder / "parallel" / f"{language}.jsonl.gz", rows)
    write(folder / "lid_dev.jsonl.gz", development)


def write(path: Path, rows: list[object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
