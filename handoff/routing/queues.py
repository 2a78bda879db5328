"""Use cases around views of the queue: look at one, count them, try one out, keep one.

A page of an ordered view is computed as of one moment, which its cursor carries along: working
time that passes while somebody reads on does not make tickets jump between pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.access import access_agent
from handoff.audit import write_audit
from handoff.customers.tables import customers
from handoff.ids import new_id
from handoff.model import TicketView as Ticket
from handoff.ports import Ports
from handoff.routing.effort import Effort
from handoff.routing.errors import ViewInvalid, ViewNotFound
from handoff.routing.model import OrderPolicy, WaitingTicket
from handoff.routing.order import compare_policies, order_tickets, sort_key
from handoff.routing.people import NAME_CHARS
from handoff.routing.snapshot import load_lines, load_teams
from handoff.routing.tables import ticket_views
from handoff.routing.view_queries import Reader, condition_of
from handoff.routing.views import BUILT_IN, TicketView, ViewFilter, ViewOrder, parse_filter
from handoff.sla.config import Service
from handoff.store.engine import Database
from handoff.store.records import select_tickets, ticket_of, ticket_view
from handoff.store.tables import tickets
from handoff.transcript import clean_name
from handoff.versions import Versions, check_version

MOST_COMPARED: Final = 200
MOST_SAVED: Final = 100
# The moment of the first page, then the keys of the last ticket given.
After = Sequence[str | int | float | datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """A part of a view, in its order; `next` are the keys to go on behind, None at the end."""

    tickets: tuple[Ticket, ...]
    next: tuple[str | int | float | datetime | None, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The same tickets in the order of each policy, with what the policies looked at."""

    lines: Mapping[int, WaitingTicket]
    efforts: Mapping[int, Effort]
    orders: Mapping[OrderPolicy, tuple[int, ...]]


