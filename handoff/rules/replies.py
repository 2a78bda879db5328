"""Use cases of canned replies: read, search, add, change, remove."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.audit import write_audit
from handoff.errors import ReplyNotFound, RuleInvalid, ShortcutTaken
from handoff.ids import new_id
from handoff.model import JsonObject
from handoff.ports import Ports
from handoff.rules.model import CannedReply
from handoff.rules.parsing import parse_name, parse_shortcut, parse_texts
from handoff.rules.tables import canned_replies
from handoff.store.engine import Database, Transaction
from handoff.triage_words import split_words
from handoff.versions import Versions, check_version

# They are searched in memory, and shown in one list.
MOST_REPLIES: Final = 1000


class Replies:
    """What agents and editors do with canned replies, each in one transaction."""

    def __init__(self, database: Database, ports: Ports) -> None:
        self._database = database
        self._ports = ports

    async def list(self, *, search: str = "") -> list[CannedReply]:
        """Gives canned replies, the most used first.

        Args:
            search: Words that stand in the shortcut, the title or any text, or begin a word there.
        """
        async with self._database.read() as connection:
            found = await load_replies(connection)
        wanted = [word.folded for word in split_words(search)]
        return [reply for reply in found if _matches(reply, wanted)]

    async def get(self, reply_id: str) -> CannedReply:
        """Gives a canned reply; raises ReplyNotFound."""
        async with self._database.read() as connection:
            return await load_reply(connection, reply_id)

    async def create(self, data: JsonObject, *, actor_id: str | None) -> CannedReply:
        """Adds a canned reply.

        Args:
            data: `shortcut`, `texts` and optionally `title`.
            actor_id: Who does it.

        Raises:
            RuleInvalid: A field makes no sense, or there are too many.
            ShortcutTaken: Another one has the shortcut.
        """
        now = self._ports.clock.now()
        values = parse_reply(data, where="reply")
        try:
            async with self._database.write(self._ports.publisher) as transaction:
                reply_id = await add_reply(transaction, values, now=now)
                await write_audit(
                    transaction,
                    now,
                    actor_id,
                    "reply_created",
                    f"reply:{reply_id}",
                    {"shortcut": values["shortcut"]},
                )
                return await load_reply(transaction.connection, reply_id)
        except IntegrityError:
            raise ShortcutTaken(str(values["shortcut"])) from None

    async def change(
        self, reply_id: str, data: JsonObject, *, actor_id: str | None, expected: Versions
    ) -> CannedReply:
        """Changes the fields that are given; `texts` as a whole.

        Raises:
            ReplyNotFound: No such canned reply.
            RuleInvalid, ShortcutTaken: As `create`.
            VersionConflict: It was changed meanwhile.
        """
        now = self._ports.clock.now()
        try:
            async with self._database.write(self._ports.publisher) as transaction:
                reply = await _locked(transaction, reply_id, expected)
                before = reply_data(reply)
                values = parse_reply({**before, **data}, where="reply")
                if values != before:
                    await transaction.connection.execute(
                        update(canned_replies)
                        .where(canned_replies.c.id == reply_id)
                        .values(**values, version=reply.version + 1, updated_at=now)
                    )
                    await write_audit(
                        transaction, now, actor_id, "reply_changed", f"reply:{reply_id}"
                    )
                return await load_reply(transaction.connection, reply_id)
        except IntegrityError:
            raise ShortcutTaken(str(data.get("shortcut"))) from None

    async def remove(self, reply_id: str, *, actor_id: str | None, expected: Versions) -> None:
        """Deletes a canned reply; rules and macros that name it are refused that step.

        Raises:
            ReplyNotFound, VersionConflict: As `change`.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            await _locked(transaction, reply_id, expected)
            await transaction.connection.execute(
                delete(canned_replies).where(canned_replies.c.id == reply_id)
            )
            await write_audit(transaction, now, actor_id, "reply_removed", f"reply:{reply_id}")


async def load_replies(connection: AsyncConnection) -> list[CannedReply]:
    """Gives all canned replies, the most used first."""
    query = select(canned_replies).order_by(
        canned_replies.c.n_used.desc(), canned_replies.c.shortcut
    )
    return [_reply_of(row) for row in (await connection.execute(query)).all()]


async def count_use(transaction: Transaction, shortcut: str) -> None:
    """Counts that a canned reply was sent."""
    await transaction.connection.execute(
        update(canned_replies)
        .where(canned_replies.c.shortcut == shortcut)
        .values(n_used=canned_replies.c.n_used + 1)
    )


async def add_reply(transaction: Transaction, values: Mapping[str, Any], *, now: datetime) -> str:
    """Stores a parsed canned reply; gives its id.

    Raises:
        RuleInvalid: There are too many.
    """
    count = select(func.count()).select_from(canned_replies)
    if (await transaction.connection.execute(count)).scalar_one() >= MOST_REPLIES:
        raise RuleInvalid("replies", f"are too many: {MOST_REPLIES} at most")
    reply_id = new_id()
    await transaction.connection.execute(
        insert(canned_replies).values(
            id=reply_id, **values, version=1, n_used=0, created_at=now, updated_at=now
        )
    )
    return reply_id


def parse_reply(data: JsonObject, *, where: str) -> JsonObject:
    """Gives the columns of a canned reply; raises RuleInvalid."""
    unknown = sorted(data.keys() - {"shortcut", "title", "texts"})
    if unknown:
        raise RuleInvalid(f"{where} > {unknown[0]}", "is unknown; known are shortcut, title, texts")
    shortcut = parse_shortcut(data.get("shortcut"), f"{where} > shortcut")
    title = data.get("title") or shortcut.replace("_", " ").replace("-", " ").capitalize()
    return {
        "shortcut": shortcut,
        "title": parse_name(title, f"{where} > title"),
        "texts": {**parse_texts(data.get("texts"), f"{where} > texts")},
    }


def reply_data(reply: CannedReply) -> JsonObject:
    """Gives a canned reply as it is written in a file."""
    return {"shortcut": reply.shortcut, "title": reply.title, "texts": {**reply.texts}}


def _matches(reply: CannedReply, wanted: list[str]) -> bool:
    text = "\n".join((reply.shortcut.replace("_", " "), reply.title, *reply.texts.values()))
    words = [word.folded for line in text.splitlines() for word in split_words(line)]
    return all(any(word.startswith(one) for word in words) for one in wanted)


async def load_reply(connection: AsyncConnection, reply_id: str) -> CannedReply:
    """Gives a canned reply; raises ReplyNotFound."""
    query = select(canned_replies).where(canned_replies.c.id == reply_id)
    row = (await connection.execute(query)).first()
    if row is None:
        raise ReplyNotFound(reply_id)
    return _reply_of(row)


async def _locked(transaction: Transaction, reply_id: str, expected: Versions) -> CannedReply:
    query = select(canned_replies.c.id).where(canned_replies.c.id == reply_id).with_for_update()
    await transaction.connection.execute(query)
    reply = await load_reply(transaction.connection, reply_id)
    check_version(reply.version, expected)
    return reply


def _reply_of(row: Row[Any]) -> CannedReply:
    return CannedReply(**row._mapping)
