"""What can go wrong in the knowledge base.

KbError
├── ArticleError        a file or an edited text is not a valid article (path, line, code, message)
├── ArticleNotFound     no such article, or none in that language
├── RevisionConflict    somebody else saved a newer revision first
├── BuildError          the articles cannot be made into an index
└── SnapshotError       an index folder is missing, damaged or made for another encoder
"""

from __future__ import annotations


class KbError(Exception):
    """Base of every error of this package; `code` is stable and may be translated."""

    code = "kb_error"


class ArticleError(KbError):
    """A text is not a valid article.

    Attributes:
        path: File or name the text came from.
        line: Line of the fault, counted from 1.
        code: Stable code, such as `missing_title`.
        message: One sentence in English.
    """

    def __init__(self, *, path: str, line: int, code: str, message: str) -> None:
        super().__init__(path, line, code, message)
        self.path = path
        self.line = line
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class ArticleNotFound(KbError):
    """There is no such article, or none in that language."""

    code = "article_not_found"

    def __init__(self, article_id: str, language: str) -> None:
        super().__init__(article_id, language)
        self.article_id = article_id
        self.language = language

    def __str__(self) -> str:
        return f"There is no article {self.article_id!r} in language {self.language!r}."


class RevisionConflict(KbError):
    """Somebody saved a newer revision of the article in the meantime."""

    code = "revision_conflict"

    def __init__(self, article_id: str, language: str, *, expected: int | None) -> None:
        super().__init__(article_id, language, expected)
        self.article_id = article_id
        self.language = language
        self.expected = expected

    def __str__(self) -> str:
        name = f"{self.article_id!r} ({self.language})"
        if self.expected is None:
            return f"Somebody else saved article {name} at the same moment; load it again."
        return f"Article {name} is no longer at revision {self.expected}; load it again."


class BuildError(KbError):
    """The articles cannot be made into an index."""

    code = "build_failed"


class SnapshotError(KbError):
    """An index folder is missing, damaged, or made for another encoder.

    Attributes:
        path: The snapshot folder.
        reason: One sentence in English.
    """

    code = "snapshot_refused"

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(path, reason)
        self.path = str(path)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"
