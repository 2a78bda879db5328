"""`babeldesk evaluate` as a program: files in, tables, documents and pictures out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot import cli
from bot.commands.evaluate import Telling
from bot.commands.evaluate_dialogue import load_conversations
from bot.commands.evaluate_retrieval import load_costs
from bot.errors import StartError
from nlu.decision import Costs

Run = Callable[..., tuple[int, str, str]]

KB = [
    {
        "id": 1,
        "lang": "en",
        "questions": ["Where is my parcel?", "track my order"],
        "body": "Look.",
    },
    {"id": 1, "lang": "el", "questions": ["Πού είναι το δέμα μου;", "εντοπισμός παραγγελίας"]},
    {"id": "b/2", "lang": "en", "questions": ["How do I pay with a voucher?", "use a gift card"]},
    {"id": "c", "lang": "en", "body": "Wash the linen at forty degrees and never bleach it."},
]
QUERIES = [
    {"text": "Hello, where is my parcel?", "lang": "en", "gold": 1},
    {"text": "pay with a gift card", "lang": "en", "gold": ["b/2", "missing"]},
    {"text": "πού είναι το δέμα", "gold": "1"},
    {"text": "Wo ist mein Paket?", "lang": "de", "gold": 1},
    {"text": "who won the world cup in 1966", "lang": "en", "gold": None},
    {"text": "recipe for a chocolate cake", "lang": "en", "gold": None},
    {"text": "", "lang": "en", "gold": None},
    {"text": "lost", "lang": "en", "gold": "not in the file"},
]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command as the program does; gives exit code, output and complaints."""
    monkeypatch.setenv("BABELDESK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BABELDESK_MODELS_DIR", str(tmp_path / "models"))

    def run_command(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["babeldesk", "evaluate", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), out, err

    return run_command


def write(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_retrieval_gives_one_document_with_every_question(run: Run, tmp_path: Path) -> None:
    kb, queries = write(tmp_path / "kb.jsonl", KB), write(tmp_path / "q.jsonl", QUERIES)

    code, out, err = run(
        "retrieval", "--kb", kb, "--queries", queries, "--json", "--pictures", tmp_path / "p"
    )

    document = json.loads(out)
    summary, found = document["summary"], document["queries"]
    assert code == 0
    assert [row["text"] for row in found] == [row["text"] for row in QUERIES]
    assert [row["gold"] for row in found[:4]] == [1, ["b/2", "missing"], "1", 1]
    assert [row["rank"] for row in found[:4]] == [1, 1, 1, 1]
    assert found[0]["ranked"][0]["id"] == 1
    assert {row["id"] for row in found[0]["ranked"]} == {1, "b/2", "c"}
    assert [row["language"] for row in found[:4]] == ["en", "en", "el", "de"]
    assert found[2]["ranked"][0]["language"] == "el"
    assert found[6]["decision"] == "empty"
    assert all(0.0 <= row["probability"] <= 1.0 for row in found)
    assert all(0.0 <= row["answerable"] <= 1.0 for row in found)
    assert (summary["n"], summary["n_answerable"], summary["n_gold_unknown"]) == (8, 5, 1)
    assert summary["recall_at_1"] == summary["mrr"] == 0.8
    assert summary["auroc_refusal"] > 0.5
    assert set(document["languages"]) == {"de", "el", "en"}
    assert document["languages"]["de"]["auroc_refusal"] is None
    assert "1 questions name an id" in err
    assert len(list((tmp_path / "p").glob("*.svg"))) == 3


def test_retrieval_prints_a_table_for_people(run: Run, tmp_path: Path) -> None:
    kb, queries = write(tmp_path / "kb.jsonl", KB), write(tmp_path / "q.jsonl", QUERIES[:3])

    code, out, _err = run("retrieval", "--kb", kb, "--queries", queries)

    assert code == 0
    assert out.splitlines()[0].startswith("language      n  recall@1")
    assert any(line.startswith("all           3     1.000") for line in out.splitlines())


def test_a_knowledge_base_of_bodies_alone_can_be_measured(run: Run, tmp_path: Path) -> None:
    kb = write(tmp_path / "kb.jsonl", [KB[3], {"id": 2, "lang": "en", "body": "Parcels are sent."}])
    queries = write(tmp_path / "q.jsonl", [{"text": "wash linen", "lang": "en", "gold": "c"}])

    code, out, _err = run("retrieval", "--kb", kb, "--queries", queries, "--json")

    assert code == 0
    assert json.loads(out)["queries"][0]["rank"] == 1


def test_a_bad_row_ends_with_one_sentence(run: Run, tmp_path: Path) -> None:
    kb = write(tmp_path / "kb.jsonl", [{"id": 1, "lang": "en"}])

    code, out, err = run("retrieval", "--kb", kb, "--queries", kb)

    assert (code, out) == (1, "")
    assert f"{kb}:1: " in err
    assert "Traceback" not in err


def test_prices_come_from_the_pipeline(tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_text("pipeline:\n- name: x\n- name: nlu.components.Decider\n  clarify: 0.4\n")

    assert load_costs(config) == Costs(clarify=0.4)


LANGUAGE_ROWS = [
    {"text": "Where is my order, please?", "lang": "en", "source": "kept"},
    {"text": "Πού είναι η παραγγελία μου;", "lang": "el"},
    {"text": "12345", "lang": "und"},
    {"text": "Nire eskaera ez da oraindik iritsi etxera", "lang": "eu"},
]


def test_language_gives_one_document_with_every_row(run: Run, tmp_path: Path) -> None:
    data = write(tmp_path / "rows.jsonl", LANGUAGE_ROWS)

    code, out, _err = run("language", "--data", data, "--json", "--pictures", tmp_path / "p")

    document = json.loads(out)
    summary, rows = document["summary"], document["rows"]
    assert code == 0
    assert [row["predicted"] for row in rows[:3]] == ["en", "el", "und"]
    assert rows[0]["source"] == "kept"
    assert rows[0]["length"] == "3-5"
    assert summary["macro_accuracy"] == 1.0
    assert (summary["n"], summary["n_outside"]) == (4, 1)
    assert document["languages"]["el"]["lengths"]["3-5"]["accuracy"] == 1.0
    assert len(list((tmp_path / "p").glob("*.svg"))) == 3


def test_language_chooses_among_the_named_ones(run: Run, tmp_path: Path) -> None:
    data = write(tmp_path / "rows.jsonl", LANGUAGE_ROWS)

    code, out, _err = run("language", "--data", data, "--languages", "en,de")
    wrong, _out, err = run("language", "--data", data, "--languages", "en,klingon")

    assert code == 0
    assert "2 texts are in languages that cannot be chosen" in out
    assert wrong == 1
    assert "klingon" in err


def test_a_home_without_a_model_says_what_to_do(run: Run, tmp_path: Path) -> None:
    data = write(tmp_path / "d.jsonl", [{"steps": [{"text": "Hi", "expect": "smalltalk"}]}])

    code, _out, err = run("dialogue", "--data", data)

    assert code == 1
    assert "babeldesk train" in err
    assert "--fresh" in err


def test_conversations_are_read_from_yaml_json_lines_and_folders(tmp_path: Path) -> None:
    (tmp_path / "b.yml").write_text(
        "name: first\nlocale: el-GR\nsteps:\n"
        "- {say: Hi, language: el, expect: {act: [answer, clarify], article_id: a, language: no}}\n"
        "---\n- steps:\n  - {press: {kind: feedback, value: helpful}, expect: feedback}\n"
    )
    write(tmp_path / "a.jsonl", [{"name": 3, "steps": [{"text": "Hi", "expect": "smalltalk"}]}])

    third, first, second = load_conversations(tmp_path)

    assert third.name == "3"
    assert (first.name, first.locale) == ("first", "el-GR")
    assert first.steps[0].language == "el"
    assert first.steps[0].expected == {
        "act": ("answer", "clarify"), "article": ("a",), "language": ("no",)
    }  # fmt: skip
    assert second.name == "b.yml:6"
    assert (second.steps[0].choice, second.steps[0].text) == ("feedback", "helpful")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("steps: [", "no YAML"),
        ("- 1", "a conversation with"),
        ("steps: []", '"steps" must be'),
        ("steps: [1]", "step 1 must be"),
        ("steps: [{expect: answer}]", 'needs "text"'),
        ("steps: [{text: a}]", 'needs "expect"'),
        ("steps: [{text: a, expect: {color: red}}]", "expects 'color'"),
    ],
)
def test_a_bad_script_is_named_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "x.yml"
    path.write_text(text)

    with pytest.raises(StartError) as error:
        load_conversations(path)

    assert f"{path}:1: " in str(error.value)
    assert complaint in str(error.value)


def test_missing_scripts_are_said(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="no conversations"):
        load_conversations(tmp_path)
    with pytest.raises(StartError, match="cannot be read"):
        load_conversations(tmp_path / "x.yml")


def test_progress_is_told_by_stage_and_not_too_often(capsys: pytest.CaptureFixture[str]) -> None:
    telling = Telling()

    for stage, done in [("encode", 0), ("encode", 1), ("encode", 9), ("search", 3), ("search", 4)]:
        telling(stage, done, 9)

    assert capsys.readouterr().err.split("\n")[:-1] == [
        "  encode 0/9",
        "  encode 9/9",
        "  search 3/9",
    ]
