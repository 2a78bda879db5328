"""Makes and completes the customer record of a conversation's visitor, inside its transaction.

A record begins with the first handoff, or as soon as somebody knows how to reach the visitor. An
address that she wrote is a claim: it is noted, and joins nobody.
"""

from __future__ import annotations

from sqlalchemy import bindparam, func, insert, select, update

from handoff.customers.model import IdentityKind, folded
from handoff.customers.tables import customer_identities, customers
from handoff.ids import new_id
from handoff.store.tables import conversations, tickets, visitors
from handoff.store.unit import ConversationUnit
from handoff.store.upsert import upsert_into

# Locked: two conversations of one visitor must not make two records, nor miss a merge.
_CUSTOMER_OF_VISITOR = (
    select(visitors.c.customer_id).where(visitors.c.id == bindparam("visitor")).with_for_update()
)
_GIVE_VISITOR = (
    update(visitors)
    .where(visitors.c.id == bindparam("visitor"))
    .values(customer_id=bindparam("customer"))
)
_GIVE_EARLIER_TICKETS = (
    update(tickets)
    .where(
        tickets.c.customer_id.is_(None),
        tickets.c.conversation_id.in_(
            select(conversations.c.id).where(conversations.c.visitor_id == bindparam("visitor"))
        ),
    )
    .values(customer_id=bindparam("customer"))
)


async def keep_customer(unit: ConversationUnit, *, source: str) -> str:
    """Gives the id of the visitor's record; the first call makes it with what is known now.

    Args:
        unit: The locked conversation.
        source: Where contact details come from: `form`, `message` or `assistant`.
    """
    return await _customer_of(unit) or await _make(unit, source=source)


async def note_details(unit: ConversationUnit, *, source: str) -> None:
    """Takes over the conversation's contact details: a missing name, and the address as a claim."""
    customer_id = await _customer_of(unit)
    if customer_id is None:
        await _make(unit, source=source)
        return
    if await _claim_email(unit, customer_id, source=source):
        await _touch(unit, customer_id)
    name = unit.record.contact_name
    if name is not None:
        await unit.connection.execute(
            update(customers)
            .where(customers.c.id == customer_id, customers.c.name.is_(None))
            .values(
                name=name,
                folded_name=folded(name) or None,
                version=customers.c.version + 1,
                updated_at=unit.now,
            )
        )


async def tier_of(unit: ConversationUnit) -> str | None:
    """Gives the tier of the visitor's customer; None without a record or a tier."""
    query = (
        select(customers.c.tier)
        .join(visitors, visitors.c.customer_id == customers.c.id)
        .where(visitors.c.id == unit.record.visitor_id)
    )
    tier: str | None = (await unit.connection.execute(query)).scalar_one_or_none()
    return tier


async def count_earlier_tickets(unit: ConversationUnit) -> int:
    """Gives how many tickets the customer had before the current episode's, on any channel.

    Without spam and without those that went into another one: they are not one more time.
    """
    asked = visitors.alias()
    same_person = (
        select(visitors.c.id)
        .join(asked, asked.c.customer_id == visitors.c.customer_id)
        .where(asked.c.id == unit.record.visitor_id)
    )
    query = (
        select(func.count())
        .select_from(tickets.join(conversations))
        .where(
            (conversations.c.visitor_id == unit.record.visitor_id)
            | conversations.c.visitor_id.in_(same_person),
            tickets.c.closed_as.is_(None),
        )
    )
    if unit.episode_ticket is not None:
        query = query.where(tickets.c.number < unit.episode_ticket.number)
    return int((await unit.connection.execute(query)).scalar_one())


async def _customer_of(unit: ConversationUnit) -> str | None:
    found = await unit.connection.execute(_CUSTOMER_OF_VISITOR, {"visitor": unit.record.visitor_id})
    customer_id: str | None = found.scalar_one_or_none()
    return customer_id


async def _make(unit: ConversationUnit, *, source: str) -> str:
    customer_id, record = new_id(), unit.record
    await unit.connection.execute(
        insert(customers).values(
            id=customer_id,
            name=record.contact_name,
            folded_name=folded(record.contact_name or "") or None,
            language=record.language_choice or record.language,
            time_zone=record.time_zone,
            notes="",
            consent={},
            attributes={},
            version=1,
            created_at=unit.now,
            updated_at=unit.now,
        )
    )
    both = {"visitor": record.visitor_id, "customer": customer_id}
    await unit.connection.execute(_GIVE_VISITOR, both)
    await unit.connection.execute(_GIVE_EARLIER_TICKETS, both)
    await _claim_email(unit, customer_id, source=source)
    return customer_id


async def _claim_email(unit: ConversationUnit, customer_id: str, *, source: str) -> bool:
    """Notes the address; gives whether it is new."""
    email = unit.record.contact_email
    if email is None:
        return False
    claimed = await unit.connection.execute(
        upsert_into(unit.connection, customer_identities)
        .values(
            customer_id=customer_id,
            kind=IdentityKind.EMAIL.value,
            value=email.lower(),
            verified=False,
            source=source,
            created_at=unit.now,
        )
        .on_conflict_do_nothing(index_elements=["customer_id", "kind", "value"])
    )
    return claimed.rowcount > 0


async def _touch(unit: ConversationUnit, customer_id: str) -> None:
    await unit.connection.execute(
        update(customers)
        .where(customers.c.id == customer_id)
        .values(version=customers.c.version + 1, updated_at=unit.now)
    )
