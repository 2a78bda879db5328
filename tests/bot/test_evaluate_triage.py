"""`babeldesk evaluate triage`: levels and reasons for rows, agreement with known ones, checks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot import cli
from bot.commands.evaluate_triage import evaluate, load_triage_rows
from bot.errors import StartError
from bot.settings import build_settings
from bot.triage_files import read_help_lines, read_triage
from handoff.triage_lexicons import LEXICONS, load_triage
from handoff.triage_rules import TriageSettings

ROWS = [
    {"id": 1, "text": "I was charged twice", "lang": "en", "expected": 2},
    {"id": 2, "text": "Δεν μπορώ να συνδεθώ στον λογαριασμό μου", "expected": 3},
    {"id": 3, "text": "Which size?", "lang": "en", "tier": "gold", "expected": 4},
    {"id": 4, "text": "Welche Größe?", "lang": "de", "expected": 1},
    {
        "id": "c",
        "messages": [
            {"text": "I cannot log in", "lang": "en", "at": "2026-03-02T09:00:00+01:00"},
            {"text": "And what colour is it", "lang": "en", "at": "2026-03-02T09:05:00"},
            {"text": "It works again", "lang": "en"},
        ],
    },
]
TRIAGE = load_triage(settings=TriageSettings(raise_tiers=frozenset({"gold"})))


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def judged(tmp_path: Path, rows: list[dict[str, Any]]) -> dict[str, Any]:
    found = load_triage_rows(write(tmp_path / "rows.jsonl", rows))
    return evaluate(found, TRIAGE, progress=lambda _stage, _done, _total: None)


def test_rows_get_their_level_and_agreement_is_counted(tmp_path: Path) -> None:
    result = judged(tmp_path, ROWS)

    assert [row["level"] for row in result["rows"]] == [2, 3, 4, 5, 5]
    assert result["summary"] == {
        "n": 5,
        "n_labelled": 4,
        "exact": 0.75,
        "within_one": 0.75,
        "mean_level": 3.8,
        "version": TRIAGE.version,
    }
    assert result["languages"]["el"]["exact"] == 1.0
    assert result["confusion"]["P1"] == {"P1": 0, "P2": 0, "P3": 0, "P4": 0, "P5": 1}


def test_reasons_carry_words_and_rule(tmp_path: Path) -> None:
    (row,) = judged(tmp_path, ROWS[:1])["rows"]

    assert row["right"] is True
    assert row["reasons"][0] == {
        "code": "double_charge",
        "evidence": "charged twice",
        "rule": "en: charged|debited|billed|deducted|taken|withdrawn|paid .. twice|double",
    }


def test_a_conversation_is_replayed_message_by_message(tmp_path: Path) -> None:
    (row,) = judged(tmp_path, ROWS[4:])["rows"]

    assert row["levels"] == [3, 3, 5]
    assert "right" not in row
    assert row["reasons"][-1]["code"] == "taken_back"


def test_without_labels_there_is_no_agreement(tmp_path: Path) -> None:
    assert judged(tmp_path, ROWS[4:])["summary"]["exact"] is None


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"id": 1}, 'each message needs a "text"'),
        ({"messages": []}, "must be a list of messages"),
        ({"messages": "x"}, "must be a list of messages"),
        ({"messages": ["x"]}, 'each message needs a "text"'),
        ({"text": "x", "lang": "no language"}, '"lang" must be'),
        ({"text": "x", "expected": 6}, '"expected" must be 1 to 5'),
        ({"text": "x", "expected": True}, '"expected" must be 1 to 5'),
        ({"text": "x", "tier": 1}, '"tier" must be a text'),
        ({"text": "x", "repeat_contacts": -1}, '"repeat_contacts" must be'),
        ({"text": "x", "at": "noon"}, '"at" must be a time'),
    ],
)
def test_a_row_that_makes_no_sense_is_named(
    tmp_path: Path, row: dict[str, Any], fault: str
) -> None:
    with pytest.raises(StartError) as caught:
        load_triage_rows(write(tmp_path / "rows.jsonl", [row]))

    assert fault in caught.value.happened
    assert "rows.jsonl:1" in caught.value.happened


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.setenv("BABELDESK_HOME", str(tmp_path / "home"))

    def run_command(*arguments: object) -> tuple[int, str, str]:
        words = ["babeldesk", "evaluate", "triage", *map(str, arguments)]
        monkeypatch.setattr("sys.argv", words)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), out, err

    return run_command


def test_the_command_prints_for_people_and_for_scripts(
    tmp_path: Path, run: Callable[..., tuple[int, str, str]]
) -> None:
    path = write(tmp_path / "rows.jsonl", ROWS)

    code, table, _ = run("--data", path)
    _, document, _ = run("--data", path, "--json")

    assert code == 0
    assert "P2  1  double_charge 'charged twice'" in table
    assert "P5 (expected P1)  4" in table
    assert json.loads(document)["rows"][0]["id"] == 1


def test_the_check_counts_what_is_sound(run: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = run("--check")
    _, document, _ = run("--check", "--json")

    assert code == 0
    assert "is sound" in out
    assert json.loads(document)["phrases"].keys() >= {"el", "ar"}


@pytest.mark.parametrize("arguments", [(), ("--check", "--labels")])
def test_the_command_wants_one_thing(
    run: Callable[..., tuple[int, str, str]], arguments: tuple[str, ...]
) -> None:
    code, _, err = run(*arguments)

    assert code == 1
    assert "one of --data FILE, --check or --labels" in err


@pytest.mark.parametrize(
    ("category", "phrase", "fault"),
    [("legall", "lawyer", "legall"), ("legal", "", "legal: '' is not a phrase")],
)
def test_a_faulty_lexicon_stops_the_start_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, category: str, phrase: str, fault: str
) -> None:
    folder = tmp_path / "lexicons"
    shutil.copytree(LEXICONS, folder)
    with (folder / "el.yml").open("a", encoding="utf-8") as lexicon:
        lexicon.write(f'\n{category}:\n  - "{phrase}"\n')
    monkeypatch.setattr("handoff.triage_lexicons.load_triage.__defaults__", (folder,))

    with pytest.raises(StartError) as caught:
        read_triage(TriageSettings())

    assert caught.value.code == "bad_lexicon"
    assert "el.yml" in caught.value.happened
    assert fault in caught.value.happened


def test_faulty_help_lines_stop_the_start_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "help_lines.yml"
    path.write_text("countries: {GR: {emergency: 112}}", encoding="utf-8")

    with pytest.raises(StartError) as caught:
        read_help_lines(build_settings({"BABELDESK_HELP_LINES_FILE": str(path)}))

    assert caught.value.code == "bad_help_lines"
    assert "GR > emergency" in caught.value.happened
