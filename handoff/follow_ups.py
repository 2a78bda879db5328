"""What follows a change of a conversation, written in the change's own transaction.

A follow-up sees the facts of one change just before it commits and may enqueue jobs: they exist
exactly if the change does. It must be quick, for the conversation is locked, and must not fail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from handoff.facts import Facts

if TYPE_CHECKING:
    from handoff.store.engine import Transaction
    from handoff.store.unit import ConversationUnit


class FollowUp(Protocol):
    """Something that follows changes."""

    async def __call__(self, transaction: Transaction, facts: Facts) -> None:
        """Acts in the transaction of the change."""


class Keeper(Protocol):
    """Something that keeps tickets up to date with what was changed.

    It sees a conversation's unit before anything of it is written and may change the ticket, add
    events and enqueue jobs: they become part of the change. It must be quick and must not fail.
    """

    async def __call__(self, unit: ConversationUnit) -> None:
        """Acts in the transaction of the change."""
