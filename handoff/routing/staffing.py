"""Use cases around teams and agents' profiles: who can do what, how much of it, and when.

Every change asks for a look at the queue in its own transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from handoff.access import TICKET_ROLES
from handoff.audit import write_audit
from handoff.errors import UserNotFound
from handoff.ids import new_id
from handoff.model import Json, JsonObject
from handoff.ports import Ports
from handoff.routing.errors import TeamNameTaken, TeamNotFound
from handoff.routing.model import Mode, OrderPolicy
from handoff.routing.people import (
    Profile,
    StaffedAgent,
    Team,
    check_calendar,
    check_capacity,
    check_name,
    check_tier,
    check_words,
    check_zone,
)
from handoff.routing.requests import is_pushing, request_pass
from handoff.routing.snapshot import load_agents
from handoff.routing.tables import agent_presence, agent_profiles, team_members, teams
from handoff.sla.config import Service
from handoff.store.engine import Database, Transaction
from handoff.store.tables import users
from handoff.store.upsert import upsert_into
from handoff.versions import Versions, check_version


class Staffing:
    """Teams and profiles. `fields` are those of `Team` and `Profile`; what is left out stays."""

    def __init__(self, database: Database, ports: Ports, service: Service) -> None:
        self._database = database
        self._ports = ports
        self._service = service
        known = service.calendars.keys()
        self._team_checks: Final[Mapping[str, Callable[[Any], Any]]] = {
            "name": check_name,
            "languages": lambda words: check_words("languages", words),
            "calendar": lambda name: check_calendar(name, known),
            "support_tier": check_tier,
            "order_policy": lambda value: None if value is None else OrderPolicy(value).value,
            "mode": lambda value: None if value is None else Mode(value).value,
        }
        self._profile_checks: Final[Mapping[str, Callable[[Any], Any]]] = {
            "skills": lambda words: check_words("skills", words),
            "capacity": lambda n: None if n is None else check_capacity("capacity", n),
            "channel_capacity": lambda numbers: {
                channel: check_capacity("channel_capacity", n) for channel, n in numbers.items()
            },
            "support_tier": check_tier,
            "market": lambda market: market,
            "time_zone": check_zone,
            "calendar": lambda name: check_calendar(name, known),
        }

    async def list_teams(self) -> list[Team]:
        """Gives all teams by name."""
        async with self._database.read() as connection:
            rows = (await connection.execute(select(teams).order_by(teams.c.name))).all()
            members = await _load_members(connection)
        return [_team_of(row, members.get(row.id, [])) for row in rows]

    async def get_team(self, team_id: str) -> Team:
        """Gives a team; raises TeamNotFound."""
        async with self._database.read() as connection:
            return await _load_team(connection, team_id)

    async def create_team(
        self,
        *,
        name: str,
        members: Sequence[str] = (),
        actor_id: str | None = None,
        **fields: object,
    ) -> Team:
        """Adds a team.

        Raises:
            StaffingInvalid, TeamNameTaken, UserNotFound: What is wrong.
        """
        values = _checked(self._team_checks, {"languages": (), "name": name, **fields})
        async with self._database.write(self._ports.publisher) as transaction:
            connection, now = transaction.connection, self._ports.clock.now()
            team_id = new_id()
            row = {"id": team_id, "version": 1, "support_tier": 1, **values}
            try:
                await connection.execute(
                    insert(teams).values(created_at=now, updated_at=now, **row)
                )
            except IntegrityError as error:
                raise TeamNameTaken(name) from error
            await _set_members(connection, team_id, members)
            await self._finish(transaction, actor_id, "team_created", f"team:{team_id}", values)
            return await _load_team(connection, team_id)

    async def change_team(
        self,
        team_id: str,
        *,
        members: Sequence[str] | None = None,
        expected: Versions = None,
        actor_id: str | None = None,
        **fields: object,
    ) -> Team:
        """Changes a team; `members` replaces them all.

        Raises:
            TeamNotFound, StaffingInvalid, TeamNameTaken, UserNotFound: What is wrong.
            VersionConflict: Somebody else changed it first.
        """
        values = _checked(self._team_checks, fields)
        async with self._database.write(self._ports.publisher) as transaction:
            connection = transaction.connection
            version = await _lock_team(connection, team_id, expected)
            stamps = {"version": version + 1, "updated_at": self._ports.clock.now()}
            change = update(teams).where(teams.c.id == team_id).values(**values, **stamps)
            try:
                await connection.execute(change)
            except IntegrityError as error:
                raise TeamNameTaken(str(values.get("name"))) from error
            if members is not None:
                await _set_members(connection, team_id, members)
                values["members"] = list(members)
            await self._finish(transaction, actor_id, "team_changed", f"team:{team_id}", values)
            return await _load_team(connection, team_id)

    async def remove_team(
        self, team_id: str, *, expected: Versions = None, actor_id: str | None = None
    ) -> None:
        """Removes a team; to routing, its tickets belong to everybody from then on.

        Raises:
            TeamNotFound: No such team.
            VersionConflict: Somebody else changed it first.
        """
        async with self._database.write(self._ports.publisher) as transaction:
            connection = transaction.connection
            await _lock_team(connection, team_id, expected)
            await connection.execute(delete(team_members).where(team_members.c.team_id == team_id))
            await connection.execute(delete(teams).where(teams.c.id == team_id))
            await self._finish(transaction, actor_id, "team_removed", f"team:{team_id}", {})

    async def list_agents(self) -> list[StaffedAgent]:
        """Gives everybody who may have tickets, by name."""
        async with self._database.read() as connection:
            found = await self._load_agents(connection)
        return sorted(found, key=lambda agent: (agent.state.name, agent.state.id))

    async def get_agent(self, user_id: str) -> StaffedAgent:
        """Gives one of them; raises UserNotFound."""
        async with self._database.read() as connection:
            return await self._load_agent(connection, user_id)

    async def change_profile(
        self,
        user_id: str,
        *,
        languages: Sequence[str] | None = None,
        expected: Versions = None,
        actor_id: str | None = None,
        **fields: object,
    ) -> StaffedAgent:
        """Changes an agent's profile, and her languages, which stand with the user.

        Raises:
            UserNotFound: Nobody active who may have tickets.
            StaffingInvalid: What is wrong.
            VersionConflict: Somebody else changed it first.
        """
        values = _checked(self._profile_checks, fields)
        spoken = None if languages is None else check_words("languages", languages)
        async with self._database.write(self._ports.publisher) as transaction:
            connection = transaction.connection
            await _lock_user(connection, user_id)
            profile = (await self._load_agent(connection, user_id)).profile
            check_version(profile.version, expected)
            stamps = {"version": profile.version + 1, "updated_at": self._ports.clock.now()}
            defaults = {"skills": [], "channel_capacity": {}, "support_tier": 1}
            await connection.execute(
                upsert_into(connection, agent_profiles)
                .values(user_id=user_id, **{**defaults, **values, **stamps})
                .on_conflict_do_update(
                    index_elements=[agent_profiles.c.user_id], set_={**values, **stamps}
                )
            )
            if spoken is not None:
                await connection.execute(
                    update(users).where(users.c.id == user_id).values(languages=spoken)
                )
                values["languages"] = list[Json](spoken)
            await self._finish(transaction, actor_id, "profile_changed", f"user:{user_id}", values)
            return await self._load_agent(connection, user_id)

    async def _load_agent(self, connection: AsyncConnection, user_id: str) -> StaffedAgent:
        found = await self._load_agents(connection, user_id)
        if not found:
            raise UserNotFound(user_id)
        return found[0]

    async def _load_agents(
        self, connection: AsyncConnection, user_id: str | None = None
    ) -> list[StaffedAgent]:
        now = await self._ports.shared_now(connection)
        states = await load_agents(connection, self._service, now=now, agent_id=user_id)
        profiles = {
            row.user_id: Profile(
                skills=tuple(row.skills),
                capacity=row.capacity,
                channel_capacity=row.channel_capacity,
                support_tier=row.support_tier,
                market=row.market,
                time_zone=row.time_zone,
                calendar=row.calendar,
                version=row.version,
            )
            for row in await connection.execute(select(agent_profiles))
        }
        since = {row.user_id: row.since for row in await connection.execute(select(agent_presence))}
        return [
            StaffedAgent(
                state=state, profile=profiles.get(state.id, Profile()), since=since.get(state.id)
            )
            for state in states
        ]

    async def _finish(
        self,
        transaction: Transaction,
        actor_id: str | None,
        act: str,
        subject: str,
        detail: JsonObject,
    ) -> None:
        now = self._ports.clock.now()
        await write_audit(transaction, now, actor_id, act, subject, detail)
        if await is_pushing(transaction.connection, self._service.routing):
            await request_pass(transaction)


def _checked(
    checks: Mapping[str, Callable[[Any], Any]], fields: Mapping[str, object]
) -> JsonObject:
    return {name: checks[name](value) for name, value in fields.items()}


async def _lock_team(connection: AsyncConnection, team_id: str, expected: Versions) -> int:
    query = select(teams.c.version).where(teams.c.id == team_id).with_for_update()
    version: int | None = (await connection.execute(query)).scalar_one_or_none()
    if version is None:
        raise TeamNotFound(team_id)
    check_version(version, expected)
    return version


async def _lock_user(connection: AsyncConnection, user_id: str) -> None:
    query = select(users.c.id).where(users.c.id == user_id).with_for_update()
    await connection.execute(query)


async def _set_members(connection: AsyncConnection, team_id: str, members: Sequence[str]) -> None:
    wanted = sorted(set(members))
    query = select(users.c.id).where(
        users.c.id.in_(wanted), users.c.role.in_([role.value for role in TICKET_ROLES])
    )
    known = set((await connection.execute(query)).scalars())
    for user_id in wanted:
        if user_id not in known:
            raise UserNotFound(user_id)
    await connection.execute(delete(team_members).where(team_members.c.team_id == team_id))
    if wanted:
        rows = [{"team_id": team_id, "user_id": user_id} for user_id in wanted]
        await connection.execute(insert(team_members), rows)


async def _load_members(connection: AsyncConnection) -> Mapping[str, list[str]]:
    members: dict[str, list[str]] = {}
    query = select(team_members).order_by(team_members.c.user_id)
    for row in await connection.execute(query):
        members.setdefault(row.team_id, []).append(row.user_id)
    return members


async def _load_team(connection: AsyncConnection, team_id: str) -> Team:
    row = (await connection.execute(select(teams).where(teams.c.id == team_id))).first()
    if row is None:
        raise TeamNotFound(team_id)
    members = await _load_members(connection)
    return _team_of(row, members.get(team_id, []))


def _team_of(row: Row[Any], members: Sequence[str]) -> Team:
    return Team(
        id=row.id,
        name=row.name,
        languages=tuple(row.languages),
        calendar=row.calendar,
        support_tier=row.support_tier,
        order_policy=None if row.order_policy is None else OrderPolicy(row.order_policy),
        mode=None if row.mode is None else Mode(row.mode),
        members=tuple(members),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
