"""Reads rules, actions and canned replies from plain data; mistakes are named by place. Pure.

The same form stands in `data/desk.yml`, in an export and in the API:

    events: [ticket_opened, visitor_message]
    when:
      all:
        - category: [refund, payment]
        - not: {tags: handled}
        - any: [{message: ["refund*", "geld zurück"]}, {priority: [1, 2]}]
    then:
      - set_priority: {level: 2, reason: Money}
      - add_tag: refund
    stop: true
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from handoff.errors import RuleInvalid
from handoff.model import Json, JsonObject
from handoff.rules.model import (
    CHOICES,
    HOURS_OPEN,
    ME,
    MINUTES,
    NONE,
    WORDS,
    Action,
    ActionKind,
    After,
    AllOf,
    AnyOf,
    Choice,
    Condition,
    HoursOpen,
    Minutes,
    Not,
    Rule,
    Since,
    Trigger,
    Words,
    actions_json,
)
from handoff.rules.templates import faults_of
from handoff.service_file import ServiceFileError, read_list, read_mapping, read_minutes
from handoff.ticket import HIGHEST_PRIORITY, LOWEST_PRIORITY, TicketState
from handoff.transcript import clean_name, clean_text

MOST_ACTIONS: Final = 20
MOST_CONDITIONS: Final = 100
DEEPEST: Final = 6
MOST_PHRASES: Final = 200
NAME_CHARS: Final = 120
VALUE_CHARS: Final = 200
REPLY_CHARS: Final = 4000
TARGETS: Final = ("team", "agent", "everyone")
# States that rules and macros may set; the others follow from what people do.
STATES: Final = (TicketState.OPEN, TicketState.PENDING, TicketState.ON_HOLD, TicketState.SOLVED)
_SHORTCUT: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_RULE_KEYS: Final = frozenset({"name", "active", "events", "after", "when", "then", "stop"})
_NESTS: Final = frozenset({"all", "any", "not"})
_FIELDS: Final = CHOICES | MINUTES | WORDS | {HOURS_OPEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What rules may name; None where nothing is known to compare with."""

    teams: Collection[str] | None = None
    agents: Collection[str] | None = None
    replies: Collection[str] | None = None
    webhooks: Collection[str] | None = None
    tiers: Collection[str] | None = None
    categories: Collection[str] | None = None


NOTHING_KNOWN: Final = Known()


def parse_rule(
    data: object,
    *,
    where: str,
    rule_id: str = "",
    position: int = 0,
    version: int = 1,
    known: Known = NOTHING_KNOWN,
) -> Rule:
    """Gives the rule that plain data describes.

    Args:
        data: As in the module's docstring, with `name` and optionally `active`.
        where: The rule's own place, which errors begin with.
        rule_id: Its id.
        position: Its place in the order.
        version: Its version.
        known: What it may name.

    Raises:
        RuleInvalid: With the place and what would be right.
    """
    try:
        return _rule(data, where, rule_id, position, version, known)
    except ServiceFileError as error:
        raise RuleInvalid(error.where, error.problem) from None


def parse_actions(data: object, *, where: str, known: Known = NOTHING_KNOWN) -> tuple[Action, ...]:
    """Gives the actions of a macro; raises RuleInvalid as `parse_rule`."""
    try:
        return _actions(data, where, known)
    except ServiceFileError as error:
        raise RuleInvalid(error.where, error.problem) from None


def parse_name(value: object, where: str) -> str:
    """Gives a name on one line; raises RuleInvalid if nothing is left of it."""
    name = clean_name(value) if isinstance(value, str) else ""
    if not name or len(name) > NAME_CHARS:
        raise RuleInvalid(where, f"must have 1 to {NAME_CHARS} characters")
    return name


def parse_shortcut(value: object, where: str) -> str:
    """Gives the shortcut of a canned reply; raises RuleInvalid."""
    if not isinstance(value, str) or not _SHORTCUT.fullmatch(value):
        raise RuleInvalid(where, "must be a short name such as refund_started")
    return value


