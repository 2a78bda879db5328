"""Lines for people and for machines, and what never stands in them."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot.errors import StartError
from bot.logs import configure_logs
from bot.redaction import HIDDEN
from bot.settings import LogSettings
from tests.bot.house import kept_logging


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    with kept_logging():
        yield io.StringIO()


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def configure(out: io.StringIO, form: Any = "json", **more: Any) -> None:
    configure_logs(LogSettings(form=form, level="info"), stream=out, **more)


def test_an_event_carries_its_ids_level_and_moment(out: io.StringIO) -> None:
    configure(out)

    with structlog.contextvars.bound_contextvars(correlation_id="abc"):
        structlog.get_logger("x").info("turn_done", conversation_id="c1", ms=12)

    (line,) = lines(out)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "turn_done",
        "level": "info",
        "conversation_id": "c1",
        "ms": 12,
        "correlation_id": "abc",
    }


@pytest.mark.parametrize("form", ["json", "console"])
def test_private_keys_errors_and_addresses_lose_their_content(out: io.StringIO, form: str) -> None:
    configure(out, form)
    log = structlog.get_logger("x")

    try:
        raise ValueError("canary words")
    except ValueError as error:
        log.exception("broke", text="canary words", token="canary", reason="to canary@x.example")
        log.error("again", exc_info=error, cause=error)
        log.error("tuple", exc_info=(ValueError, error, error.__traceback__))
    log.error("nothing", exc_info=None)

    written = out.getvalue()
    assert "canary" not in written.replace('raise ValueError("canary words")', "").replace(
        r"raise ValueError(\"canary words\")", ""
    )
    assert written.count("ValueError") >= 4
    assert HIDDEN in written


def test_our_own_messages_are_filled_in(out: io.StringIO) -> None:
    configure(out)

    logging.getLogger("handoff.x").error("triage failed in %s", "c1")
    logging.getLogger("bot.x").error("%s", StartError("x", happened="No model.", todo="Train."))
    logging.getLogger("nlu.x").error("failed: %s", ValueError("canary"))
    logging.getLogger("kb_index.x").error("%(what)s", {"what": "canary"})
    logging.getLogger("actions.x").error("plain")

    assert [line["event"] for line in lines(out)] == [
        "triage failed in c1",
        "bot.errors.StartError(code=x): No model. Train.",
        "failed: ValueError",
        "%(what)s",
        "plain",
    ]


def test_others_messages_keep_only_what_stands_in_their_code(out: io.StringIO) -> None:
    configure(out)

    logging.getLogger("rasa.core").error("no answer to %s", "canary")
    logging.getLogger("asyncio").error("Task failed\nfuture: <Task canary>")
    logging.getLogger("server.error").error(
        "Traceback (most recent call last):\nValueError: canary"
    )
    logging.getLogger("server.error").info("below the level")

    assert [(line["logger"], line["event"]) for line in lines(out)] == [
        ("rasa.core", "no answer to %s"),
        ("asyncio", "Task failed"),
        ("server.error", "Traceback (most recent call last):\nValueError"),
    ]


def test_warnings_keep_their_place_and_kind(out: io.StringIO) -> None:
    configure(out)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)
        logging.captureWarnings(True)
        warnings.warn("canary words", RuntimeWarning, stacklevel=1)
    logging.getLogger("py.warnings").warning("canary without a place")

    (first, second) = lines(out)
    assert first["event"].endswith("RuntimeWarning")
    assert "test_logs.py" in first["event"]
    assert second["event"] == "warning"


def test_of_foreign_events_only_the_name_is_kept(out: io.StringIO) -> None:
    configure(out, foreign_events=True)

    with structlog.contextvars.bound_contextvars(turn_id="t1"):
        structlog.get_logger().warning("processor.parse", parse_data_text="canary", user="canary")

    (line,) = lines(out)
    del line["timestamp"]
    assert line == {"event": "processor.parse", "level": "warning", "turn_id": "t1"}
