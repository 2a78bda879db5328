"""Finds what lost hints would have told, for all streams of a process with one question.

Thousands of streams that each ask the database every few seconds keep a core busy with finding
nothing (`python -m tests.bench sockets` tells how busy). So each says how far it has read, and one
lookout compares that with the newest number of every log that is followed here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import structlog

from bot.realtime.hub import INBOX, Hub, conversation_topic
from handoff.errors import StoreUnavailable

log = structlog.get_logger("bot.lookout")

# What the loss of a hint may cost.
LOOK_EVERY_S: Final = 3.0
_CONVERSATION: Final = conversation_topic("")


class NewestNumbers(Protocol):
    """The part of `handoff.inbox.Inbox` that is used here."""

    async def newest(self, conversation_ids: Sequence[str]) -> tuple[int, Mapping[str, int]]:
        """The newest number of the queue's log, and of each conversation that exists."""


class Lookout:
    """Hints at logs that are further than their readers, until the hub closes."""

    def __init__(self, hub: Hub, numbers: NewestNumbers, *, every_s: float = LOOK_EVERY_S) -> None:
        self._hub = hub
        self._numbers = numbers
        self._every_s = every_s

    async def run(self) -> None:
        """Looks every few seconds."""
        was_blind = False
        while not self._hub.closed:
            await asyncio.sleep(self._every_s)
            try:
                await self.look()
                was_blind = False
            except StoreUnavailable as error:
                log.warning("lookout_blind", reason=error.reason)
                if was_blind:
                    # Readers who cannot read either end, and their clients go to another gateway.
                    for topic, readers in self._hub.followed().items():
                        for reader in readers:
                            reader.hint(topic)
                was_blind = True

    async def look(self) -> None:
        """Compares once.

        Raises:
            StoreUnavailable: The database cannot be asked.
        """
        followed = self._hub.followed()
        if not followed:
            return
        conversation_ids = [
            topic.removeprefix(_CONVERSATION) for topic in followed if topic != INBOX
        ]
        inbox, newest = await self._numbers.newest(conversation_ids)
        heads = {_CONVERSATION + one: seq for one, seq in newest.items()} | {INBOX: inbox}
        for topic, readers in followed.items():
            head = heads.get(topic)
            for reader in readers:
                # One that is gone is looked at too: its reader shall hear of it.
                if head is None or reader.reached.get(topic, head) < head:
                    reader.hint(topic)
