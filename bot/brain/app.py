"""The brain's HTTP face: `POST /turn`, `GET /health`, `POST /model`; for the gateway only."""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import psutil
from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from structlog.contextvars import bind_contextvars

from bot.brain.contract import LanguageRequest, MessageOut, ModelRequest, TurnRequest
from bot.brain.errors import BrainServiceError, ModelRefused, NoModel, TurnFailed
from bot.brain.language import read_language
from bot.brain.lean import settle_memory
from bot.brain.models import access_model, newest_model
from bot.brain.settings import BrainSettings
from bot.brain.turn import TurnEngine, load_engine
from bot.correlation import correlation_of
from kb_index.errors import SnapshotError
from nlu.components.resources import RESOURCES
from nlu.components.tokenizer import load_tokenizers
from nlu.languages import CODES

logger = logging.getLogger(__name__)

EngineFactory = Callable[[Path], TurnEngine]


class Brain:
    """Holds the engine in service and swaps it; a running turn finishes with the one it began."""

    def __init__(self, settings: BrainSettings, *, build: EngineFactory = load_engine) -> None:
        """Loads nothing yet."""
        self.settings = settings
        self._build = build
        self._engine: TurnEngine | None = None
        self._swapping = asyncio.Lock()

    @property
    def engine(self) -> TurnEngine:
        """Gives the engine.

        Raises:
            NoModel: If none is loaded.
        """
        if self._engine is None:
            raise NoModel
        return self._engine

    @property
    def has_model(self) -> bool:
        """Says whether turns can be answered."""
        return self._engine is not None

    async def load(self) -> None:
        """Loads the configured model, or the newest; stays without one if there is none."""
        settings = self.settings
        try:
            path = (
                access_model(settings.models_dir, settings.model)
                if settings.model
                else newest_model(settings.models_dir)
            )
        except (NoModel, ModelRefused) as error:
            logger.error("%s", error)
            return
        await self._swap(path)

    async def swap(self, request: ModelRequest) -> str:
        """Builds another engine beside the running one and puts it in its place.

        Raises:
            ModelRefused: If the file is not what was announced or cannot be loaded.
        """
        async with self._swapping:
            path = await asyncio.to_thread(
                access_model, self.settings.models_dir, request.path, sha256=request.sha256
            )
            await self._swap(path)
        return self.engine.model_id

    async def _swap(self, path: Path) -> None:
        try:
            self._engine = await asyncio.to_thread(self._build, path)
        except Exception as error:
            logger.exception("Model %s cannot be loaded", path.name)
            raise ModelRefused(path.name, "it cannot be loaded", status=409) from error


def create_app(brain: Brain) -> FastAPI:
    """Builds the application around a brain."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await brain.load()
        warming = asyncio.create_task(asyncio.to_thread(_finish_start))
        yield
        await warming

    app = FastAPI(lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    secret = f"Bearer {brain.settings.secret}".encode()

    def authorised(authorization: Annotated[str | None, Header()] = None) -> None:
        given = (authorization or "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, secret):
            raise HTTPException(401, detail="unauthorized")

    guard = [Depends(authorised)]

    # A plain Starlette route: FastAPI's dependencies and its detour through Python objects cost
    # half a millisecond, and the body is read by pydantic's own JSON reader here.
    async def turn(request: Request) -> Response:
        authorised(request.headers.get("authorization"))
        try:
            call = TurnRequest.model_validate_json(await request.body())
        except ValidationError as error:
            detail = error.errors(include_url=False, include_input=False, include_context=False)
            return JSONResponse({"code": "wrong_shape", "detail": detail}, status_code=422)
        # Each request is a task with variables of its own, so nothing has to be taken back.
        bind_contextvars(
            correlation_id=correlation_of(request.headers),
            conversation_id=call.conversation_id,
            turn_id=call.turn_id,
        )
        answer = await brain.engine.run(call)
        return Response(answer.model_dump_json(), media_type="application/json")

    app.add_route("/turn", turn, methods=["POST"])

    @app.post("/language", dependencies=guard)
    async def language(request: LanguageRequest) -> MessageOut:
        return read_language(request)

    @app.get("/health", dependencies=guard)
    async def health() -> dict[str, Any]:
        return {
            "ok": brain.has_model,
            "model_id": brain.engine.model_id if brain.has_model else None,
            "model": brain.engine.model_name if brain.has_model else None,
            "index_id": index_id(),
            "pid": os.getpid(),
            "rss_bytes": psutil.Process().memory_info().rss,
        }

    @app.post("/model", dependencies=guard)
    async def model(request: ModelRequest) -> dict[str, Any]:
        return {"model_id": await brain.swap(request)}

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse({"code": error.detail}, status_code=error.status_code)

    @app.exception_handler(BrainServiceError)
    async def failed(request: Request, error: BrainServiceError) -> JSONResponse:
        if isinstance(error, TurnFailed):
            logger.error("%s", error, exc_info=error.__cause__)
        body = {"code": error.code, "message": str(error)}
        return JSONResponse(body, status_code=_status(error))

    return app


def index_id() -> str | None:
    """Gives the snapshot in service, or None."""
    try:
        return RESOURCES.get_index().snapshot().snapshot_id
    except SnapshotError:
        return None


def _finish_start() -> None:
    """Loads what the first visitors would wait for and gives back what loading left over."""
    load_tokenizers(CODES)
    settle_memory()


def _status(error: BrainServiceError) -> int:
    if isinstance(error, ModelRefused):
        return error.status
    return 503 if isinstance(error, NoModel) else 500
