"""Child processes that commands wait for: preparing, training and building the index."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from bot.commands.output import complain, say
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
    arguments, environment = index_job(settings, force=force)
    last, code, errors = _run([sys.executable, *arguments], on_progress, environment)
    if code != 0 or last.get("event") != "done":
        raise StartError(
            "index_failed",
            happened=f"The search index could not be built: {last.get('message') or errors}",
            todo="Run `babeldesk kb check` to find wrong articles, then `babeldesk kb build`.",
        )
    return last


def index_job(settings: Settings, *, force: bool = False) -> tuple[list[str], dict[str, str]]:
    """Arguments for Python that start the index job, and its environment.

    The database address goes by the environment: everybody may read the list of processes, and
    the address may hold a password.
    """
    arguments = ["-m", "kb_index.build_job", "--kb-dir", str(settings.paths.kb)]
    if settings.brain.encoder:
        arguments += ["--encoder", settings.brain.encoder]
    if force:
        arguments.append("--force")
    return arguments, child_environment(BABELDESK_DATABASE_URL=settings.database_url)


def prepare(*, on_model: Callable[[str | None, bool], None]) -> str:
    """Runs the steps before serving in a child and repeats what it says.

    Args:
        on_model: Told the newest model's name, if any, and whether it fits the present data.

    Returns:
        What the index is worth: "good", "stale", "unusable" or "none".

    Raises:
        StartError: What the child could not do.
    """

    def follow(line: dict[str, Any]) -> None:
        match line.get("event"):
            case "model":
                on_model(line.get("name"), bool(line.get("fits")))
            case "said":
                say(str(line.get("text", "")))
            case "complained":
                complain(str(line.get("text", "")))

    last, code, errors = _run([sys.executable, "-m", "bot.commands.prepare"], follow)
    if last.get("event") == "failed":
        raise StartError(
            str(last.get("code")), happened=str(last.get("happened")), todo=str(last.get("todo"))
        )
    if code != 0 or last.get("event") != "done":
        raise StartError(
            "prepare_failed",
            happened=f"The data could not be prepared: {errors or 'no reason was given'}",
            todo="Run `babeldesk doctor` to see what is wrong.",
        )
    return str(last["index"])


class StageLines:
    """Shows each stage of a child once, with its amount where it has one."""

    _UNITS: Final = {"read": "articles", "encode": "passages", "index": "passages",
                     "calibrate": "test questions"}  # fmt: skip

    def __init__(self, say: Callable[[str], None] = say) -> None:
        self._say = say
        self._seen: set[str] = set()

    def __call__(self, line: dict[str, Any]) -> None:
        """Takes one line of a child's progress."""
        stage = str(line.get("stage", ""))
        if line.get("event") != "progress" or stage in self._seen:
            return
        self._seen.add(stage)
        unit, total = self._UNITS.get(stage), line.get("total")
        amount = f" {total:,} {unit}" if unit and isinstance(total, int) and total else ""
        self._say(f"    {stage}{amount}")


def train_in_child(*, force: bool = False, on_progress: Progress | None = None) -> dict[str, Any]:
    """Trains the dialogue model in a process of its own, so that this one never loads Rasa.

    Raises:
        StartError: `training_failed`, with the end of the child's output.
    """
    arguments = [sys.executable, "-m", "bot.cli", "train", "--json"]
    last, code, errors = _run([*arguments, "--force"] if force else arguments, on_progress)
    if code != 0:
        raise StartError(
            "training_failed",
            happened=f"The model could not be trained: {errors or 'no reason was given'}",
            todo="Run `babeldesk train` to see everything it says.",
        )
    return last


def _run(
    arguments: Sequence[str],
    on_progress: Progress | None,
    environment: dict[str, str] | None = None,
) -> tuple[dict[str, Any], int, str]:
    """Runs a child; gives its last JSON line, its exit code and the end of its other output."""
    last: dict[str, Any] = {}
    other: deque[str] = deque(maxlen=LINES_KEPT)
    with subprocess.Popen(
        arguments,
        env=environment or child_environment(),
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
