"""Child processes that commands wait for: training and building the index, with their progress."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from bot.errors import StartError
from bot.processes import die_with_parent
from bot.settings import Settings, child_environment

LINES_KEPT: Final = 12
Progress = Callable[[dict[str, Any]], None]


def build_index(
    settings: Settings, *, force: bool = False, on_progress: Progress | None = None
) -> dict[str, Any]:
    """Builds and publishes the search index if anything changed; gives the job's last line.

    Raises:
        StartError: `index_failed`, with the job's own sentence.
    """
    last, code, errors = _run(
        [sys.executable, *index_arguments(settings, force=force)], on_progress
    )
    if code != 0 or last.get("event") != "done":
        raise StartError(
            "index_failed",
            happened=f"The search index could not be built: {last.get('message') or errors}",
            todo="Run `babeldesk kb check` to find wrong articles, then `babeldesk kb build`.",
        )
    return last


def index_arguments(settings: Settings, *, force: bool = False) -> list[str]:
    """Arguments for Python that start the index job."""
    arguments = [
        "-m", "kb_index.build_job",
        "--database-url", settings.database_url,
        "--kb-dir", str(settings.paths.kb),
    ]  # fmt: skip
    if settings.brain.encoder:
        arguments += ["--encoder", settings.brain.encoder]
    return [*arguments, "--force"] if force else arguments


def train_in_child(*, on_progress: Progress | None = None) -> dict[str, Any]:
    """Trains the dialogue model in a process of its own, so that this one never loads Rasa.

    Raises:
        StartError: `training_failed`, with the end of the child's output.
    """
    last, code, errors = _run([sys.executable, "-m", "bot.cli", "train", "--json"], on_progress)
    if code != 0:
        raise StartError(
            "training_failed",
            happened=f"The model could not be trained: {errors or 'no reason was given'}",
            todo="Run `babeldesk train` to see everything it says.",
        )
    return last


def _run(arguments: Sequence[str], on_progress: Progress | None) -> tuple[dict[str, Any], int, str]:
    """Runs a child; gives its last JSON line, its exit code and the end of its other output."""
    last: dict[str, Any] = {}
    other: deque[str] = deque(maxlen=LINES_KEPT)
    with subprocess.Popen(
        arguments,
        env=child_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        preexec_fn=die_with_parent(),
    ) as child:
        for line in child.stdout or ():
            found = _json_line(line)
            if found is None:
                other.append(line.rstrip())
                continue
            last = found
            if on_progress is not None:
                on_progress(found)
    return last, child.returncode, "\n".join(line for line in other if line)


def _json_line(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
