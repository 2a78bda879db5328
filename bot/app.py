"""The gateway's web application, and the server that runs it."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from types import FrameType
from typing import Final

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from bot.api.admin_jobs import job_router
from bot.api.admin_webhooks import webhook_router
from bot.api.admission import Admission, MeteredRequests
from bot.api.agent import agent_router
from bot.api.agent_streams import agent_stream_router
from bot.api.api_tokens import token_router
from bot.api.customers import customer_router
from bot.api.errors import install_error_handlers
from bot.api.idempotency import Idempotency
from bot.api.macros import macro_router
from bot.api.openapi import install_document, operation_id
from bot.api.pages import page_router
from bot.api.queues import queue_router
from bot.api.replies import reply_router
from bot.api.rules import rule_router
from bot.api.security import DeclaredSize, SecurityHeaders, VisitorCors
from bot.api.sla import sla_router
from bot.api.teams import team_router
from bot.api.tickets import ticket_router
from bot.api.view_streams import view_stream_router
from bot.api.visitor import visitor_router
from bot.api.visitor_streams import visitor_stream_router
from bot.correlation import Correlation
from bot.gateway import Gateway
from bot.realtime.hub import Hub
from bot.version import VERSION

Lifespan = Callable[[], AbstractAsyncContextManager[None]]
# Frames and bodies are small; whatever is larger is not from a client of ours.
SOCKET_BYTES: Final = 64 * 1024
# The loop takes one connection per round from each listener. Rounds are long when there is much to
# do, and newcomers would wait for seconds only to hear that there is no room (eight were seen).
LISTENERS: Final = 8
# After this a stream that has not ended by itself is cut; clients resume by cursor.
SHUTDOWN_S: Final = 5


@contextlib.asynccontextmanager
async def nothing_else() -> AsyncIterator[None]:
    """A lifespan without background work, for tests of single routes."""
    yield


def build_api(gateway: Gateway, *, lifespan: Lifespan = nothing_else) -> FastAPI:
    """The routes with their error map and document; touches nothing until it is started."""

    @contextlib.asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        async with lifespan():
            yield

    app = FastAPI(
        title="Babeldesk",
        summary="Visitor and agent API of a multilingual support desk.",
        version=VERSION,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # its page loads scripts from elsewhere, which our policy forbids
        redoc_url=None,
        generate_unique_id_function=operation_id,
        max_body_size=gateway.settings.web.body_bytes,
        lifespan=running,
    )
    install_error_handlers(app)
    for router in (
        visitor_router(gateway),
        visitor_stream_router(gateway),
        agent_router(gateway),
        agent_stream_router(gateway),
        job_router(gateway),
        webhook_router(gateway),
        token_router(gateway),
        customer_router(gateway),
        rule_router(gateway),
        macro_router(gateway),
        reply_router(gateway),
        view_stream_router(gateway),
        queue_router(gateway),
        team_router(gateway),
        sla_router(gateway),
        ticket_router(gateway),
        page_router(gateway),
    ):
        app.include_router(router)
    install_document(app)
    return app


def build_app(gateway: Gateway, *, lifespan: Lifespan = nothing_else) -> ASGIApp:
    """The routes with everything around them that each call goes through."""
    web = gateway.settings.web
    app = build_api(gateway, lifespan=lifespan)
    once = Idempotency(app, gateway, limit_bytes=web.body_bytes)
    sized = DeclaredSize(once, limit_bytes=web.body_bytes)
    admitted = Admission(
        sized, at_once=gateway.settings.rates.requests_at_once, metrics=gateway.metrics
    )
    guarded = VisitorCors(admitted, origins=web.origins)
    metered = MeteredRequests(guarded, metrics=gateway.metrics)
    return Correlation(SecurityHeaders(metered, https=web.cookie_secure))


class GatewayServer(uvicorn.Server):
    """Ends every stream as soon as it is asked to stop, so that stopping takes no time."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens; on each socket several times, so that newcomers are soon heard."""
        await super().startup(
            [copy for one in sockets for copy in (one, *(one.dup() for _ in range(LISTENERS - 1)))]
            if sockets
            else sockets
        )

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Wakes the streams; runs inside a signal handler of the event loop's thread."""
        self._hub.close()
        super().handle_exit(sig, frame)


def build_server(app: ASGIApp, hub: Hub, *, trusted_proxies: str) -> GatewayServer:
    """The server as the gateway needs it; no access log, for addresses are nobody's business."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="wsproto",
        ws_max_size=SOCKET_BYTES,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=trusted_proxies or None,
        timeout_graceful_shutdown=SHUTDOWN_S,
        timeout_keep_alive=30,
        backlog=2048,
    )
    return GatewayServer(config, hub)
