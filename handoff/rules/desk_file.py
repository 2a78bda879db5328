"""Rules, macros and canned replies as one file: written out, checked, read in again.

What is read in takes the place of what has the same name (rules, macros) or shortcut (canned
replies); nothing else is touched. Reading the same file twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Table, exists, select, update

from handoff.audit import write_audit
from handoff.errors import RuleInvalid
from handoff.model import Json, JsonObject
from handoff.ports import Ports
from handoff.rules.macros import add_macro, load_macros, macro_data, parse_macro
from handoff.rules.model import Rule
from handoff.rules.parsing import Known, parse_rule
from handoff.rules.replies import add_reply, load_replies, parse_reply, reply_data
from handoff.rules.store import add_rule, load_known, load_rules, rule_columns, rule_data
from handoff.rules.tables import canned_replies, macros, rules
from handoff.service_file import ServiceFileError, read_list, read_mapping
from handoff.store.engine import Database, Transaction

# Not `rules`: Rasa takes a file under data/ with such a key for training data.
RULES: Final = "ticket_rules"
SECTIONS: Final = ("replies", "macros", RULES)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskFile:
    """What a file holds, parsed."""

    replies: tuple[JsonObject, ...]
    macros: tuple[JsonObject, ...]
    rules: tuple[Rule, ...]

    def counts(self) -> dict[str, int]:
        """Gives how many of each there are."""
        return {
            "replies": len(self.replies),
            "macros": len(self.macros),
            "rules": len(self.rules),
        }


class DeskFiles:
    """Reads and writes the desk's rules, macros and canned replies as a whole."""

    def __init__(self, database: Database, ports: Ports) -> None:
        self._database = database
        self._ports = ports

    async def export(self) -> JsonObject:
        """Gives everything as plain data, in the form that `load` reads."""
        async with self._database.read() as connection:
            replies: list[Json] = [reply_data(one) for one in await load_replies(connection)]
            own: list[Json] = [macro_data(one) for one in await load_macros(connection)]
            stored: list[Json] = [rule_data(one.rule) for one in await load_rules(connection)]
        return {"replies": replies, "macros": own, RULES: stored}

    async def check(self, data: object, *, source: str = "desk") -> DeskFile:
        """Gives what a file holds; raises RuleInvalid with the place of a mistake."""
        async with self._database.read() as connection:
            known = await load_known(connection, self._ports)
        return parse_desk(data, known=known, source=source)

    async def load(
        self,
        data: object,
        *,
        actor_id: str | None,
        only_if_empty: bool = False,
        source: str = "desk",
    ) -> dict[str, int] | None:
        """Reads a file in, all of it or nothing.

        Args:
            data: As `export` gives it; sections may be left out.
            actor_id: Who does it.
            only_if_empty: Do nothing if there is any rule, macro or canned reply.
            source: The file's name, which errors begin with.

        Returns:
            How many of each were new or changed; None if the desk was not empty.

        Raises:
            RuleInvalid: With the place of the mistake.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            if only_if_empty and not await _is_empty(transaction):
                return None
            known = await load_known(transaction.connection, self._ports)
            desk = parse_desk(data, known=known, source=source)
            counts = {
                "replies": await _load_replies(transaction, desk, now),
                "macros": await _load_macros(transaction, desk, now),
                "rules": await _load_rules(transaction, desk, now),
            }
            if any(counts.values()):
                detail: JsonObject = {**counts}
                await write_audit(transaction, now, actor_id, "desk_loaded", "rules", detail)
        return counts


def parse_desk(data: object, *, known: Known, source: str) -> DeskFile:
    """Gives what plain data describes; rules and macros may name the file's own replies.

    Raises:
        RuleInvalid: With the place of the mistake.
    """
    try:
        top = read_mapping(data, source, frozenset(SECTIONS))
        sections = {name: _entries(top.get(name), f"{source} > {name}") for name in SECTIONS}
    except ServiceFileError as error:
        raise RuleInvalid(error.where, error.problem) from None
    replies = tuple(parse_reply(_object(one, where), where=where) for where, one in
                    sections["replies"])  # fmt: skip
    shortcuts = {str(reply["shortcut"]) for reply in replies}
    known = replace(known, replies=shortcuts | set(known.replies or ()))
    desk = DeskFile(
        replies=replies,
        macros=tuple(
            parse_macro(_object(one, where), where=where, known=known)
            for where, one in sections["macros"]
        ),
        rules=tuple(parse_rule(one, where=where, known=known) for where, one in sections[RULES]),
    )
    _refuse_doubles([str(one["shortcut"]) for one in desk.replies], f"{source} > replies")
    _refuse_doubles([str(one["name"]) for one in desk.macros], f"{source} > macros")
    _refuse_doubles([one.name for one in desk.rules], f"{source} > {RULES}")
    return desk


def _entries(data: object, where: str) -> list[tuple[str, object]]:
    """Gives each entry of a section with its place."""
    found = [] if data is None else read_list(data, where)
    return [(f"{where} > {number}", entry) for number, entry in enumerate(found, start=1)]


def _refuse_doubles(names: list[str], where: str) -> None:
    for number, name in enumerate(names, start=1):
        if name in names[: number - 1]:
            raise RuleInvalid(f"{where} > {number}", f"{name!r} stands there twice")


def _object(entry: object, where: str) -> JsonObject:
    if not isinstance(entry, Mapping):
        raise RuleInvalid(where, "names with values are expected here")
    return {str(name): value for name, value in entry.items()}


async def _is_empty(transaction: Transaction) -> bool:
    for table in (rules, macros, canned_replies):
        there = select(exists(select(table.c.id)))
        if (await transaction.connection.execute(there)).scalar_one():
            return False
    return True


async def _load_replies(transaction: Transaction, desk: DeskFile, now: datetime) -> int:
    known = {one.shortcut: one for one in await load_replies(transaction.connection)}
    n_changed = 0
    for values in desk.replies:
        stored = known.get(str(values["shortcut"]))
        if stored is None:
            await add_reply(transaction, values, now=now)
        elif reply_data(stored) != values:
            await _update(transaction, canned_replies, stored.id, values, now)
        else:
            continue
        n_changed += 1
    return n_changed


async def _load_macros(transaction: Transaction, desk: DeskFile, now: datetime) -> int:
    known = {one.name: one for one in await load_macros(transaction.connection)}
    n_changed = 0
    for values in desk.macros:
        stored = known.get(str(values["name"]))
        if stored is None:
            await add_macro(transaction, values, now=now)
        elif macro_data(stored) != {
            "name": values["name"],
            "description": values["description"],
            "then": values["actions"],
        }:
            await _update(transaction, macros, stored.id, values, now)
        else:
            continue
        n_changed += 1
    return n_changed


async def _load_rules(transaction: Transaction, desk: DeskFile, now: datetime) -> int:
    known = {one.rule.name: one.rule for one in await load_rules(transaction.connection)}
    n_changed = 0
    for rule in desk.rules:
        stored = known.get(rule.name)
        if stored is None:
            await add_rule(transaction, rule, now=now)
        elif rule_data(stored) != rule_data(rule):
            await _update(transaction, rules, stored.id, rule_columns(rule), now)
        else:
            continue
        n_changed += 1
    return n_changed


async def _update(
    transaction: Transaction,
    table: Table,
    row_id: str,
    values: Mapping[str, Any],
    now: datetime,
) -> None:
    await transaction.connection.execute(
        update(table)
        .where(table.c.id == row_id)
        .values(**values, version=table.c.version + 1, updated_at=now)
    )
