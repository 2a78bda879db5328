"""Markdown of an article to sanitised HTML for its help page.

Raw HTML in the text is shown as text, not obeyed; what the Markdown parser makes is cleaned once
more, so that neither scripts nor styles nor event handlers reach a page whatever the parser does.
"""

from __future__ import annotations

from collections.abc import Sequence

import nh3
from markdown_it.token import Token

from kb_index.markdown import is_external, parser, resolve_link

TAGS = {
    "p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "strong", "em", "s", "code", "pre",
    "blockquote", "ul", "ol", "li", "a", "img", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title", "rel"},
    "img": {"src", "alt", "title", "loading"},
    "ol": {"start"},
}
IMAGE_SCHEMES = {"https"}


def render_html(body: str, *, language: str) -> str:
    """Gives safe HTML: links resolved, external ones with `rel`, images only with a description.

    Args:
        body: Markdown of an article.
        language: Language of the page, for links between articles.
    """
    tokens = parser().parse(body)
    for token in tokens:
        if token.tag == "h1":  # the page's own title is the only h1
            token.tag = "h2"
        if token.children:
            token.children = _safe_children(token.children, language)
    markdown = parser()
    html = markdown.renderer.render(tokens, markdown.options, {})
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
        strip_comments=True,
    )


def _safe_children(children: Sequence[Token], language: str) -> list[Token]:
    safe: list[Token] = []
    open_links: list[bool] = []
    for token in children:
        if token.type == "link_open":
            keeps = _prepare_link(token, language)
            open_links.append(keeps)
            if keeps:
                safe.append(token)
        elif token.type == "link_close":
            if open_links.pop():
                safe.append(token)
        elif token.type == "image":
            safe += _image(token, language)
        else:
            safe.append(token)
    return safe


def _prepare_link(token: Token, language: str) -> bool:
    href = resolve_link(str(token.attrGet("href") or ""), language)
    if href is None:
        return False
    token.attrSet("href", href)
    if is_external(href):
        token.attrSet("rel", "noopener noreferrer")
    return True


def _image(token: Token, language: str) -> list[Token]:
    href = resolve_link(str(token.attrGet("src") or ""), language)
    is_shown = href is not None and (href.startswith("/") or href.lower().startswith("https:"))
    if not token.content.strip():
        return []
    if not is_shown:
        return [Token("text", "", 0, content=token.content)]
    token.attrSet("loading", "lazy")
    return [token]
