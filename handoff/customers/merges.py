"""Use cases of merging two customer records, and of undoing it.

Whoever writes takes locks in one order everywhere: conversations, visitors, customer records,
tickets. A merge therefore locks every conversation of both people first; it is rare, and they few.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, and_, insert, select, update

from handoff.audit import write_audit
from handoff.customers.merging import columns_of, identities_json, plan_merge, plan_restore
from handoff.customers.model import Customer, Identity, IdentityKind, Merge
from handoff.customers.store import load_customer
from handoff.customers.tables import customer_identities, customer_merges, customers
from handoff.errors import MergeNotFound, MergeRefused
from handoff.ids import new_id
from handoff.model import Json, JsonObject
from handoff.ports import Ports
from handoff.store.engine import Database, Transaction
from handoff.store.tables import conversations, tickets, visitors
from handoff.store.unit import load_unit
from handoff.versions import Versions, check_version


class Merges:
    """Makes one record out of two, and two out of one again."""

    def __init__(self, database: Database, ports: Ports) -> None:
        self._database = database
        self._ports = ports

    async def merge(
        self,
        kept_id: str,
        dropped_id: str,
        *,
        actor_id: str | None,
        expected: Versions = None,
    ) -> Merge:
        """Moves identities, visitors and tickets of one record to another, and fills in its gaps.

        Args:
            kept_id: The record that stays.
            dropped_id: The record that goes into it; kept aside for undoing.
            actor_id: Who does it; None for the operator's command line.
            expected: The versions of the kept record that the caller has seen, or None.

        Raises:
            CustomerNotFound: One of them does not exist.
            MergeRefused: They are the same, or one went into another already.
            VersionConflict: The kept record was changed meanwhile.
        """
        if kept_id == dropped_id:
            raise MergeRefused("a customer cannot be merged with herself")
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            both = (kept_id, dropped_id)
            await _lock(transaction, both)
            kept, dropped = [await load_customer(transaction.connection, one) for one in both]
            for customer in (kept, dropped):
                if customer.merged_into is not None:
                    raise MergeRefused(
                        f"customer {customer.id} went into {customer.merged_into} already"
                    )
            check_version(kept.version, expected)
            return await self._merge(transaction, kept, dropped, actor_id, now)

    async def undo(self, merge_id: str, *, actor_id: str | None) -> Merge:
        """Takes a merge back: what it moved goes back, what it filled in is emptied again.

        What came later stays: changed fields, new identities; new tickets follow their visitor.

        Raises:
            MergeNotFound: No such merge.
            MergeRefused: It was undone before, or the kept record went into another one since.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            connection = transaction.connection
            query = select(customer_merges).where(customer_merges.c.id == merge_id)
            row = (await connection.execute(query)).first()
            if row is None:
                raise MergeNotFound(merge_id)
            await _lock(transaction, (row.kept_id, row.dropped_id))
            undone = await connection.execute(
                update(customer_merges)
                .where(customer_merges.c.id == merge_id, customer_merges.c.undone_at.is_(None))
                .values(undone_at=now, undone_by=actor_id)
            )
            if undone.rowcount == 0:
                raise MergeRefused("this merge was undone before")
            kept = await load_customer(connection, row.kept_id)
            if kept.merged_into is not None:
                raise MergeRefused(
                    f"customer {kept.id} went into {kept.merged_into} since: undo that merge first"
                )
            dropped = await load_customer(connection, row.dropped_id)
            await self._undo(transaction, kept, dropped, row.moved, actor_id, now)
            detail: JsonObject = {"merge_id": merge_id, "restored": dropped.id}
            await write_audit(
                transaction, now, actor_id, "customer_merge_undone", f"customer:{kept.id}", detail
            )
            return await _load_merge(transaction, merge_id)

    async def of(self, customer_id: str) -> list[Merge]:
        """Gives the merges into a record that can still be undone, newest first."""
        query = (
            select(customer_merges)
            .where(customer_merges.c.kept_id == customer_id, customer_merges.c.undone_at.is_(None))
            .order_by(customer_merges.c.id.desc())
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [_merge_of(dict(row._mapping)) for row in rows]

    async def _merge(
        self,
        transaction: Transaction,
        kept: Customer,
        dropped: Customer,
        actor_id: str | None,
        now: datetime,
    ) -> Merge:
        plan = plan_merge(kept, dropped)
        seen = [one.value for one in dropped.identities if one.kind is IdentityKind.VISITOR]
        moved = [one for one in plan.moved if one.kind is not IdentityKind.VISITOR]
        await _move_identities(transaction, moved, giver=dropped.id, taker=kept.id)
        for identity in plan.raised:
            await _set_verified(transaction, dropped.id, identity, at=None)
            await _set_verified(transaction, kept.id, identity, at=identity.verified_at or now)
        n_tickets = await self._move_visitors(transaction, seen, kept.id, actor_id, now)
        await _write(transaction, kept, plan.values, now)
        await _write(transaction, dropped, {"merged_into": kept.id}, now)
        merge_id = new_id()
        visitors_moved: list[Json] = [*seen]
        kept_aside: JsonObject = {
            "identities": identities_json(moved),
            "raised": identities_json(plan.raised),
            "visitors": visitors_moved,
            "filled": plan.values,
            "before": plan.before,
        }
        await transaction.connection.execute(
            insert(customer_merges).values(
                id=merge_id,
                kept_id=kept.id,
                dropped_id=dropped.id,
                moved=kept_aside,
                at=now,
                actor_id=actor_id,
            )
        )
        detail: JsonObject = {
            "merge_id": merge_id,
            "dropped": dropped.id,
            "visitors": len(seen),
            "tickets": n_tickets,
            "identities": len(moved),
        }
        await write_audit(
            transaction, now, actor_id, "customer_merged", f"customer:{kept.id}", detail
        )
        return await _load_merge(transaction, merge_id)

    async def _undo(
        self,
        transaction: Transaction,
        kept: Customer,
        dropped: Customer,
        moved: JsonObject,
        actor_id: str | None,
        now: datetime,
    ) -> None:
        seen = [str(one) for one in _list(moved["visitors"])]
        still = {one.value for one in kept.identities if one.kind is IdentityKind.VISITOR}
        back_again = [one for one in seen if one in still]
        await self._move_visitors(transaction, back_again, dropped.id, actor_id, now)
        back = _named(kept.identities, moved["identities"])
        await _move_identities(transaction, back, giver=kept.id, taker=dropped.id)
        for identity in _named(kept.identities, moved["raised"]):
            await _set_verified(transaction, kept.id, identity, at=None)
            await _set_verified(transaction, dropped.id, identity, at=identity.verified_at or now)
        values = plan_restore(
            columns_of(kept), filled=_object(moved["filled"]), before=_object(moved["before"])
        )
        await _write(transaction, kept, values, now)
        await _write(transaction, dropped, {"merged_into": None}, now)

    async def _move_visitors(
        self,
        transaction: Transaction,
        seen: list[str],
        taker: str,
        actor_id: str | None,
        now: datetime,
    ) -> int:
        """Gives visitors and all their tickets to a record; gives the number of tickets."""
        if not seen:
            return 0
        connection = transaction.connection
        await connection.execute(
            update(visitors).where(visitors.c.id.in_(seen)).values(customer_id=taker)
        )
        query = (
            select(conversations.c.id)
            .where(conversations.c.visitor_id.in_(seen), conversations.c.ticket_number.is_not(None))
            .order_by(conversations.c.id)
        )
        n_tickets = 0
        for conversation_id in (await connection.execute(query)).scalars().all():
            unit = await load_unit(transaction, conversation_id, now=now)
            if unit is None or unit.ticket is None:
                continue
            unit.actor_id = actor_id
            older = await connection.execute(
                update(tickets)
                .where(
                    tickets.c.conversation_id == conversation_id,
                    tickets.c.number != unit.ticket.number,
                )
                .values(customer_id=taker, version=tickets.c.version + 1, updated_at=now)
            )
            unit.change_ticket(customer_id=taker)
            unit.notify_inbox("customer", {"customer_id": taker})
            await unit.flush()
            n_tickets += older.rowcount + 1
        return n_tickets


async def _lock(transaction: Transaction, customer_ids: Iterable[str]) -> None:
    ids = list(customer_ids)
    connection = transaction.connection
    theirs = select(visitors.c.id).where(visitors.c.customer_id.in_(ids))
    for query in (
        select(conversations.c.id)
        .where(conversations.c.visitor_id.in_(theirs))
        .order_by(conversations.c.id),
        theirs.order_by(visitors.c.id),
        select(customers.c.id).where(customers.c.id.in_(ids)).order_by(customers.c.id),
    ):
        await connection.execute(query.with_for_update())


async def _move_identities(
    transaction: Transaction, identities: Iterable[Identity], *, giver: str, taker: str
) -> None:
    for identity in identities:
        await transaction.connection.execute(
            update(customer_identities).where(_row(giver, identity)).values(customer_id=taker)
        )


async def _set_verified(
    transaction: Transaction, customer_id: str, identity: Identity, *, at: datetime | None
) -> None:
    await transaction.connection.execute(
        update(customer_identities)
        .where(_row(customer_id, identity))
        .values(verified=at is not None, verified_at=at)
    )


def _row(customer_id: str, identity: Identity) -> ColumnElement[bool]:
    return and_(
        customer_identities.c.customer_id == customer_id,
        customer_identities.c.kind == identity.kind.value,
        customer_identities.c.value == identity.value,
    )


async def _write(
    transaction: Transaction, customer: Customer, values: JsonObject, now: datetime
) -> None:
    await transaction.connection.execute(
        update(customers)
        .where(customers.c.id == customer.id)
        .values(**values, version=customer.version + 1, updated_at=now)
    )


async def _load_merge(transaction: Transaction, merge_id: str) -> Merge:
    query = select(customer_merges).where(customer_merges.c.id == merge_id)
    row = (await transaction.connection.execute(query)).one()
    return _merge_of(dict(row._mapping))


def _merge_of(values: dict[str, object]) -> Merge:
    shown = {"id", "kept_id", "dropped_id", "at", "actor_id", "undone_at"}
    return Merge(**{name: value for name, value in values.items() if name in shown})  # type: ignore[arg-type] # a row of the table


def _named(identities: Iterable[Identity], named: Json) -> list[Identity]:
    wanted = {tuple(pair) for pair in _list(named) if isinstance(pair, list)}
    return [one for one in identities if (one.kind.value, one.value) in wanted]


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}
