"""`babeldesk queue`, `routing`, `teams` and `agents`: what an operator sees and does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import cli

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command as the program does; gives what it said."""
    monkeypatch.setenv("BABELDESK_HOME", str(tmp_path / "home"))

    def run_command(*arguments: str, code: int = 0) -> str:
        monkeypatch.setattr("sys.argv", ["babeldesk", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        assert (ended.value.code or 0) == code, err
        return out if code == 0 else err

    return run_command


def test_teams_and_profiles_from_the_command_line(run: Run) -> None:
    run("users", "add", "anna@shop.example", "--name", "Anna", "--languages", "el,en")
    run("teams", "add", "Returns", "--mode", "push", "--members", "anna@shop.example",
        "--languages", "el,tr")  # fmt: skip
    run("teams", "set", "Returns", "--order", "quick_wins")
    run("agents", "set", "anna@shop.example", "--skills", "billing", "--channel", "widget=2")

    (team,) = json.loads(run("teams", "list", "--json"))
    (agent,) = json.loads(run("agents", "list", "--json"))
    explained = run("routing", "explain")

    assert (team["mode"], team["order_policy"], len(team["members"])) == ("push", "quick_wins", 1)
    assert agent["skills"] == ["billing"]
    assert agent["channel_capacity"]["widget"] == 2
    assert "WHERE: Team Returns (push, tier 1) keeps no hours" in explained
    assert "WARNING: Team Returns promises tr; nobody speaks it there." in explained
    assert "Returns  push  tier 1  1 members" in run("teams", "list")
    assert "Anna" in run("agents", "list")
    run("teams", "remove", "Returns")
    assert json.loads(run("teams", "list", "--json")) == []


def test_mistakes_are_sentences(run: Run) -> None:
    assert "there is no team 'Nowhere'" in run("teams", "remove", "Nowhere", code=1)
    assert "there is no active user" in run("agents", "set", "x@y.example", "--tier", "2", code=1)
    assert "there is no ticket" in run("routing", "explain", "BD-1", code=1)


def test_an_empty_queue_is_shown_in_every_order(run: Run) -> None:
    shape = json.loads(run("queue", "--json"))

    assert shape["orders"] == {"priority": [], "fifo": [], "quick_wins": [], "value": []}
    assert run("queue").splitlines()[0].split() == ["priority", "fifo", "quick_wins", "value"]
    assert run("queue", "--policy", "fifo") == "0 tickets.\n"
