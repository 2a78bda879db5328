"""`babeldesk jobs` and `babeldesk webhooks`: what an operator sees and does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import cli
from bot.commands.core import open_database_of
from bot.doctor import Level, check_jobs
from handoff.work.model import FailureKind, NewJob
from handoff.work.outbox import enqueue
from handoff.work.outcome import JobFailed
from handoff.work.queue import JobQueue
from handoff.work.rules import Limits
from tests.bot.house import make_settings

Run = Callable[..., tuple[int, str, str]]
# An address and not a name: nothing is looked up, and nothing is sent in these tests.
URL = "https://93.184.216.34/hook"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command as the program does; gives exit code, output and complaints."""
    monkeypatch.setenv("BABELDESK_HOME", str(tmp_path / "home"))

    def run_command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["babeldesk", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), out, err

    return run_command


def add_jobs(home: Path, *keys: str, dead: bool, at: datetime | None = None) -> None:
    async def add() -> None:
        async with open_database_of(make_settings(home)) as database:
            async with database.write() as transaction:
                await enqueue(transaction, *(NewJob(kind="k", key=key, at=at) for key in keys))
            if not dead:
                return
            queue = JobQueue(database)
            limits = Limits(total=20)
            taken = await queue.claim(kinds=["k"], limits=limits, worker="w", lease_s=30)
            for leased in taken.jobs:
                await queue.fail(leased, JobFailed("no such door", kind=FailureKind.HOPELESS))

    asyncio.run(add())


def test_dead_letters_are_listed_shown_and_tried_again(run: Run, tmp_path: Path) -> None:
    add_jobs(tmp_path / "home", "a", "b", dead=True)

    _code, listed, _err = run("jobs", "list", "--state", "dead")
    _code, as_json, _err = run("jobs", "list", "--json")
    job_id = json.loads(as_json)["jobs"][0]["id"]
    _code, shown, _err = run("jobs", "show", job_id)
    _code, one, _err = run("jobs", "retry", job_id)
    _code, others, _err = run("jobs", "retry", "--dead", "--kind", "k", "--json")
    _code, left, _err = run("jobs", "list", "--json")

    assert listed.count("no such door (can never succeed)") == 2
    assert "2 dead" in listed
    assert "no such door" in shown and "key:" in shown
    assert one == "1 job is due now.\n"
    assert json.loads(others) == {"retried": 1}
    assert json.loads(left)["by_state"] == {"todo": 2, "done": 0, "dead": 0, "discarded": 0}


def test_a_job_is_discarded_once(run: Run, tmp_path: Path) -> None:
    add_jobs(tmp_path / "home", "a", dead=False)
    _code, as_json, _err = run("jobs", "list", "--json")
    job_id = json.loads(as_json)["jobs"][0]["id"]

    first, out, _err = run("jobs", "discard", job_id)
    again, _out, complaint = run("jobs", "discard", job_id)
    unknown, _out, unknown_complaint = run("jobs", "show", "nope")

    assert (first, again, unknown) == (0, 1, 1)
    assert out == f"Job {job_id} is discarded.\n"
    assert "is discarded; only one that is to do or dead" in complaint
    assert "there is no job 'nope'" in unknown_complaint


def test_one_job_or_all_dead_ones_but_not_both(run: Run) -> None:
    neither, _out, complaint = run("jobs", "retry")
    both, _out, _err = run("jobs", "retry", "x", "--dead")

    assert (neither, both) == (2, 2)
    assert "give either a job or --dead" in complaint


def test_the_doctor_tells_of_dead_letters_and_of_work_that_nobody_does(
    run: Run, tmp_path: Path
) -> None:
    settings = make_settings(tmp_path / "home")
    unknown = check_jobs(settings)
    add_jobs(tmp_path / "home", "a", dead=False)
    fine = check_jobs(settings)
    home, long_ago = tmp_path / "home", datetime(2026, 1, 1, tzinfo=UTC)
    add_jobs(home, "b", dead=False, at=long_ago)
    stuck = check_jobs(settings)
    add_jobs(home, "c", dead=True)
    dead = check_jobs(settings)

    assert (unknown.level, unknown.found) == (Level.WARN, "not known without a sound database")
    assert (fine.level, fine.found) == (Level.OK, "1 to do, 0 dead")
    assert stuck.level is Level.WARN and "overdue for" in stuck.found
    assert (dead.level, dead.found) == (Level.WARN, "0 to do, 3 dead")
    assert "babeldesk jobs list --state dead" in dead.todo


def test_a_receiver_from_its_making_to_its_end(run: Run) -> None:
    code, made, _err = run("webhooks", "add", URL, "--event", "ticket.created", "--json")
    webhook = json.loads(made)
    webhook_id = webhook["id"]
    _code, spoken, _err = run("webhooks", "rotate", webhook_id, "--overlap-hours", "1")
    _code, listed, _err = run("webhooks", "list", "--json")
    _code, edited, _err = run("webhooks", "edit", webhook_id, "--off", "--url", URL + "2")
    _code, plain, _err = run("webhooks", "list")
    _code, sent, _err = run("webhooks", "test", webhook_id, "--json")
    _code, deliveries, _err = run("webhooks", "deliveries", webhook_id)
    _code, found, _err = run("webhooks", "deliveries", webhook_id, "--json")
    delivery_id = json.loads(found)[0]["id"]
    _code, replayed, _err = run("webhooks", "replay", webhook_id, delivery_id)
    _code, none, _err = run("webhooks", "replay", webhook_id, "--dead", "--json")
    _code, removed, _err = run("webhooks", "remove", webhook_id)
    gone, _out, complaint = run("webhooks", "deliveries", webhook_id)

    assert code == 0
    assert webhook["secret"].startswith("whsec_")
    assert "shown this once" in spoken and webhook["secret"] not in spoken
    assert webhook["secret"] not in listed
    assert len(json.loads(listed)[0]["keys"]) == 2
    assert edited == f"{webhook_id} sends ticket.created to {URL}2.\n"
    assert "(off: by hand)" in plain and "1 receiver." in plain
    assert json.loads(sent)["event_id"].startswith("evt_test_")
    assert "webhook.test" in deliveries and str(datetime.now(UTC).year) in deliveries
    assert replayed == "1 delivery is due now.\n"
    assert json.loads(none) == {"replayed": 0}
    assert removed == f"{webhook_id} is removed.\n"
    assert gone == 1 and "there is no webhook" in complaint


def test_what_is_wrong_is_a_sentence(run: Run) -> None:
    code, _out, complaint = run("webhooks", "add", "ftp://crm.example")
    _code, made, _err = run("webhooks", "add", URL, "--json")
    foreign, _out, _err = run("webhooks", "replay", json.loads(made)["id"], "nope")

    inside, _out, forbidden = run("webhooks", "add", "https://127.0.0.1/hook")

    assert (code, foreign, inside) == (1, 1, 1)
    assert "not public; see BABELDESK_WEBHOOK_PRIVATE" in forbidden
    assert "the webhook's url must begin with https://" in complaint
