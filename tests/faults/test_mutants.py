"""The mutants fit the code; `make mutants` shows that each of them is caught."""

from __future__ import annotations

from tests.faults.mutants import MUTANTS, ROOT, stale_mutants


def test_every_mutant_changes_code_that_is_there() -> None:
    assert stale_mutants() == []


def test_every_mutant_has_a_name_of_its_own_and_tests_that_exist() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    assert all((ROOT / test).exists() for mutant in MUTANTS for test in mutant.tests)