def parse_texts(data: object, where: str) -> dict[str, str]:
    """Gives the texts of a canned reply by language; raises RuleInvalid."""
    if not isinstance(data, Mapping) or not data:
        raise RuleInvalid(where, "needs a text in at least one language, such as {en: ...}")
    texts: dict[str, str] = {}
    for language, value in data.items():
        place = f"{where} > {str(language)[:35]}"
        if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
            raise RuleInvalid(place, "is no language tag such as el or pt-BR")
        text = clean_text(value).strip() if isinstance(value, str) else ""
        if not text or len(text) > REPLY_CHARS:
            raise RuleInvalid(place, f"must have 1 to {REPLY_CHARS} characters")
        for fault in faults_of(text):
            raise RuleInvalid(place, fault)
        texts[language] = text
    return texts


def _rule(
    data: object, where: str, rule_id: str, position: int, version: int, known: Known
) -> Rule:
    entry = read_mapping(data, where, _RULE_KEYS)
    name = parse_name(entry.get("name"), f"{where} > name")
    triggers = _triggers(entry.get("events"), f"{where} > events")
    after = _after(entry.get("after"), triggers, f"{where} > after")
    given = entry.get("when")
    budget = [MOST_CONDITIONS]
    when = AllOf(()) if given is None else _condition(given, f"{where} > when", 0, budget, known)
    actions = _actions(entry.get("then"), f"{where} > then", known)
    for number, action in enumerate(actions, start=1):
        if action == Action(ActionKind.ASSIGN, ME):
            raise RuleInvalid(f"{where} > then > {number} > assign", "me is for macros only")
    stop = _flag(entry.get("stop", False), f"{where} > stop")
    definition: JsonObject = {"events": [one.value for one in Trigger if one in triggers]}
    if after is not None:
        definition["after"] = {"since": after.since.value, "minutes": after.minutes}
    if given is not None:
        definition["when"] = _plain(given)
    definition["then"] = actions_json(actions)
    definition["stop"] = stop
    return Rule(
        id=rule_id,
        name=name,
        position=position,
        active=_flag(entry.get("active", True), f"{where} > active"),
        triggers=triggers,
        when=when,
        actions=actions,
        after=after,
        stop=stop,
        version=version,
        definition=definition,
    )


def _triggers(data: object, where: str) -> frozenset[Trigger]:
    names = [data] if isinstance(data, str) else read_list(data, where)
    known = {trigger.value: trigger for trigger in Trigger}
    for number, name in enumerate(names, start=1):
        if name not in known:
            raise RuleInvalid(f"{where} > {number}", f"must be one of {', '.join(known)}")
    if not names:
        raise RuleInvalid(where, f"needs one of {', '.join(known)}")
    return frozenset(known[name] for name in names)


def _after(data: object, triggers: frozenset[Trigger], where: str) -> After | None:
    if Trigger.TIME not in triggers:
        if data is not None:
            raise RuleInvalid(where, "belongs to the event time")
        return None
    if data is None:
        raise RuleInvalid(
            where, "is needed for the event time, such as {since: waiting, minutes: 60}"
        )
    entry = read_mapping(data, where, {"since", "minutes"})
    since = {one.value: one for one in Since}.get(str(entry.get("since")))
    if since is None:
        raise RuleInvalid(f"{where} > since", f"must be one of {', '.join(Since)}")
    minutes = _number(entry.get("minutes"), f"{where} > minutes")
    if not 1 <= minutes <= 60 * 24 * 90:
        raise RuleInvalid(f"{where} > minutes", "must be 1 to 129600 (90 days)")
    return After(since=since, minutes=minutes)


