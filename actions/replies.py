"""The shape of a reply, as the turn contract has it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

ReplyKind = Literal["answer", "clarify", "rephrase", "smalltalk", "language", "ticket_status"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button; pressing it sends the choice back."""

    title: str
    kind: str
    value: str

    def as_json(self) -> dict[str, Any]:
        """Gives the contract's form."""
        return {"title": self.title, "choice": {"kind": self.kind, "value": self.value}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where an answer comes from."""

    article_id: str
    title: str
    url: str
    language: str

    def as_json(self) -> dict[str, Any]:
        """Gives the contract's form."""
        return {
            "article_id": self.article_id,
            "title": self.title,
            "url": self.url,
            "language": self.language,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One bubble of the bot; `text` is light Markdown."""

    kind: ReplyKind
    text: str
    language: str
    sources: tuple[Source, ...] = ()
    buttons: tuple[Button, ...] = ()
    feedback: bool = False

    def as_json(self) -> dict[str, Any]:
        """Gives the contract's form."""
        return {
            "kind": self.kind,
            "text": self.text,
            "language": self.language,
            "sources": [source.as_json() for source in self.sources],
            "buttons": [button.as_json() for button in self.buttons],
            "feedback": self.feedback,
        }
