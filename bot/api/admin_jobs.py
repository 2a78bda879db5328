"""Background jobs for administrators: look at them, try dead ones again, discard them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from bot.api.admin_bodies import JobDetailView, JobsView, JobView, RetriedView, RetryDeadBody
from bot.api.bodies import WRITE_ERRORS
from bot.api.staff import StaffDoor
from bot.gateway import Gateway
from handoff.work.model import JobState

READ, WRITE = "jobs:read", "jobs:write"


def job_router(gateway: Gateway) -> APIRouter:
    """Routes under `/api/v1/admin/jobs`."""
    router = APIRouter(prefix="/api/v1/admin/jobs", tags=["admin"], responses=WRITE_ERRORS)
    desk, door = gateway.jobs, StaffDoor(gateway)

    @router.get("")
    async def list_jobs(
        request: Request,
        state: Annotated[JobState | None, Query()] = None,
        kind: Annotated[str | None, Query(max_length=60)] = None,
        group: Annotated[str | None, Query(max_length=60)] = None,
        before: Annotated[str | None, Query(max_length=26)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> JobsView:
        """Jobs, newest first. `state=dead` are the dead letters."""
        await door.reading(request, READ)
        found = await desk.list(state=state, kind=kind, group=group, before=before, limit=limit)
        report = await desk.report()
        return JobsView.model_validate(
            {
                "jobs": [job.as_json() for job in found],
                "next": found[-1].id if len(found) == limit else None,
                "by_state": dict(report.by_state),
                "overdue_s": report.overdue_s,
            }
        )

    @router.get("/{job_id}")
    async def get_job(job_id: str, request: Request) -> JobDetailView:
        """One job with what it works on, which may hold a visitor's words."""
        await door.reading(request, READ)
        return JobDetailView.model_validate((await desk.get(job_id)).as_json(payload=True))

    @router.post("/{job_id}/retry")
    async def retry(job_id: str, request: Request) -> JobView:
        """Makes a job due now; one that is done or discarded is done once more."""
        user = (await door.writing(request, WRITE)).user
        return JobView.model_validate((await desk.retry(job_id, actor_id=user.id)).as_json())

    @router.post("/{job_id}/discard")
    async def discard(job_id: str, request: Request) -> JobView:
        """Gives a job up for good; 409 `job_settled` if it is done."""
        user = (await door.writing(request, WRITE)).user
        return JobView.model_validate((await desk.discard(job_id, actor_id=user.id)).as_json())

    @router.post("/retry_dead")
    async def retry_dead(request: Request, body: RetryDeadBody | None = None) -> RetriedView:
        """Makes dead jobs due now, at most 500 in one call."""
        user = (await door.writing(request, WRITE)).user
        wanted = body or RetryDeadBody()
        retried = await desk.retry_dead(kind=wanted.kind, group=wanted.group, actor_id=user.id)
        return RetriedView(retried=retried)

    return router
