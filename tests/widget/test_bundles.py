"""The committed front-end files belong to the sources beside them and keep to their size budget.

`node bot/frontend/build.mjs` records a digest over the sources of each bundle; the same digest is
made here without Node. Sizes are those of gzip at its best level.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

BOT = Path(__file__).resolve().parents[2] / "bot"
STATIC = BOT / "static"
FRONTEND = BOT / "frontend"
TOOLCHAIN = [FRONTEND / name for name in ("build.mjs", "package-lock.json", "tsconfig.json")]
RECORD: dict[str, Any] = json.loads((STATIC / "build.json").read_text(encoding="utf-8"))
LANGUAGES = ["en", "el", "tr", "de", "es", "fr", "it", "pt", "nl", "pl", "ru", "ar"]
KB = 1024
PLURAL_FORMS = {
    "ar": {"zero", "one", "two", "few", "many", "other"},
    "pl": {"one", "few", "many", "other"},
    "ru": {"one", "few", "many", "other"},
    "es": {"one", "many", "other"},
    "fr": {"one", "many", "other"},
    "it": {"one", "many", "other"},
    "pt": {"one", "many", "other"},
}


def digest_of(folder: Path) -> str:
    """The digest that build.mjs writes: one line per source, path and content, sorted."""
    files = [path for path in folder.rglob("*") if path.is_file()] + TOOLCHAIN
    lines = [
        f"{path.relative_to(BOT).as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}\n"
        for path in files
        if not re.search(r"\.test\.tsx?$", path.name)
    ]
    return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()


def gzip_size(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), compresslevel=9, mtime=0))


def locale(language: str) -> dict[str, Any]:
    strings: dict[str, Any] = json.loads(
        (BOT / "widget" / "locales" / f"{language}.json").read_text(encoding="utf-8")
    )
    return strings


@pytest.mark.parametrize("bundle", sorted(RECORD))
def test_built_files_come_from_the_sources_beside_them(bundle: str) -> None:
    assert RECORD[bundle]["sources"] == digest_of(BOT / bundle), (
        "run: npm run build --prefix bot/frontend"
    )


@pytest.mark.parametrize("bundle", sorted(RECORD))
def test_built_files_are_the_recorded_ones(bundle: str) -> None:
    folder = STATIC / bundle
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }

    assert found == {name: entry["sha256"] for name, entry in RECORD[bundle]["files"].items()}


def test_loader_fits_its_budget() -> None:
    assert gzip_size(STATIC / "widget" / "loader.js") <= 3 * KB


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_before_the_first_message_fits_its_budget(language: str) -> None:
    widget = STATIC / "widget"

    total = sum(
        gzip_size(widget / name) for name in ("loader.js", "widget.js", f"i18n/{language}.json")
    )

    assert total <= 20 * KB


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_with_the_same_blanks(language: str) -> None:
    english, translated = locale("en"), locale(language)

    assert translated.keys() == english.keys()
    for key, text in english.items():
        if isinstance(text, str):
            assert set(re.findall(r"{\w+}", translated[key])) == set(re.findall(r"{\w+}", text)), (
                key
            )
            assert translated[key].strip(), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_counted_phrases_have_every_form_of_the_language(language: str) -> None:
    for forms in locale(language).values():
        if isinstance(forms, dict):
            assert set(forms) == PLURAL_FORMS.get(language, {"one", "other"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_loader_and_locale_agree_on_the_name_of_the_button(language: str) -> None:
    source = (BOT / "widget" / "launcher.ts").read_text(encoding="utf-8")

    assert f'  {language}: "{locale(language)["open_chat"]}",' in source


def test_units_of_the_front_end_pass() -> None:
    if shutil.which("node") is None:
        pytest.skip("Node is not installed; the committed bundles are used as they are")
    if not (FRONTEND / "node_modules" / "esbuild").exists():
        pytest.skip("front-end packages are not installed; run: npm ci --prefix bot/frontend")

    run = subprocess.run(
        ["node", "test.mjs"], cwd=FRONTEND, capture_output=True, text=True, timeout=60, check=False
    )

    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
