"""Webhooks for administrators: receivers, their secrets, and what became of each delivery."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from bot.api.admin_bodies import (
    DeliveriesView,
    EventIdView,
    RetriedView,
    RotationBody,
    WebhookBody,
    WebhookChangeBody,
    WebhookSecretView,
    WebhooksView,
    WebhookView,
)
from bot.api.bodies import WRITE_ERRORS
from bot.api.idempotency import shown_once
from bot.api.staff import StaffDoor
from bot.gateway import Gateway
from bot.webhook_delivery import check_url
from handoff.errors import JobNotFound
from handoff.webhooks.model import NewSecret, Webhook
from handoff.webhooks.store import delivery_json
from handoff.work.model import JobState

READ, WRITE = "webhooks:read", "webhooks:write"


def webhook_router(gateway: Gateway) -> APIRouter:
    """Routes under `/api/v1/admin/webhooks`."""
    router = APIRouter(prefix="/api/v1/admin/webhooks", tags=["admin"], responses=WRITE_ERRORS)
    hooks, desk, door = gateway.webhooks, gateway.jobs, StaffDoor(gateway)
    allowed = gateway.settings.work.webhook_private

    @router.get("")
    async def list_webhooks(request: Request) -> WebhooksView:
        """All receivers, oldest first."""
        await door.reading(request, READ)
        return WebhooksView.model_validate({"webhooks": [_view(one) for one in await hooks.list()]})

    @router.post("", status_code=201)
    async def create(request: Request, body: WebhookBody) -> WebhookSecretView:
        """Adds a receiver; its secret is in this answer and nowhere else."""
        user = (await door.writing(request, WRITE)).user
        await check_url(body.url, allowed=allowed)
        made = await hooks.create(
            url=body.url, events=body.events, description=body.description, actor_id=user.id
        )
        shown_once(request)
        return _secret_view(made)

    @router.get("/{webhook_id}")
    async def get_webhook(webhook_id: str, request: Request) -> WebhookView:
        """One receiver."""
        await door.reading(request, READ)
        return _view(await hooks.get(webhook_id))

    @router.patch("/{webhook_id}")
    async def change(webhook_id: str, request: Request, body: WebhookChangeBody) -> WebhookView:
        """Changes a receiver; `active` true also forgets why it was switched off."""
        user = (await door.writing(request, WRITE)).user
        if body.url is not None:
            await check_url(body.url, allowed=allowed)
        changed = await hooks.change(
            webhook_id,
            url=body.url,
            events=body.events,
            description=body.description,
            active=body.active,
            actor_id=user.id,
        )
        return _view(changed)

    @router.delete("/{webhook_id}", status_code=204)
    async def remove(webhook_id: str, request: Request) -> Response:
        """Removes a receiver; what it was still to get is discarded."""
        user = (await door.writing(request, WRITE)).user
        await hooks.remove(webhook_id, actor_id=user.id)
        return Response(status_code=204)

    @router.post("/{webhook_id}/rotate")
    async def rotate(
        webhook_id: str, request: Request, body: RotationBody | None = None
    ) -> WebhookSecretView:
        """Gives a new secret; both sign until the overlap is over."""
        user = (await door.writing(request, WRITE)).user
        overlap = timedelta(seconds=(body or RotationBody()).overlap_s)
        shown_once(request)
        return _secret_view(await hooks.rotate(webhook_id, overlap=overlap, actor_id=user.id))

    @router.post("/{webhook_id}/test", status_code=202)
    async def send_test(webhook_id: str, request: Request) -> EventIdView:
        """Sends a `webhook.test` event; look for it among the deliveries."""
        await door.writing(request, WRITE)
        return EventIdView(event_id=await hooks.send_test(webhook_id))

    @router.get("/{webhook_id}/deliveries")
    async def deliveries(
        webhook_id: str,
        request: Request,
        state: Annotated[JobState | None, Query()] = None,
        before: Annotated[str | None, Query(max_length=26)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> DeliveriesView:
        """What was sent or is to be sent, newest first; `state=dead` are the dead letters."""
        await door.reading(request, READ)
        await hooks.get(webhook_id)
        found = await desk.list(group=webhook_id, state=state, before=before, limit=limit)
        return DeliveriesView.model_validate(
            {
                "deliveries": [delivery_json(job) for job in found],
                "next": found[-1].id if len(found) == limit else None,
            }
        )

    @router.post("/{webhook_id}/deliveries/{delivery_id}/replay", status_code=202)
    async def replay(webhook_id: str, delivery_id: str, request: Request) -> EventIdView:
        """Sends one event again, with its old id and body; receivers that keep ids ignore it."""
        user = (await door.writing(request, WRITE)).user
        if (await desk.get(delivery_id)).group != webhook_id:
            raise JobNotFound(delivery_id)
        job = await desk.retry(delivery_id, actor_id=user.id)
        return EventIdView(event_id=str(job.payload["event_id"]))

    @router.post("/{webhook_id}/replay_dead", status_code=202)
    async def replay_dead(webhook_id: str, request: Request) -> RetriedView:
        """Sends all dead deliveries of a receiver again, at most 500 in one call."""
        user = (await door.writing(request, WRITE)).user
        await hooks.get(webhook_id)
        return RetriedView(retried=await desk.retry_dead(group=webhook_id, actor_id=user.id))

    return router


def _view(webhook: Webhook) -> WebhookView:
    return WebhookView.model_validate(webhook.as_json())


def _secret_view(made: NewSecret) -> WebhookSecretView:
    return WebhookSecretView(webhook=_view(made.webhook), key_id=made.key_id, secret=made.secret)
