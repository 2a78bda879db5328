"""Static files with right caching: every file has an ETag; named builds may be kept for good.

Files are few and small (shop, console, widget), so each is read once, compressed once and kept
until it changes on disk. Paths are looked up in a listing of the folder, never joined from what the
caller sent.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response

# Below this, headers weigh more than compression saves.
COMPRESS_FROM: Final = 860
REVALIDATE: Final = "no-cache"
SHORT: Final = "public, max-age=300, must-revalidate"
FOR_GOOD: Final = "public, max-age=31536000, immutable"
_TYPES: Final[Mapping[str, str]] = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
}
_PACKED: Final = frozenset({".woff2", ".webp", ".avif", ".png", ".jpg", ".jpeg", ".gif"})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A file in memory."""

    stamp: tuple[int, int]
    body: bytes
    packed: bytes | None
    etag: str
    media_type: str


class FileShelf:
    """Serves the files under one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._kept: dict[str, KeptFile] = {}

    def find(self, name: str) -> KeptFile | None:
        """The file with this relative name, or None. Hidden files and links out are not there."""
        parts = name.split("/")
        if (
            not name
            or "\\" in name
            or "\0" in name
            or any(p.startswith(".") or not p for p in parts)
        ):
            return None
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder) or not path.is_file():
            return None
        stat = path.stat()
        stamp = (stat.st_mtime_ns, stat.st_size)
        kept = self._kept.get(name)
        if kept is None or kept.stamp != stamp:
            kept = _read(path, stamp)
            self._kept[name] = kept
        return kept

    def answer(self, name: str, headers: Headers, *, cache: str) -> Response | None:
        """The file as an answer, 304 when the caller has it, None when there is no such file."""
        kept = self.find(name)
        if kept is None:
            return None
        ours = {"ETag": kept.etag, "Cache-Control": cache, "Vary": "Accept-Encoding"}
        if _has(headers.get("if-none-match"), kept.etag):
            return Response(status_code=304, headers=ours)
        if kept.packed is not None and "gzip" in headers.get("accept-encoding", ""):
            ours["Content-Encoding"] = "gzip"
            return Response(kept.packed, media_type=kept.media_type, headers=ours)
        return Response(kept.body, media_type=kept.media_type, headers=ours)


def _read(path: Path, stamp: tuple[int, int]) -> KeptFile:
    body = path.read_bytes()
    suffix = path.suffix.lower()
    packed = None
    if len(body) >= COMPRESS_FROM and suffix not in _PACKED:
        packed = gzip.compress(body, compresslevel=9, mtime=0)
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return KeptFile(
        stamp=stamp,
        body=body,
        packed=packed,
        # Weak, because the plain and the compressed form share it.
        etag=f'W/"{hashlib.sha256(body).hexdigest()[:24]}"',
        media_type=_TYPES.get(suffix, guessed),
    )


def _has(condition: str | None, etag: str) -> bool:
    if condition is None:
        return False
    tags = {tag.strip().removeprefix("W/") for tag in condition.split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags
