"""Fixtures of the gateway's tests; the helpers themselves are in `house.py`."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
import uvicorn

from bot.app import build_server
from bot.realtime.conversation_stream import Tempo
from bot.wiring import build_gateway
from handoff.passwords import Passwords
from handoff.ports import Triage, WordTriage
from tests.bot.fake_brain import FakeBrain
from tests.bot.house import (
    QUICK_HASHER,
    SECRET,
    House,
    MakeHouse,
    create_tables,
    free_socket,
    make_settings,
    serving,
)


def maker(home: Path) -> MakeHouse:
    """Starts gateways with a brain each in a folder; settings and tempo may be changed."""

    @contextlib.asynccontextmanager
    async def make(
        *,
        brain_up: bool = True,
        look_s: float = 3.0,
        heartbeat_s: float = 25.0,
        triage: Triage | None = WordTriage(),  # noqa: B008 - it keeps nothing
        **values: str,
    ) -> AsyncIterator[House]:
        brain = FakeBrain(SECRET)
        brain_socket = free_socket()
        brain_port = brain_socket.getsockname()[1]
        settings = make_settings(
            home,
            **{
                "BABELDESK_BRAIN_URL": f"http://127.0.0.1:{brain_port}",
                "BABELDESK_BRAIN_SECRET": SECRET,
                **{f"BABELDESK_{key}": value for key, value in values.items()},
            },
        )
        assembly = build_gateway(
            settings,
            tempo=Tempo(look_s=look_s, heartbeat_s=heartbeat_s),
            triage=triage,
            passwords=Passwords(QUICK_HASHER),
        )
        await create_tables(assembly)
        async with contextlib.AsyncExitStack() as stack:
            if brain_up:
                config = uvicorn.Config(
                    brain.app, log_level="error", access_log=False, lifespan="off", ws="none"
                )
                await stack.enter_async_context(serving(uvicorn.Server(config), brain_socket))
            else:
                brain_socket.close()
            stack.callback(brain.release.set)
            server = build_server(assembly.app, assembly.gateway.hub, trusted_proxies="")
            stack.callback(assembly.gateway.hub.close)
            url = await stack.enter_async_context(serving(server, free_socket()))
            stack.callback(assembly.gateway.hub.close)
            http = await stack.enter_async_context(
                httpx.AsyncClient(base_url=url, trust_env=False, timeout=30)
            )
            yield House(assembly=assembly, brain=brain, url=url, http=http)

    return make


@pytest.fixture
def make_house(tmp_path: Path) -> MakeHouse:
    """A maker for tests that need settings of their own, or break what they use."""
    return maker(tmp_path / "home")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One gateway for a module: building its routes costs more than most tests."""
    async with maker(tmp_path_factory.mktemp("house") / "home")() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def house(standing_house: House) -> AsyncIterator[House]:
    """The module's gateway, empty again after each test."""
    yield standing_house
    await standing_house.clean_up()
