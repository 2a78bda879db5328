"""Use cases of macros: kept, tried on a ticket, and applied by an agent with one call.

A macro is done as a whole or not at all: whatever one of its actions is refused for, nothing is
done, and the refusal says which action and why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.access import TicketAccess, access_ticket_by_agent
from handoff.audit import write_audit
from handoff.conversation import Owner
from handoff.errors import (
    ActionRefused,
    InvalidTransition,
    MacroNotFound,
    ReplyHasGaps,
    RuleInvalid,
)
from handoff.ids import new_id
from handoff.model import Author, Json, JsonObject, TicketAct
from handoff.ports import Ports
from handoff.rules.acting import Acting, Doer
from handoff.rules.engine import Step, Surroundings, decide_macro
from handoff.rules.facts import Names, load_facts, load_names, load_surroundings
from handoff.rules.model import Macro, actions_json
from handoff.rules.parsing import Known, parse_actions, parse_name
from handoff.rules.replies import count_use, load_reply
from handoff.rules.running import send_webhooks
from handoff.rules.store import load_known
from handoff.rules.tables import macros
from handoff.rules.templates import Filled, Missing, fill
from handoff.store.engine import Database, Transaction
from handoff.transcript import clean_name
from handoff.versions import Versions, check_version

MOST_MACROS: Final = 500
DESCRIPTION_CHARS: Final = 500
EVENT: Final = "macro"
"""Kind of the line in a ticket's history that an applied macro leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroPreview:
    """What a macro would do to a ticket now; `refused` if any step is."""

    macro: Macro
    steps: tuple[Step, ...]

    @property
    def refused(self) -> Step | None:
        """The first step that is refused."""
        return next((step for step in self.steps if step.refused is not None), None)

    def as_json(self) -> JsonObject:
        """Gives its JSON."""
        return {
            "macro_id": self.macro.id,
            "version": self.macro.version,
            "possible": self.refused is None,
            "steps": [step.as_json() for step in self.steps],
        }


