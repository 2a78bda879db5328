"""Reads what the support lead writes about tickets: rules, categories and their words.

The section `tickets` of the service file, and the folder of categories: one file that names them,
one per language with the words that speak for them. Every mistake is named with its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import yaml

from handoff.service_file import ServiceFileError, read_mapping
from handoff.tickets.classification import Category, Classifier, TicketType
from handoff.tickets.rules import CustomField, FieldType, TicketRules
from handoff.triage_lexicons import LEXICONS, load_lexicons
from handoff.triage_words import Lexicon

NAMES_FILE: Final = "categories.yml"
_SPANS: Final = ("reopen_within", "follow_up_within", "close_after", "undo_within")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(hours?|days?|weeks?)", re.IGNORECASE)
_SLUG = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_FIELD_KEYS: Final = frozenset({"type", "required", "names", "choices"})
# What denies a word in the lexicons of triage denies a cue as well.
_STEERING: Final = ("negators", "negators_after", "no_denial", "conjunctions")
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_ticket_rules(path: Path) -> TicketRules:
    """Reads the section `tickets` of the service file; without one, the defaults.

    Raises:
        ServiceFileError: If it cannot be read or makes no sense.
    """
    data = _read(path)
    section = data.get("tickets") if isinstance(data, Mapping) else None
    return parse_ticket_rules(section or {}, f"{path.name} > tickets")


def parse_ticket_rules(data: object, where: str) -> TicketRules:
    """Gives the rules that plain data describes; see `load_ticket_rules`."""
    section = read_mapping(data, where, {*_SPANS, "fields"})
    spans = {name: _span(section[name], f"{where} > {name}") for name in _SPANS if name in section}
    entries = read_mapping(section.get("fields") or {}, f"{where} > fields", None)
    own = {
        str(slug): _field(str(slug), entry, f"{where} > fields > {slug}")
        for slug, entry in entries.items()
    }
    return TicketRules(**spans, fields=own)


def load_classifier(folder: Path, *, lexicons: Path = LEXICONS) -> Classifier:
    """Reads categories and cues.

    Args:
        folder: Holds `categories.yml` and a file per language.
        lexicons: The words of triage; their negators count here too.

    Raises:
        ServiceFileError: If something cannot be read or makes no sense.
    """
    names = read_mapping(_read(folder / NAMES_FILE), NAMES_FILE, {"categories", "types"})
    entries = read_mapping(names.get("categories"), f"{NAMES_FILE} > categories", None)
    categories = {
        str(slug): _category(str(slug), entry, f"{NAMES_FILE} > categories > {slug}")
        for slug, entry in entries.items()
    }
    types = read_mapping(names.get("types"), f"{NAMES_FILE} > types", frozenset(TicketType))
    denials = load_lexicons(lexicons)
    cues = {
        path.stem: _cues(path, categories, denials.get(path.stem))
        for path in sorted(folder.glob("*.yml"))
        if path.name != NAMES_FILE
    }
    return Classifier(
        categories=categories,
        cues=cues,
        type_names={str(kind): _names(types[kind], f"{NAMES_FILE} > types") for kind in types},
    )


def _category(slug: str, data: object, where: str) -> Category:
    entry = read_mapping(data, where, {"articles", "names"})
    return Category(
        slug=_slug(slug, where),
        names=_names(entry.get("names") or {}, f"{where} > names"),
        articles=frozenset(_texts(entry.get("articles") or [], f"{where} > articles")),
    )


def _cues(path: Path, categories: Mapping[str, Category], denials: Lexicon | None) -> Lexicon:
    where = path.name
    data = read_mapping(_read(path), where, {"categories", "types"})
    phrases: dict[str, Sequence[str]] = {}
    for part, group, known in (
        ("categories", "category", frozenset(categories)),
        ("types", "type", frozenset(str(kind) for kind in TicketType)),
    ):
        entries = read_mapping(data.get(part) or {}, f"{where} > {part}", known)
        for name, texts in entries.items():
            phrases[f"{group}:{name}"] = _texts(texts, f"{where} > {part} > {name}")
    if denials is not None:
        phrases |= {name: denials.phrases[name] for name in _STEERING}
    return Lexicon(language=path.stem, phrases=phrases)


def _field(slug: str, data: object, where: str) -> CustomField:
    entry = read_mapping(data, where, _FIELD_KEYS)
    kind = entry.get("type", FieldType.TEXT.value)
    if kind not in set(FieldType):
        raise ServiceFileError(f"{where} > type", f"{kind!r} is none of {', '.join(FieldType)}")
    required = entry.get("required", False)
    if not isinstance(required, bool):
        raise ServiceFileError(f"{where} > required", "must be true or false")
    choices = _texts(entry.get("choices") or [], f"{where} > choices")
    if (kind == FieldType.CHOICE) != bool(choices):
        raise ServiceFileError(f"{where} > choices", "belong to the type choice, and are needed")
    return CustomField(
        slug=_slug(slug, where),
        type=FieldType(kind),
        required=required,
        names=_names(entry.get("names") or {}, f"{where} > names"),
        choices=choices,
    )


def _span(value: object, where: str) -> timedelta:
    match = _SPAN.fullmatch(str(value).strip())
    if match is None:
        raise ServiceFileError(where, f"{value!r} is no span such as 7 days or 12 hours")
    unit = {"h": "hours", "d": "days", "w": "weeks"}[match[2][0].lower()]
    return timedelta(**{unit: float(match[1])})


def _slug(text: str, where: str) -> str:
    if not _SLUG.fullmatch(text):
        raise ServiceFileError(where, f"{text!r} must be a short name such as order_number")
    return text


def _names(data: object, where: str) -> Mapping[str, str]:
    return {str(tag): str(name) for tag, name in read_mapping(data, where, None).items()}


def _texts(data: object, where: str) -> tuple[str, ...]:
    if not isinstance(data, list) or not all(isinstance(text, str) and text for text in data):
        raise ServiceFileError(where, "a list of texts is expected here, such as [a, b]")
    return tuple(data)


def _read(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except (OSError, UnicodeDecodeError) as error:
        raise ServiceFileError(str(path), f"cannot be read ({error})") from error
    except yaml.YAMLError as error:
        raise ServiceFileError(str(path), "is not valid YAML") from error
