"""What may stand in a log line, decided without a gateway."""

from __future__ import annotations

import pytest

from bot.errors import StartError
from bot.redaction import HIDDEN, describe_error, describe_traceback, error_name, redact
from handoff.errors import ConversationNotFound


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mail ada.l+x@shop.example now", f"mail {HIDDEN} now"),
        ("γράψε στο μαρία@παράδειγμα.gr", f"γράψε στο {HIDDEN}"),
        ("postgresql://user:pw@db/x", f"postgresql://{HIDDEN}@db/x"),
        ("postgresql+asyncpg://user@db/x", f"postgresql+asyncpg://{HIDDEN}@db/x"),
        ("Bearer abcdefgh.ijk", f"Bearer {HIDDEN}"),
        ("open /console/#/setup/5mI7bA8On15u_x", f"open /console/#/setup/{HIDDEN}"),
        ('password="hunter2 x", next', f"password={HIDDEN}, next"),
        ("{'token': 'abc'}", f"{{'token': {HIDDEN}}}"),
        ("bd_session=abc; other", f"bd_session={HIDDEN}; other"),
        ("eyJ2IjoiYSJ9.aRg7Hw.Zl5jQ0Qk3oO2", HIDDEN),
        ("key Zl5jQ0Qk3oO2aRg7HwX end", f"key {HIDDEN} end"),
        ("call +30 210 123 4567 please", f"call {HIDDEN} please"),
        ("card 4111 1111 1111 1111.", f"card {HIDDEN}."),
    ],
)
def test_addresses_and_credentials_are_taken_out(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "20261121T213911017316-55204898",
        "01k8abcdefghjkmnpqrstvwxyz",
        "babeldesk-00aa11bb22cc33dd.tar.gz is refused",
        "0af7651916cd43dd8448eb211c80319c",
        'File "/srv/.venv/lib/python3.11/site-packages/starlette/routing.py", line 73, in app',
        "127.0.0.1:8080 answered in 1234567 ms",
        "BD-1001",
    ],
)
def test_what_operators_look_for_stays(text: str) -> None:
    assert redact(text) == text


def chained(error: BaseException) -> BaseException:
    try:
        try:
            int("what a visitor wrote")
        except ValueError as cause:
            raise error from cause
    except type(error) as raised:
        return raised
    raise AssertionError


def test_an_error_keeps_types_and_places_and_loses_its_words() -> None:
    described = describe_error(chained(RuntimeError("what a visitor wrote")))

    assert described.splitlines()[-1] == "RuntimeError"
    assert "ValueError\nwhich led to:" in described
    assert 'int("what a visitor wrote")' in described  # our own source line, not her words
    assert described.count("what a visitor wrote") == 1
    assert "test_redaction.py" in described


def test_a_hidden_context_stays_hidden() -> None:
    try:
        try:
            raise KeyError("a")
        except KeyError:
            raise TypeError("b") from None
    except TypeError as raised:
        assert "KeyError" not in describe_error(raised)


def test_errors_that_go_round_in_a_ring_end() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__context__, second.__context__ = second, first

    assert describe_error(first).count("ValueError") == 2


def test_the_parts_of_a_group_are_described_once() -> None:
    one = ValueError("a")
    group = ExceptionGroup("words", [one, TypeError("b"), one])

    described = describe_error(group)

    assert described.splitlines()[0] == "ExceptionGroup"
    assert (described.count("ValueError"), described.count("TypeError")) == (1, 1)
    assert "words" not in described


class Coded(Exception):
    code: object = "half_open"
    sqlstate = "23505"


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (ValueError("words"), "ValueError"),
        (OSError(28, "No space left"), "OSError(errno=28)"),
        (OSError("words"), "OSError"),
        (ConversationNotFound("01k8"), "handoff.errors.ConversationNotFound(code=conversation_not"),
        (StartError("x", happened="H.", todo="D."), "bot.errors.StartError(code=x): H. D."),
        (SystemExit(3), "SystemExit(code=3)"),
    ],
)
def test_an_error_is_named_by_type_and_code(error: BaseException, name: str) -> None:
    assert error_name(error).startswith(name)
    assert "words" not in error_name(error)


def test_codes_are_short_words_or_numbers() -> None:
    error = Coded("words")
    assert error_name(error).endswith("Coded(code=half_open, sqlstate=23505)")
    error.code = "a visitor wrote this"
    assert error_name(error).endswith("Coded(sqlstate=23505)")
    error.code = True
    assert error_name(error).endswith("Coded(sqlstate=23505)")


def test_a_printed_traceback_loses_the_messages_in_it() -> None:
    text = (
        "Traceback (most recent call last):\n"
        '  File "/a.py", line 1, in f\n'
        "    raise ValueError(words)\n"
        "ValueError: what a visitor wrote\n"
        "and a second line of it\n"
        "\n"
        "The above exception was the direct cause of the following exception:\n"
        "\n"
        "bot.brain.errors.ModelRefused: Model x is refused: it cannot be loaded.\n"
    )

    assert describe_traceback(text).splitlines() == [
        "Traceback (most recent call last):",
        '  File "/a.py", line 1, in f',
        "ValueError",
        "bot.brain.errors.ModelRefused: Model x is refused: it cannot be loaded.",
    ]
