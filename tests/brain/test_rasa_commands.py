"""Plain `rasa` commands in the checkout, as a Rasa engineer types them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.brain, pytest.mark.timeout(300)]


def rasa(*arguments: str, typed: str = "", folder: Path) -> subprocess.CompletedProcess[str]:
    # A home of its own: whatever lies in the checkout's must not change the outcome.
    environment = {**os.environ, "BABELDESK_HOME": str(folder), "PYTHONPATH": str(ROOT)}
    code = "import bot.brain.rasa_bridge.activate; from rasa.__main__ import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        input=typed,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        timeout=280,
        check=False,
    )


def test_data_validate_finds_no_conflict(tmp_path: Path) -> None:
    result = rasa("data", "validate", folder=tmp_path)

    assert result.returncode == 0, result.stderr[-2000:]
    assert "No story structure conflicts found" in result.stderr + result.stdout


def test_shell_answers_as_the_assistant(tmp_path: Path, model_path: Path) -> None:
    result = rasa("shell", "--model", str(model_path), typed="hello\n/stop\n", folder=tmp_path)

    assert result.returncode == 0, result.stderr[-2000:]
    assert "assistant, a computer program" in result.stdout


def test_test_stories_pass(tmp_path: Path, model_path: Path) -> None:
    result = rasa(
        "test",
        "core",
        "--model",
        str(model_path),
        "--stories",
        "tests/rasa",
        "--out",
        str(tmp_path / "results"),
        "--fail-on-prediction-errors",
        folder=tmp_path,
    )

    assert result.returncode == 0, (result.stdout + result.stderr)[-3000:]


@pytest.mark.parametrize(
    ("component", "instead"),
    [
        ("DIETClassifier", "LogisticRegressionClassifier"),
        ("ResponseSelector", "KnowledgeBaseRetriever"),
    ],
)
def test_components_that_need_tensorflow_are_refused_with_what_to_use(
    tmp_path: Path, component: str, instead: str
) -> None:
    config = (ROOT / "config.yml").read_text(encoding="utf-8")
    changed = config.replace(
        "LogisticRegressionClassifier\n    max_iter: 300\n    ranking_length: 20", component
    )
    assert changed != config
    (tmp_path / "config.yml").write_text(changed, encoding="utf-8")

    result = rasa(
        "train", "nlu", "--config", str(tmp_path / "config.yml"), "--out", str(tmp_path),
        folder=tmp_path,
    )  # fmt: skip

    said = result.stdout + result.stderr
    assert result.returncode != 0
    assert "needs TensorFlow" in said and instead in said
