"""The turn contract between gateway and brain: what goes over the wire, and nothing heavy.

Both sides import this module; it must not import Rasa, numpy or anything of ours that does.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_EVENTS = 60
"""Events of one conversation that a call may usefully carry; older ones are dropped."""
MAX_TEXT_CHARS = 200_000

ChoiceKind = Literal["article", "human", "feedback", "language", "rephrase"]
ReplyKind = Literal["answer", "clarify", "rephrase", "smalltalk", "language", "ticket_status"]
Outcome = Literal["answer", "clarify", "rephrase", "handoff", "smalltalk"]
HandoffReason = Literal[
    "low_confidence",
    "asked_for_person",
    "repeated_failure",
    "negative_feedback",
    "complaint",
    "risk_topic",
]


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class ChoiceIn(_Model):
    """A pressed button."""

    kind: ChoiceKind
    value: Annotated[str, Field(max_length=200)] = ""


class MessageIn(_Model):
    """The visitor's message."""

    id: Annotated[str, Field(max_length=200)]
    text: Annotated[str, Field(max_length=MAX_TEXT_CHARS)]
    choice: ChoiceIn | None = None


class ContactIn(_Model):
    """What is known of the visitor."""

    name: str | None = None
    email: str | None = None


class TicketIn(_Model):
    """The conversation's ticket."""

    number: str
    state: str


class ContextIn(_Model):
    """Facts of the call; see the contract for their meaning."""

    language: str | None = None
    language_state: dict[str, Any] | None = None
    language_choice: str | None = None
    locale: str | None = None
    languages: list[str] = Field(default_factory=list)
    audience: Literal["public", "agents"] = "public"
    market: str | None = None
    agents_online: bool = False
    formality: Literal["formal", "informal"] = "formal"
    contact: ContactIn | None = None
    ticket: TicketIn | None = None
    opening_hours: str | dict[str, str] | None = None
    brand: str | None = None
    now: str | None = None


class TurnRequest(_Model):
    """Body of `POST /turn`."""

    turn_id: Annotated[str, Field(max_length=200)]
    conversation_id: Annotated[str, Field(max_length=200)]
    message: MessageIn
    events: list[dict[str, Any]] = Field(default_factory=list)
    context: ContextIn = Field(default_factory=ContextIn)


class LanguageRequest(_Model):
    """Body of `POST /language`: a message that a person answers, answered by `MessageOut`."""

    text: Annotated[str, Field(max_length=MAX_TEXT_CHARS)]
    context: ContextIn = Field(default_factory=ContextIn)


class ModelRequest(_Model):
    """Body of `POST /model`: a file's name under the models folder and its checksum."""

    path: Annotated[str, Field(max_length=300)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class SourceOut(_Model):
    """Where an answer comes from."""

    article_id: str
    title: str
    url: str
    language: str


class ChoiceOut(_Model):
    """What pressing a button sends back."""

    kind: ChoiceKind
    value: str


class ButtonOut(_Model):
    """A button."""

    title: str
    choice: ChoiceOut


class ReplyOut(_Model):
    """One bubble of the bot; `text` is light Markdown."""

    kind: ReplyKind
    text: str
    language: str
    sources: list[SourceOut] = Field(default_factory=list)
    buttons: list[ButtonOut] = Field(default_factory=list)
    feedback: bool = False


class IntentOut(_Model):
    """What the classifier thinks, whatever was decided."""

    name: str
    confidence: float


class EntityOut(_Model):
    """A found value; the span is half-open in characters."""

    entity: str
    value: str
    start: int
    end: int


class HitOut(_Model):
    """An article that the search found."""

    article_id: str
    title: str
    language: str
    similarity: float
    probability: float


class SignalOut(_Model):
    """A prototype of a triage category that the message is like."""

    category: str
    prototype: str
    similarity: float


class DecisionOut(_Model):
    """What was decided and on what evidence."""

    outcome: Outcome
    reasons: list[str]
    confidence: float | None
    intent: IntentOut
    entities: list[EntityOut]
    hits: list[HitOut]
    signals: list[SignalOut] = Field(default_factory=list)


class LanguageOut(_Model):
    """The language of the message and of the conversation; `state` goes into the next call."""

    message: str | None
    confidence: float
    conversation: str
    state: dict[str, Any]
    unsupported: str | None


class MessageOut(LanguageOut):
    """What a message says outside a turn: its language, and what it is like."""

    signals: list[SignalOut] = Field(default_factory=list)


class HandoffOut(_Model):
    """The bot gives the conversation to a person."""

    reason: HandoffReason


class SetOut(_Model):
    """Facts that the gateway shall store."""

    contact: ContactIn | None = None
    language_choice: str | None = None


class ModelOut(_Model):
    """What answered."""

    model_id: str
    index_id: str | None
    encoder: str


class TurnResponse(_Model):
    """Body of the answer to `POST /turn`."""

    turn_id: str
    replies: list[ReplyOut]
    decision: DecisionOut
    language: LanguageOut
    handoff: HandoffOut | None
    set: SetOut
    events: list[dict[str, Any]]
    model: ModelOut
    timing_ms: dict[str, float]
