"""Help pages: an article, or the list of all, as plain HTML without scripts.

The article's body comes sanitised from `kb_index.render`; everything else is escaped here.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import groupby
from typing import Final

from bot.gateway import Gateway
from kb_index.articles import StoredArticle
from kb_index.errors import ArticleNotFound
from nlu.languages import BY_CODE, language_name

_PAGE: Final = """<!doctype html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - {brand}</title>
<link rel="stylesheet" href="/help.css">
</head>
<body>
<header><a class="brand" href="/shop/{language}/">{brand}</a>
<nav><a href="/help/{language}/">{home}</a></nav></header>
<main>
{main}
</main>
</body>
</html>
"""


async def help_page(gateway: Gateway, *, language: str, article_id: str) -> str | None:
    """The page of one public article, or None when there is none to show."""
    try:
        stored = await gateway.articles.get(article_id, language)
    except ArticleNotFound:
        return None
    if not _is_public(stored):
        return None
    from kb_index.render import render_html

    article = stored.article
    texts = gateway.texts
    languages = await gateway.articles.public_languages(article_id)
    others = [other for other in languages if other != language]
    updated = texts.format("help-updated", language, date=article.updated.isoformat())
    parts = [
        f"<article><h1>{escape(article.title)}</h1>",
        render_html(article.body, language=language),
        f'<p class="updated"><time datetime="{article.updated.isoformat()}">{escape(updated)}'
        "</time></p></article>",
        f'<p><a href="/help/{language}/">{escape(texts.format("help-back", language))}</a></p>',
    ]
    if others:
        heading = escape(texts.format("help-other-languages", language))
        links = "".join(_language_link(other, article_id) for other in others)
        parts.append(f'<nav class="languages"><h2>{heading}</h2><ul>{links}</ul></nav>')
    return _frame(gateway, language, article.title, "\n".join(parts))


async def help_list(gateway: Gateway, *, language: str) -> str:
    """The list of all public articles of a language."""
    home = gateway.texts.format("help-home", language)
    found = await gateway.articles.list(language=language, published_only=True)
    public = sorted(filter(_is_public, found), key=lambda s: (s.article.category, s.article.title))
    groups = groupby(public, key=lambda stored: stored.article.category)
    lists = "\n".join(f"<ul>{_items(articles)}</ul>" for _category, articles in groups)
    return _frame(gateway, language, home, f"<h1>{escape(home)}</h1>\n{lists}")


def missing_page(gateway: Gateway, language: str) -> str:
    """The page that says that there is nothing."""
    text = gateway.texts.format("page-not-found", language)
    return _frame(gateway, language, text, f"<h1>{escape(text)}</h1>")


def _is_public(stored: StoredArticle) -> bool:
    return stored.published and stored.article.audience == "public"


def _items(articles: Iterable[StoredArticle]) -> str:
    return "".join(
        f'<li><a href="/help/{escape(stored.article.language)}/{escape(stored.article.id)}">'
        f"{escape(stored.article.title)}</a></li>"
        for stored in articles
    )


def _language_link(language: str, article_id: str) -> str:
    name = escape(language_name(language))
    tag = escape(language)
    href = f"/help/{tag}/{escape(article_id)}"
    return f'<li><a lang="{tag}" hreflang="{tag}" href="{href}">{name}</a></li>'


def _frame(gateway: Gateway, language: str, title: str, main: str) -> str:
    known = BY_CODE.get(language)
    return _PAGE.format(
        language=escape(language),
        direction="rtl" if known and known.rtl else "ltr",
        title=escape(title),
        brand=escape(gateway.settings.brand.name),
        home=escape(gateway.texts.format("help-home", language)),
        main=main,
    )
