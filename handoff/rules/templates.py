"""Fills canned replies: chooses the language and puts in what is known. Pure.

`{visitor.name}` is replaced by its value, `{visitor.name|there}` by `there` if it has none. A
visitor never sees a gap: without a value and without a fallback the text is refused, and the
refusal names what is missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

VARIABLES: Final = (
    "visitor.name", "visitor.first_name", "visitor.email", "ticket.number", "ticket.subject",
    "ticket.priority", "agent.name", "team.name", "opens",
)  # fmt: skip
_PLACE: Final = re.compile(r"\{([^{}]*)\}")
_LONE_BRACE: Final = re.compile(r"[{}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A text ready to be sent; `language` is the one that it is written in."""

    text: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Why there is no text: `variables` have no value, or no language fits."""

    variables: tuple[str, ...] = ()


def fill(
    texts: Mapping[str, str], values: Mapping[str, str | None], *, languages: Sequence[str]
) -> Filled | Missing:
    """Gives the text in the first language that there is one in.

    Args:
        texts: Language tag -> text.
        values: Variable -> value; None or "" is no value.
        languages: The reader's languages, the best first. `pt-BR` also finds `pt`, and `pt` also
            finds `pt-BR`.
    """
    language = choose_language(tuple(texts), languages)
    if language is None:
        return Missing()
    missing: list[str] = []

    def value_of(place: re.Match[str]) -> str:
        name, bar, fallback = place[1].partition("|")
        value = values.get(name.strip())
        if value:
            return value
        if not bar:
            missing.append(name.strip())
        return fallback.strip()

    text = _PLACE.sub(value_of, texts[language])
    if missing:
        return Missing(variables=tuple(dict.fromkeys(missing)))
    return Filled(text=text, language=language)


def choose_language(offered: Sequence[str], wanted: Sequence[str]) -> str | None:
    """Gives the offered tag that fits the first wanted one that any fits."""
    by_tag = {tag.lower(): tag for tag in offered}
    for tag in wanted:
        exact = by_tag.get(tag.lower())
        if exact is not None:
            return exact
        base = tag.lower().partition("-")[0]
        near = [found for lower, found in sorted(by_tag.items()) if lower.split("-")[0] == base]
        if near:
            return by_tag.get(base, near[0])
    return None


def faults_of(text: str) -> list[str]:
    """Gives what is wrong with a text's variables, each as a sentence's end."""
    faults = []
    for place in _PLACE.finditer(text):
        name = place[1].partition("|")[0].strip()
        if name not in VARIABLES:
            faults.append(f"has no variable {{{name}}}; known are {', '.join(VARIABLES)}")
    if _LONE_BRACE.search(_PLACE.sub("", text)):
        faults.append("has a brace without its partner")
    return faults
