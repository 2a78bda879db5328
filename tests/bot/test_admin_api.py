"""The administrators' API: background jobs and webhooks, over HTTP as the console would use it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from bot.votes import COUNT
from handoff.model import Role
from handoff.webhooks.signing import verify
from handoff.work.model import JobState, NewJob
from handoff.work.outbox import enqueue
from tests.bot.house import Agent, House, MakeHouse, is_bot
from tests.handoff.webhooks.receiver import receiving, status
from tests.kb_index.factory import make_article

pytestmark = pytest.mark.asyncio(loop_scope="module")

JOBS, WEBHOOKS = "/api/v1/admin/jobs", "/api/v1/admin/webhooks"
NEW = {"url": "https://93.184.216.34/hook", "events": ["ticket.created"]}


async def admin_of(house: House) -> Agent:
    return await house.agent(role=Role.ADMIN)


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])


async def add_dead_job(house: House, key: str = "k") -> str:
    """A job that can never succeed: its handler refuses what it was given."""
    async with house.assembly.gateway.database.write(house.assembly.gateway.hub) as transaction:
        await enqueue(
            transaction,
            NewJob(kind=COUNT, key=key, payload={"conversation_id": 7, "seq": 1}, keep_trying_s=0),
        )
    return await until_state(house, key, "dead")


async def until_state(house: House, key: str, state: str) -> str:
    async with asyncio.timeout(20):
        while True:
            for job in await house.assembly.gateway.jobs.list():
                if (job.key, job.state.value) == (key, state):
                    return job.id
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("path", [JOBS, f"{JOBS}/x", WEBHOOKS, f"{WEBHOOKS}/x/deliveries"])
async def test_only_administrators_look(house: House, path: str) -> None:
    assert (await house.http.get(path)).status_code == 401
    for role in (Role.AGENT, Role.SUPERVISOR, Role.EDITOR):
        agent = await house.agent(role=role, email=f"{role.value}@shop.example")
        answer = await agent.http.get(path)
        assert (answer.status_code, code_of(answer)) == (403, "role_not_allowed")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"{JOBS}/x/retry"),
        ("POST", f"{JOBS}/x/discard"),
        ("POST", f"{JOBS}/retry_dead"),
        ("POST", WEBHOOKS),
        ("PATCH", f"{WEBHOOKS}/x"),
        ("DELETE", f"{WEBHOOKS}/x"),
        ("POST", f"{WEBHOOKS}/x/rotate"),
        ("POST", f"{WEBHOOKS}/x/test"),
        ("POST", f"{WEBHOOKS}/x/replay_dead"),
        ("POST", f"{WEBHOOKS}/x/deliveries/y/replay"),
    ],
)
async def test_only_administrators_with_the_pages_token_change(
    house: House, method: str, path: str
) -> None:
    body: Any = NEW if path == WEBHOOKS else {}
    agent = await house.agent(role=Role.SUPERVISOR)
    refused = await agent.http.request(method, path, json=body)
    assert (refused.status_code, code_of(refused)) == (403, "role_not_allowed")

    admin = await house.agent(role=Role.ADMIN, email="root@shop.example")
    del admin.http.headers["X-CSRF-Token"]
    refused = await admin.http.request(method, path, json=body)
    assert (refused.status_code, code_of(refused)) == (403, "csrf_mismatch")


async def test_no_other_site_may_call_it_from_a_browser(make_house: MakeHouse) -> None:
    async with make_house(ORIGINS="https://shop.example") as house:
        headers = {"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"}

        asked = await house.http.options(JOBS, headers=headers)

        assert "access-control-allow-origin" not in asked.headers


async def test_dead_letters_are_seen_retried_and_discarded(house: House) -> None:
    admin = await admin_of(house)
    job_id = await add_dead_job(house)

    page = (await admin.http.get(JOBS, params={"state": "dead"})).json()
    assert [job["id"] for job in page["jobs"]] == [job_id]
    assert page["jobs"][0]["error"] == "broke with TypeError (no success in 1 try)"
    assert page["by_state"]["dead"] == 1 and page["next"] is None
    assert "payload" not in page["jobs"][0]
    detail = (await admin.http.get(f"{JOBS}/{job_id}")).json()
    assert detail["payload"] == {"conversation_id": 7, "seq": 1}

    retried = await admin.http.post(f"{JOBS}/{job_id}/retry")
    assert (retried.status_code, retried.json()["state"]) == (200, "todo")
    discarded = await admin.http.post(f"{JOBS}/{job_id}/discard")
    assert discarded.json()["state"] == "discarded"
    again = await admin.http.post(f"{JOBS}/{job_id}/discard")
    assert (again.status_code, code_of(again)) == (409, "job_settled")
    unknown = await admin.http.get(f"{JOBS}/nope")
    assert (unknown.status_code, code_of(unknown)) == (404, "job_not_found")


async def test_all_dead_letters_are_retried_at_once(house: House) -> None:
    admin = await admin_of(house)
    for n in range(3):
        await add_dead_job(house, f"k{n}")

    page = (await admin.http.get(JOBS, params={"limit": 2})).json()
    rest = (await admin.http.get(JOBS, params={"limit": 2, "before": page["next"]})).json()
    assert [len(page["jobs"]), len(rest["jobs"])] == [2, len(rest["jobs"])]
    none = await admin.http.post(f"{JOBS}/retry_dead", json={"kind": "other"})
    some = await admin.http.post(f"{JOBS}/retry_dead")

    assert (none.json(), some.json()) == ({"retried": 0}, {"retried": 3})


async def test_a_receiver_from_its_making_to_its_end(make_house: MakeHouse) -> None:
    async with make_house(WEBHOOK_PRIVATE="127.0.0.0/8") as house, receiving() as receiver:
        admin = await admin_of(house)
        made = await admin.http.post(
            WEBHOOKS, json={"url": receiver.url, "events": ["message.created"], "description": "x"}
        )
        assert made.status_code == 201
        path = f"{WEBHOOKS}/{made.json()['webhook']['id']}"
        secret = made.json()["secret"]

        visitor = await house.open()
        await visitor.send("Where is my parcel?")
        await visitor.until(is_bot)
        question, answer = await receiver.until(2)
        assert [one.event["data"]["message"]["author"] for one in (question, answer)] == [
            "visitor",
            "bot",
        ]
        assert verify(secret, question.headers, question.body, now=datetime.now(UTC))

        rotated = await admin.http.post(f"{path}/rotate", json={"overlap_s": 0})
        assert (await admin.http.post(f"{path}/test")).status_code == 202
        tested = (await receiver.until(3))[-1]
        assert tested.event["type"] == "webhook.test"
        assert verify(rotated.json()["secret"], tested.headers, tested.body, now=datetime.now(UTC))
        assert not verify(secret, tested.headers, tested.body, now=datetime.now(UTC))

        inside = await admin.http.patch(path, json={"url": "https://10.0.0.1/"})
        assert code_of(inside) == "webhook_invalid"
        changed = await admin.http.patch(path, json={"active": False})
        assert changed.json()["active"] is False
        assert (await admin.http.get(WEBHOOKS)).json()["webhooks"] == [changed.json()]
        assert secret not in (await admin.http.get(path)).text
        assert (await admin.http.delete(path)).status_code == 204
        assert code_of(await admin.http.get(path)) == "webhook_not_found"


async def test_dead_deliveries_are_replayed_with_their_old_id(make_house: MakeHouse) -> None:
    async with make_house(WEBHOOK_PRIVATE="127.0.0.0/8") as house, receiving() as receiver:
        admin = await admin_of(house)
        receiver.answers = [status(410)]
        made = await admin.http.post(WEBHOOKS, json={**NEW, "url": receiver.url})
        path = f"{WEBHOOKS}/{made.json()['webhook']['id']}"
        event_id = (await admin.http.post(f"{path}/test")).json()["event_id"]
        key = f"webhook:{made.json()['webhook']['id']}:{event_id}"
        delivery_id = await until_state(house, key, "dead")
        assert (await admin.http.get(path)).json()["disabled_reason"] == "gone"

        await admin.http.patch(path, json={"active": True})
        dead = (await admin.http.get(f"{path}/deliveries", params={"state": "dead"})).json()
        assert [one["id"] for one in dead["deliveries"]] == [delivery_id]
        assert dead["deliveries"][0]["result"]["status"] == 410
        replayed = await admin.http.post(f"{path}/deliveries/{delivery_id}/replay")
        assert (replayed.status_code, replayed.json()) == (202, {"event_id": event_id})
        await until_state(house, key, "done")
        assert (await admin.http.post(f"{path}/replay_dead")).json() == {"retried": 0}

        assert receiver.ids == [event_id, event_id]
        foreign = (await admin.http.post(WEBHOOKS, json=NEW)).json()["webhook"]["id"]
        wrong = await admin.http.post(f"{WEBHOOKS}/{foreign}/deliveries/{delivery_id}/replay")
        assert (wrong.status_code, code_of(wrong)) == (404, "job_not_found")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({**NEW, "url": "http://"}, "webhook_invalid"),
        ({**NEW, "url": "https://127.0.0.1/"}, "webhook_invalid"),
        ({**NEW, "url": "http://93.184.216.34/"}, "webhook_invalid"),
        ({**NEW, "events": ["webhook.test"]}, "webhook_invalid"),
        ({**NEW, "events": ["nonsense"]}, "invalid_request"),
        ({**NEW, "events": []}, "invalid_request"),
        ({**NEW, "secret": "mine"}, "invalid_request"),
    ],
)
async def test_a_receiver_that_cannot_be_is_refused(
    house: House, body: dict[str, Any], code: str
) -> None:
    admin = await admin_of(house)

    answer = await admin.http.post(WEBHOOKS, json=body)

    assert (answer.status_code, code_of(answer)) == (422, code)


async def test_a_vote_survives_a_process_that_never_came_to_count_it(
    make_house: MakeHouse,
) -> None:
    async with make_house(JOBS_AT_ONCE="0") as house:
        articles = house.assembly.gateway.articles
        await articles.save(make_article("order-track"), author="test")
        visitor = await house.open()
        await visitor.send("Where is my parcel?")
        await visitor.until(is_bot)
        choice = {"kind": "feedback", "value": "helpful"}
        answer = await visitor.send("pressed", choice=choice)
        assert answer.status_code == 201
        key = f"vote:{visitor.id}:{answer.json()['event']['seq']}"
        (job,) = await house.assembly.gateway.jobs.list(kind=COUNT)
        assert (job.key, job.state.value) == (key, "todo")

    # The next process counts it.
    async with make_house() as house:
        await until_state(house, key, "done")
        stored = await house.assembly.gateway.articles.get("order-track", "en")
        assert (stored.helpful_votes, stored.unhelpful_votes) == (1, 0)


async def test_the_hourly_trimming_is_done_by_a_running_gateway(make_house: MakeHouse) -> None:
    async with make_house(KEEP_CONVERSATIONS_DAYS="1") as house, asyncio.timeout(20):
        jobs = house.assembly.gateway.jobs
        done = JobState.DONE
        while not (found := await jobs.list(kind="retention.trim", state=done)):  # noqa: ASYNC110
            await asyncio.sleep(0.01)

        kinds = ("inbox", "jobs", "logins", "idempotency_keys", "conversations", "customers")
        assert found[0].result == dict.fromkeys(kinds, 0)
