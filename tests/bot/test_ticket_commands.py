"""`babeldesk tickets` and `babeldesk evaluate tickets` as an operator uses them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import cli
from bot.commands.core import open_core
from handoff.model import Role
from handoff.turns import Turns
from tests.bot.house import make_settings
from tests.handoff.world import answered

Run = Callable[..., tuple[int, str, str]]
SITUATIONS = Path(__file__).parents[1] / "handoff" / "tickets" / "situations.jsonl"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command as the program does; gives exit code, output and complaints."""
    monkeypatch.setenv("BABELDESK_HOME", str(tmp_path / "home"))

    def run_command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["babeldesk", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), out, err

    return run_command


@pytest.fixture
def numbers(tmp_path: Path) -> list[str]:
    """Two tickets of one visitor, and somebody who may change them."""

    async def prepare() -> list[str]:
        async with open_core(make_settings(tmp_path / "home")) as core:
            await core.agents.create_user(email="ann@shop.example", name="Ann", role=Role.AGENT)
            found = []
            visitor = None
            for text in ("The vase is broken", "The vase again"):
                chat = await core.visitors.open_session(
                    visitor_id=visitor, conversation_id=None, locale="en", page_url=None
                )
                visitor = chat.visitor_id
                await core.visitors.accept_message(
                    chat.id, visitor_id=visitor, client_id="m", text=text
                )
                found.append(await hand_off(core.turns, chat.id))
            await core.indexer.catch_up(None)  # type: ignore[arg-type]
            return found

    return asyncio.run(prepare())


async def hand_off(turns: Turns, conversation_id: str) -> str:
    claim = await turns.claim(conversation_id, lease_s=30)
    assert claim is not None
    done = await turns.complete(claim, answered(replies=(), handoff="asked_for_person"))
    ticket = getattr(done, "ticket", None)
    assert ticket is not None
    return str(ticket.number)


def test_a_ticket_is_found_shown_and_changed(run: Run, numbers: list[str]) -> None:
    first, _second = numbers

    _code, found, _err = run("tickets", "search", "brokn", "vase")
    code, changed, _err = run(
        "tickets", "set", first, "--by", "ann@shop.example", "--state", "on_hold",
        "--reason", "Parts", "--category", "defects", "--tag", "vase",
    )  # fmt: skip
    _code, shown, _err = run("tickets", "show", first)
    _code, history, _err = run("tickets", "history", first, "--language", "el")

    assert f"{first}  P" in found
    assert "The [vase] is [broken]" in found
    assert code == 0
    assert "on_hold  The vase is broken" in changed
    assert "First request: The vase is broken" in shown
    assert "Κατάσταση" in history
    assert "Ann" in history


def test_tickets_are_merged_and_that_is_taken_back(run: Run, numbers: list[str]) -> None:
    first, second = numbers
    by = ("--by", "ann@shop.example")

    _code, merged, _err = run("tickets", "merge", first, "--into", second, *by)
    _code, shown, _err = run("tickets", "show", second)
    _code, undone, _err = run("tickets", "merge", first, "--undo", *by, "--json")
    wrong, _out, complaint = run("tickets", "merge", first, *by)

    assert merged.startswith(second)
    assert f"Merged into it: {first}" in shown
    assert json.loads(undone)["ticket"]["number"] == first
    assert wrong != 0
    assert "--into" in complaint


def test_a_ticket_is_given_to_a_colleague(run: Run, numbers: list[str]) -> None:
    run("users", "add", "ben@shop.example", "--name", "Ben")
    arguments = ("assign", numbers[1], "Ben@shop.example", "--reason", "Knows vases")

    code, said, _err = run("tickets", *arguments, "--by", "ann@shop.example")
    _code, again, _err = run("tickets", *arguments, "--by", "ann@shop.example", "--json")
    _code, history, _err = run("tickets", "history", numbers[1])
    wrong, _out, complaint = run(
        "tickets", "assign", numbers[1], "x@shop.example", "--by", "ann@shop.example"
    )

    assert code == 0
    assert said.startswith(numbers[1])
    shape = json.loads(again)
    assert (shape["ticket"]["assignee"]["name"], shape["duplicate"]) == ("Ben", True)
    assert "Given to a colleague (Knows vases)" in history
    assert wrong != 0
    assert "x@shop.example" in complaint


def test_what_cannot_be_done_is_said(run: Run, numbers: list[str]) -> None:
    for arguments, words in (
        (("set", numbers[0], "--by", "x@shop.example", "--subject", "S"), "x@shop.example"),
        (("set", numbers[0], "--by", "ann@shop.example", "--state", "gone"), "gone"),
        (("set", "BD-1", "--by", "ann@shop.example", "--subject", "S"), "BD-1"),
        (("history", "BD-1"), "BD-1"),
    ):
        code, _out, err = run("tickets", *arguments)
        assert code != 0
        assert words in err
        assert "Traceback" not in err


def test_agreement_is_printed_by_language(run: Run) -> None:
    code, out, _err = run("evaluate", "tickets", str(SITUATIONS))
    _code, shape, _err = run("evaluate", "tickets", str(SITUATIONS), "--json")

    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[1:14]] == [
        "ar", "de", "el", "en", "es", "fr", "it", "nl", "pl", "pt", "ru", "tr", "all",
    ]  # fmt: skip
    found = json.loads(shape)
    assert found["all"]["n"] == len(found["rows"])
    assert found["all"]["category"] > 0.95


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"text": "x"}, '"type" must be a text'),
        ({"text": "x", "type": "praise"}, '"type" must be one of'),
        ({"text": "x", "type": "problem", "articles": {"a": 2}}, "probabilities"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(
    run: Run, tmp_path: Path, row: dict[str, object], problem: str
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row))

    code, _out, err = run("evaluate", "tickets", str(path))

    assert code != 0
    assert problem in err
