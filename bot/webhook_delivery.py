"""Delivers a webhook: resolves the host, checks the address, connects to exactly that one, posts.

The name is looked up once per try and the connection goes to the address that was checked, so a
name that changes between check and use gains nothing. Redirects are not followed, proxies of the
environment not used, the answer is read up to 64 KiB and never stored.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import structlog

from bot.version import VERSION
from bot.webhook_answers import Verdict, judge_status, retry_after_s
from handoff.crash_points import crash_point
from handoff.errors import WebhookInvalid, WebhookNotFound
from handoff.model import JsonObject
from handoff.webhooks.model import Webhook
from handoff.webhooks.signing import headers_of
from handoff.webhooks.store import Webhooks
from handoff.webhooks.targets import Network, Target, parse_target, why_forbidden
from handoff.work.model import FailureKind, LeasedJob
from handoff.work.outcome import Done, JobFailed

log = structlog.get_logger("bot.webhooks")

CONNECT_LIMIT_S: Final = 5.0
# For somebody who waits at a form.
LOOK_UP_LIMIT_S: Final = 3.0
WHOLE_LIMIT_S: Final = 10.0
ANSWER_BYTES: Final = 64 * 1024
# A host with many addresses gets a few tries, not one per address.
ADDRESSES_TRIED: Final = 3

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


async def resolve(host: str, port: int) -> Sequence[str]:
    """Gives the host's addresses, in the system's order of preference.

    Raises:
        OSError: The name is unknown or cannot be looked up.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


async def check_url(
    url: str, *, allowed: Sequence[Network] = (), resolve: Resolve = resolve
) -> None:
    """Refuses a URL that no delivery could go to now, so that nobody finds out by dead letters.

    A host that cannot be found passes: its name may be made later, and every try looks again.

    Raises:
        WebhookInvalid: It is no usable URL, or leads where webhooks must not go.
    """
    target = parse_target(url)
    try:
        async with asyncio.timeout(LOOK_UP_LIMIT_S):
            found = await resolve(target.host, target.port)
    except (OSError, UnicodeError):
        return
    _refuse_forbidden(target, found, allowed)


