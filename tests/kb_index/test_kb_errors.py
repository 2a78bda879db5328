"""What the errors say."""

from __future__ import annotations

from kb_index.errors import (
    ArticleError,
    ArticleNotFound,
    KbError,
    RevisionConflict,
    SnapshotError,
)


def test_every_error_has_a_code_and_a_sentence() -> None:
    errors: list[KbError] = [
        ArticleError(path="a.md", line=3, code="bad_id", message="No."),
        ArticleNotFound("a", "el"),
        RevisionConflict("a", "el", expected=2),
        RevisionConflict("a", "el", expected=None),
        SnapshotError("/kb/x", "It is damaged."),
    ]

    assert [error.code for error in errors] == [
        "bad_id", "article_not_found", "revision_conflict", "revision_conflict",
        "snapshot_refused",
    ]  # fmt: skip
    assert [str(error) for error in errors] == [
        "a.md:3: No.",
        "There is no article 'a' in language 'el'.",
        "Article 'a' (el) is no longer at revision 2; load it again.",
        "Somebody else saved article 'a' (el) at the same moment; load it again.",
        "/kb/x: It is damaged.",
    ]