def _condition(data: object, where: str, depth: int, budget: list[int], known: Known) -> Condition:
    if depth > DEEPEST:
        raise RuleInvalid(where, f"is nested more than {DEEPEST} deep")
    entry = read_mapping(data, where, _NESTS | _FIELDS)
    if not entry:
        raise RuleInvalid(where, "is empty; leave it out to mean every ticket")
    parts = []
    for name, value in entry.items():
        budget[0] -= 1
        if budget[0] < 0:
            raise RuleInvalid(where, f"makes more than {MOST_CONDITIONS} conditions")
        place = f"{where} > {name}"
        if name in _NESTS:
            parts.append(_nest(name, value, place, depth, budget, known))
        else:
            parts.append(_leaf(name, value, place, known))
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _nest(
    name: str, value: object, where: str, depth: int, budget: list[int], known: Known
) -> Condition:
    if name == "not":
        return Not(_condition(value, where, depth + 1, budget, known))
    parts = tuple(
        _condition(part, f"{where} > {number}", depth + 1, budget, known)
        for number, part in enumerate(read_list(value, where), start=1)
    )
    if not parts:
        raise RuleInvalid(where, "needs at least one condition")
    return AllOf(parts) if name == "all" else AnyOf(parts)


def _leaf(name: str, value: object, where: str, known: Known) -> Condition:
    if name == HOURS_OPEN:
        return HoursOpen(_flag(value, where))
    if name in MINUTES:
        return _minutes(name, value, where)
    if name in WORDS:
        return Words(name, _phrases(value, where))
    return _choice(name, value, where, known)


def _choice(name: str, value: object, where: str, known: Known) -> Choice:
    values = read_list(value, where) if isinstance(value, list) else [value]
    if not values:
        raise RuleInvalid(where, f"needs a value; write {NONE} for no value")
    found = []
    for number, one in enumerate(values, start=1):
        place = f"{where} > {number}" if isinstance(value, list) else where
        text = NONE if one is None else clean_name(str(one))
        if not text or len(text) > VALUE_CHARS or isinstance(one, Mapping | list | bool):
            raise RuleInvalid(place, "must be a value or a list of values")
        if text != NONE:
            _check_value(name, text, place, known)
        found.append(text.casefold())
    return Choice(name, tuple(dict.fromkeys(found)))


def _check_value(name: str, text: str, where: str, known: Known) -> None:
    levels = [str(level) for level in range(HIGHEST_PRIORITY, LOWEST_PRIORITY + 1)]
    offered: Mapping[str, Collection[str] | None] = {
        "state": [state.value for state in TicketState],
        "priority": levels,
        "owner": ["bot", "queue", "agent", "closed"],
        "tier": known.tiers,
        "team": known.teams,
        "assignee": known.agents,
        "category": known.categories,
    }
    _check_known(text, offered.get(name), where)


def _check_known(text: str, offered: Collection[str] | None, where: str) -> None:
    if offered is not None and text.casefold() not in {one.casefold() for one in offered}:
        shown = ", ".join(sorted(offered)[:20]) or "none"
        raise RuleInvalid(where, f"{text!r} is not known; known are {shown}")


def _minutes(name: str, value: object, where: str) -> Minutes:
    entry = read_mapping(value, where, {"at_least", "at_most"})
    bounds = {key: _number(entry[key], f"{where} > {key}") for key in entry}
    if not bounds:
        raise RuleInvalid(where, "needs at_least, at_most or both")
    if any(bound < 0 for bound in bounds.values()):
        raise RuleInvalid(where, "must not be negative")
    return Minutes(name, **bounds)


def _phrases(value: object, where: str) -> tuple[str, ...]:
    phrases = [value] if isinstance(value, str) else read_list(value, where)
    if not 0 < len(phrases) <= MOST_PHRASES:
        raise RuleInvalid(where, f"needs 1 to {MOST_PHRASES} words or phrases")
    found = []
    for number, phrase in enumerate(phrases, start=1):
        text = clean_name(phrase) if isinstance(phrase, str) else ""
        if len(text) > VALUE_CHARS or not any(map(str.isalnum, text)):
            raise RuleInvalid(f"{where} > {number}", "must be words such as refund*")
        if any(not any(map(str.isalnum, word)) for word in text.split()):
            raise RuleInvalid(f"{where} > {number}", "has a word without a letter")
        found.append(text)
    return tuple(found)


def _actions(data: object, where: str, known: Known) -> tuple[Action, ...]:
    given = read_list(data, where)
    if not 0 < len(given) <= MOST_ACTIONS:
        raise RuleInvalid(where, f"needs 1 to {MOST_ACTIONS} actions")
    return tuple(
        _action(one, f"{where} > {number}", known) for number, one in enumerate(given, start=1)
    )


