"""What a ticket's header and history say, in an agent's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bot.texts import Catalogue, TextMissing
from handoff.model import Json, JsonObject
from handoff.ticket import TicketState
from handoff.tickets.classification import Classifier
from handoff.tickets.history import HistoryLine

# Acts of the audit log that have a text of their own; the rest is told by what they changed.
DEEDS: Final = (
    "ticket_linked",
    "ticket_unlinked",
    "ticket_merged",
    "ticket_unmerged",
    "ticket_split",
    "ticket_unsplit",
    "priority_set",
    "ticket_assigned",
)


def summary_text(summary: Mapping[str, Any], texts: Catalogue, language: str) -> str:
    """A ticket's header, one sentence a line; empty for a ticket of an earlier release."""
    lines: list[str] = []
    if summary.get("first_request"):
        text = str(summary["first_request"])
        lines.append(texts.format("summary-first-request", language, text=text))
    values = [value for found in (summary.get("entities") or {}).values() for value in found]
    if values:
        known = ", ".join(str(value) for value in values)
        lines.append(texts.format("summary-known", language, values=known))
    for article in summary.get("tried") or ():
        key = f"summary-tried-{article['outcome']}"
        title = str(article["title"] or article["article_id"])
        lines.append(texts.format(key, language, title=title))
    sureness = summary.get("sureness") or {}
    if isinstance(sureness.get("confidence"), int | float):
        percent = round(100 * sureness["confidence"])
        lines.append(texts.format("summary-sureness", language, percent=percent))
    if len(summary.get("languages") or ()) > 1:
        spoken = ", ".join(summary["languages"])
        lines.append(texts.format("summary-languages", language, languages=spoken))
    if summary.get("messages"):
        lines.append(texts.format("summary-messages", language, **summary["messages"]))
    return "\n".join(lines)


def history_text(
    line: HistoryLine, texts: Catalogue, language: str, *, classifier: Classifier
) -> str:
    """What happened, in one line: `Status: open → solved`."""
    if line.act in DEEDS:
        what = texts.format(f"history-{line.act}", language)
        if line.detail.get("relation"):
            what = texts.format(f"link-{line.detail['relation']}", language)
            what = f"{texts.format(f'history-{line.act}', language)}: {what}"
        parts = [what]
        if line.detail.get("ticket"):
            parts.append(str(line.detail["ticket"]))
        if line.detail.get("reason"):
            parts.append(f"({line.detail['reason']})")
        return " ".join(parts)
    changes = line.detail.get("changes")
    if not isinstance(changes, dict):
        return line.act.replace("_", " ")
    return "; ".join(
        _change_text(name, change, line, texts, language, classifier)
        for name, change in changes.items()
        if isinstance(change, dict)
    )


def _change_text(
    name: str,
    change: JsonObject,
    line: HistoryLine,
    texts: Catalogue,
    language: str,
    classifier: Classifier,
) -> str:
    try:
        field = texts.format(f"ticket-field-{name}", language)
    except TextMissing:
        field = name.replace("_", " ")

    def said(value: Json) -> str:
        return _value_text(name, value, line, texts, language, classifier)

    return f"{field}: {said(change.get('from'))} \u2192 {said(change.get('to'))}"


def _value_text(
    name: str,
    value: Json,
    line: HistoryLine,
    texts: Catalogue,
    language: str,
    classifier: Classifier,
) -> str:
    """A value as agents read it: names instead of ids and slugs."""
    match name, value:
        case _, None | "" | []:
            return "\u2013"
        case "state", str() if value in set(TicketState):
            return texts.format(f"ticket-state-{value}", language)
        case "assignee_id", str():
            return line.names.get(value, value)
        case "watchers", list():
            return ", ".join(line.names.get(str(item), str(item)) for item in value)
        case "type", str():
            return name_in(classifier.type_names.get(value, {}), language, value)
        case "category", str() if value in classifier.categories:
            return name_in(classifier.categories[value].names, language, value)
        case "priority", _:
            return f"P{value}"
        case "hold", dict():
            until = f" ({value['until']})" if value.get("until") else ""
            return f"{value.get('reason')}{until}"
        case (("merged_into" | "follow_up_of"), _):
            return f"BD-{value}"
        case _, list():
            return ", ".join(str(item) for item in value)
        case _, dict():
            return ", ".join(f"{key}={item}" for key, item in value.items())
        case _:
            return str(value)


def name_in(names: Mapping[str, str], language: str, otherwise: str) -> str:
    """A name in a language, or in English, or the slug."""
    return names.get(language.split("-")[0]) or names.get("en") or otherwise
