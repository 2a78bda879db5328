"""Pages and files: demo shop, help articles, agent console, widget, and the health addresses."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.api.callers import accepted_language, client_address
from bot.api.files import FOR_GOOD, REVALIDATE, SHORT, FileShelf
from bot.api.help import help_list, help_page, missing_page
from bot.api.problems import problem_html
from bot.gateway import Gateway
from handoff.errors import StoreUnavailable
from nlu.languages import CODES, primary_code

log = structlog.get_logger("bot.pages")

STATIC: Final = Path(__file__).parent.parent / "static"


def page_router(gateway: Gateway, *, static: Path = STATIC) -> APIRouter:
    """Everything that is not the API; left out of the OpenAPI document."""
    router = APIRouter(include_in_schema=False)
    shop = FileShelf(static / "shop")
    console = FileShelf(static / "console")
    widget = FileShelf(static / "widget")
    help_files = FileShelf(static / "help")
    brand = gateway.settings.brand

    @router.api_route("/", methods=["GET", "HEAD"])
    async def home(request: Request) -> Response:
        """Sends the visitor to the demo shop in her language."""
        language = accepted_language(request.headers, brand.languages, brand.default_language)
        return RedirectResponse(
            f"/shop/{language}/",
            status_code=302,
            headers={"Cache-Control": "no-store", "Vary": "Accept-Language"},
        )

    @router.api_route("/shop/{name:path}", methods=["GET", "HEAD"])
    async def shop_file(name: str, request: Request) -> Response:
        """The demo shop; `/shop/<lang>/` is a page."""
        if name in CODES:
            return RedirectResponse(f"/shop/{name}/", status_code=308)
        return _file(shop, _page_name(name), request, cache=REVALIDATE)

    @router.api_route("/console", methods=["GET", "HEAD"])
    async def console_home() -> Response:
        """The address without its slash."""
        return RedirectResponse("/console/", status_code=308)

    @router.api_route("/console/{name:path}", methods=["GET", "HEAD"])
    async def console_file(name: str, request: Request) -> Response:
        """The agent console, one page with its files."""
        return _file(console, _page_name(name), request, cache=REVALIDATE)

    @router.api_route("/widget/{name:path}", methods=["GET", "HEAD"])
    async def widget_file(name: str, request: Request) -> Response:
        """The widget; `?v=<build>` names a build that never changes."""
        if name == "loader.js":
            return _file(widget, name, request, cache=SHORT)
        is_named_build = bool(request.query_params.get("v"))
        return _file(widget, name, request, cache=FOR_GOOD if is_named_build else REVALIDATE)

    @router.api_route("/help/{language}/", methods=["GET", "HEAD"])
    async def help_home(language: str) -> Response:
        """All articles of one language."""
        if language not in brand.languages:
            return HTMLResponse(missing_page(gateway, brand.default_language), status_code=404)
        page = await help_list(gateway, language=language)
        return HTMLResponse(page, headers={"Cache-Control": REVALIDATE})

    @router.api_route("/help/{language}/{article_id}", methods=["GET", "HEAD"])
    async def help_article(language: str, article_id: str, request: Request) -> Response:
        """One article as a plain page without scripts."""
        page = None
        if len(article_id) <= 120 and len(language) <= 35:
            page = await help_page(gateway, language=language, article_id=article_id)
        if page is None:
            wanted = primary_code(language)
            shown = wanted if wanted in CODES else brand.default_language
            return HTMLResponse(missing_page(gateway, shown), status_code=404)
        return HTMLResponse(page, headers={"Cache-Control": REVALIDATE})

    @router.api_route("/help.css", methods=["GET", "HEAD"])
    async def help_style(request: Request) -> Response:
        """The style of help pages."""
        return _file(help_files, "help.css", request, cache=SHORT)

    @router.api_route("/problems/{code}", methods=["GET", "HEAD"])
    async def problem_page(code: str) -> Response:
        """What an error's `type` leads to: a page about that kind of problem."""
        page = problem_html(code)
        if page is None:
            raise HTTPException(404)
        return HTMLResponse(page, headers={"Cache-Control": SHORT})

    @router.api_route("/favicon.ico", methods=["GET", "HEAD"])
    async def favicon(request: Request) -> Response:
        """The shop's icon, for browsers that ask without being told."""
        found = shop.answer("favicon.ico", request.headers, cache=SHORT) or shop.answer(
            "favicon.svg", request.headers, cache=SHORT
        )
        return found or Response(status_code=204, headers={"Cache-Control": SHORT})

    @router.get("/healthz")
    async def healthz() -> JSONResponse:
        """This process answers."""
        return JSONResponse({"ok": True}, headers={"Cache-Control": "no-store"})

    @router.get("/readyz")
    async def readyz(request: Request) -> JSONResponse:
        """Whether messages can be taken; a brain that is away is said but does not stop that.

        Only callers on this machine get reasons and numbers.
        """
        checks: dict[str, Any] = {"database": "ok", "turns": "ok", "brain": gateway.brain.report()}
        status = 200
        try:
            await gateway.database.check()
        except StoreUnavailable as error:
            checks["database"] = error.reason
            status = 503
        if not gateway.is_dispatching():
            checks["turns"] = "not running"
            status = 503
        if not _is_local(request):
            checks = _without_details(checks)
        headers = {"Cache-Control": "no-store"} | ({} if status == 200 else {"Retry-After": "2"})
        return JSONResponse(
            {"ok": status == 200, "checks": checks}, status_code=status, headers=headers
        )

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        """Numbers for collectors on this machine, or with the configured token."""
        if not _may_collect(request, gateway.settings.web.metrics_token):
            raise HTTPException(404)
        try:
            gateway.metrics.set_depths(await gateway.depths.read())
        except StoreUnavailable:
            log.warning("depths_unknown")  # a database that is away must not hide the rest
        body, content_type = gateway.metrics.render(request.headers.get("accept", ""))
        return Response(body, headers={"Content-Type": content_type, "Cache-Control": "no-store"})

    return router


def _may_collect(request: Request, token: str | None) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if token is not None and scheme.lower() == "bearer":
        return hmac.compare_digest(given.strip().encode(), token.encode())
    return _is_local(request)


def _is_local(request: Request) -> bool:
    """Whether the caller is on this machine, and not a proxy here that asks for somebody else."""
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    # A proxy that says nothing of its caller still passes on the name that she asked for.
    return _is_loopback(request.url.hostname or "") and _is_loopback(client_address(request))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _without_details(checks: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "database": "ok" if checks["database"] == "ok" else "unavailable",
        "turns": checks["turns"],
        "brain": {"condition": checks["brain"]["condition"]},
    }


def _page_name(name: str) -> str:
    return f"{name}index.html" if name == "" or name.endswith("/") else name


def _file(shelf: FileShelf, name: str, request: Request, *, cache: str) -> Response:
    found = shelf.answer(name, request.headers, cache=cache)
    if found is None:
        raise HTTPException(404)
    return found
