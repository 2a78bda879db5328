"""`babeldesk train encoder` as a program, up to the point where the hours of arithmetic begin."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import cli
from tests.kb_index.training_pack import write_pack


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Runs the command as the program does and gives its exit code."""
    monkeypatch.setattr("sys.argv", ["babeldesk", "train", "encoder", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code if isinstance(ended.value.code, int) else 0


def test_a_folder_without_the_data_pack_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (write_pack(tmp_path / "pack") / "nlupp.jsonl.gz").unlink()

    code = run(monkeypatch, "--data", tmp_path / "pack", "--work", tmp_path / "work")

    told = capsys.readouterr()
    assert code == 1
    assert "Reading the data" in told.out
    assert "nlupp.jsonl.gz is missing" in told.err


def test_the_data_folder_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch) == 2
    assert "--data" in capsys.readouterr().err
