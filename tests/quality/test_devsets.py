"""The files made of the open data: fixed, and asked nothing that an entry already says."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from kb_index.training.corpus import is_held_out
from tests.quality import devsets
from tests.quality.report_pages import replaced


def save(path: Path, rows: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A pack as small as it can be, in the form of the open one."""
    folder = tmp_path / "data"
    phrasings = [
        {"text": f"{intent} phrase number {i}", "intent": intent, "split": split}
        for intent in ("card_lost", "top_up?")
        for i in range(24)
        for split in (("train",) if i < 22 else ("val",))
    ]
    save(folder / "banking77_train.jsonl.gz", phrasings)
    save(folder / "banking77_dev.jsonl.gz", [{"text": "Where is my card now", "intent": "top_up?"}])
    strange = {"text": "sing a song", "intent": "oos", "split": "train"}
    save(folder / "clinc150_train_val.jsonl.gz", [*phrasings, strange])
    ids = [f"document-{i}" for i in range(700)]
    save(folder / "support_faq" / "en_titles.jsonl.gz", [[key, f"title {key}"] for key in ids])
    save(folder / "support_faq" / "el.jsonl.gz", [[key, f"τίτλος {key}", "σώμα"] for key in ids])
    save(folder / "support_faq" / "sv.jsonl.gz", [[key, f"titel {key}", ""] for key in ids])
    faq = {"id": "f", "q": {"en": "why", "el": "γιατί"}, "a": {"en": "so", "el": "έτσι"}}
    save(folder / "scratch_faq.jsonl.gz", [faq])
    spoken = [
        {"lang": "en", "id": None, "text": f"command {i}", "intent": "alarm/set"}
        for i in range(6)
        if i != 4
    ]
    spoken += [
        {"lang": "de", "id": str(i), "text": f"befehl {i}", "intent": "alarm/set"} for i in range(6)
    ]
    save(folder / "xsid_dev.jsonl.gz", spoken)
    save(
        folder / "lid_dev.jsonl.gz",
        [{"id": "1", "text": "hi", "lang": "en", "kind": "chat", "bucket": "1-2"}],
    )
    return folder


def test_entries_hold_their_name_and_as_many_phrasings_as_asked(data: Path) -> None:
    found = devsets.banking(data, k=3)

    assert [row["id"] for row in found.kb] == ["card_lost", "top_up?"]
    assert found.kb[1]["questions"][0] == "top up"
    assert all(len(row["questions"]) == 4 for row in found.kb)
    assert found.queries == [{"text": "Where is my card now", "lang": "en", "gold": "top_up?"}]


def test_the_same_data_give_the_same_files(data: Path, tmp_path: Path) -> None:
    names = devsets.save_all(data, tmp_path / "a")
    devsets.save_all(data, tmp_path / "b")

    for name in names:
        for part in ("kb.jsonl", "queries.jsonl"):
            first = (tmp_path / "a" / name / part).read_bytes()
            assert first == (tmp_path / "b" / name / part).read_bytes()
    assert (tmp_path / "a" / "language" / "rows.jsonl").is_file()


def test_typing_errors_change_longer_words_only(data: Path) -> None:
    rows = [{"text": "my card is lost somewhere abroad", "lang": "en", "gold": "x"}] * 40

    changed = devsets.with_typos(rows)

    assert any(row["text"] != rows[0]["text"] for row in changed)
    assert all(row["text"].startswith("my ") and " is " in row["text"] for row in changed)
    assert all(row["gold"] == "x" for row in changed)


def test_out_of_scope_and_left_out_intents_have_no_gold(data: Path) -> None:
    whole, half = devsets.clinc(data), devsets.clinc_half(data)

    assert {row["gold"] for row in whole.queries} == {"card_lost", "top_up?", None}
    assert [row["id"] for row in half.kb] == ["card_lost"]
    assert {row["gold"] for row in half.queries} == {"card_lost", None}
    assert "sing a song" not in {row["text"] for row in half.queries}


def test_only_documents_that_the_encoder_never_reads_are_asked_for(data: Path) -> None:
    titles = devsets.support_titles(data)
    greek, swedish = devsets.support_bodies(data)

    asked = {row["gold"] for row in titles.queries}
    assert len(titles.kb) == len({row["id"] for row in titles.kb}) == devsets.N_SUPPORT
    assert asked <= {row["id"] for row in titles.kb}
    assert all(is_held_out(key) for key in asked)
    assert len(greek.kb) >= devsets.N_SUPPORT - 1
    assert {row["gold"] for row in greek.queries} == asked
    assert swedish.kb == swedish.queries == []


def test_no_translation_of_an_entry_s_command_is_asked(data: Path) -> None:
    found = devsets.xsid(data)

    # Three of five English commands are taken; one of six numbers is unknown, so four are unsafe.
    assert found.kb[0]["questions"] == ["alarm set", "command 0", "command 1", "command 2"]
    assert [row["text"] for row in found.queries] == [
        "command 3",
        "command 5",
        "befehl 4",
        "befehl 5",
    ]


def test_only_the_measured_part_of_the_page_is_written_anew() -> None:
    page = "a\n<!-- measured: x -->\nold\n<!-- end -->\nb\n<!-- measured: y -->\n<!-- end -->\n"

    assert replaced(page, "x", r"new \1") == page.replace("old", r"new \1")
    assert "fresh\n<!-- end -->" in replaced(page, "y", "fresh")
    with pytest.raises(ValueError, match="no part"):
        replaced(page, "z", "")
