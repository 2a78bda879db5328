"""How the brain is told what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.brain.settings import SECRET_KEY, BrainSettings, BrainSettingsError

SECRET = "0123456789abcdef"


def test_command_line_and_secret() -> None:
    settings = BrainSettings.from_environ(
        {SECRET_KEY: SECRET, "BABELDESK_ENCODER": "some/encoder"},
        ["--port", "9", "--models-dir", "m", "--kb-dir", "k", "--model", "x.tar.gz"],
    )

    assert settings == BrainSettings(
        secret=SECRET,
        port=9,
        models_dir=Path("m"),
        kb_dir=Path("k"),
        model="x.tar.gz",
        encoder="some/encoder",
    )


@pytest.mark.parametrize("environ", [{}, {SECRET_KEY: "short"}])
def test_missing_or_short_secret_is_refused(environ: dict[str, str]) -> None:
    with pytest.raises(BrainSettingsError, match="16 characters"):
        BrainSettings.from_environ(environ)


def test_secret_is_not_shown() -> None:
    assert SECRET not in repr(BrainSettings(secret=SECRET))
