"""Runs the jobs of a test's world at once, without a worker and its clock."""

from __future__ import annotations

from sqlalchemy import select, update

from handoff.store.tables import jobs
from handoff.tickets.indexing import INDEX
from handoff.tickets.splitting import RELAY
from handoff.tickets.timers import END_HOLD
from handoff.work.model import Job, JobState, LeasedJob
from handoff.work.queue import job_of
from tests.handoff.world import World


async def run_due(world: World) -> list[str]:
    """Does every job that is to do, in order, and gives their kinds."""
    handlers = {
        END_HOLD: world.services.timers.end_hold,
        RELAY: world.services.relay.run,
        INDEX: world.services.indexer.index,
    }
    query = select(jobs).where(jobs.c.state == JobState.TODO.value).order_by(jobs.c.id)
    async with world.database.read() as connection:
        found: list[Job] = [job_of(row) for row in (await connection.execute(query)).all()]
    for job in found:
        done = await handlers[job.kind](LeasedJob(job=job, token="test"))
        async with world.database.write(world.publisher) as transaction:
            if done.effect is not None:
                await done.effect(transaction)
            await transaction.connection.execute(
                update(jobs).where(jobs.c.id == job.id).values(state=JobState.DONE.value)
            )
    return [job.kind for job in found]
