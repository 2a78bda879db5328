"""What somebody reads who speaks of suicide, in her language, with the product's own texts."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.texts import Catalogue
from bot.wiring import SafeNotices
from handoff.help_lines import load_help_lines

ROOT = Path(__file__).parents[2]
LINES = load_help_lines(ROOT / "data" / "help_lines.yml")
LANGUAGES = ("en", "el", "tr", "de", "es", "fr", "it", "pt", "nl", "pl", "ru", "ar")


@pytest.mark.parametrize("formality", ["formal", "informal"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_texts_name_the_numbers_and_promise_a_person(language: str, formality: str) -> None:
    notices = SafeNotices(Catalogue(formality=formality), home_zone=ZoneInfo("Europe/Athens"))
    found = LINES.help_for("el-GR")

    help_text = notices.notice("safety-help", language, emergency=str(found.emergency))
    lines = notices.notice("safety-lines", language, lines=found.lines[0].number)
    unknown = notices.notice("safety-emergency", language)

    assert "112" in help_text
    assert "1018" in lines
    assert unknown.startswith("112")
    assert len(notices.notice("safety-person", language)) > 60
