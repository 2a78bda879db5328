"""Deliveries to a real receiver on loopback, both databases: signed, pinned, bounded, retried."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from bot.webhook_delivery import ANSWER_BYTES, WebhookDelivery, check_url, resolve
from handoff.errors import WebhookInvalid
from handoff.store.tables import jobs, webhooks
from handoff.webhooks.model import DELIVER, SUBSCRIBABLE, NewSecret
from handoff.webhooks.signing import verify
from handoff.webhooks.store import Webhooks
from handoff.webhooks.targets import Network
from handoff.work.desk import JobDesk
from handoff.work.model import Job, JobState
from handoff.work.queue import JobQueue
from handoff.work.worker import Handler, Worker
from tests.handoff.webhooks.receiver import (
    Flood,
    break_off,
    drip,
    receiving,
    silence,
    status,
)
from tests.handoff.world import World

# What has nothing to do with the database is tried on one.
ON_ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"),)


class Post:
    """Webhooks, their worker and a way to wait for what becomes of a delivery."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.hooks = Webhooks(world.database, master_key=b"m" * 32, publisher=world.publisher)
        self.desk = JobDesk(world.database, publisher=world.publisher)
        self.chance = 0.0

    @contextlib.asynccontextmanager
    async def working(self, **more: Any) -> AsyncIterator[Worker]:
        delivery = WebhookDelivery(self.hooks, **{"allowed": LOOPBACK, **more})
        queue = JobQueue(
            self.world.database, publisher=self.world.publisher, chance=lambda: self.chance
        )
        worker = Worker(
            self.world.database, queue, {DELIVER: Handler(run=delivery.run)}, name="w", poll_s=0.05
        )
        task = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            await worker.drain(grace_s=1)
            await task
            await delivery.close()

    async def add(self, url: str) -> NewSecret:
        return await self.hooks.create(url=url, events=SUBSCRIBABLE)

    async def until(self, made: NewSecret, **wanted: Any) -> Job:
        """The receiver's only delivery, once it is as wanted."""
        async with asyncio.timeout(20):
            while True:
                (job,) = await self.desk.list(group=made.webhook.id)
                if all(getattr(job, name) == value for name, value in wanted.items()):
                    return job
                await asyncio.sleep(0.01)

    async def failed(self, made: NewSecret) -> Job:
        """The delivery after a failed try."""
        async with asyncio.timeout(20):
            while True:
                (job,) = await self.desk.list(group=made.webhook.id)
                if job.error is not None:
                    return job
                await asyncio.sleep(0.01)


@pytest.fixture
def post(world: World) -> Post:
    return Post(world)


async def test_a_delivery_arrives_signed_and_is_done(post: Post) -> None:
    async with receiving() as receiver, post.working():
        made = await post.add(receiver.url + "?tenant=7")
        event_id = await post.hooks.send_test(made.webhook.id)
        job = await post.until(made, state=JobState.DONE)

    (delivery,) = receiver.deliveries
    assert delivery.request == "POST /hook?tenant=7 HTTP/1.1"
    assert delivery.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert delivery.headers["content-type"] == "application/json"
    assert delivery.headers["webhook-key-id"] == made.key_id
    assert delivery.event["id"] == delivery.id == event_id
    assert verify(made.secret, delivery.headers, delivery.body, now=datetime.now(UTC))
    assert job.result is not None and job.result["status"] == 200


async def test_a_receiver_that_is_down_gets_the_same_delivery_later(post: Post) -> None:
    async with receiving() as receiver, post.working(limit_s=0.3):
        receiver.answers = [status(503), break_off, silence, status(429), status(200)]
        made = await post.add(receiver.url)
        await post.hooks.send_test(made.webhook.id)
        job = await post.until(made, state=JobState.DONE)

    assert job.attempts == 5
    assert len(set(receiver.ids)) == 1  # whoever keeps ids acts once
    assert len({delivery.body for delivery in receiver.deliveries}) == 1
    for delivery in receiver.deliveries:
        assert verify(made.secret, delivery.headers, delivery.body, now=datetime.now(UTC))


async def test_a_port_where_nobody_listens_is_a_passing_failure(post: Post) -> None:
    post.chance = 0.999
    async with receiving() as receiver:
        pass
    async with post.working():
        made = await post.add(receiver.url)
        await post.hooks.send_test(made.webhook.id)
        job = await post.failed(made)

    assert job.state is JobState.TODO
    assert job.error is not None and job.error.startswith("no connection (")


async def test_what_a_busy_receiver_asks_for_is_heeded(post: Post) -> None:
    async with receiving() as receiver, post.working():
        receiver.answers = [status(429, Retry_After="600")]
        made = await post.add(receiver.url)
        await post.hooks.send_test(made.webhook.id)
        job = await post.failed(made)

    assert (job.due_at - job.updated_at).total_seconds() == pytest.approx(600, abs=1)
    assert job.result is not None and job.result["status"] == 429