class Queues:
    """Views of the queue, as one user sees them."""

    def __init__(self, database: Database, ports: Ports, service: Service) -> None:
        self._database = database
        self._ports = ports
        self._service = service

    async def list_views(self, user_id: str) -> list[TicketView]:
        """Gives the views of the house, then one's own and shared ones by name."""
        query = (
            select(ticket_views)
            .where(or_(ticket_views.c.owner_id == user_id, ticket_views.c.shared))
            .order_by(ticket_views.c.name, ticket_views.c.id)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [*BUILT_IN.values(), *map(_view_of, rows)]

    async def get_view(self, view_id: str, user_id: str) -> TicketView:
        """Gives a view; raises ViewNotFound, also for somebody else's that is not shared."""
        async with self._database.read() as connection:
            return await _load_view(connection, view_id, user_id)

    async def create_view(
        self, user_id: str, *, name: str, filter: ViewFilter, order: ViewOrder, shared: bool
    ) -> TicketView:
        """Keeps a view.

        Raises:
            ViewInvalid: No name, or too many views.
        """
        now = self._ports.clock.now()
        async with self._database.write() as transaction:
            connection = transaction.connection
            mine = select(func.count()).where(ticket_views.c.owner_id == user_id)
            if (await connection.execute(mine)).scalar_one() >= MOST_SAVED:
                raise ViewInvalid("owner", f"has {MOST_SAVED} views already")
            view_id = new_id()
            await connection.execute(
                insert(ticket_views).values(
                    id=view_id,
                    owner_id=user_id,
                    name=_checked_name(name),
                    filter=filter.as_json(),
                    order_policy=order.value,
                    shared=shared,
                    version=1,
                    created_at=now,
                    updated_at=now,
                )
            )
            return await _load_view(connection, view_id, user_id)

    async def change_view(
        self,
        view_id: str,
        user_id: str,
        *,
        name: str | None = None,
        filter: ViewFilter | None = None,
        order: ViewOrder | None = None,
        shared: bool | None = None,
        may_change_all: bool = False,
        expected: Versions = None,
    ) -> TicketView:
        """Changes one's own view, or with `may_change_all` any shared one.

        Raises:
            ViewNotFound: Not there, of the house, or not hers to change.
            ViewInvalid: No name.
            VersionConflict: Somebody else changed it first.
        """
        now = self._ports.clock.now()
        given: Mapping[str, Any] = {
            "name": None if name is None else _checked_name(name),
            "filter": None if filter is None else filter.as_json(),
            "order_policy": None if order is None else order.value,
            "shared": shared,
        }
        async with self._database.write() as transaction:
            connection = transaction.connection
            version = await _lock_view(
                connection, view_id, user_id, expected, may_change_all=may_change_all
            )
            await connection.execute(
                update(ticket_views)
                .where(ticket_views.c.id == view_id)
                .values(
                    **{key: value for key, value in given.items() if value is not None},
                    version=version + 1,
                    updated_at=now,
                )
            )
            await write_audit(transaction, now, user_id, "view_changed", f"view:{view_id}")
            row = (
                await connection.execute(select(ticket_views).where(ticket_views.c.id == view_id))
            ).one()
            return _view_of(row)

    async def remove_view(
        self,
        view_id: str,
        user_id: str,
        *,
        may_change_all: bool = False,
        expected: Versions = None,
    ) -> None:
        """Removes a view; the same refusals as for a change."""
        now = self._ports.clock.now()
        async with self._database.write() as transaction:
            await _lock_view(
                transaction.connection, view_id, user_id, expected, may_change_all=may_change_all
            )
            await transaction.connection.execute(
                delete(ticket_views).where(ticket_views.c.id == view_id)
            )
            await write_audit(transaction, now, user_id, "view_removed", f"view:{view_id}")

    async def count(self, user_id: str) -> Mapping[str, int]:
        """Gives how many tickets stand in each view of `list_views`, by one query."""
        views = await self.list_views(user_id)
        async with self._database.read() as connection:
            reader = await self._reader(connection, user_id)
            columns = [
                func.count().filter(condition_of(view.filter, reader)).label(f"n{position}")
                for position, view in enumerate(views)
            ]
            row = (await connection.execute(_joined(select(*columns)))).one()
        return {view.id: int(count) for view, count in zip(views, row, strict=True)}

    async def size(self, view: ViewFilter, user_id: str) -> int:
        """Gives how many tickets stand in one view, saved or not."""
        async with self._database.read() as connection:
            reader = await self._reader(connection, user_id)
            query = _joined(select(func.count())).where(condition_of(view, reader))
            return int((await connection.execute(query)).scalar_one())

    async def page(
        self,
        view: ViewFilter,
        order: ViewOrder,
        user_id: str,
        *,
        after: After | None = None,
        limit: int = 50,
    ) -> QueuePage:
        """Gives a part of a view, saved or not.

        Raises:
            RoleNotAllowed: The user may not read tickets.
        """
        async with self._database.read() as connection:
            await access_agent(connection, user_id, act="list tickets")
            reader = await self._reader(connection, user_id, after)
            condition = condition_of(view, reader)
            keys: Sequence[tuple[str | int | float | datetime | None, ...]]
            if order is ViewOrder.NEWEST:
                numbers, keys = await _newest(connection, condition, after, limit)
            else:
                numbers, keys = await self._ordered(
                    connection, condition, OrderPolicy(order), reader.now, after, limit
                )
            found = await _load_tickets(connection, numbers[:limit])
        more = len(numbers) > limit
        return QueuePage(tickets=found, next=(reader.now, *keys[limit - 1]) if more else None)

    async def compare(
        self, view: ViewFilter, user_id: str | None, *, limit: int = MOST_COMPARED
    ) -> Comparison:
        """Gives the most urgent tickets of a view in the order of each policy.

        Args:
            view: Which tickets.
            user_id: Who looks; None for the operator, who is authorised and nobody's colleague.
            limit: At most so many.

        Raises:
            RoleNotAllowed: The user may not read tickets.
        """
        async with self._database.read() as connection:
            if user_id is not None:
                await access_agent(connection, user_id, act="list tickets")
            reader = await self._reader(connection, user_id or "")
            lines = await load_lines(
                connection,
                self._service,
                condition_of(view, reader),
                now=reader.now,
                with_effort=True,
                limit=limit,
            )
        head_start = self._service.routing.policy.first_time_head_start
        return Comparison(
            lines={line.number: line for line in lines.tickets},
            efforts=lines.efforts,
            orders=compare_policies(lines.tickets, first_time_head_start=head_start),
        )

    async def _reader(
        self, connection: AsyncConnection, user_id: str, after: After | None = None
    ) -> Reader:
        now = after[0] if after else await self._ports.shared_now(connection)
        if not isinstance(now, datetime):
            raise ViewInvalid("cursor", "is of another order")
        teams = await load_teams(connection, self._service.routing)
        return Reader(user_id=user_id, now=now, service=self._service, teams=tuple(teams.values()))

    async def _ordered(
        self,
        connection: AsyncConnection,
        condition: ColumnElement[bool],
        policy: OrderPolicy,
        now: datetime,
        after: After | None,
        limit: int,
    ) -> tuple[list[int], list[tuple[float, ...]]]:
        lines = await load_lines(
            connection,
            self._service,
            condition,
            now=now,
            with_effort=policy is OrderPolicy.QUICK_WINS,
        )
        head_start = self._service.routing.policy.first_time_head_start
        line = order_tickets(lines.tickets, policy, first_time_head_start=head_start)
        keys = [sort_key(one, policy, first_time_head_start=head_start) for one in line]
        begin = 0
        if after is not None:
            last = tuple(float(str(key)) for key in after[1:])
            begin = sum(key <= last for key in keys)
        numbers = [one.number for one in line[begin : begin + limit + 1]]
        return numbers, keys[begin : begin + limit + 1]


def _joined(query: Any) -> Any:
    return query.select_from(
        tickets.join(customers, customers.c.id == tickets.c.customer_id, isouter=True)
    )


async def _newest(
    connection: AsyncConnection,
    condition: ColumnElement[bool],
    after: After | None,
    limit: int,
) -> tuple[list[int], list[tuple[datetime, int]]]:
    query = _joined(select(tickets.c.number, tickets.c.updated_at)).where(condition)
    if after is not None:
        _now, updated_at, number = after
        query = query.where(
            or_(
                tickets.c.updated_at < updated_at,
                and_(tickets.c.updated_at == updated_at, tickets.c.number < number),
            )
        )
    query = query.order_by(tickets.c.updated_at.desc(), tickets.c.number.desc())
    rows = (await connection.execute(query.limit(limit + 1))).all()
    return [row.number for row in rows], [(row.updated_at, row.number) for row in rows]


async def _load_tickets(connection: AsyncConnection, numbers: Sequence[int]) -> tuple[Ticket, ...]:
    rows = await connection.execute(select_tickets().where(tickets.c.number.in_(numbers)))
    found = {row.number: ticket_view(*ticket_of(row)) for row in rows}
    return tuple(found[number] for number in numbers)


async def _load_view(connection: AsyncConnection, view_id: str, user_id: str) -> TicketView:
    if view_id in BUILT_IN:
        return BUILT_IN[view_id]
    query = select(ticket_views).where(
        ticket_views.c.id == view_id,
        or_(ticket_views.c.owner_id == user_id, ticket_views.c.shared),
    )
    row = (await connection.execute(query)).first()
    if row is None:
        raise ViewNotFound(view_id)
    return _view_of(row)


async def _lock_view(
    connection: AsyncConnection,
    view_id: str,
    user_id: str,
    expected: Versions,
    *,
    may_change_all: bool,
) -> int:
    hers = ticket_views.c.owner_id == user_id
    query = select(ticket_views.c.version).where(
        ticket_views.c.id == view_id, or_(hers, ticket_views.c.shared) if may_change_all else hers
    )
    version: int | None = (await connection.execute(query.with_for_update())).scalar_one_or_none()
    if version is None:
        raise ViewNotFound(view_id)
    check_version(version, expected)
    return version


def _checked_name(name: str) -> str:
    cleaned = clean_name(name, limit=NAME_CHARS)
    if not cleaned:
        raise ViewInvalid("name", "must not be empty")
    return cleaned


def _view_of(row: Row[Any]) -> TicketView:
    return TicketView(
        id=row.id,
        name=row.name,
        filter=parse_filter(row.filter),
        order=ViewOrder(row.order_policy),
        owner_id=row.owner_id,
        shared=row.shared,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
