"""Documents say what the code does: settings, commands, make verbs, links and images exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import typer.main

from bot.cli import app
from bot.settings import KEYS, Key
from nlu.decision import Costs

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted(
    [
        *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")),
        *(ROOT / "docs").glob("*.md"),
    ]
)
IMAGES = ROOT / "docs" / "images"
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_MAKE = re.compile(
    r"(?:^|`|\$ )(?:[A-Z_]+=\S+ )*make (?:[A-Z_]+=\S+ )*([a-z][a-z -]*)", re.MULTILINE
)
_GROUPS = (
    "agents |customers |evaluate |jobs |kb |routing |rules |teams |tickets |tokens |train |users "
    "|webhooks "
)
_COMMAND = re.compile(rf"\bbabeldesk ((?:{_GROUPS})?[a-z]+(?:-[a-z]+)*)\b")
# The folders of whoever built it; an operator's own paths are examples.
_MACHINE = re.compile(r"(?<![\w.])/(?:work|root|tmp|home)/|/Users/|[A-Z]:\\")


def all_text() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)


def code_of(path: Path) -> str:
    """Only what stands in code: `make` and `babeldesk` are words of prose too."""
    text = path.read_text(encoding="utf-8")
    return "\n".join([*_FENCE.findall(text), *re.findall(r"`[^`\n]+`", _FENCE.sub("", text))])


def command_names() -> Iterator[str]:
    """Gives `run`, `kb import` and so on, as they are typed."""

    def walk(command: Any, words: tuple[str, ...]) -> Iterator[str]:
        parts = getattr(command, "commands", {})
        for name, part in parts.items():
            yield from walk(part, (*words, name))
        if not parts or getattr(command, "invoke_without_command", False):
            yield " ".join(words)

    return walk(typer.main.get_command(app), ())


def make_targets() -> set[str]:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", text, re.MULTILINE))


def setting_rows() -> dict[str, str]:
    """Key -> default, from the table in docs/operators.md."""
    text = (ROOT / "docs/operators.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(BABELDESK_\w+)` \| .* \| (.+?) \|$", text, re.MULTILINE)
    return {key: default.strip("`") for key, default in rows}


def anchors(path: Path) -> set[str]:
    """The fragments that a Markdown host makes from headings."""
    text = _FENCE.sub("", path.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_every_setting_is_documented_with_its_default(key: Key) -> None:
    rows = setting_rows()

    assert rows.get(key.name) == (key.default or "(none)")


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_every_setting_is_documented_with_its_form(key: Key) -> None:
    text = (ROOT / "docs/operators.md").read_text(encoding="utf-8")

    assert f"| `{key.name}` | {key.form}" in text


def test_the_settings_table_names_no_key_that_is_gone() -> None:
    assert set(setting_rows()) == {key.name for key in KEYS}


def test_editors_find_the_prices_that_decide() -> None:
    text = (ROOT / "docs/editors.md").read_text(encoding="utf-8")
    section = text.partition("## How an answer is chosen")[2].partition("\n## ")[0]
    prices = {"wrong_answer", "clarify", "clarify_in_vain", "rephrase", "hand_off"}

    named = set(re.findall(r"`([a-z_]+)`", section))

    assert named >= prices | {"feedback_below"}
    assert named <= {field.name for field in fields(Costs)}


@pytest.mark.parametrize("name", sorted(command_names()))
def test_every_command_is_mentioned(name: str) -> None:
    assert re.search(rf"babeldesk {name}\b", all_text())


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_in_a_document_exists(path: Path) -> None:
    known = set(command_names())
    groups = {name.split()[0] for name in known if " " in name}

    named = set(_COMMAND.findall(code_of(path)))

    assert named - known - groups == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_verb_in_a_document_exists(path: Path) -> None:
    verbs = {verb for found in _MAKE.findall(code_of(path)) for verb in found.split()}

    assert verbs - make_targets() == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    text = _FENCE.sub("", path.read_text(encoding="utf-8"))
    broken = []
    for link in _LINK.findall(text):
        target, _, fragment = link.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        file = (path.parent / target).resolve() if target else path
        if file.is_relative_to(IMAGES) and not IMAGES.is_dir():
            continue  # `make screenshots` has not been run yet
        if not file.exists() or (fragment and fragment not in anchors(file)):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_names_a_machine_path(path: Path) -> None:
    assert _MACHINE.findall(path.read_text(encoding="utf-8")) == []


def test_no_two_headings_of_a_document_share_an_anchor() -> None:
    for path in DOCUMENTS:
        text = _FENCE.sub("", path.read_text(encoding="utf-8"))
        headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        assert len(headings) == len(set(headings)), path.name