async def test_a_clear_refusal_is_a_dead_letter_soon_and_can_be_replayed(post: Post) -> None:
    async with receiving() as receiver, post.working():
        receiver.answers = [status(404)] * 5
        made = await post.add(receiver.url)
        await post.hooks.send_test(made.webhook.id)
        dead = await post.until(made, state=JobState.DEAD)
        assert dead.error == "answered 404 (refused 5 times in a row)"

        await post.desk.retry(dead.id, actor_id=None)
        await post.until(made, state=JobState.DONE)

    assert len(receiver.deliveries) == 6
    assert len(set(receiver.ids)) == 1


async def test_a_receiver_that_is_gone_is_switched_off(post: Post) -> None:
    async with receiving() as receiver, post.working():
        receiver.answers = [status(410)]
        made = await post.add(receiver.url)
        await post.hooks.send_test(made.webhook.id)
        await post.until(made, state=JobState.DEAD)
        webhook = await post.hooks.get(made.webhook.id)
        assert (webhook.active, webhook.disabled_reason) == (False, "gone")

        (job,) = await post.desk.list()
        await post.desk.retry(job.id, actor_id=None)
        again = await post.until(made, state=JobState.DEAD)

    assert again.error == "the webhook is switched off (can never succeed)"
    assert len(receiver.deliveries) == 1


async def test_what_a_removed_receiver_would_have_got_is_dropped(post: Post) -> None:
    async with receiving() as receiver:
        made = await post.add(receiver.url)
        await post.hooks.send_test(made.webhook.id)
        async with post.world.database.write() as transaction:
            await transaction.connection.execute(delete(webhooks))
        async with post.working():
            job = await post.until(made, state=JobState.DONE)

    assert receiver.deliveries == []
    assert job.result == {"skipped": "the webhook was removed"}


@ON_ONE_DATABASE
async def test_redirects_are_not_followed(post: Post) -> None:
    async with receiving() as inside, receiving() as receiver, post.working():
        receiver.answers = [status(302, Location=inside.url)]
        made = await post.add(receiver.url)
        await post.hooks.send_test(made.webhook.id)
        await post.until(made, state=JobState.DONE)

    assert inside.deliveries == []
    assert len(receiver.deliveries) == 2  # the refusal was tried again


@ON_ONE_DATABASE
async def test_a_flood_is_cut_and_a_drip_has_a_time_limit(post: Post) -> None:
    flood = Flood()
    async with receiving() as receiver, post.working(limit_s=0.5):
        receiver.answers = [flood]
        made = await post.add(receiver.url)
        await post.hooks.send_test(made.webhook.id)
        await post.until(made, state=JobState.DONE)
        # What was on its way when the line was cut lies in buffers of the system.
        assert ANSWER_BYTES < flood.sent < 32 * 1024 * 1024

        post.chance = 0.999
        receiver.answers = [drip]
        other = await post.add(receiver.url)
        await post.hooks.send_test(other.webhook.id)
        job = await post.failed(other)

    assert job.error == "no complete answer within 0.5 s"


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        ("127.0.0.1", None),
        ("2130706433", None),  # 127.0.0.1 as one number
        ("0x7f.1", None),
        ("[::1]", None),
        ("[::ffff:127.0.0.1]", None),
        ("localhost", None),
        ("rebinding.example", ["127.0.0.1"]),
        ("metadata.example", ["169.254.169.254"]),
        ("half.example", ["93.184.216.34", "10.0.0.1"]),
    ],
)
async def test_nothing_inside_is_called(post: Post, host: str, addresses: list[str] | None) -> None:
    async def look_up(name: str, port: int) -> Sequence[str]:
        return await resolve(name, port) if addresses is None else addresses

    async with receiving() as receiver, post.working(allowed=(), resolve=look_up):
        made = await post.add(f"https://{host}:{receiver.port}/hook")
        await post.hooks.send_test(made.webhook.id)
        job = await post.until(made, state=JobState.DEAD)

    assert receiver.deliveries == []
    assert job.error is not None
    assert "not public" in job.error


@ON_ONE_DATABASE
async def test_the_checked_address_is_the_one_that_is_called(post: Post) -> None:
    """A name that changes between check and use: it is looked up once per try."""
    looked_up: list[str] = []

    async def look_up(name: str, _port: int) -> Sequence[str]:
        looked_up.append(name)
        return ["127.0.0.1"] if len(looked_up) == 1 else ["10.0.0.1"]

    async with receiving() as receiver, post.working(resolve=look_up):
        made = await post.add(f"http://changing.example:{receiver.port}/hook")
        await post.hooks.send_test(made.webhook.id)
        await post.until(made, state=JobState.DONE)

    (delivery,) = receiver.deliveries
    assert delivery.headers["host"] == f"changing.example:{receiver.port}"
    assert looked_up == ["changing.example"]


