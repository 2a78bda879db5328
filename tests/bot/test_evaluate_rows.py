"""Reading measured rows: liberal in form, exact in complaints."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.commands.evaluate_language import load_texts
from bot.commands.evaluate_rows import load_entries, load_questions
from bot.errors import StartError

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_rows(*rows: Any, name: str = "rows.jsonl") -> Path:
        path = tmp_path / name
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    return write_rows


def test_entries_are_read_with_gaps_and_unknown_fields(write: Write) -> None:
    first, second, third = load_entries(
        write(
            {"id": 7, "lang": "PT_br", "questions": " one ", "body": None, "extra": [1]},
            "",
            {"id": "b c", "lang": "nb", "questions": ["a", " "], "body": " text "},
            {"id": "d", "lang": "en", "title": "T", "questions": None},
        )
    )

    assert (first.id, first.language, first.questions, first.body) == (7, "pt-BR", ("one",), "")
    assert (second.id, second.language, second.questions) == ("b c", "no", ("a",))
    assert second.body == "text"
    assert (third.title, third.questions) == ("T", ())


def test_questions_may_lack_their_language_and_name_several_ids(write: Write) -> None:
    nothing, one, several = load_questions(
        write(
            {"text": "a", "gold": None},
            {"text": "b", "lang": "und", "gold": 3},
            {"text": "c", "lang": "zh-hans", "gold": ["x", 4]},
        )
    )

    assert (nothing.language, nothing.gold) == (None, ())
    assert (one.language, one.gold, one.gold_as_given) == (None, (3,), 3)
    assert (several.language, several.gold) == ("zh-Hans", ("x", 4))


def test_gzip_byte_order_mark_and_arrays_are_read(tmp_path: Path) -> None:
    packed = tmp_path / "rows.jsonl.gz"
    packed.write_bytes(gzip.compress('\ufeff{"text": "a\u2028b", "lang": "el"}\n'.encode()))
    array = tmp_path / "rows.json"
    array.write_text('[{"text": "a", "lang": null},\n {"text": "b", "lang": "de"}]')

    [(message, row)] = load_texts(packed)
    labels = [message.language for message, _ in load_texts(array)]

    assert (message.text, message.language) == ("a\u2028b", "el")
    assert row == {"text": "a\u2028b", "lang": "el"}
    assert labels == ["und", "de"]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("{", "no JSON"),
        ([1], "JSON object is expected"),
        ({"lang": "en", "body": "b"}, '"id" must be'),
        ({"id": True, "lang": "en", "body": "b"}, '"id" must be'),
        ({"id": 1, "body": "b"}, '"lang" is missing'),
        ({"id": 1, "lang": "?", "body": "b"}, "language tag"),
        ({"id": 1, "lang": "en", "body": [], "questions": ["a"]}, '"body" must be a text'),
        ({"id": 1, "lang": "en", "questions": {"a": 1}}, "list of texts"),
        ({"id": 1, "lang": "en", "questions": [1]}, "texts only"),
        ({"id": 1, "lang": "en", "questions": [" "], "body": ""}, "both empty"),
    ],
)
def test_a_bad_entry_is_named_with_its_line(write: Write, row: Any, complaint: str) -> None:
    path = write({"id": 1, "lang": "en", "body": "b"}, "", row)

    with pytest.raises(StartError, match="Each line must be") as error:
        load_entries(path)

    assert f"{path}:3: " in str(error.value)
    assert complaint in str(error.value)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"text": "a", "lang": "en"}, '"gold" is missing'),
        ({"lang": "en", "gold": None}, '"text" must be'),
        ({"text": "a", "gold": [1.5]}, '"gold" must be'),
    ],
)
def test_a_bad_question_is_named_with_its_line(write: Write, row: Any, complaint: str) -> None:
    path = write(row)

    with pytest.raises(StartError) as error:
        load_questions(path)

    assert f"{path}:1: " in str(error.value)
    assert complaint in str(error.value)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"text": "a"}, '"lang" is missing'),
        ({"text": 1, "lang": "en"}, "both texts"),
        ({"text": "a", "lang": "!!"}, "not a language code"),
    ],
)
def test_a_bad_text_is_named_with_its_line(write: Write, row: Any, complaint: str) -> None:
    path = write(row)

    with pytest.raises(StartError) as error:
        load_texts(path)

    assert f"{path}:1: " in str(error.value)
    assert complaint in str(error.value)


def test_empty_unreadable_and_broken_files_are_said(write: Write, tmp_path: Path) -> None:
    broken_gzip = tmp_path / "x.gz"
    broken_gzip.write_bytes(b"\x1f\x8b1234")
    for path, complaint in [
        (write("", name="empty.jsonl"), "there are no rows"),
        (write("[1,", name="open.json"), "no JSON"),
        (tmp_path / "missing.jsonl", "No such file"),
        (broken_gzip, "cannot be read"),
    ]:
        with pytest.raises(StartError, match=complaint):
            load_entries(path)
