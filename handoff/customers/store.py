"""Use cases of customer records: find one, list, change, note and drop identities.

Every change names the version that it was made from, so that no update is lost unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.audit import write_audit
from handoff.customers.model import (
    Customer,
    Identity,
    IdentityKind,
    check_change,
    clean_identity,
    folded,
)
from handoff.customers.tables import customer_identities, customers
from handoff.errors import CustomerInvalid, CustomerNotFound, IdentityTaken
from handoff.ids import is_id
from handoff.model import Json, JsonObject
from handoff.ports import Ports
from handoff.sla.keeper import recount_for
from handoff.store.engine import Database, Transaction
from handoff.store.tables import visitors
from handoff.transcript import is_email
from handoff.versions import Versions, check_version

MOST_IDENTITIES: Final = 50
_SHOWN: Final = [
    column for column in customers.c if column.name != "folded_name"
]  # folded_name is for searching alone
_LIKE_SIGNS: Final = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


class Customers:
    """What staff does with customer records, each in one transaction."""

    def __init__(self, database: Database, ports: Ports) -> None:
        self._database = database
        self._ports = ports

    async def get(self, customer_id: str) -> Customer:
        """Gives a record with its identities and those that it may be the same person as.

        Raises:
            CustomerNotFound: No such record.
        """
        async with self._database.read() as connection:
            return await load_customer(connection, customer_id)

    async def list(
        self,
        *,
        search: str = "",
        kind: IdentityKind | None = None,
        tier: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> Sequence[Customer]:
        """Gives records, newest first, without those that went into another one.

        Args:
            search: An e-mail, phone number or other identity, whole, or a part of a name.
            kind: Only look for identities of this kind.
            tier: Only this tier.
            before: The last id of the page before.
            limit: At most this many.
        """
        query = select(*_SHOWN).where(customers.c.merged_into.is_(None))
        if search.strip():
            query = query.where(_matches(search.strip(), kind))
        if tier is not None:
            query = query.where(customers.c.tier == tier)
        if before is not None:
            query = query.where(customers.c.id < before)
        async with self._database.read() as connection:
            rows = (
                await connection.execute(query.order_by(customers.c.id.desc()).limit(limit))
            ).all()
            return await _with_identities(connection, rows)

    async def change(
        self,
        customer_id: str,
        change: JsonObject,
        *,
        actor_id: str | None,
        expected: Versions,
    ) -> Customer:
        """Changes fields; see `handoff.customers.model.check_change`.

        Args:
            customer_id: The record.
            change: Field -> new value.
            actor_id: Who does it; None for the operator's command line.
            expected: The versions that the caller has seen; None changes whatever is there.

        Raises:
            CustomerNotFound: No such record.
            CustomerInvalid: A field is not usable, or the record went into another one.
            VersionConflict: It was changed meanwhile.
        """
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            customer = await _locked(transaction, customer_id, expected)
            values = check_change(
                change,
                customer=customer,
                tiers=self._ports.tiers,
                source=actor_id or "operator",
                now=now,
            )
            changed = {
                name: value
                for name, value in values.items()
                if name != "folded_name" and getattr(customer, name) != value
            }
            if changed:
                await _write(transaction, customer, {**values}, now)
                # The words stay out of the log: they are about a person.
                named: list[Json] = [*sorted(changed)]
                detail: JsonObject = {"fields": named}
                if "tier" in changed:
                    detail["tier"] = changed["tier"]
                    await recount_for(transaction, customer.id)
                subject = f"customer:{customer.id}"
                await write_audit(transaction, now, actor_id, "customer_changed", subject, detail)
            return await load_customer(transaction.connection, customer.id)

    async def add_identity(
        self,
        customer_id: str,
        *,
        kind: IdentityKind,
        value: str,
        verified: bool,
        actor_id: str | None,
        expected: Versions,
    ) -> Customer:
        """Notes an identity, or marks a claimed one as verified.

        Raises:
            CustomerInvalid: Not an identity of this kind, or there are too many.
            IdentityTaken: Verified by another customer; says whose.
            CustomerNotFound, VersionConflict: As `change`.
        """
        identity = Identity(
            kind=kind,
            value=clean_identity(kind, value),
            verified=verified,
            source=actor_id or "operator",
            created_at=self._ports.clock.now(),
        )
        try:
            return await self._add_identity(customer_id, identity, actor_id, expected)
        except IntegrityError:
            # Somebody verified it in the same moment; now it is there to be seen.
            return await self._add_identity(customer_id, identity, actor_id, expected)

    async def _add_identity(
        self, customer_id: str, identity: Identity, actor_id: str | None, expected: Versions
    ) -> Customer:
        now, kind, value = identity.created_at, identity.kind, identity.value
        async with self._database.write(self._ports.publisher) as transaction:
            customer = await _locked(transaction, customer_id, expected)
            own = {(one.kind, one.value): one for one in customer.identities}
            known = own.get((kind, value))
            if known is not None and (known.verified or not identity.verified):
                return await load_customer(transaction.connection, customer.id)
            if known is None and len(own) >= MOST_IDENTITIES:
                raise CustomerInvalid("identities", f"are too many: {MOST_IDENTITIES} at most")
            if identity.verified:
                await _refuse_taken(transaction, customer.id, kind, value)
                identity = replace(identity, verified_at=now)
            if known is not None:
                identity = replace(identity, source=known.source, created_at=known.created_at)
            await _store_identity(transaction, customer.id, identity)
            await _write(transaction, customer, {}, now)
            detail: JsonObject = {"kind": kind.value, "verified": identity.verified}
            await write_audit(
                transaction,
                now,
                actor_id,
                "customer_identity_added",
                f"customer:{customer.id}",
                detail,
            )
            return await load_customer(transaction.connection, customer.id)

    async def remove_identity(
        self,
        customer_id: str,
        *,
        kind: IdentityKind,
        value: str,
        actor_id: str | None,
        expected: Versions,
    ) -> Customer:
        """Drops an identity; harmless if the record does not have it.

        Raises:
            CustomerInvalid, CustomerNotFound, VersionConflict: As `add_identity`.
        """
        value = clean_identity(kind, value)
        now = self._ports.clock.now()
        async with self._database.write(self._ports.publisher) as transaction:
            customer = await _locked(transaction, customer_id, expected)
            gone = await transaction.connection.execute(
                delete(customer_identities).where(_is_identity(customer.id, kind, value))
            )
            if gone.rowcount:
                await _write(transaction, customer, {}, now)
                detail: JsonObject = {"kind": kind.value}
                await write_audit(
                    transaction,
                    now,
                    actor_id,
                    "customer_identity_removed",
                    f"customer:{customer.id}",
                    detail,
                )
            return await load_customer(transaction.connection, customer.id)


async def load_customer(connection: AsyncConnection, customer_id: str) -> Customer:
    """Gives a record with identities and possible doubles; raises CustomerNotFound."""
    query = select(*_SHOWN).where(customers.c.id == customer_id)
    row = (await connection.execute(query)).first() if is_id(customer_id) else None
    if row is None:
        raise CustomerNotFound(customer_id)
    (customer,) = await _with_identities(connection, [row])
    mine = customer_identities.alias()
    query = (
        select(customers.c.id)
        .distinct()
        .select_from(
            mine.join(
                customer_identities,
                (customer_identities.c.kind == mine.c.kind)
                & (customer_identities.c.value == mine.c.value),
            ).join(customers, customers.c.id == customer_identities.c.customer_id)
        )
        .where(
            mine.c.customer_id == customer.id,
            customers.c.id != customer.id,
            customers.c.merged_into.is_(None),
        )
        .order_by(customers.c.id)
        .limit(MOST_IDENTITIES)
    )
    may_be = tuple((await connection.execute(query)).scalars())
    return replace(customer, may_be=may_be)


async def find_tier(connection: AsyncConnection, customer_id: str) -> str:
    """Gives a customer's tier, or "" without one."""
    query = select(customers.c.tier).where(customers.c.id == customer_id)
    return (await connection.execute(query)).scalar_one_or_none() or ""


