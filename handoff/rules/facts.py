"""Reads what conditions and actions look at: tickets as facts, and what they may refer to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.conversation import Owner
from handoff.customers.tables import customers
from handoff.model import Author, JsonObject
from handoff.ports import Ports
from handoff.routing.tables import teams
from handoff.rules.engine import Surroundings
from handoff.rules.model import TicketFacts
from handoff.rules.tables import canned_replies
from handoff.store.records import ConversationRecord, TicketRecord
from handoff.store.tables import events, users, webhooks
from handoff.ticket import format_number

# Enough for any condition; more would only cost.
WORDS_OF_MESSAGES: Final = 50
ENGLISH: Final = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Ids of teams and agents with their names, both ways.

    Attributes:
        team_of: Id -> name.
        agent_of: Id -> e-mail.
        name_of: Id -> the agent's name.
        active: E-mails of agents who may work on tickets.
    """

    team_of: Mapping[str, str]
    agent_of: Mapping[str, str]
    name_of: Mapping[str, str]
    active: frozenset[str]

    def team_id(self, name: str) -> str:
        """Gives the id of a team that exists."""
        return next(one for one, known in self.team_of.items() if known == name)

    def agent_id(self, email: str) -> str:
        """Gives the id of an agent who exists."""
        return next(one for one, known in self.agent_of.items() if known == email)


async def load_names(connection: AsyncConnection) -> Names:
    """Gives who and what can be named."""
    found = (await connection.execute(select(teams.c.id, teams.c.name))).all()
    people = (
        await connection.execute(
            select(users.c.id, users.c.email, users.c.name, users.c.active, users.c.role)
        )
    ).all()
    return Names(
        team_of={row.id: row.name for row in found},
        agent_of={row.id: row.email for row in people},
        name_of={row.id: row.name for row in people},
        active=frozenset(row.email for row in people if row.active and row.role != "editor"),
    )


async def load_facts(
    connection: AsyncConnection,
    ports: Ports,
    found: Sequence[tuple[TicketRecord, Owner]],
    names: Names,
    *,
    now: datetime,
    words: bool,
) -> list[TicketFacts]:
    """Gives tickets as conditions see them.

    Args:
        connection: Of the running transaction.
        ports: For the business hours.
        found: Tickets and who has their conversations.
        names: From `load_names`.
        now: Times are counted up to here.
        words: Whether any condition reads the visitor's words.
    """
    tiers = await _load_tiers(connection, [ticket for ticket, _ in found])
    is_open = ports.hours.opens_at(now) is None
    facts = []
    for ticket, owner in found:
        said = await _load_words(connection, ticket) if words else []
        facts.append(
            TicketFacts(
                number=format_number(ticket.number),
                state=ticket.stands,
                priority=ticket.priority,
                owner=owner,
                type=ticket.type,
                category=ticket.category,
                tags=frozenset(ticket.tags),
                language=ticket.language,
                channel=ticket.channel,
                tier=tiers.get(ticket.customer_id or ""),
                team=names.team_of.get(ticket.team_id or ""),
                assignee=names.agent_of.get(ticket.assignee_id or ""),
                reason=ticket.reason,
                waiting_minutes=(
                    None if ticket.waiting_since is None else _minutes(ticket.waiting_since, now)
                ),
                age_minutes=_minutes(ticket.opened_at, now),
                idle_minutes=_minutes(ticket.updated_at, now),
                message=said[-1] if said else "",
                text="\n".join(said),
                hours_open=is_open,
                priority_by_person=is_person(ticket.override),
            )
        )
    return facts


async def load_surroundings(
    connection: AsyncConnection,
    ports: Ports,
    ticket: TicketRecord,
    record: ConversationRecord,
    names: Names,
    *,
    now: datetime,
    actor: str | None = None,
    actor_name: str | None = None,
) -> Surroundings:
    """Gives what actions on a ticket may refer to.

    Args:
        connection: Of the running transaction.
        ports: For texts and hours.
        ticket: The ticket.
        record: Its conversation.
        names: From `load_names`.
        now: For the next opening.
        actor: E-mail of the agent who applies a macro.
        actor_name: Her name.
    """
    replies = (
        await connection.execute(select(canned_replies.c.shortcut, canned_replies.c.texts))
    ).all()
    receivers = (await connection.execute(select(webhooks.c.id).where(webhooks.c.active))).scalars()
    languages = languages_of(ticket, record, ports.default_language)
    name = ticket.contact_name or record.contact_name
    opens_at = ports.hours.opens_at(now)
    return Surroundings(
        teams=frozenset(names.team_of.values()),
        agents=names.active,
        webhooks=frozenset(receivers),
        replies={row.shortcut: row.texts for row in replies},
        values={
            "visitor.name": name,
            "visitor.first_name": name.split()[0] if name else None,
            "visitor.email": ticket.contact_email or record.contact_email,
            "ticket.number": format_number(ticket.number),
            "ticket.subject": ticket.subject,
            "ticket.priority": f"P{ticket.priority}",
            "agent.name": actor_name or ticket.assignee_name,
            "team.name": names.team_of.get(ticket.team_id or ""),
            "opens": (
                None
                if opens_at is None
                else ports.notices.moment(opens_at, languages[0], record.time_zone)
            ),
        },
        languages=languages,
        missing=ports.tickets.missing_fields(ticket.custom_fields or {}),
        actor=actor,
    )


def languages_of(ticket: TicketRecord, record: ConversationRecord, default: str) -> tuple[str, ...]:
    """Gives the visitor's languages, the best first; the desk's own and English stand behind."""
    locale = (record.locale or "").replace("_", "-")
    chain = (record.language_choice, ticket.language, record.language, locale, default, ENGLISH)
    return tuple(dict.fromkeys(filter(None, chain)))


def is_person(override: JsonObject | None) -> bool:
    """Tells whether a person, and not a rule, has set the priority."""
    return override is not None and "rule_id" not in override


async def _load_tiers(
    connection: AsyncConnection, found: Iterable[TicketRecord]
) -> Mapping[str, str | None]:
    ids = {ticket.customer_id for ticket in found if ticket.customer_id is not None}
    if not ids:
        return {}
    query = select(customers.c.id, customers.c.tier).where(customers.c.id.in_(ids))
    return {row.id: row.tier for row in (await connection.execute(query)).all()}


async def _load_words(connection: AsyncConnection, ticket: TicketRecord) -> list[str]:
    query = (
        select(events.c.text)
        .where(
            events.c.conversation_id == ticket.conversation_id,
            events.c.seq >= ticket.seq_from,
            events.c.author == Author.VISITOR.value,
            events.c.kind == "message",
        )
        .order_by(events.c.seq.desc())
        .limit(WORDS_OF_MESSAGES)
    )
    if not ticket.is_active:
        query = query.where(events.c.seq <= ticket.seq_upto)
    return list(reversed((await connection.execute(query)).scalars().all()))


def _minutes(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds() / 60)