class Macros:
    """What agents and editors do with macros, each in one transaction."""

    def __init__(self, database: Database, ports: Ports) -> None:
        self._database = database
        self._ports = ports

    async def list(self) -> Sequence[Macro]:
        """Gives all macros, the most used first."""
        async with self._database.read() as connection:
            return await load_macros(connection)

    async def get(self, macro_id: str) -> Macro:
        """Gives a macro; raises MacroNotFound."""
        async with self._database.read() as connection:
            return await _load(connection, macro_id)

    async def create(self, data: JsonObject, *, actor_id: str | None) -> Macro:
        """Adds a macro.

        Args:
            data: `name`, `then` and optionally `description`.
            actor_id: Who does it.

        Raises:
            RuleInvalid: It makes no sense, or there are too many.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            known = await load_known(transaction.connection, self._ports)
            values = parse_macro(data, where="macro", known=known)
            macro_id = await add_macro(transaction, values, now=now)
            await write_audit(transaction, now, actor_id, "macro_created", f"macro:{macro_id}")
            return await _load(transaction.connection, macro_id)

    async def change(
        self, macro_id: str, data: JsonObject, *, actor_id: str | None, expected: Versions
    ) -> Macro:
        """Changes the fields that are given; `then` as a whole.

        Raises:
            MacroNotFound: No such macro.
            RuleInvalid: What comes out makes no sense.
            VersionConflict: It was changed meanwhile.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            macro = await _locked(transaction, macro_id, expected)
            before = macro_data(macro)
            known = await load_known(transaction.connection, self._ports)
            values = parse_macro({**before, **data}, where="macro", known=known)
            changed = {
                "name": macro.name,
                "description": macro.description,
                "actions": actions_json(macro.actions),
            } != dict(values)
            if changed:
                await transaction.connection.execute(
                    update(macros)
                    .where(macros.c.id == macro_id)
                    .values(**values, version=macro.version + 1, updated_at=now)
                )
                await write_audit(transaction, now, actor_id, "macro_changed", f"macro:{macro_id}")
            return await _load(transaction.connection, macro_id)

    async def remove(self, macro_id: str, *, actor_id: str | None, expected: Versions) -> None:
        """Deletes a macro.

        Raises:
            MacroNotFound, VersionConflict: As `change`.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            await _locked(transaction, macro_id, expected)
            await transaction.connection.execute(delete(macros).where(macros.c.id == macro_id))
            await write_audit(transaction, now, actor_id, "macro_removed", f"macro:{macro_id}")

    async def preview(self, macro_id: str, number: str, agent_id: str) -> MacroPreview:
        """Gives what a macro would do now; changes nothing.

        Raises:
            MacroNotFound, TicketNotFound: Nothing there.
            UserNotFound, RoleNotAllowed: The user may not work on tickets.
        """
        async with self._database.write() as transaction:
            access = await self._access(transaction, number, agent_id)
            macro = await _load(transaction.connection, macro_id)
            steps, _ = await self._decide(transaction, access, macro)
        return MacroPreview(macro=macro, steps=steps)

    async def apply(self, macro_id: str, number: str, agent_id: str) -> TicketAct:
        """Does everything that a macro says, or nothing.

        Raises:
            ActionRefused: With the first action that is refused, and why.
            InvalidTransition: The visitor has begun another matter since.
            MacroNotFound, TicketNotFound, UserNotFound, RoleNotAllowed: As `preview`.
        """
        async with self._database.write(self._ports.publisher) as transaction:
            access = await self._access(transaction, number, agent_id)
            if not access.is_newest:
                raise InvalidTransition(act="apply a macro", state=access.ticket.stands.value)
            macro = await _load(transaction.connection, macro_id)
            steps, names = await self._decide(transaction, access, macro)
            refused = MacroPreview(macro=macro, steps=steps).refused
            if refused is not None:
                raise ActionRefused(refused.action.kind.value, refused.refused or "")
            unit, agent = access.unit, access.agent
            shown: list[Json] = [step.as_json() for step in steps]
            unit.append(
                EVENT,
                Author.AGENT,
                "",
                author_id=agent.id,
                author_name=agent.name,
                payload={
                    "macro_id": macro.id,
                    "name": macro.name,
                    "version": macro.version,
                    "steps": shown,
                },
                agents_only=True,
            )
            doer = Doer(name=agent.name, key=f"macro-{new_id()}", agent=agent)
            await Acting(transaction, unit, self._ports, names, doer).do_all(steps)
            unit.notify_inbox("macro_applied", {"macro_id": macro.id, "agent_id": agent.id})
            await transaction.connection.execute(
                update(macros).where(macros.c.id == macro.id).values(n_used=macros.c.n_used + 1)
            )
            detail: JsonObject = {"macro_id": macro.id, "version": macro.version}
            await write_audit(transaction, unit.now, agent.id, "macro_applied", access, detail)
            await unit.flush()
            await send_webhooks(
                transaction, unit, steps, by={"macro_id": macro.id, "name": macro.name}
            )
            return TicketAct(ticket=unit.ticket_view(), event=None)

    async def fill(self, reply_id: str, number: str, agent_id: str) -> Filled:
        """Gives a canned reply's text for a ticket and counts one use.

        Raises:
            ReplyNotFound, TicketNotFound: Nothing there.
            ReplyHasGaps: A variable has neither a value nor a fallback, or no language fits.
            UserNotFound, RoleNotAllowed: The user may not work on tickets.
        """
        async with self._database.write(self._ports.publisher) as transaction:
            access = await self._access(transaction, number, agent_id)
            reply = await load_reply(transaction.connection, reply_id)
            names = await load_names(transaction.connection)
            around = await self._surroundings(transaction, access, names)
            filled = fill(reply.texts, around.values, languages=around.languages)
            if isinstance(filled, Missing):
                raise ReplyHasGaps(filled.variables)
            await count_use(transaction, reply.shortcut)
        return filled

    async def _access(self, transaction: Transaction, number: str, agent_id: str) -> TicketAccess:
        now = self._ports.clock.now()
        return await access_ticket_by_agent(
            transaction, number, agent_id=agent_id, act="apply a macro", now=now
        )

    async def _decide(
        self, transaction: Transaction, access: TicketAccess, macro: Macro
    ) -> tuple[tuple[Step, ...], Names]:
        connection, unit = transaction.connection, access.unit
        names = await load_names(connection)
        owner = Owner(unit.record.owner)
        (facts,) = await load_facts(
            connection,
            self._ports,
            [(access.ticket, owner)],
            names,
            now=unit.now,
            words=False,
        )
        around = await self._surroundings(transaction, access, names)
        steps, _ = decide_macro(macro.actions, facts, around)
        return steps, names

    async def _surroundings(
        self, transaction: Transaction, access: TicketAccess, names: Names
    ) -> Surroundings:
        return await load_surroundings(
            transaction.connection,
            self._ports,
            access.ticket,
            access.unit.record,
            names,
            now=access.unit.now,
            actor=names.agent_of[access.agent.id],
            actor_name=access.agent.name,
        )


async def load_macros(connection: AsyncConnection) -> list[Macro]:
    """Gives all macros, the most used first."""
    query = select(macros).order_by(macros.c.n_used.desc(), macros.c.name, macros.c.id)
    return [_macro_of(row) for row in (await connection.execute(query)).all()]


async def add_macro(transaction: Transaction, values: Mapping[str, Any], *, now: datetime) -> str:
    """Stores a parsed macro; gives its id.

    Raises:
        RuleInvalid: There are too many.
    """
    count = select(func.count()).select_from(macros)
    if (await transaction.connection.execute(count)).scalar_one() >= MOST_MACROS:
        raise RuleInvalid("macros", f"are too many: {MOST_MACROS} at most")
    macro_id = new_id()
    await transaction.connection.execute(
        insert(macros).values(
            id=macro_id, **values, version=1, n_used=0, created_at=now, updated_at=now
        )
    )
    return macro_id


def parse_macro(data: JsonObject, *, where: str, known: Known) -> JsonObject:
    """Gives the columns of a macro; raises RuleInvalid."""
    unknown = sorted(data.keys() - {"name", "description", "then"})
    if unknown:
        known_names = "name, description, then"
        raise RuleInvalid(f"{where} > {unknown[0]}", f"is unknown; known are {known_names}")
    actions = parse_actions(data.get("then"), where=f"{where} > then", known=known)
    return {
        "name": parse_name(data.get("name"), f"{where} > name"),
        "description": clean_name(str(data.get("description") or ""), limit=DESCRIPTION_CHARS),
        "actions": actions_json(actions),
    }


def macro_data(macro: Macro) -> JsonObject:
    """Gives a macro as it is written in a file."""
    return {
        "name": macro.name,
        "description": macro.description,
        "then": actions_json(macro.actions),
    }


async def _load(connection: AsyncConnection, macro_id: str) -> Macro:
    row = (await connection.execute(select(macros).where(macros.c.id == macro_id))).first()
    if row is None:
        raise MacroNotFound(macro_id)
    return _macro_of(row)


async def _locked(transaction: Transaction, macro_id: str, expected: Versions) -> Macro:
    query = select(macros.c.id).where(macros.c.id == macro_id).with_for_update()
    await transaction.connection.execute(query)
    macro = await _load(transaction.connection, macro_id)
    check_version(macro.version, expected)
    return macro


def _macro_of(row: Row[Any]) -> Macro:
    values = dict(row._mapping)
    actions = parse_actions(values.pop("actions"), where=f"macro {row.id}")
    return Macro(**values, actions=actions)
