"""A gateway whose network is cut: from its clients, its database, its bus and its brain at once.

It lives in a network namespace of its own, joined to this machine by a pair of virtual interfaces
that were made for it; pulling one of them down is the cut. Packets are lost, nothing is refused,
and when the cable is back the kernel sends again what was never acknowledged.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url

from tests.faults.fleet import Member
from tests.faults.hardship import plan_words, talk_through, until
from tests.faults.proxy import proxy_to
from tests.faults.report import POSTGRES, Options, Row
from tests.faults.stage import Scale, Stage, rows_of, staged

FULL: Final = Scale(
    visitors=80, messages=6, agents=2, gateways=2, brains=1, workers=1, lasts_s=120.0
)
SHORT: Final = Scale(
    visitors=12, messages=3, agents=1, gateways=2, brains=1, workers=1, lasts_s=8.0
)
# From the block that is set aside for tests of networks (RFC 2544), one part per process.
PART: Final = f"198.18.{os.getpid() % 250}"
HOST: Final = f"{PART}.1"
INSIDE: Final = f"{PART}.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cable:
    """A namespace and the interfaces that lead to it."""

    namespace: str
    outer: str
    inner: str

    def pull(self) -> None:
        """Cuts the network."""
        _ip("link", "set", self.outer, "down")

    def plug(self) -> None:
        """Joins it again."""
        _ip("link", "set", self.outer, "up")


def why_impossible() -> str | None:
    """Says why no namespace can be made here; None if one can."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return "network namespaces need root and the program ip"
    trial = f"bdtry{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", trial], capture_output=True, check=False)
    if made.returncode != 0:
        return f"no namespace can be made: {made.stderr.decode(errors='replace').strip()}"
    _ip("netns", "del", trial)
    return None


@contextlib.contextmanager
def cable() -> Iterator[Cable]:
    """A namespace with a cable to it, both gone afterwards."""
    end = f"{os.getpid() % 100_000}"
    laid = Cable(namespace=f"bd{end}", outer=f"bdo{end}", inner=f"bdi{end}")
    _ip("netns", "add", laid.namespace)
    try:
        _ip("link", "add", laid.outer, "type", "veth", "peer", "name", laid.inner)
        _ip("link", "set", laid.inner, "netns", laid.namespace)
        _ip("addr", "add", f"{HOST}/30", "dev", laid.outer)
        _ip("link", "set", laid.outer, "up")
        for line in (
            ("addr", "add", f"{INSIDE}/30", "dev", laid.inner),
            ("link", "set", laid.inner, "up"),
            ("link", "set", "lo", "up"),
        ):
            _ip("-n", laid.namespace, *line)
        yield laid
    finally:
        # Its interfaces go with it.
        _ip("netns", "del", laid.namespace)


def run(options: Options) -> Iterable[Row]:
    """One run per seed, on PostgreSQL: a SQLite file has no network to lose."""
    reason = why_impossible()
    if reason is not None:
        print(f"    left out: {reason}")
        return
    if POSTGRES not in options.databases:
        return
    for seed in options.seeds:
        yield from asyncio.run(cut_off(seed=seed, scale=SHORT if options.short else FULL))


async def cut_off(*, seed: int, scale: Scale) -> list[Row]:
    """Plays one run in which the second gateway's cable is pulled now and then."""
    began = time.monotonic()
    name = f"network-{seed}"
    chance = random.Random(name)
    with cable() as laid:
        async with staged(name, database=POSTGRES, scale=scale, chance=chance) as stage:
            await stage.hire(scale.agents)
            async with _moved(stage, stage.fleet.gateways[-1], laid) as member:
                moved = member.process
                cuts = _plan_cuts(chance, scale.lasts_s)

                async def happen(start: float) -> None:
                    for at_s, lasts_s in cuts:
                        await until(at_s, began=start)
                        laid.pull()
                        await asyncio.sleep(lasts_s)
                        laid.plug()

                await talk_through(
                    stage, plan_words(chance, scale, ("question", "handoff")), happen
                )
                await stage.rest(quick=False)
                findings = stage.findings()
                # It lived through all of it; nobody had to start it again.
                assert member.process is moved
        return rows_of(
            findings,
            faults="a gateway cut off from clients, database, bus and brain",
            database=POSTGRES,
            injected=len(cuts),
            seed=seed,
            seconds=time.monotonic() - began,
            details={"STORED": f"cut for {sum(lasts for _, lasts in cuts):.0f} s in all"},
        )


def _plan_cuts(chance: random.Random, lasts_s: float) -> list[tuple[float, float]]:
    """Draws moments and lengths: one in each fifth, longer ones than clients wait among them."""
    n_cuts = 2 if lasts_s < 20 else 5
    part_s = lasts_s / n_cuts
    return [
        (n * part_s + chance.uniform(0, part_s * 0.3), chance.uniform(0.3, 0.6) * part_s)
        for n in range(n_cuts)
    ]


@contextlib.asynccontextmanager
async def _moved(stage: Stage, member: Member, laid: Cable) -> AsyncIterator[Member]:
    """Starts a gateway again behind the cable; whatever it needs, it reaches through it."""
    fleet = stage.fleet
    url = make_url(fleet.database_url)
    async with contextlib.AsyncExitStack() as stack:

        async def door_to(host: str | None, port: int | None) -> int:
            upstream = (host or "127.0.0.1", port or 0)
            return (await stack.enter_async_context(proxy_to(*upstream, listen=HOST))).port

        database = url.set(host=HOST, port=await door_to(url.host, url.port))
        bus = urlsplit(member.environment["BABELDESK_BUS"])
        brain = urlsplit(member.environment["BABELDESK_BRAIN_URL"])
        port = member.environment["BABELDESK_PORT"]
        member.environment = {
            **member.environment,
            "BABELDESK_HOST": INSIDE,
            "BABELDESK_DATABASE_URL": database.render_as_string(hide_password=False),
            "BABELDESK_BUS": bus._replace(
                netloc=f"{HOST}:{await door_to(bus.hostname, bus.port)}"
            ).geturl(),
            "BABELDESK_BRAIN_URL": f"http://{HOST}:{await door_to(brain.hostname, brain.port)}",
        }
        enter = ["ip", "netns", "exec", laid.namespace]
        member.arguments = ("-c", _ENTER, *enter, *_command(member))
        member.url = f"http://{INSIDE}:{port}"
        await fleet.replace(member)
        stage.doors.urls = fleet.urls
        try:
            yield member
        finally:
            # Before its doors close, so that it does not spend the end on trying them.
            member.reap()


# `ip netns exec` becomes what it starts: signals reach the gateway itself.
_ENTER: Final = "import os, sys; os.execvp(sys.argv[1], sys.argv[1:])"


def _command(member: Member) -> list[str]:
    return [sys.executable, *member.arguments]


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)
