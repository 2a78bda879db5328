"""Service levels over HTTP: which promise applies to a ticket and why, and how they were kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from bot.api.bodies import READ_ERRORS, Moment
from bot.api.staff import StaffDoor
from bot.gateway import Gateway
from handoff.model import iso
from handoff.sla.policy import Traits
from handoff.sla.report import SlaReport, explain_policy

READ = "tickets:read"
USUAL_SPAN = timedelta(days=30)
LONGEST_SPAN = timedelta(days=366)
_WORD = Query(max_length=60)


class SlaRuleView(BaseModel):
    """A rule. `why`: `applies`, `misfit` (see `misfits`), or `later`: an earlier one fits."""

    name: str
    why: str
    misfits: list[str]
    conditions: dict[str, list[int | str]]
    minutes: dict[str, float]
    warn_at: float
    calendar: str


class SlaPoliciesView(BaseModel):
    """The rules in the order in which they are asked."""

    items: list[SlaRuleView]


class SlaLineView(BaseModel):
    """Promises of one kind to tickets of one priority and language."""

    metric: str
    priority: int
    language: str | None
    met: int
    breached: int
    open: int
    met_share: float | None


class SlaReportView(BaseModel):
    """Promises to tickets that were opened from `since` on."""

    since: str | None
    items: list[SlaLineView]


def sla_router(gateway: Gateway) -> APIRouter:
    """Routes under `/api/v1/sla`."""
    router = APIRouter(prefix="/api/v1/sla", tags=["service levels"])
    door, keeper = StaffDoor(gateway), gateway.core.sla

    @router.get("/policies", responses=READ_ERRORS)
    async def list_policies(
        request: Request,
        priority: Annotated[int, Query(ge=1, le=5)] = 3,
        type: Annotated[str, _WORD] = "",
        tier: Annotated[str, _WORD] = "",
        channel: Annotated[str, _WORD] = "widget",
        market: Annotated[str | None, _WORD] = None,
    ) -> SlaPoliciesView:
        """What a ticket with these traits would be promised, and why."""
        await door.reading(request, READ)
        here = gateway.settings.brain.market or ""
        traits = Traits(
            priority=priority,
            type=type,
            tier=tier,
            channel=channel,
            market=here if market is None else market,
        )
        items: list[Any] = [] if keeper is None else explain_policy(keeper.engine, traits)
        return SlaPoliciesView.model_validate({"items": items})

    @router.get("/report", responses=READ_ERRORS)
    async def report(
        request: Request, since: Annotated[Moment | None, Query()] = None
    ) -> SlaReportView:
        """Promises kept and broken by metric, priority and language; by default of 30 days."""
        await door.reading(request, READ)
        now = datetime.now(UTC)
        begins = max(since or now - USUAL_SPAN, now - LONGEST_SPAN)
        items: list[Any] = []
        if keeper is not None:
            found = await SlaReport(gateway.database, keeper.engine).lines(since=begins, now=now)
            items = [line.as_json() for line in found]
        return SlaReportView.model_validate({"since": iso(begins), "items": items})

    return router
