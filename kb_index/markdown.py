"""The one Markdown parser of this package, and what links inside articles mean."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from markdown_it import MarkdownIt

ARTICLE_SCHEME = "article:"
SAFE_SCHEMES = frozenset({"http", "https", "mailto", "tel"})


@lru_cache(maxsize=1)
def parser() -> MarkdownIt:
    """CommonMark with tables and strikethrough; raw HTML stays text."""
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def article_target(href: str) -> tuple[str, str] | None:
    """(article id, fragment with its `#` or empty) of an `article:` link; None for any other."""
    if not href.lower().startswith(ARTICLE_SCHEME):
        return None
    article_id, mark, fragment = href[len(ARTICLE_SCHEME) :].partition("#")
    return article_id, mark + fragment


def resolve_link(href: str, language: str) -> str | None:
    """Where a link of an article leads in the running product; None when it may lead nowhere.

    `article:order-track` becomes `/help/<language>/order-track`; http, https, mailto, tel, paths
    and fragments of this site stay as they are.
    """
    target = article_target(href)
    if target is not None:
        article_id, fragment = target
        is_id = bool(article_id) and article_id.replace("-", "").isalnum()
        return f"/help/{language}/{article_id}{fragment}" if is_id else None
    try:
        parts = urlsplit(href)
    except ValueError:
        return None
    if parts.scheme:
        return href if parts.scheme.lower() in SAFE_SCHEMES else None
    # `//host/x` and `/\host` would leave this site.
    leaves = href[1:2] in ("/", "\\") or href[1:4].lower() == "%5c"
    is_local = href.startswith("#") or (href.startswith("/") and not leaves)
    return href if is_local else None


def is_external(href: str) -> bool:
    """Whether a resolved link leaves this site."""
    return urlsplit(href).scheme.lower() in ("http", "https")
