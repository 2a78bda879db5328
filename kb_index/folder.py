"""Reads a folder of article files, `<language>/<id>.md`, and collects what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kb_index.article import Article, parse_article
from kb_index.errors import ArticleError

MAX_FILE_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedFolder:
    """The articles of a folder and the files that are none."""

    articles: tuple[Article, ...]
    problems: tuple[ArticleError, ...]


def load_folder(folder: Path) -> LoadedFolder:
    """Reads all articles; paths in problems are relative to the folder.

    Raises:
        NotADirectoryError: If the folder is not there.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is not a folder.")
    articles: list[Article] = []
    problems: list[ArticleError] = []
    for path in sorted(folder.glob("*/*.md")):
        name = path.relative_to(folder).as_posix()
        try:
            articles.append(parse_article(_load_text(path, name), path=name))
        except ArticleError as error:
            problems.append(error)
    return LoadedFolder(articles=tuple(articles), problems=tuple(problems))


def _load_text(path: Path, name: str) -> str:
    if path.stat().st_size > MAX_FILE_BYTES:
        message = f"The file is larger than {MAX_FILE_BYTES} bytes."
        raise ArticleError(path=name, line=1, code="large_file", message=message)
    data = path.read_bytes()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = "The file is not UTF-8 text."
        raise ArticleError(path=name, line=line, code="not_utf8", message=message) from error
