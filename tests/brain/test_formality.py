"""The site's form of address reaches the brain's texts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.brain.conftest import Talk

pytestmark = pytest.mark.brain


@pytest.mark.parametrize(("formality", "said"), [("formal", "Sie"), ("informal", "du")])
async def test_german_visitor_is_addressed_as_the_site_wants(
    engine: Any, formality: str, said: str
) -> None:
    talk = Talk(engine, formality=formality, locale="de-DE")

    answer = await talk.say("Erklär mir bitte die Relativitätstheorie von Einstein")

    words = answer.replies[0].text.replace(",", " ").replace("?", " ").split()
    assert said in words or f"{said}ch" in words or said.replace("du", "dich") in words
