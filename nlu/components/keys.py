"""Names under which our components put things on a message, and how they read the call's context.

The context of a call travels as the message's metadata (see the turn contract); a message from
`rasa shell` or from training data has none and gets the defaults.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nlu.languages import CODES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rasa.shared.nlu.training_data.message import Message

LANGUAGE = "language"
"""Dict of `message`, `confidence`, `conversation`, `state`, `unsupported`; on the output."""
HITS = "hits"
"""List of at most five dicts, the fields of `kb_index.search.Hit`; on the output."""
ANSWERABLE = "answerable"
EVIDENCE = "evidence"
"""What the Decider saw, as a dict; on the output."""
SIGNALS = "signals"
"""List of dicts, the fields of `nlu.likeness.Signal`; on the output."""
INDEX_ID = "index_id"
TIMING_MS = "timing_ms"
QUERY_VECTOR = "query_vector"
"""Unit vector of the text, float32, shape (dimension,); not on the output."""
QUESTION = "question"
"""The text without a greeting in front; not on the output."""
METADATA = "metadata"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallContext:
    """The part of a call's context that components use."""

    languages: tuple[str, ...] = CODES
    language: str | None = None
    language_state: Mapping[str, float] | None = None
    language_choice: str | None = None
    locale: str | None = None
    audience: str = "public"
    market: str | None = None
    has_ticket: bool = False

    @classmethod
    def of(cls, message: Message) -> CallContext:
        """Reads the metadata of a message."""
        data: Mapping[str, Any] = message.get(METADATA) or {}
        return cls(
            languages=tuple(data.get("languages") or CODES),
            language=data.get("language"),
            language_state=data.get("language_state"),
            language_choice=data.get("language_choice"),
            locale=data.get("locale"),
            audience=data.get("audience") or "public",
            market=data.get("market"),
            has_ticket=bool(data.get("ticket")),
        )


@contextmanager
def timed(message: Message, name: str) -> Iterator[None]:
    """Adds the milliseconds spent inside to the message's timing."""
    began = time.perf_counter()
    try:
        yield
    finally:
        timing = dict(message.get(TIMING_MS) or {})
        timing[name] = timing.get(name, 0.0) + (time.perf_counter() - began) * 1000.0
        message.set(TIMING_MS, timing, add_to_output=True)
