"""What `babeldesk run` decides before it serves, and what it says while it does."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from bot.brain_client import BrainClient
from bot.breaker import Breaker
from bot.commands.children import StageLines, index_job, prepare
from bot.commands.prepare import IndexState, index_state
from bot.supervisor import BrainCommand, StartTrouble, Supervisor
from kb_index import files
from kb_index.manifest import Manifest, manifest_to_json
from tests.bot.house import make_settings


def published(kb_dir: Path, *, encoder: str = "e1", content: str = "c1") -> Path:
    """A folder whose pointer names a snapshot with a manifest; gives the manifest's path."""
    folder = files.snapshot_folder(kb_dir, "s1")
    folder.mkdir(parents=True)
    manifest = Manifest(
        snapshot_id="s1", created_at="2026-11-21T00:00:00Z", content_digest=content,
        encoder=encoder, dimension=8, background_digest="b", index_kind="flat", n_articles=0,
        n_passages=0, n_encoded=0, n_changed=0, languages={}, files={},
    )  # fmt: skip
    files.save_json(folder / files.MANIFEST, manifest_to_json(manifest))
    files.save_text(kb_dir / files.POINTER, "s1\n")
    return folder / files.MANIFEST


def judged(kb_dir: Path) -> IndexState:
    return index_state(kb_dir, content_digest="c1", fingerprint="e1")


def test_an_index_of_these_articles_and_this_encoder_is_kept(tmp_path: Path) -> None:
    assert judged(tmp_path) is IndexState.NONE
    published(tmp_path)

    assert judged(tmp_path) is IndexState.GOOD


def test_an_index_of_other_articles_is_stale(tmp_path: Path) -> None:
    published(tmp_path, content="other")

    assert judged(tmp_path) is IndexState.STALE


def test_an_index_of_another_encoder_is_unusable(tmp_path: Path) -> None:
    published(tmp_path, encoder="other")

    assert judged(tmp_path) is IndexState.UNUSABLE


@pytest.mark.parametrize("damage", ["{", "[]", '{"format": 1}', '{"format": 99}', "\x00"])
def test_a_damaged_manifest_is_unusable(tmp_path: Path, damage: str) -> None:
    published(tmp_path).write_text(damage)

    assert judged(tmp_path) is IndexState.UNUSABLE


def test_a_changed_or_missing_manifest_is_unusable(tmp_path: Path) -> None:
    manifest = published(tmp_path)
    data = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**data, "content_digest": "forged"}))
    assert judged(tmp_path) is IndexState.UNUSABLE

    manifest.unlink()
    assert judged(tmp_path) is IndexState.UNUSABLE


def test_a_pointer_that_names_nothing_is_unusable(tmp_path: Path) -> None:
    published(tmp_path)
    (tmp_path / files.POINTER).write_bytes(b"\xff\xfe")

    assert judged(tmp_path) is IndexState.UNUSABLE


def test_the_child_prepares_an_empty_home_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("BABELDESK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BABELDESK_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("BABELDESK_CONTENT_DIR", str(tmp_path / "no-articles"))
    models: list[tuple[str | None, bool]] = []

    index = prepare(on_model=lambda name, fits: models.append((name, fits)))

    assert index == "none"
    assert models == [(None, False)]
    assert "Database brought to revision" in capsys.readouterr().out
    assert (tmp_path / "home/babeldesk.db").is_file()


def test_a_stage_is_shown_once_with_its_amount() -> None:
    lines: list[str] = []
    show = StageLines(lines.append)
    for stage, done, total in (
        ("read", 405, 405), ("encode", 0, 3716), ("encode", 3716, 3716), ("write", 0, 1),
        ("write", 1, 1),
    ):  # fmt: skip
        show({"event": "progress", "stage": stage, "done": done, "total": total})
    show({"event": "done", "stage": "never"})

    assert lines == ["    read 405 articles", "    encode 3,716 passages", "    write"]


def test_a_database_password_is_not_in_the_list_of_processes(tmp_path: Path) -> None:
    url = "postgresql+asyncpg://desk:open-sesame@db.example/desk"
    settings = make_settings(tmp_path, BABELDESK_DATABASE_URL=url)

    arguments, environment = index_job(settings, force=True)

    assert "open-sesame" not in " ".join(arguments)
    assert environment["BABELDESK_DATABASE_URL"] == url


@pytest.mark.asyncio
async def test_a_brain_that_ends_at_its_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    program = (
        "import sys; print('Model x is refused: it cannot be loaded.', flush=True);"
        " print('ERROR: Application startup failed. Exiting.', flush=True); sys.exit(3)"
    )
    told: asyncio.Future[StartTrouble] = asyncio.get_running_loop().create_future()

    def tell(trouble: StartTrouble) -> None:
        if not told.done():
            told.set_result(trouble)

    client = BrainClient(breaker=Breaker(failures_to_open=5, pause_s=5), connections=2)
    supervisor = Supervisor(
        client,
        command=BrainCommand(
            arguments=(sys.executable, "-c", program), log_path=tmp_path / "brain.log"
        ),
        on_trouble=tell,
        backoff_first_s=0.01,
    )
    running = asyncio.create_task(supervisor.run())
    try:
        trouble = await asyncio.wait_for(told, 30)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await client.close()

    assert (trouble.starts, trouble.code) == (2, 3)
    assert trouble.last_line == "Model x is refused: it cannot be loaded."
    assert supervisor.report()["model_id"] is None
