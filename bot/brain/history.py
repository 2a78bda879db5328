"""Rasa events in and out of a call: what is read back, what is worth keeping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MAX_KEPT_TEXT_CHARS = 500

# Keys of a stored user event's parse data that rules and stories may look at.
_PARSE_KEYS = ("intent", "entities", "text")


def recent_events(events: Sequence[Mapping[str, Any]], *, limit: int) -> list[dict[str, Any]]:
    """Gives the last events, cut where a turn begins, with the slots as they were there.

    A policy expects that the bot was listening before a message, so a cut history begins with
    `action_listen`; slots that were set in the dropped part are set again.
    """
    kept = [dict(event) for event in events if isinstance(event.get("event"), str)]
    if len(kept) <= limit:
        return kept
    start = next(
        (at for at in range(len(kept) - limit, len(kept)) if kept[at]["event"] == "user"),
        len(kept),
    )
    slots = {
        str(event["name"]): event.get("value")
        for event in kept[:start]
        if event["event"] == "slot" and "name" in event
    }
    set_again = [{"event": "slot", "name": name, "value": value} for name, value in slots.items()]
    return [*set_again, {"event": "action", "name": "action_listen"}, *kept[start:]]


def lean_events(events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Gives events as they are stored: without evidence, context and empty fields.

    Hits, evidence and context come anew with every message; kept, they would make a conversation's
    record grow by kilobytes per message.
    """
    return [_lean(event) for event in events]


def _lean(event: Mapping[str, Any]) -> dict[str, Any]:
    kept = {
        key: value
        for key, value in event.items()
        if value is not None and key not in ("metadata", "use_text_for_featurization")
    }
    kind = kept.get("event")
    if kind == "user":
        parse = kept.get("parse_data") or {}
        kept["parse_data"] = {key: parse[key] for key in _PARSE_KEYS if key in parse}
        kept["parse_data"]["text"] = _short(parse.get("text"))
        kept["text"] = _short(kept.get("text"))
    elif kind == "bot":
        kept = {key: kept[key] for key in ("event", "timestamp", "text") if key in kept}
        kept["text"] = _short(kept.get("text"))
    elif kind == "slot":
        # A slot that was emptied must stay so.
        kept.setdefault("value", None)
    return kept


def _short(text: Any) -> str:
    return str(text or "")[:MAX_KEPT_TEXT_CHARS]
