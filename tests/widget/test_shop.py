"""The demo shop: twelve static pages that live under the strict policy, link to real help articles
and show well on a small phone, in both colour schemes and from right to left.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.widget.conftest import Visit
from tests.widget.test_bundles import LANGUAGES, STATIC
from tests.widget.test_widget_browser import AXE

OpenVisit = Callable[..., Visit]
# In every language's knowledge base, also the smaller ones.
ARTICLES_EVERYWHERE = {
    "order-track", "order-change-cancel", "delivery-times", "delivery-costs", "delivery-late",
    "return-how", "refund-when", "payment-methods", "payment-failed", "payment-double-charge",
    "voucher-use", "password-reset", "invoice-download", "opening-hours-contact",
}  # fmt: skip


class Reader(HTMLParser):
    """Collects the tags of a page and the text between them."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed((STATIC / "shop" / language / "index.html").read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_needs_nothing_that_the_policy_forbids(language: str) -> None:
    for tag, attributes in Reader(language).tags:
        assert tag not in {"style", "iframe", "object", "form"}
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
        for name in ("src", "href"):
            target = attributes.get(name) or "/"
            assert re.match(r"(/(?!/)|#|mailto:|tel:)", target), target


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_embeds_the_chat_with_one_line(language: str) -> None:
    text = (STATIC / "shop" / language / "index.html").read_text(encoding="utf-8")

    assert f'<script src="/widget/loader.js" async data-locale="{language}"></script>' in text
    assert text.count("<script") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_states_language_direction_and_real_help_links(language: str) -> None:
    tags = Reader(language).tags
    html = next(attributes for tag, attributes in tags if tag == "html")
    links = [attributes.get("href") or "" for tag, attributes in tags if tag == "a"]
    articles = {
        link.rsplit("/", 1)[1]
        for link in links
        if link.startswith("/help/") and not link.endswith("/")
    }

    assert html == {"lang": language, "dir": "rtl" if language == "ar" else "ltr"}
    assert articles <= ARTICLES_EVERYWHERE and len(articles) == 7
    assert [link for link in links if link.startswith("/shop/")][1:] == [
        f"/shop/{one}/" for one in LANGUAGES
    ]


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_page_is_translated_throughout(language: str) -> None:
    same = {word for word in Reader("en").words if len(word) > 12} & set(Reader(language).words)

    assert same <= {"hello@meltemi.example", "+30 210 555 0142", "Odos Anemon 12"}


def test_every_picture_has_a_text_or_is_marked_as_decoration() -> None:
    for language in LANGUAGES:
        pictures = [attributes for tag, attributes in Reader(language).tags if tag == "img"]

        assert all(
            "alt" in picture and (STATIC / (picture["src"] or "")[1:]).exists()
            for picture in pictures
        )
        assert sum(bool(picture["alt"]) for picture in pictures) == 2


@pytest.mark.browser
def test_no_page_scrolls_sideways_on_a_small_phone(visit: OpenVisit) -> None:
    one = visit(viewport={"width": 320, "height": 640})
    page = one.page("/shop/en/")

    wide = []
    for language in LANGUAGES:
        page.goto(f"{one.url}/shop/{language}/")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(language)

    assert wide == []


@pytest.mark.browser
def test_the_language_menu_leads_to_the_other_page(visit: OpenVisit) -> None:
    page = visit().page("/shop/en/")

    page.get_by_text("Language: English").click()
    page.get_by_role("link", name="Ελληνικά").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Λινά για το φως και τον άνεμο")
    expect(page.get_by_role("button", name="Άνοιγμα συνομιλίας")).to_be_visible()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_shop(visit: OpenVisit, axe_source: str, scheme: Any) -> None:
    one = visit(color_scheme=scheme)
    one.context.add_init_script(axe_source)
    page = one.page("/shop/en/")

    found = {}
    for language in ("en", "ar"):
        page.goto(f"{one.url}/shop/{language}/")
        found[language] = page.evaluate(AXE)

    assert found == {"en": [], "ar": []}


@pytest.mark.browser
def test_the_page_does_not_move_when_the_chat_arrives(visit: OpenVisit) -> None:
    one = visit()
    one.context.add_init_script(
        "window.shifts = 0;"
        "const add = list => list.getEntries().forEach(entry => { window.shifts += entry.value });"
        "new PerformanceObserver(add).observe({type: 'layout-shift', buffered: true})"
    )
    page = one.page("/shop/en/")

    page.get_by_test_id("launcher").click()
    expect(page.get_by_test_id("intro")).to_be_visible()

    assert page.evaluate("window.shifts") == 0
