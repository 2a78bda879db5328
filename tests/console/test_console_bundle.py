"""The committed console stays within its size budget, has no inline code and speaks its languages.

That the built files belong to their sources is checked in tests/widget/test_bundles.py.
"""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

BOT = Path(__file__).resolve().parents[2] / "bot"
SOURCES = BOT / "console"
BUILT = BOT / "static" / "console"
LANGUAGES = ["en", "el", "tr", "de", "es", "fr", "it", "pt", "nl", "pl", "ru", "ar"]
PLURAL_FORMS = {
    "ar": {"zero", "one", "two", "few", "many", "other"},
    "pl": {"one", "few", "many", "other"},
    "ru": {"one", "few", "many", "other"},
    "es": {"one", "many", "other"},
    "fr": {"one", "many", "other"},
    "it": {"one", "many", "other"},
    "pt": {"one", "many", "other"},
}
FIRST_ROUTE_BYTES = 60 * 1024


def gzip_size(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), compresslevel=9, mtime=0))


def texts(language: str) -> dict[str, Any]:
    path = SOURCES / "locales" / f"{language}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_route_fits_its_budget(language: str) -> None:
    files = ["index.html", "console.js", "console.css", "icon.svg"]
    if language != "en":
        files.append(f"i18n/{language}.json")

    assert sum(gzip_size(BUILT / name) for name in files) <= FIRST_ROUTE_BYTES


def test_the_page_has_no_inline_script_or_style() -> None:
    page = (BUILT / "index.html").read_text(encoding="utf-8")

    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\son\w+=", page) == []


def test_no_source_writes_markup() -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerously|\beval\(|new Function"
    )

    found = [
        path.name
        for path in SOURCES.rglob("*.ts*")
        if forbidden.search(path.read_text(encoding="utf-8"))
    ]

    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_with_the_same_blanks(language: str) -> None:
    english, translated = texts("en"), texts(language)

    assert list(translated) == list(english)
    for key, text in english.items():
        if isinstance(text, str):
            assert translated[key].strip(), key
            assert set(re.findall(r"{\w+}", translated[key])) == set(re.findall(r"{\w+}", text)), (
                key
            )


@pytest.mark.parametrize("language", LANGUAGES)
def test_counted_phrases_have_every_form_of_the_language(language: str) -> None:
    for forms in texts(language).values():
        if isinstance(forms, dict):
            assert set(forms) == PLURAL_FORMS.get(language, {"one", "other"})


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_texts_are_translated_and_not_copied(language: str) -> None:
    english, translated = texts("en"), texts(language)

    same = {
        key
        for key, text in english.items()
        if isinstance(text, str) and len(text) > 12 and translated[key] == text
    }

    assert same == set()


def test_every_text_is_used() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.ts*"))
    prefixes = (
        "view_", "empty_", "state_", "priority_", "level_", "rule_", "line_", "author_", "event_",
        "mode_", "done_", "metric_", "field_",
    )  # fmt: skip
    coded = (
        "decision_", "outcome_", "intent_", "entity_", "error_", "action_", "refused_",
        "availability_",
    )  # fmt: skip

    unused = [
        key
        for key in texts("en")
        if f'"{key}"' not in code and not key.startswith((*prefixes, *coded))
    ]

    assert unused == []
