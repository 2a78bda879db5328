"""Languages of answers and of the product's own texts."""

from __future__ import annotations

import pytest

from nlu.answer_languages import answer_languages, article_tag, interface_language


@pytest.mark.parametrize(
    ("offered", "articles", "answered"),
    [
        (("en", "de"), (), ("en", "de")),
        # The operator chose among the languages of the interface: French articles change nothing.
        (("en", "de"), ("en", "fr"), ("en", "de")),
        (("en", "de"), ("ro", "nb", "zh-Hans", "sv"), ("en", "de", "no", "ro", "sv", "zh")),
        (("en",), ("??",), ("en",)),
    ],
)
def test_answer_languages(
    offered: tuple[str, ...], articles: tuple[str, ...], answered: tuple[str, ...]
) -> None:
    assert answer_languages(offered, articles) == answered


@pytest.mark.parametrize(
    ("language", "articles", "tag"),
    [
        ("no", ("en", "nb"), "nb"),
        ("no", ("no", "nb"), "no"),
        ("pt", ("pt-BR",), "pt"),
        ("he", ("iw",), "iw"),
        ("ro", ("en",), "ro"),
    ],
)
def test_article_tag(language: str, articles: tuple[str, ...], tag: str) -> None:
    assert article_tag(language, articles) == tag


@pytest.mark.parametrize(
    ("language", "offered", "shown"),
    [
        ("de", ("en", "de"), "de"),
        ("pt-BR", ("en",), "pt-BR"),
        ("ro", ("el", "en"), "el"),
        ("ro", ("ro", "tr"), "tr"),
        ("ro", (), "en"),
    ],
)
def test_interface_language(language: str, offered: tuple[str, ...], shown: str) -> None:
    assert interface_language(language, offered) == shown
