"""The models folder: the newest file, and the door that keeps names inside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.brain.errors import ModelRefused, NoModel
from bot.brain.models import access_model, file_sha256, newest_model


def write(path: Path, content: bytes = b"model", *, changed_at: int = 1) -> Path:
    path.write_bytes(content)
    os.utime(path, (changed_at, changed_at))
    return path


def test_newest_model_wins(tmp_path: Path) -> None:
    write(tmp_path / "z.tar.gz", changed_at=1)
    newest = write(tmp_path / "a.tar.gz", changed_at=2)
    write(tmp_path / "notes.txt", changed_at=3)

    assert newest_model(tmp_path) == newest


def test_empty_folder_has_no_model(tmp_path: Path) -> None:
    with pytest.raises(NoModel, match="babeldesk train"):
        newest_model(tmp_path)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("../secret.tar.gz", 400),
        ("/etc/passwd", 400),
        ("", 400),
        ("notes.txt", 400),
        ("missing.tar.gz", 404),
    ],
)
def test_wrong_names_are_refused(tmp_path: Path, name: str, status: int) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    write(tmp_path / "secret.tar.gz")
    write(folder / "notes.txt")

    with pytest.raises(ModelRefused) as caught:
        access_model(folder, name)

    assert caught.value.status == status


def test_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "link.tar.gz").symlink_to(write(tmp_path / "secret.tar.gz"))

    with pytest.raises(ModelRefused) as caught:
        access_model(folder, "link.tar.gz")

    assert caught.value.status == 400


def test_checksum_is_compared(tmp_path: Path) -> None:
    path = write(tmp_path / "m.tar.gz")

    assert access_model(tmp_path, "m.tar.gz", sha256=file_sha256(path)) == path.resolve()
    with pytest.raises(ModelRefused) as caught:
        access_model(tmp_path, "m.tar.gz", sha256="0" * 64)
    assert caught.value.status == 409
