"""The report keeps what the parts found, adds it up and hides no violation."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.faults import __main__ as program
from tests.faults.promises import MEANING, Promise
from tests.faults.report import PartRun, Row, load_runs, page, save_run, table, totals


def row(**changes: object) -> Row:
    usual = {
        "promise": Promise.STORED,
        "faults": "SIGKILL of gateways",
        "database": "sqlite",
        "injected": 10,
        "checked": 100,
        "violations": 0,
        "seed": 1,
    }
    return Row(**{**usual, **changes})  # type: ignore[arg-type]


def part_run(*rows: Row, part: str = "storm") -> PartRun:
    return PartRun(
        part=part, began="then", command="c", short=False, machine="m", seconds=1.5, rows=rows
    )


def test_a_run_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    first = part_run(row(), row(promise=Promise.ORDER, seed=None, details="figures"))
    second = part_run(row(database="postgres"), part="points")

    save_run(part_run(row(violations=5)), folder=tmp_path)
    save_run(first, folder=tmp_path)
    save_run(second, folder=tmp_path)

    assert load_runs(tmp_path) == [second, first]


def test_rows_of_one_promise_and_database_are_added_up() -> None:
    rows = [
        row(promise=Promise.ORDER, database="postgres"),
        row(violations=1),
        row(faults="SIGSTOP of workers", injected=5, seed=2),
        row(database="postgres"),
        row(database="postgres", checked=7),
    ]

    found = totals(rows)

    assert [(one.promise, one.database) for one in found] == [
        (Promise.STORED, "sqlite"),
        (Promise.STORED, "postgres"),
        (Promise.ORDER, "postgres"),
    ]
    assert (found[0].injected, found[0].checked, found[0].violations) == (15, 200, 1)
    assert found[0].faults == "SIGKILL of gateways; SIGSTOP of workers"
    # Two findings about the same faults.
    assert (found[1].injected, found[1].checked) == (10, 107)


def test_a_violation_stands_out_in_table_and_page() -> None:
    rows = (row(violations=3), row(promise=Promise.ORDER))

    assert "3  <--" in table(rows)
    assert "**3**" in page([part_run(*rows)])


def test_the_faults_of_one_storm_count_once_in_the_total() -> None:
    storm = part_run(row(), row(promise=Promise.ORDER), row(seed=2))

    assert "**20 faults, 300 checks, 0 violations.**" in page([storm])


@pytest.mark.parametrize("promise", Promise)
def test_every_promise_is_explained(promise: Promise) -> None:
    meant, attacked = MEANING[promise]
    assert meant.endswith(".") and attacked.endswith(".")


@pytest.mark.parametrize(("violations", "code"), [(0, 0), (2, 1)])
def test_the_exit_code_tells_of_violations(
    violations: int, code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "planted_part.py").write_text(
        "from tests.faults.test_report import row\n"
        f"def run(options):\n    yield row(violations={violations})\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "planted_part", raising=False)
    monkeypatch.setattr(program, "PARTS", {"planted": "planted_part"})
    monkeypatch.setattr(program, "RESULTS", tmp_path)

    assert program.main(["--short"]) == code


def test_a_short_run_does_not_take_the_place_of_a_full_one(tmp_path: Path) -> None:
    short = dataclasses.replace(part_run(row(violations=1)), short=True)
    full = part_run(row())
    save_run(short, folder=tmp_path)
    assert load_runs(tmp_path) == [short]

    save_run(full, folder=tmp_path)
    save_run(short, folder=tmp_path)

    assert load_runs(tmp_path) == [full]


def test_runs_with_names_stand_beside_each_other(tmp_path: Path) -> None:
    first, second = part_run(row(violations=1)), part_run(row(violations=2))

    save_run(first, folder=tmp_path)
    save_run(second, folder=tmp_path, beside="seed2")

    assert load_runs(tmp_path) == [first, second]


def test_no_part_of_such_a_name_is_a_failure() -> None:
    assert program.main(["--short", "--only", "nothing-has-this-name"]) == 1


def test_the_page_is_written_only_when_every_part_has_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(program, "PARTS", {"storm": "one", "points": "another"})
    monkeypatch.setattr(program, "RESULTS", tmp_path)
    monkeypatch.setattr(program, "PAGE", tmp_path / "faults.md")
    save_run(part_run(row(), part="storm"), folder=tmp_path)

    before = program._write_page(partial=False)
    program._write_page(partial=True)
    in_part = (tmp_path / "faults.md").read_text()
    save_run(part_run(row(), part="points"), folder=tmp_path)
    after = program._write_page(partial=False)

    assert "no results yet of points" in before
    assert "Not run here: points." in in_part
    assert after == "Written: docs/faults.md"
    assert "Not run here" not in (tmp_path / "faults.md").read_text()
