"""Has the language of messages read that no turn of the bot reads, because a person answers them.

Beside the conversation, never in its way: a message is stored and shown before anybody asks for its
language. The brain reads it; while the brain is away nothing is noted, and the conversation's next
message brings the older ones along.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import structlog
from pydantic import ValidationError

from bot.brain.contract import MessageOut
from bot.errors import BrainError, BrainNonsense
from bot.realtime.hub import Hub, conversation_topic
from handoff.errors import ConversationNotFound, StoreUnavailable
from handoff.message_languages import UnreadLanguage
from handoff.model import TurnLanguage

log = structlog.get_logger("bot.message_languages")

READ_LIMIT_S: Final = 2.0
# Only bounds how long a silent hub is waited for; hints come by themselves.
IDLE_S: Final = 30.0
# Conversations whose last read message is remembered; forgetting one costs a look at its log.
REMEMBERED: Final = 4_096


class LanguageStore(Protocol):
    """The part of `handoff.message_languages.MessageLanguages` that is needed."""

    async def unread(self, conversation_id: str, *, after: int = 0) -> UnreadLanguage | None:
        """The oldest message whose language is not read."""

    async def note(self, conversation_id: str, seq: int, language: TurnLanguage) -> bool:
        """Stores what was read."""


class LanguageCaller(Protocol):
    """The part of `BrainClient` or `BrainPool` that is needed."""

    async def language(self, request: Mapping[str, Any], *, limit_s: float) -> Mapping[str, Any]:
        """Asks for a message's language; raises a BrainError."""


class MessageLanguageReader:
    """One per gateway; `run` until cancelled or the hub closes."""

    def __init__(
        self,
        *,
        store: LanguageStore,
        brain: LanguageCaller,
        hub: Hub,
        languages: Callable[[], tuple[str, ...]],
    ) -> None:
        self._store = store
        self._brain = brain
        self._hub = hub
        self._languages = languages
        self._read: OrderedDict[str, int] = OrderedDict()

    async def run(self) -> None:
        """Follows the hints of all conversations."""
        with self._hub.subscribe(conversation_topic("*")) as subscription:
            while not self._hub.closed:
                wake = await subscription.wait(timeout_s=IDLE_S)
                for topic in sorted(wake.topics):
                    await self.catch_up(topic.partition(":")[2])

    async def catch_up(self, conversation_id: str) -> None:
        """Reads what is unread of one conversation; gives up quietly until its next message."""
        try:
            while (unread := await self._next(conversation_id)) is not None:
                answer = await self._brain.language(self._request(unread), limit_s=READ_LIMIT_S)
                if not await self._store.note(conversation_id, unread.seq, _checked(answer)):
                    return
                self._remember(conversation_id, unread.seq)
        except (BrainError, StoreUnavailable, ConversationNotFound) as error:
            log.info("language_not_read", conversation_id=conversation_id, code=error.code)

    async def _next(self, conversation_id: str) -> UnreadLanguage | None:
        return await self._store.unread(conversation_id, after=self._read.get(conversation_id, 0))

    def _remember(self, conversation_id: str, seq: int) -> None:
        self._read[conversation_id] = seq
        self._read.move_to_end(conversation_id)
        while len(self._read) > REMEMBERED:
            self._read.popitem(last=False)

    def _request(self, unread: UnreadLanguage) -> dict[str, Any]:
        return {
            "text": unread.text,
            "context": {
                "language": unread.language,
                "language_state": unread.language_state,
                "language_choice": unread.language_choice,
                "locale": unread.locale,
                "languages": list(self._languages()),
            },
        }


def _checked(answer: Any) -> TurnLanguage:
    try:
        found = MessageOut.model_validate(answer)
    except ValidationError:
        raise BrainNonsense("no language in the answer") from None
    return TurnLanguage(
        message=found.message,
        confidence=found.confidence,
        conversation=found.conversation,
        state=found.state,
        unsupported=found.unsupported,
        signals=tuple(signal.model_dump(mode="json") for signal in found.signals),
    )
