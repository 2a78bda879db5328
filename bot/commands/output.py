"""How commands speak: sentences for people, JSON for scripts, faults on standard error."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer


def say(text: str = "") -> None:
    """One line for people, shown at once."""
    typer.echo(text)
    sys.stdout.flush()


def say_json(data: Any) -> None:
    """One JSON document for scripts."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


def complain(text: str) -> None:
    """One fault."""
    typer.echo(text, err=True)


def say_line(data: Any) -> None:
    """One JSON object on one line, for a program that reads along."""
    say(json.dumps(data, ensure_ascii=False))


@contextmanager
def step(text: str) -> Iterator[None]:
    """Shows a step and, when it took a while, for how long."""
    say(f"  {text} ...")
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    if took >= 1.0:
        say(f"    done in {took:.1f} s")
