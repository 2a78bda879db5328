"""Teams, agents' profiles and availability over HTTP, and how routing works, in words."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from bot.api.bodies import CHANGE_ERRORS, READ_ERRORS, WRITE_ERRORS
from bot.api.staff import Staff, StaffDoor
from bot.api.team_bodies import (
    AgentsView,
    AgentView,
    AvailabilityBody,
    AvailabilityView,
    ProfileChangeBody,
    RoutingView,
    TeamBody,
    TeamChangeBody,
    TeamsView,
    TeamView,
)
from bot.api.versions import IfMatch, IfNoneMatch, expected_versions, tagged
from bot.gateway import Gateway
from bot.routing_words import explain_routing

READ, WRITE = "routing:read", "routing:write"


def team_router(gateway: Gateway) -> APIRouter:
    """`/api/v1/teams`, `/api/v1/agents` and `/api/v1/routing`."""
    router = APIRouter(prefix="/api/v1", tags=["routing"])
    door, routing = StaffDoor(gateway), gateway.core.routing
    staffing, attendance = routing.staffing, routing.attendance

    @router.get("/teams", responses=READ_ERRORS)
    async def list_teams(request: Request) -> TeamsView:
        """All teams by name."""
        await door.reading(request, READ)
        found = await staffing.list_teams()
        return TeamsView.model_validate({"teams": [team.as_json() for team in found]})

    @router.post("/teams", status_code=201, responses=WRITE_ERRORS)
    async def create_team(request: Request, body: TeamBody) -> TeamView:
        """Adds a team."""
        staff = await door.writing(request, WRITE)
        made = await staffing.create_team(actor_id=staff.user.id, **body.model_dump())
        return TeamView.model_validate(made.as_json())

    @router.get("/teams/{team_id}", responses=READ_ERRORS, response_model=TeamView)
    async def get_team(
        team_id: str, request: Request, if_none_match: IfNoneMatch = None
    ) -> Response:
        """One team, with its ETag."""
        await door.reading(request, READ)
        found = await staffing.get_team(team_id)
        return tagged(request, found.version, found.as_json())

    @router.patch("/teams/{team_id}", responses=CHANGE_ERRORS)
    async def change_team(
        team_id: str, request: Request, body: TeamChangeBody, if_match: IfMatch = None
    ) -> TeamView:
        """Changes a team."""
        staff = await door.writing(request, WRITE)
        changed = await staffing.change_team(
            team_id,
            expected=expected_versions(request),
            actor_id=staff.user.id,
            **_given(body, never_null=("name", "languages", "support_tier", "members")),
        )
        return TeamView.model_validate(changed.as_json())

    @router.delete("/teams/{team_id}", status_code=204, responses=CHANGE_ERRORS)
    async def remove_team(team_id: str, request: Request, if_match: IfMatch = None) -> Response:
        """Removes a team; its tickets belong to everybody then."""
        staff = await door.writing(request, WRITE)
        await staffing.remove_team(
            team_id,
            expected=expected_versions(request, required=False),
            actor_id=staff.user.id,
        )
        return Response(status_code=204)

    @router.get("/agents", responses=READ_ERRORS)
    async def list_agents(request: Request) -> AgentsView:
        """Everybody who may have tickets, with load and availability."""
        await door.reading(request, READ)
        found = await staffing.list_agents()
        return AgentsView.model_validate({"agents": [agent.as_json() for agent in found]})

    @router.post("/agents/me/heartbeat", responses=WRITE_ERRORS)
    async def heartbeat(request: Request) -> AvailabilityView:
        """Says that you are there; repeat it every minute. The console needs none."""
        staff = await door.writing(request, READ)
        found = await attendance.heartbeat(staff.user.id, source=_source(staff))
        return AvailabilityView.model_validate(found.as_json())

    @router.delete("/agents/me/heartbeat", status_code=204, responses=WRITE_ERRORS)
    async def sign_off(request: Request) -> Response:
        """Says that this client is gone."""
        staff = await door.writing(request, READ)
        await attendance.leave(_source(staff), staff.user.id)
        return Response(status_code=204)

    @router.get("/agents/{agent_id}", responses=READ_ERRORS, response_model=AgentView)
    async def get_agent(agent_id: str, request: Request) -> AgentView:
        """One agent; `me` is you."""
        staff = await door.reading(request, READ)
        found = await staffing.get_agent(_id_of(agent_id, staff))
        return AgentView.model_validate(found.as_json())

    @router.patch("/agents/{agent_id}", responses=CHANGE_ERRORS)
    async def change_profile(
        agent_id: str, request: Request, body: ProfileChangeBody, if_match: IfMatch = None
    ) -> AgentView:
        """Changes an agent's profile; `If-Match` is the `version` that you have seen, or `*`."""
        staff = await door.writing(request, WRITE)
        changed = await staffing.change_profile(
            _id_of(agent_id, staff),
            expected=expected_versions(request),
            actor_id=staff.user.id,
            **_given(body, never_null=("languages", "skills", "channel_capacity", "support_tier")),
        )
        return AgentView.model_validate(changed.as_json())

    @router.put("/agents/me/availability", responses=WRITE_ERRORS)
    async def choose(request: Request, body: AvailabilityBody) -> AvailabilityView:
        """Sets what you say of yourself: online, away or busy."""
        staff = await door.writing(request, READ)
        found = await attendance.choose(staff.user.id, body.state)
        return AvailabilityView.model_validate(found.as_json())

    @router.put("/agents/{agent_id}/availability", responses=WRITE_ERRORS)
    async def choose_for(
        agent_id: str, request: Request, body: AvailabilityBody
    ) -> AvailabilityView:
        """Sets it for a colleague, such as one who forgot."""
        await door.writing(request, WRITE)
        found = await attendance.choose(agent_id, body.state)
        return AvailabilityView.model_validate(found.as_json())

    @router.get("/routing", responses=READ_ERRORS)
    async def how_it_works(request: Request) -> RoutingView:
        """The written workflow: who gets what, when and where."""
        await door.reading(request, READ)
        return RoutingView.model_validate(
            explain_routing(
                routing.service, await staffing.list_teams(), await staffing.list_agents()
            )
        )

    return router


def _given(body: BaseModel, *, never_null: tuple[str, ...]) -> dict[str, Any]:
    """What the caller sent; null where a field has no other meaning than leaving it as it is."""
    given = body.model_dump(exclude_unset=True)
    return {
        name: value for name, value in given.items() if value is not None or name not in never_null
    }


def _id_of(agent_id: str, staff: Staff) -> str:
    return staff.user.id if agent_id == "me" else agent_id


def _source(staff: Staff) -> str:
    return f"api {staff.caller}"[:60]
