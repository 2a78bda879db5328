"""Writes the header of a ticket from its log: what was asked, what was tried, what is known. Pure.

Extractive: every word stands in the log. Card and account numbers are hidden. The edge turns it
into sentences in the agent's language.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from handoff.model import Author, EventView, Json, JsonObject
from handoff.tickets.classification import BotEvidence
from handoff.transcript import excerpt, find_email, mask_numbers

FORM: Final = 1
OUTCOMES: Final = ("answered", "offered", "helpful", "not_helpful")
_REQUEST_CHARS: Final = 280
_VALUES_PER_KIND: Final = 5
_ARTICLES: Final = 6
_KINDS: Final = ("order_number", "email", "phone", "amount", "date")
_ORDER = re.compile(r"(?<![\w@.-])([A-Za-z]{2,4})-(\d{5,10})(?![\w@-])")


def summarise(log: Sequence[EventView]) -> JsonObject:
    """Gives the header of an episode.

    Args:
        log: The episode's events in order, internals included.

    Returns:
        `first_request` and `last_request` (texts), `entities` (kind -> values), `tried` (articles
        with title, outcome `answered`, `offered`, `helpful` or `not_helpful` and confidence),
        `sureness` (the bot's last `confidence`, `outcome` and `reasons`), `languages` (in order of
        their first use), `switches` (how often the visitor changed the language), `messages`
        (author -> number).
    """
    said = [event for event in log if event.kind == "message" and not event.agents_only]
    hers = [event for event in said if event.author is Author.VISITOR]
    own_words = [event for event in hers if "choice" not in event.payload]
    languages = [event.language for event in own_words if event.language]
    return {
        "form": FORM,
        "first_request": _request(own_words),
        "last_request": _request(own_words[::-1]),
        "entities": _entities(own_words),
        "tried": _tried(said),
        "sureness": _sureness(hers),
        "languages": list(dict.fromkeys(languages)),
        "switches": sum(a != b for a, b in itertools.pairwise(languages)),
        "messages": {
            author.value: sum(event.author is author for event in said)
            for author in (Author.VISITOR, Author.BOT, Author.AGENT)
        },
    }


def evidence_of(log: Iterable[EventView]) -> BotEvidence:
    """Gives what the bot thought of an episode's messages; a pressed article counts as found."""
    articles: dict[str, float] = {}
    intents: dict[str, float] = {}
    for event in log:
        if event.author is not Author.VISITOR or event.kind != "message":
            continue
        decision = _decision(event)
        if decision.get("outcome") != "smalltalk":
            for hit in _items(decision.get("hits")):
                _raise(articles, hit.get("article_id"), hit.get("probability"))
        intent = decision.get("intent")
        if isinstance(intent, dict):
            _raise(intents, intent.get("name"), intent.get("confidence"))
        choice = event.payload.get("choice")
        if isinstance(choice, dict) and choice.get("kind") == "article":
            _raise(articles, choice.get("value"), 1.0)
    return BotEvidence(articles=articles, intents=intents)


def _request(messages: Sequence[EventView]) -> str:
    """Gives the first message that says something; courtesies only if there is nothing else."""
    worded = [event for event in messages if any(map(str.isalpha, event.text))]
    asking = [event for event in worded if _decision(event).get("outcome") != "smalltalk"]
    chosen = next(iter(asking or worded), None)
    return excerpt(mask_numbers(chosen.text), limit=_REQUEST_CHARS) if chosen else ""


def _entities(messages: Sequence[EventView]) -> JsonObject:
    found: dict[str, list[str]] = {}
    for event in messages:
        for item in _items(_decision(event).get("entities")):
            kind, value = str(item.get("entity")), str(item.get("value"))
            if kind in _KINDS and mask_numbers(value) == value:
                found.setdefault(kind, []).append(value)
        # Messages to people have no turn of the bot that looked for values.
        for match in _ORDER.finditer(event.text):
            found.setdefault("order_number", []).append(f"{match[1].upper()}-{match[2]}")
        email = find_email(event.text)
        if email is not None:
            found.setdefault("email", []).append(email.lower())
    known: JsonObject = {}
    for kind in _KINDS:
        if kind in found:
            values: list[Json] = [*dict.fromkeys(found[kind])]
            known[kind] = values[:_VALUES_PER_KIND]
    return known


def _tried(said: Sequence[EventView]) -> list[Json]:
    tried: dict[str, JsonObject] = {}
    shown: list[str] = []
    for event in said:
        if event.author is Author.BOT:
            shown = _note_reply(tried, event) or shown
        elif event.author is Author.VISITOR:
            choice = event.payload.get("choice")
            if isinstance(choice, dict) and choice.get("kind") == "feedback":
                for name in shown:
                    value = str(choice.get("value"))
                    tried[name]["outcome"] = value if value in OUTCOMES else "answered"
    return list[Json](tried.values())[:_ARTICLES]


def _note_reply(tried: dict[str, JsonObject], event: EventView) -> list[str]:
    """Adds what a reply of the bot shows; gives the articles that it answered with."""
    answered = []
    for source in _items(event.payload.get("sources")):
        name = str(source.get("article_id"))
        tried[name] = {
            "article_id": name,
            "title": source.get("title"),
            "language": source.get("language"),
            "outcome": "answered",
            "confidence": (event.internal or {}).get("confidence"),
        }
        answered.append(name)
    for button in _items(event.payload.get("buttons")):
        choice = button.get("choice")
        if isinstance(choice, dict) and choice.get("kind") == "article":
            name = str(choice.get("value"))
            offered: JsonObject = {
                "article_id": name,
                "title": button.get("title"),
                "language": event.language,
                "outcome": "offered",
                "confidence": None,
            }
            tried.setdefault(name, offered)
    return answered


def _sureness(messages: Sequence[EventView]) -> JsonObject | None:
    for event in reversed(messages):
        decision = _decision(event)
        if decision:
            reasons = decision.get("reasons")
            return {
                "confidence": decision.get("confidence"),
                "outcome": decision.get("outcome"),
                "reasons": reasons if isinstance(reasons, list) else [],
            }
    return None


def _decision(event: EventView) -> Mapping[str, Json]:
    decision = (event.internal or {}).get("decision")
    return decision if isinstance(decision, dict) else {}


def _items(value: Json) -> list[JsonObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _raise(best: dict[str, float], name: Json, value: Json) -> None:
    if isinstance(name, str) and name and isinstance(value, int | float):
        best[name] = max(best.get(name, 0.0), float(value))
