"""Who is shown which article in which language."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kb_index.views import ArticleKey, Catalog, choose_rows


def key(
    article_id: str, language: str, *, audience: str = "public", markets: Any = ()
) -> ArticleKey:
    return ArticleKey(
        article_id=article_id, language=language, title="t", audience=audience, markets=markets
    )


ARTICLES = [
    key("track", "en"),
    key("track", "el"),
    key("track", "pt-BR"),
    key("return", "en"),
    key("return", "de"),
    key("voucher", "fr"),
    key("voucher", "de"),
    key("pay", "nl", markets=("NL", "BE")),
    key("fraud", "en", audience="agents"),
]


def shown(**changes: Any) -> list[tuple[str, str]]:
    options: dict[str, Any] = {
        "language": "el", "languages_ok": None, "audience": "public", "market": None, **changes
    }  # fmt: skip
    view = choose_rows(Catalog(ARTICLES), np.arange(len(ARTICLES), dtype=np.int32), **options)
    return [(ARTICLES[row].article_id, ARTICLES[row].language) for row in view.rows]


def test_the_asked_language_is_preferred_then_english_then_by_name() -> None:
    assert shown() == [("track", "el"), ("return", "en"), ("voucher", "de"), ("pay", "nl")]


def test_a_regional_language_falls_back_to_its_base_and_the_reverse() -> None:
    assert ("track", "pt-BR") in shown(language="pt")
    assert ("track", "el") in shown(language="el-CY")


def test_only_acceptable_languages_are_shown_in_their_order() -> None:
    assert shown(languages_ok=["el", "fr"]) == [("track", "el"), ("voucher", "fr")]
    assert shown(languages_ok=["el", "de", "en"]) == [
        ("track", "el"), ("return", "de"), ("voucher", "de"),
    ]  # fmt: skip
    assert shown(languages_ok=["tr"]) == []


def test_without_a_language_all_translations_compete() -> None:
    assert len(shown(language=None)) == len(ARTICLES) - 1


def test_agents_see_what_is_hidden_from_visitors() -> None:
    assert ("fraud", "en") not in shown()
    assert ("fraud", "en") in shown(audience="agents")


def test_a_market_hides_articles_of_other_markets() -> None:
    assert ("pay", "nl") not in shown(market="DE")
    assert ("pay", "nl") in shown(market="BE")


def test_the_rows_are_passages_and_the_asked_language_comes_first() -> None:
    passage_article = np.array([1, 1, 3, 0, 1], np.int32)

    view = choose_rows(
        Catalog(ARTICLES),
        passage_article,
        language="el",
        languages_ok=None,
        audience="public",
        market=None,
    )  # fmt: skip

    assert view.rows.tolist() == [0, 1, 2, 4]
    assert view.languages == ("el", "de", "en", "nl")
    assert view.asked == "el"


def test_replaced_articles_are_in_no_view_and_speak_no_language() -> None:
    catalog = Catalog(ARTICLES, dead=np.array([7, 1], np.int32))

    chosen, languages = catalog.choose(
        language="el", languages_ok=None, audience="public", market=None
    )

    assert [ARTICLES[row].language for row in np.flatnonzero(chosen)] == ["en", "en", "de"]
    assert languages == ("de", "en")
    assert catalog.languages == ("de", "en", "fr", "pt-BR")


@pytest.mark.parametrize("language", [None, "el"])
def test_no_articles_give_an_empty_view(language: str | None) -> None:
    view = choose_rows(
        Catalog([]), np.zeros(0, np.int32), language=language, languages_ok=None, audience="public",
        market=None,
    )  # fmt: skip

    assert view.rows.shape == (0,)
    assert view.languages == ()


def test_the_largest_languages_are_those_of_most_passages() -> None:
    passages = np.array([0, 0, 1, 4, 4, 4])

    assert Catalog(ARTICLES).largest(passages, ["de", "el", "en"], 2) == ("de", "en")


def test_a_key_is_read_from_the_catalog() -> None:
    row = {"id": "a", "language": "el", "title": "T", "audience": "public", "markets": ["GR"],
           "digest": "d"}  # fmt: skip

    assert ArticleKey.from_json(row) == ArticleKey(
        article_id="a", language="el", title="T", audience="public", markets=("GR",), digest="d"
    )
