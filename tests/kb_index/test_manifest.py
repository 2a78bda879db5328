"""The manifest's stored form."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kb_index.manifest import FileEntry, Manifest, manifest_from_json, manifest_to_json
from kb_index.versions import articles_digest

MANIFEST = Manifest(
    snapshot_id="s1",
    created_at="2026-01-31T10:00:00Z",
    content_digest="c",
    encoder="e",
    dimension=4,
    background_digest="b",
    index_kind="flat",
    n_articles=1,
    n_passages=2,
    n_encoded=2,
    n_changed=1,
    languages={"en": 1},
    files={"a.npy": FileEntry(n_bytes=3, sha256="x")},
)


def test_a_stored_manifest_comes_back() -> None:
    assert manifest_from_json(json.loads(json.dumps(manifest_to_json(MANIFEST)))) == MANIFEST


def test_the_file_list_can_be_set_at_the_end() -> None:
    entry = FileEntry(n_bytes=1, sha256="y")

    assert MANIFEST.with_files({"b": entry}).files == {"b": entry}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "not a snapshot manifest"),
        ({}, "not a snapshot manifest"),
        ({"format": 99}, "format 99"),
        ({**manifest_to_json(MANIFEST), "encoder": {}}, "damaged"),
    ],
)
def test_anything_else_is_refused(data: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        manifest_from_json(data)


def test_the_digest_of_all_articles_does_not_depend_on_their_order() -> None:
    one, two = ("a", "en", "1"), ("b", "en", "2")

    assert articles_digest([one, two]) == articles_digest([two, one])
    assert articles_digest([one]) != articles_digest([two])
