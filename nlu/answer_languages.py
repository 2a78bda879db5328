"""In which languages is answered: those that are offered, and those that only articles have.

The operator chooses among the languages of the interface. An article in any other language is an
answer in that language; what the product itself says then comes in the default one. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nlu.languages import CODES, primary_code


def answer_languages(offered: Sequence[str], articles: Iterable[str]) -> tuple[str, ...]:
    """Gives the codes of all languages in which is answered, the offered ones first.

    Args:
        offered: Languages of the interface that the operator offers, the default first.
        articles: Language tags of the articles (`ro`, `pt-BR`, `nb`).
    """
    written = (primary_code(tag) for tag in articles)
    others = sorted({code for code in written if code is not None and code not in CODES})
    return tuple(dict.fromkeys((*offered, *others)))


def article_tag(language: str, articles: Iterable[str]) -> str:
    """Gives the tag under which articles of a language stand (`nb` for `no`), else the language."""
    tags = sorted(articles)
    base = language.split("-", 1)[0]
    if any(tag == language or tag.split("-", 1)[0] == base for tag in tags):
        return language
    return next((tag for tag in tags if primary_code(tag) == primary_code(language)), language)


def interface_language(language: str, offered: Sequence[str]) -> str:
    """Gives the language of the product's own texts: the asked one, or else the default.

    Args:
        language: The conversation's language.
        offered: Languages of the interface that the operator offers, the default first.
    """
    if primary_code(language) in CODES:
        return language
    return next((tag for tag in offered if tag in CODES), CODES[0])
