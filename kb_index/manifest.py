"""The manifest of a snapshot: what it was made of and the checksum of every file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

FORMAT = 4
IndexKind = Literal["flat", "codes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """One file of a snapshot."""

    n_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a snapshot says about itself.

    Attributes:
        content_digest: Of the articles, as `articles_digest` makes it.
        encoder: Fingerprint of the encoder.
        background_digest: Of the off-topic questions used for calibration.
        index_kind: `flat` is exact; `codes` finds candidates by short codes first.
        n_articles: Articles that can be found.
        n_passages: Stored passages, with those of replaced articles.
        n_encoded: Passages encoded for this build; the others were taken from the one before.
        n_changed: Articles that differ from the base segment: replaced, added or taken back.
        created_at: ISO 8601 with Z.
    """

    snapshot_id: str
    created_at: str
    content_digest: str
    encoder: str
    dimension: int
    background_digest: str
    index_kind: IndexKind
    n_articles: int
    n_passages: int
    n_encoded: int
    n_changed: int
    languages: Mapping[str, int]
    files: Mapping[str, FileEntry]

    def with_files(self, entries: Mapping[str, FileEntry]) -> Manifest:
        """The same manifest with its file list."""
        return replace(self, files=dict(entries))


def manifest_to_json(manifest: Manifest) -> dict[str, Any]:
    """A JSON object with a checksum over itself."""
    data: dict[str, Any] = {
        "format": FORMAT,
        "snapshot_id": manifest.snapshot_id,
        "created_at": manifest.created_at,
        "content_digest": manifest.content_digest,
        "encoder": {"fingerprint": manifest.encoder, "dimension": manifest.dimension},
        "background_digest": manifest.background_digest,
        "index_kind": manifest.index_kind,
        "counts": {
            "articles": manifest.n_articles,
            "passages": manifest.n_passages,
            "encoded": manifest.n_encoded,
            "changed": manifest.n_changed,
            "languages": dict(manifest.languages),
        },
        "files": {
            name: {"bytes": entry.n_bytes, "sha256": entry.sha256}
            for name, entry in manifest.files.items()
        },
    }
    return {**data, "digest": _digest(data)}


def manifest_from_json(data: object) -> Manifest:
    """Reads what `manifest_to_json` wrote.

    Raises:
        ValueError: With one sentence, if it is something else or was changed.
    """
    if not isinstance(data, dict) or "format" not in data:
        raise ValueError("This is not a snapshot manifest.")
    if data["format"] != FORMAT:
        raise ValueError(
            f"The snapshot has format {data['format']!r}; this version reads {FORMAT}."
        )
    if data.get("digest") != _digest({key: data[key] for key in data if key != "digest"}):
        raise ValueError("The manifest is damaged (its checksum differs).")
    counts = data["counts"]
    return Manifest(
        snapshot_id=data["snapshot_id"],
        created_at=data["created_at"],
        content_digest=data["content_digest"],
        encoder=data["encoder"]["fingerprint"],
        dimension=data["encoder"]["dimension"],
        background_digest=data["background_digest"],
        index_kind=data["index_kind"],
        n_articles=counts["articles"],
        n_passages=counts["passages"],
        n_encoded=counts["encoded"],
        n_changed=counts["changed"],
        languages=counts["languages"],
        files={
            name: FileEntry(n_bytes=entry["bytes"], sha256=entry["sha256"])
            for name, entry in data["files"].items()
        },
    )


def _digest(data: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