class WebhookDelivery:
    """The handler of delivery jobs."""

    def __init__(
        self,
        webhooks: Webhooks,
        *,
        allowed: Sequence[Network] = (),
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
        limit_s: float = WHOLE_LIMIT_S,
    ) -> None:
        """Opens nothing.

        Args:
            webhooks: Receivers and their secrets.
            allowed: Networks beyond the public ones.
            resolve: Looks names up.
            tls: Which certificates are trusted; the usual ones when left out.
            limit_s: For one try, from the look-up to the end of the answer.
        """
        self._webhooks = webhooks
        self._allowed = tuple(allowed)
        self._resolve = resolve
        self._limit_s = limit_s
        self._tls = tls
        self._client: httpx.AsyncClient | None = None

    async def close(self) -> None:
        """Closes its connections."""
        if self._client is not None:
            await self._client.aclose()

    async def run(self, leased: LeasedJob) -> Done:
        """Makes one try.

        Raises:
            JobFailed: With what the failure means for another try.
        """
        try:
            webhook = await self._receiver(leased)
        except WebhookNotFound:
            # It was removed while the change that this tells of was being made.
            return Done(result={"skipped": "the webhook was removed"})
        payload = leased.job.payload
        body, event_id = str(payload["body"]).encode(), str(payload["event_id"])
        now = datetime.now(UTC)
        secrets = self._webhooks.live_secrets(webhook, now)
        if not secrets:
            raise JobFailed("the installation's key has changed: give the webhook a new secret")
        headers = {
            **headers_of(secrets, event_id=event_id, at=now, body=body),
            "Content-Type": "application/json",
            "User-Agent": f"Babeldesk/{VERSION}",
            # An answer that unpacks to gigabytes is not read at all.
            "Accept-Encoding": "identity",
        }
        began = time.monotonic()
        crash_point("webhook.sending")
        try:
            async with asyncio.timeout(self._limit_s):
                answer = await self._post(webhook, headers, body)
        except TimeoutError:
            raise JobFailed(f"no complete answer within {self._limit_s:g} s") from None
        except WebhookInvalid as error:
            raise JobFailed(f"its URL {error.problem}", kind=FailureKind.REFUSED) from None
        crash_point("webhook.answered")
        took_ms = round((time.monotonic() - began) * 1000)
        return await self._judge(webhook, answer, took_ms)

    async def _receiver(self, leased: LeasedJob) -> Webhook:
        webhook = await self._webhooks.get(leased.job.group or "")
        if not webhook.active:
            raise JobFailed("the webhook is switched off", kind=FailureKind.HOPELESS)
        return webhook

    async def _judge(self, webhook: Webhook, answer: httpx.Response, took_ms: int) -> Done:
        result: JsonObject = {"status": answer.status_code, "ms": took_ms}
        said = f"answered {answer.status_code}"
        match judge_status(answer.status_code):
            case Verdict.DELIVERED:
                return Done(result=result)
            case Verdict.GONE:
                await self._webhooks.switch_off(webhook.id, "gone")
                log.warning("webhook_gone", webhook=webhook.id)
                raise JobFailed(said, kind=FailureKind.HOPELESS, result=result)
            case Verdict.REFUSED:
                raise JobFailed(said, kind=FailureKind.REFUSED, result=result)
            case _:
                asked = retry_after_s(answer.headers.get("retry-after"), now=datetime.now(UTC))
                raise JobFailed(said, after_s=asked, result=result)

    async def _post(self, webhook: Webhook, headers: dict[str, str], body: bytes) -> httpx.Response:
        target = parse_target(webhook.url)
        for last, address in _with_last(await self._addresses(target)):
            try:
                return await self._post_to(target, address, headers, body)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                # Nothing was sent: the next address may do.
                if last:
                    raise JobFailed(f"no connection ({_cause(error)})") from None
            except httpx.HTTPError as error:
                raise JobFailed(f"the connection broke ({type(error).__name__})") from None
        raise JobFailed("its host has no address")

    async def _addresses(self, target: Target) -> Sequence[str]:
        try:
            found = await self._resolve(target.host, target.port)
        except (OSError, UnicodeError):
            raise JobFailed("its host cannot be found") from None
        _refuse_forbidden(target, found, self._allowed)
        return found[:ADDRESSES_TRIED]

    async def _post_to(
        self, target: Target, address: str, headers: dict[str, str], body: bytes
    ) -> httpx.Response:
        shown = f"[{address}]" if ":" in address else address
        request = httpx.Request(
            "POST",
            f"{target.scheme}://{shown}:{target.port}{target.path}",
            headers={**headers, "Host": target.host_header},
            content=body,
            extensions={
                # The certificate must be the host's, whatever address it was found at.
                "sni_hostname": target.host,
                "timeout": httpx.Timeout(self._limit_s, connect=CONNECT_LIMIT_S).as_dict(),
            },
        )
        response = await self._http().send(request, stream=True, follow_redirects=False)
        try:
            n_bytes = 0
            async for chunk in response.aiter_raw():
                n_bytes += len(chunk)
                if n_bytes > ANSWER_BYTES:
                    break
        finally:
            await response.aclose()
        return response

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                verify=self._tls or ssl.create_default_context(),
                trust_env=False,
                # A kept connection would be found again by its address, whatever its host was.
                limits=httpx.Limits(max_keepalive_connections=0),
            )
        return self._client


def _refuse_forbidden(target: Target, found: Sequence[str], allowed: Sequence[Network]) -> None:
    for address in found:
        forbidden = why_forbidden(target, address, allowed=allowed)
        if forbidden is not None:
            raise WebhookInvalid("url", forbidden)


def _with_last(addresses: Sequence[str]) -> list[tuple[bool, str]]:
    return [(place == len(addresses) - 1, address) for place, address in enumerate(addresses)]


def _cause(error: Exception) -> str:
    """Names what lies below, such as a certificate that does not fit; no addresses."""
    below: Any = error
    while below.__cause__ is not None or below.__context__ is not None:
        below = below.__cause__ or below.__context__
    return type(below).__name__
