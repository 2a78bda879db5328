"""The build job: what it prints, when it builds, how it fails."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from kb_index import build_job, files
from kb_index.articles import ArticleStore
from kb_index.build_job import JobError, async_url, main
from kb_index.index import LiveIndex
from kb_index.ports import Encoder, FloatArray, TextKind
from kb_index.tables import metadata
from tests.kb_index.factory import make_article, shop
from tests.kb_index.hashing_encoder import HashingEncoder


async def _fill(url: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    store = ArticleStore(engine)
    for article in shop():
        await store.save(article, author="maria")
    await engine.dispose()


async def _edit(url: str) -> None:
    engine = create_async_engine(url)
    await ArticleStore(engine).save(make_article(title="Edited title"), author="maria")
    await engine.dispose()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "kb.db"
    asyncio.run(_fill(f"sqlite+aiosqlite:///{path}"))
    return path


def run_job(
    capsys: pytest.CaptureFixture[str], url: str, kb_dir: Path, *more: str, encoder: Any = None
) -> tuple[int, list[dict[str, Any]], str]:
    def load(name: str | None) -> Encoder:
        return encoder or HashingEncoder()

    code = main(["--database-url", url, "--kb-dir", str(kb_dir), *more], load_encoder=load)
    captured = capsys.readouterr()
    return code, [json.loads(line) for line in captured.out.splitlines()], captured.err


def test_a_first_run_builds_and_publishes(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines, err = run_job(capsys, f"sqlite:///{database}", tmp_path / "kb")

    assert (code, err) == (0, "")
    done = lines[-1]
    assert (done["event"], done["changed"], done["articles"]) == ("done", True, len(shop()))
    assert {line["stage"] for line in lines[:-1]} == {
        "read",
        "encode",
        "index",
        "calibrate",
        "write",
    }
    live = LiveIndex(tmp_path / "kb", HashingEncoder())
    assert live.snapshot().snapshot_id == done["snapshot_id"]


def test_nothing_is_built_when_nothing_changed(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{database}"
    first = run_job(capsys, url, tmp_path / "kb")[1][-1]

    again = run_job(capsys, url, tmp_path / "kb")[1][-1]
    forced = run_job(capsys, url, tmp_path / "kb", "--force")[1][-1]

    assert (again["changed"], again["snapshot_id"]) == (False, first["snapshot_id"])
    assert (forced["changed"], forced["encoded"]) == (True, 0)


def test_an_edit_encodes_only_what_changed(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{database}"
    run_job(capsys, url, tmp_path / "kb")
    asyncio.run(_edit(f"sqlite+aiosqlite:///{database}"))

    done = run_job(capsys, url, tmp_path / "kb")[1][-1]

    assert (done["changed"], done["encoded"]) == (True, 3)  # the title and its two sections


def test_another_encoder_builds_everything_again(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{database}"
    first = run_job(capsys, url, tmp_path / "kb")[1][-1]

    done = run_job(capsys, url, tmp_path / "kb", encoder=HashingEncoder(fingerprint="b"))[1][-1]

    assert (done["changed"], done["encoded"]) == (True, first["encoded"])


class BrokenEncoder(HashingEncoder):
    def encode(self, texts: Sequence[str], *, kind: TextKind) -> FloatArray:
        raise RuntimeError("out of order\ndetails")


def test_a_failure_keeps_the_old_index_and_says_one_sentence(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, kb_dir = f"sqlite:///{database}", tmp_path / "kb"
    first = run_job(capsys, url, kb_dir)[1][-1]

    code, lines, err = run_job(capsys, url, kb_dir, encoder=BrokenEncoder(fingerprint="b"))

    assert code == 1
    assert lines[-1] == {
        "event": "failed", "code": "build_failed", "message": "RuntimeError: out of order."
    }  # fmt: skip
    assert err == "Building the knowledge base index failed: RuntimeError: out of order.\n"
    assert files.load_pointer(kb_dir) == first["snapshot_id"]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("nonsense", "bad_database_url"),
        ("mysql://host/db", "bad_database_url"),
        ("sqlite:///{tmp}/missing.db", "no_database"),
        ("sqlite:///{tmp}/empty.db", "database_failed"),
        ("sqlite:///{tmp}/junk.db", "database_failed"),
        ("postgresql://nobody@127.0.0.1:1/none", "file_failed"),
    ],
)
def test_a_database_that_cannot_be_read_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], url: str, code: str
) -> None:
    (tmp_path / "empty.db").touch()
    (tmp_path / "junk.db").write_bytes(b"this is no database, whatever its name says" * 99)

    status, lines, err = run_job(capsys, url.replace("{tmp}", str(tmp_path)), tmp_path / "kb")

    assert status == 1
    assert (lines[-1]["event"], lines[-1]["code"]) == ("failed", code)
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_a_folder_that_cannot_be_made_is_explained(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()

    status, lines, _ = run_job(capsys, f"sqlite:///{database}", tmp_path / "file" / "kb")

    assert (status, lines[-1]["code"]) == (1, "file_failed")


def test_an_error_without_words_still_gets_a_sentence(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Silent(HashingEncoder):
        def encode(self, texts: Sequence[str], *, kind: TextKind) -> FloatArray:
            raise RuntimeError

    _, lines, _ = run_job(capsys, f"sqlite:///{database}", tmp_path / "kb", encoder=Silent())

    assert lines[-1]["message"] == "RuntimeError: no details."


def test_plain_addresses_get_their_async_driver() -> None:
    assert async_url("sqlite:///x.db").drivername == "sqlite+aiosqlite"
    assert async_url("postgresql://u@h/d").drivername == "postgresql+asyncpg"
    assert async_url("postgresql+psycopg2://u@h/d").drivername == "postgresql+asyncpg"
    with pytest.raises(JobError, match="not supported"):
        async_url("mysql://u@h/d")


def test_a_second_job_waits_for_the_first(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kb_dir = tmp_path / "kb"
    kb_dir.mkdir()
    waiting = threading.Event()
    seen: list[dict[str, Any]] = []

    def emit(line: dict[str, Any]) -> None:
        seen.append(line)
        if line.get("stage") == "wait":
            waiting.set()

    options = build_job._parser().parse_args(
        ["--database-url", f"sqlite:///{database}", "--kb-dir", str(kb_dir)]
    )
    thread = threading.Thread(
        target=build_job.run,
        args=(options,),
        kwargs={"emit": emit, "load_encoder": lambda name: HashingEncoder()},
    )
    with (kb_dir / files.LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        thread.start()
        assert waiting.wait(10)
        assert files.load_pointer(kb_dir) is None
    thread.join(30)

    assert seen[-1]["event"] == "done"
    assert files.load_pointer(kb_dir) == seen[-1]["snapshot_id"]


def test_the_module_runs_as_a_process_and_fails_with_one_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kb_index.build_job", "--kb-dir", str(tmp_path / "kb")]

    result = subprocess.run(
        [*command, "--database-url", f"sqlite:///{tmp_path}/none.db"],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip

    assert result.returncode == 1
    assert json.loads(result.stdout)["code"] == "no_database"
    assert result.stderr.startswith("Building the knowledge base index failed: The database file")


@pytest.mark.parametrize(
    "module", ["articles", "build_job", "render", "snippets", "check", "search", "confidence"]
)
def test_light_modules_load_neither_faiss_nor_torch(module: str) -> None:
    script = (
        f"import sys, kb_index.{module}; "
        "print([n for n in ('faiss', 'torch', 'rasa', 'scipy') if n in sys.modules])"
    )

    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip

    assert result.stdout.strip() == "[]"