def _action(data: object, where: str, known: Known) -> Action:
    names = {kind.value: kind for kind in ActionKind}
    entry = read_mapping(data, where, frozenset(names))
    if len(entry) != 1:
        raise RuleInvalid(where, "must be one action; write a list for several")
    (name, value), = entry.items()  # fmt: skip
    kind, place = names[name], f"{where} > {name}"
    match kind:
        case ActionKind.SET_PRIORITY:
            return _set_priority(value, place)
        case ActionKind.NOTIFY:
            return _notify(value, place, known)
        case ActionKind.ADD_NOTE:
            text = clean_text(value).strip() if isinstance(value, str) else ""
            if not 0 < len(text) <= REPLY_CHARS:
                raise RuleInvalid(place, f"must have 1 to {REPLY_CHARS} characters")
            return Action(kind, text)
        case _:
            return Action(kind, _name(kind, value, place, known))


def _set_priority(value: object, where: str) -> Action:
    entry = read_mapping(value, where, {"level", "reason"})
    level = entry.get("level")
    if not isinstance(level, int) or not HIGHEST_PRIORITY <= level <= LOWEST_PRIORITY:
        raise RuleInvalid(f"{where} > level", "must be 1 (highest) to 5")
    reason = clean_name(str(entry.get("reason") or ""), limit=300)
    if not reason:
        raise RuleInvalid(f"{where} > reason", "must say why, for colleagues")
    return Action(ActionKind.SET_PRIORITY, str(level), reason)


def _notify(value: object, where: str, known: Known) -> Action:
    entry = read_mapping(value, where, {"to", "text"})
    target = clean_name(str(entry.get("to") or ""))
    kind, _, name = target.partition(":")
    if kind not in TARGETS or (kind == "everyone") != (name == ""):
        raise RuleInvalid(f"{where} > to", "must be everyone, team:<name> or agent:<e-mail>")
    _check_known(name, {"team": known.teams, "agent": known.agents}.get(kind), f"{where} > to")
    text = clean_name(str(entry.get("text") or ""), limit=300)
    if not text:
        raise RuleInvalid(f"{where} > text", "must say what it is about")
    return Action(ActionKind.NOTIFY, target, text)


def _name(kind: ActionKind, value: object, where: str, known: Known) -> str:
    text = clean_name(value) if isinstance(value, str) else ""
    if not 0 < len(text) <= VALUE_CHARS:
        raise RuleInvalid(where, "must be a name")
    match kind:
        case ActionKind.ADD_TAG | ActionKind.REMOVE_TAG:
            tag = "-".join(text.casefold().split())
            if len(tag) > 40 or "," in tag:
                raise RuleInvalid(where, "must be a tag of 40 characters at most, without a comma")
            return tag
        case ActionKind.SET_STATE:
            _check_known(text, [state.value for state in STATES], where)
            return text.casefold()
        case ActionKind.REPLY:
            parse_shortcut(text, where)
    offered = {
        ActionKind.SET_TEAM: known.teams,
        ActionKind.ASSIGN: known.agents,
        ActionKind.REPLY: known.replies,
        ActionKind.WEBHOOK: known.webhooks,
        ActionKind.SET_CATEGORY: known.categories,
    }
    if (kind, text) != (ActionKind.ASSIGN, ME):
        _check_known(text, offered.get(kind), where)
    return text


def _flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise RuleInvalid(where, "must be true or false")
    return value


def _number(value: object, where: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise RuleInvalid(where, "must be a finite number")
        return float(value)
    return read_minutes(value, where)


def _plain(data: Any) -> Json:
    """Gives conditions as JSON: what YAML made of them is that already, but for its own types."""
    if isinstance(data, Mapping):
        return {str(name): _plain(value) for name, value in data.items()}
    if isinstance(data, Sequence) and not isinstance(data, str):
        return [_plain(value) for value in data]
    return data if isinstance(data, str | int | float | bool) or data is None else str(data)