@ON_ONE_DATABASE
async def test_the_next_address_is_tried_when_nobody_listens_at_the_first(post: Post) -> None:
    async def look_up(_name: str, _port: int) -> Sequence[str]:
        return ["127.0.0.99", "127.0.0.1"]

    async with receiving() as receiver, post.working(resolve=look_up):
        made = await post.add(f"http://two.example:{receiver.port}/hook")
        await post.hooks.send_test(made.webhook.id)
        await post.until(made, state=JobState.DONE)

    assert len(receiver.deliveries) == 1


@ON_ONE_DATABASE
@pytest.mark.parametrize("found", [OSError("unknown"), []])
async def test_a_name_that_leads_nowhere_is_a_passing_failure(
    post: Post, found: OSError | list[str]
) -> None:
    async def look_up(_name: str, _port: int) -> Sequence[str]:
        if isinstance(found, OSError):
            raise found
        return found

    post.chance = 0.999
    async with post.working(resolve=look_up):
        made = await post.add("https://nowhere.example/")
        await post.hooks.send_test(made.webhook.id)
        job = await post.failed(made)

    assert job.state is JobState.TODO
    assert job.error in ("its host cannot be found", "its host has no address")


async def test_where_a_url_leads_is_checked_when_it_is_given() -> None:
    async def inside(_name: str, _port: int) -> Sequence[str]:
        return ["10.0.0.1"]

    async def unknown(_name: str, _port: int) -> Sequence[str]:
        raise OSError

    await check_url("https://later.example/", resolve=unknown)
    await check_url("https://crm.example/", resolve=inside, allowed=[ip_network("10.0.0.0/24")])
    with pytest.raises(WebhookInvalid, match="not public"):
        await check_url("https://crm.example/", resolve=inside)
    with pytest.raises(WebhookInvalid, match="must begin"):
        await check_url("ftp://crm.example/", resolve=inside)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of receiver.example, with its key, in one file."""
    folder = tmp_path_factory.mktemp("tls")
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=receiver.example",
         "-addext", "subjectAltName=DNS:receiver.example",
         "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")],
        capture_output=True,
        check=False,
    )  # fmt: skip
    if made.returncode != 0:
        pytest.skip("openssl cannot make a certificate here")
    both = folder / "both.pem"
    both.write_text((folder / "cert.pem").read_text() + (folder / "key.pem").read_text())
    return both


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("host", "fits"), [("receiver.example", True), ("impostor.example", False)]
)
async def test_the_certificate_must_be_the_hosts_whatever_its_address(
    post: Post, certificate: Path, host: str, fits: bool
) -> None:
    async def look_up(_name: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    client = ssl.create_default_context(cafile=str(certificate))
    post.chance = 0.999
    async with receiving(tls=server) as receiver, post.working(resolve=look_up, tls=client):
        made = await post.add(f"https://{host}:{receiver.port}/hook")
        await post.hooks.send_test(made.webhook.id)
        if fits:
            await post.until(made, state=JobState.DONE)
        else:
            job = await post.failed(made)
            assert job.error == "no connection (SSLCertVerificationError)"

    assert len(receiver.deliveries) == int(fits)


async def test_a_slow_receiver_does_not_hold_up_the_others(post: Post) -> None:
    async with receiving() as slow, receiving() as quick, post.working(limit_s=30):
        slow.always = silence
        held = await post.add(slow.url)
        for _ in range(6):
            await post.hooks.send_test(held.webhook.id)
        await slow.until(2)
        made = await post.add(quick.url)
        await post.hooks.send_test(made.webhook.id)
        await post.until(made, state=JobState.DONE)

        assert len(slow.deliveries) == 2  # its share; the rest waits


async def test_when_a_receiver_comes_back_everything_follows_at_once(post: Post) -> None:
    post.chance = 0.999
    async with receiving() as receiver, post.working():
        receiver.always = status(503)
        made = await post.add(receiver.url)
        for _ in range(5):
            await post.hooks.send_test(made.webhook.id)
        await receiver.until(5)
        async with asyncio.timeout(20):
            while any(job.lease_token for job in await post.desk.list()):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        # As if an hour had passed in vain: the next tries are far away.
        async with post.world.database.write() as transaction:
            await transaction.connection.execute(
                update(jobs).values(due_at=jobs.c.give_up_at, rank_at=jobs.c.give_up_at)
            )
        receiver.always = None
        await post.hooks.send_test(made.webhook.id)
        async with asyncio.timeout(20):
            while any(job.state is JobState.TODO for job in await post.desk.list()):  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    assert len(set(receiver.ids)) == 6


async def test_a_key_of_another_installation_is_told_and_nothing_is_sent(post: Post) -> None:
    post.chance = 0.999
    async with receiving() as receiver:
        made = await post.add(receiver.url)
        await post.hooks.send_test(made.webhook.id)
        post.hooks = Webhooks(post.world.database, master_key=b"other" * 8)
        async with post.working():
            job = await post.failed(made)

    assert receiver.deliveries == []
    assert job.error is not None and "give the webhook a new secret" in job.error
