"""Help pages: safe HTML, links that work, images with a description."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb_index.folder import load_folder
from kb_index.markdown import article_target, is_external, resolve_link
from kb_index.render import render_html


def test_ordinary_markdown_is_rendered() -> None:
    html = render_html("# T\n\nA **b** *c* `d`\n\n3. x\n\n| a |\n|---|\n| 1 |", language="en")

    assert "<h2>T</h2>" in html
    assert "<p>A <strong>b</strong> <em>c</em> <code>d</code></p>" in html
    assert '<ol start="3">' in html
    assert "<td>1</td>" in html


def test_links_between_articles_are_mapped_to_help_pages() -> None:
    html = render_html("[x](article:order-track#costs)", language="pt-BR")

    assert html == '<p><a href="/help/pt-BR/order-track#costs">x</a></p>\n'


def test_links_away_do_not_hand_over_the_window() -> None:
    html = render_html("[x](https://a.example) [y](/here)", language="en")

    assert '<a href="https://a.example" rel="noopener noreferrer">x</a>' in html
    assert '<a href="/here">y</a>' in html


def test_images_need_a_description_and_a_safe_place() -> None:
    body = (
        "![a towel](/t.png) ![](/u.png) ![b](https://a.example/v.png) ![c](http://a.example/w.png)"
    )

    html = render_html(body, language="en")

    assert '<img src="/t.png" alt="a towel" loading="lazy">' in html
    assert "u.png" not in html
    assert "https://a.example/v.png" in html
    assert "w.png" not in html and " c</p>" in html


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>1</script>)",
        "[x](//evil.example)",
        r"[x](/\evil.example)",
        "[x](vbscript:x)",
        "<svg/onload=alert(1)>",
        "<style>*{}</style>",
        '<a href="x" onclick="y">z</a>',
        "[x](article:../../etc)",
        '![x" onerror="alert(1)](/a.png)',
        '<https://a.example/" onclick=x>',
        "[x][1]\n\n[1]: javascript:alert(1)",
    ],
)
def test_nothing_active_reaches_the_page(body: str) -> None:
    html = render_html(body, language="en")

    tags = html.replace("&lt;", "").split("<")[1:]
    for tag in tags:
        inside = tag.split(">")[0].lower()
        assert not inside.startswith(("script", "style", "svg", "iframe"))
        assert "javascript:" not in inside and "vbscript:" not in inside and "data:" not in inside
        assert 'href="//' not in inside and "evil" not in inside and ".." not in inside
        assert " on" not in inside.replace('alt="x&quot; onerror=&quot;alert(1)"', "")


@given(st.text(max_size=200))
def test_any_text_can_be_rendered(body: str) -> None:
    html = render_html(body, language="en")

    assert "<script" not in html.lower()


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("article:a-b", "/help/el/a-b"),
        ("ARTICLE:a-b#c", "/help/el/a-b#c"),
        ("article:", None),
        ("article:a/b", None),
        ("https://x.example", "https://x.example"),
        ("HTTP://x.example", "HTTP://x.example"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("tel:+302105550142", "tel:+302105550142"),
        ("ftp://x", None),
        ("/help", "/help"),
        ("#part", "#part"),
        ("//x", None),
        ("other.md", None),
        ("", None),
        ("http://[::1", None),
    ],
)
def test_links_lead_only_to_known_places(href: str, expected: str | None) -> None:
    assert resolve_link(href, "el") == expected


def test_article_links_are_told_from_others() -> None:
    assert article_target("article:x#y") == ("x", "#y")
    assert article_target("https://x") is None
    assert is_external("https://x") and not is_external("/x")


def test_the_demo_articles_render_without_dead_schemes() -> None:
    for article in load_folder(Path("data/kb")).articles:
        html = render_html(article.body, language=article.language)

        assert "article:" not in html
