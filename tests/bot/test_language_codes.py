"""Regional codes mean their language wherever they enter: settings, Accept-Language, the API."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from bot.api.callers import accepted_language
from bot.errors import SettingsError
from bot.settings import build_settings
from tests.bot.house import House

OFFERED = ("en", "de", "pt", "el")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("pt-BR,en;q=0.8", "pt"),
        ("nb-NO, de-AT;q=0.5", "de"),
        ("zh-Hans", "en"),
        ("ell", "el"),
        ("de;q=0.3, el_GR;q=0.9", "el"),
        ("*", "en"),
        ("", "en"),
    ],
)
def test_accept_language(header: str, language: str) -> None:
    assert accepted_language(Headers({"accept-language": header}), OFFERED, "en") == language


def test_settings_take_regional_codes() -> None:
    settings = build_settings(
        {"BABELDESK_LANGUAGES": "de-AT, pt_BR,de,en-GB", "BABELDESK_DEFAULT_LANGUAGE": "de-DE"}
    )

    assert settings.brand.languages == ("de", "pt", "en")
    assert settings.brand.default_language == "de"


def test_settings_refuse_languages_without_an_interface() -> None:
    with pytest.raises(SettingsError):
        build_settings({"BABELDESK_LANGUAGES": "en,nb"})
    with pytest.raises(SettingsError):
        build_settings({"BABELDESK_LANGUAGES": "en", "BABELDESK_DEFAULT_LANGUAGE": "??"})


@pytest.mark.asyncio(loop_scope="module")
async def test_widget_and_choice_take_regional_codes(house: House) -> None:
    config = (await house.http.get("/api/v1/widget/config", params={"locale": "pt-BR"})).json()
    visitor = await house.open(locale="pt-BR")
    path = f"/api/v1/conversations/{visitor.id}/language"
    headers = {"Authorization": f"Bearer {visitor.token}"}
    chosen = await house.http.post(path, json={"language": "de-CH"}, headers=headers)
    refused = await house.http.post(path, json={"language": "nb-NO"}, headers=headers)
    freed = await house.http.post(path, json={"language": None}, headers=headers)

    assert config["default_language"] == "pt"
    assert (chosen.status_code, chosen.json()["language"]) == (200, "de")
    assert refused.status_code in (400, 422)
    assert freed.status_code == 200