async def _with_identities(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[Customer]:
    ids = [row.id for row in rows]
    owned: dict[str, list[Identity]] = {customer_id: [] for customer_id in ids}
    query = (
        select(customer_identities)
        .where(customer_identities.c.customer_id.in_(ids))
        .order_by(customer_identities.c.created_at, customer_identities.c.value)
    )
    for row in (await connection.execute(query)).all():
        values = dict(row._mapping)
        owner = values.pop("customer_id")
        owned[owner].append(Identity(kind=IdentityKind(values.pop("kind")), **values))
    seen = (
        select(visitors.c.customer_id, visitors.c.id, visitors.c.created_at)
        .where(visitors.c.customer_id.in_(ids))
        .order_by(visitors.c.id)
    )
    for row in (await connection.execute(seen)).all():
        owned[row.customer_id].append(
            Identity(
                kind=IdentityKind.VISITOR,
                value=row.id,
                verified=True,
                source="visit",
                created_at=row.created_at,
                verified_at=row.created_at,
            )
        )
    return [Customer(**row._mapping, identities=tuple(owned[row.id])) for row in rows]


async def _locked(transaction: Transaction, customer_id: str, expected: Versions) -> Customer:
    query = select(customers.c.id).where(customers.c.id == customer_id).with_for_update()
    await transaction.connection.execute(query)
    customer = await load_customer(transaction.connection, customer_id)
    check_version(customer.version, expected)
    if customer.merged_into is not None:
        raise CustomerInvalid("record", f"went into customer {customer.merged_into}")
    return customer


async def _write(
    transaction: Transaction, customer: Customer, values: dict[str, Any], now: datetime
) -> None:
    await transaction.connection.execute(
        update(customers)
        .where(customers.c.id == customer.id)
        .values(**values, version=customer.version + 1, updated_at=now)
    )


async def _store_identity(transaction: Transaction, customer_id: str, identity: Identity) -> None:
    where = _is_identity(customer_id, identity.kind, identity.value)
    await transaction.connection.execute(delete(customer_identities).where(where))
    await transaction.connection.execute(
        insert(customer_identities).values(
            customer_id=customer_id,
            kind=identity.kind.value,
            value=identity.value,
            verified=identity.verified,
            source=identity.source,
            created_at=identity.created_at,
            verified_at=identity.verified_at,
        )
    )


async def _refuse_taken(
    transaction: Transaction, customer_id: str, kind: IdentityKind, value: str
) -> None:
    query = select(customer_identities.c.customer_id).where(
        customer_identities.c.kind == kind.value,
        customer_identities.c.value == value,
        customer_identities.c.verified,
        customer_identities.c.customer_id != customer_id,
    )
    owner = (await transaction.connection.execute(query)).scalar_one_or_none()
    if owner is not None:
        raise IdentityTaken(owner)


def _is_identity(customer_id: str, kind: IdentityKind, value: str) -> ColumnElement[bool]:
    return (
        (customer_identities.c.customer_id == customer_id)
        & (customer_identities.c.kind == kind.value)
        & (customer_identities.c.value == value)
    )


def _matches(search: str, kind: IdentityKind | None) -> ColumnElement[bool]:
    """Whole identities, and parts of names unless a kind is asked for."""
    conditions = [_has_identity(search, one) for one in IdentityKind if kind in (None, one)]
    words = folded(search)
    if kind is None and words and not is_email(search):
        pattern = f"%{words.translate(_LIKE_SIGNS)}%"
        conditions.append(customers.c.folded_name.like(pattern, escape="\\"))
    found = conditions[0]
    for condition in conditions[1:]:
        found = found | condition
    return found


def _has_identity(search: str, kind: IdentityKind) -> ColumnElement[bool]:
    if kind is IdentityKind.VISITOR:
        return customers.c.id.in_(_of_visitor(search))
    try:
        value = clean_identity(kind, search)
    except CustomerInvalid:
        value = ""  # no identity of this kind: fits nothing
    return customers.c.id.in_(
        select(customer_identities.c.customer_id).where(
            customer_identities.c.kind == kind.value, customer_identities.c.value == value
        )
    )


def _of_visitor(visitor_id: str) -> Select[tuple[str | None]]:
    return select(visitors.c.customer_id).where(
        visitors.c.id == visitor_id, visitors.c.customer_id.is_not(None)
    )
