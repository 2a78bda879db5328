"""Gates on development sets, a little below what docs/quality.md shows.

The sets come from the open data pack: its folder is named by BABELDESK_DEV_DATA, or lies beside the
checkout as `../shared/data`. Without it the gates are skipped; the conversations always run.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.quality import report

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

FOLDERS = (os.environ.get("BABELDESK_DEV_DATA"), str(report.ROOT.parent / "shared" / "data"))
# Per set: figure of the summary (`macro.` for the mean over languages), least or most value.
AT_LEAST = {
    "banking77-k3": {"recall_at_1": 0.7},
    "banking77-k10": {"recall_at_1": 0.81},
    "banking77-k10-typos": {"recall_at_1": 0.75},
    "clinc150-k20": {
        "recall_at_1": 0.89,
        "auroc_refusal": 0.95,
        "answered_right_at_5_percent_false": 0.75,
    },
    "scratch-questions-to-en": {"macro.recall_at_1": 0.89},
    "support-titles-to-en": {"macro.recall_at_1": 0.87, "macro.worst_recall_at_1": 0.8},
    "xsid-to-en": {"macro.recall_at_1": 0.65},
}
AT_MOST = {
    "clinc150-k20": {"ece": 0.08, "false_answer_rate": 0.12},
    "banking77-k10": {"ece": 0.1},
}


@pytest.fixture(scope="module")
def data() -> Path:
    """The folder of the open data pack."""
    found = next((Path(name) for name in FOLDERS if name and Path(name).is_dir()), None)
    if found is None:
        pytest.skip("the open data pack is not here; name its folder in BABELDESK_DEV_DATA")
    return found


@pytest.mark.parametrize("name", AT_LEAST)
def test_search_and_confidence_stay_at_their_level(name: str, data: Path) -> None:
    summary = report.measurements(data, None)[name]()["summary"]

    found = {key: _value(summary, key) for key in (*AT_LEAST[name], *AT_MOST.get(name, ()))}
    too_low = {key: found[key] for key, least in AT_LEAST[name].items() if found[key] < least}
    too_high = {key: found[key] for key, most in AT_MOST.get(name, {}).items() if found[key] > most}
    assert (too_low, too_high) == ({}, {})


def test_the_shipped_language_model_stays_at_its_level(data: Path) -> None:
    summary = report.measurements(data, None)["language-shipped"]()["summary"]

    assert summary["macro_accuracy"] >= 0.975
    assert summary["lengths"]["1-2"]["macro_accuracy"] >= 0.93


@pytest.mark.brain
def test_scripted_conversations_go_as_they_are_written(tmp_path: Path) -> None:
    result = report.measurements(tmp_path, None)["dialogues"]()

    problems = {
        conversation["name"]: [step["problems"] for step in conversation["steps"]]
        for conversation in result["conversations"]
        if not conversation["passed"]
    }
    assert problems == {}
    assert result["summary"]["n_conversations"] >= 12


def _value(summary: dict[str, Any], key: str) -> float:
    part: Any = summary
    for name in key.split("."):
        part = part[name]
    return float(part)
