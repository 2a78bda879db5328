"""`babeldesk jobs`: background work, and what to do with its dead letters."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands.output import say, say_json
from bot.settings import load_settings
from handoff.work.model import JobState

if TYPE_CHECKING:
    from handoff.work.desk import JobDesk

app = typer.Typer(help="Background jobs and dead letters.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts.")]
_ERROR_SHOWN = 60


@app.command("list")
def list_command(
    state: Annotated[JobState | None, typer.Option(help="Only jobs in this state.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only this kind.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=500)] = 50,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first; `--state dead` shows the dead letters."""

    async def load(desk: JobDesk) -> tuple[list[dict[str, Any]], dict[str, int], float]:
        found = await desk.list(state=state, kind=kind, limit=limit)
        report = await desk.report()
        return [dict(job.as_json()) for job in found], dict(report.by_state), report.overdue_s

    shapes, by_state, overdue_s = asyncio.run(_with_desk(load))
    if as_json:
        say_json({"jobs": shapes, "by_state": by_state, "overdue_s": overdue_s})
        return
    for job in shapes:
        shown = "running" if job["running"] else job["state"]
        error = str(job["error"] or "")[:_ERROR_SHOWN]
        say(f"{job['id']}  {shown:9}  {job['kind']:18}  {job['attempts']:3}  {error}")
    counts = ", ".join(f"{n} {name}" for name, n in by_state.items())
    say(f"{counts}; the oldest due job has waited {overdue_s:.0f} s.")


@app.command("show")
def show_command(job_id: str, as_json: AsJson = False) -> None:
    """Show one job with what it works on, which may hold a visitor's words."""

    async def load(desk: JobDesk) -> dict[str, Any]:
        return dict((await desk.get(job_id)).as_json(payload=True))

    shape = asyncio.run(_with_desk(load))
    if as_json:
        say_json(shape)
        return
    for name, value in shape.items():
        if value is not None:
            say(f"{name + ':':13} {value}")


@app.command("retry")
def retry_command(
    job_id: Annotated[str | None, typer.Argument(help="A job; none with --dead.")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="All dead jobs.")] = False,
    kind: Annotated[str | None, typer.Option(help="With --dead: only this kind.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a job due now, from the start if it is dead, done or discarded; or all dead ones."""
    if (job_id is None) != dead:
        raise typer.BadParameter("give either a job or --dead")

    async def retry(desk: JobDesk) -> int:
        if job_id is not None:
            await desk.retry(job_id, actor_id=None)
            return 1
        n_retried = 0
        while n := await desk.retry_dead(kind=kind, actor_id=None):
            n_retried += n
        return n_retried

    n_retried = asyncio.run(_with_desk(retry))
    if as_json:
        say_json({"retried": n_retried})
    else:
        say("1 job is due now." if n_retried == 1 else f"{n_retried} jobs are due now.")


@app.command("discard")
def discard_command(job_id: str, as_json: AsJson = False) -> None:
    """Give a job up for good."""

    async def discard(desk: JobDesk) -> dict[str, Any]:
        return dict((await desk.discard(job_id, actor_id=None)).as_json())

    shape = asyncio.run(_with_desk(discard))
    if as_json:
        say_json(shape)
    else:
        say(f"Job {job_id} is discarded.")


async def _with_desk(act: Any) -> Any:
    from bot.commands.core import open_database_of
    from handoff.work.desk import JobDesk

    async with open_database_of(load_settings()) as database:
        return await act(JobDesk(database))
