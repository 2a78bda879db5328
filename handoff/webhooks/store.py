"""Use cases of webhooks: receivers are made, changed, given new secrets; events become deliveries.

A delivery is a job written in the transaction of the change that it tells of: one per receiver that
subscribed to the kind of event. The body is kept with it, so every try sends the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, delete, func, insert, select, update

from handoff.audit import write_audit
from handoff.errors import WebhookInvalid, WebhookNotFound
from handoff.facts import Facts
from handoff.ids import new_id
from handoff.model import JsonObject
from handoff.ports import Publisher
from handoff.store.engine import Database, Transaction
from handoff.store.tables import webhooks
from handoff.transcript import clean_name
from handoff.webhooks.facts import outgoing_events
from handoff.webhooks.model import (
    DELIVER,
    DESCRIPTION_CHARS,
    LANE,
    SUBSCRIBABLE,
    EventType,
    NewSecret,
    OutgoingEvent,
    SigningKey,
    Webhook,
)
from handoff.webhooks.signing import check_of, derive_secret
from handoff.webhooks.targets import parse_target
from handoff.work.clock import database_now
from handoff.work.desk import discard_group
from handoff.work.model import Job, NewJob
from handoff.work.outbox import enqueue

# Each receiver costs a row per event inside the visitor's transaction.
MOST_RECEIVERS: Final = 20
# How long an old secret signs beside the new one, unless the caller says otherwise.
ROTATION: Final = timedelta(hours=24)
LONGEST_ROTATION: Final = timedelta(days=30)


class Webhooks:
    """What an administrator does with receivers, and what deliveries need of them."""

    def __init__(
        self, database: Database, *, master_key: bytes, publisher: Publisher | None = None
    ) -> None:
        """Touches nothing. `master_key` is the installation's key; secrets are derived from it."""
        self._database = database
        self._master_key = master_key
        self._publisher = publisher

    async def create(
        self,
        *,
        url: str,
        events: Sequence[EventType],
        description: str = "",
        actor_id: str | None = None,
    ) -> NewSecret:
        """Adds a receiver; gives its secret, this once.

        Raises:
            WebhookInvalid: The URL, the events, or there are too many receivers.
        """
        parse_target(url)
        wanted = _usable_events(events)
        webhook_id = new_id()
        async with self._database.write() as transaction:
            count = select(func.count()).select_from(webhooks)
            if (await transaction.connection.execute(count)).scalar_one() >= MOST_RECEIVERS:
                raise WebhookInvalid("list", f"is full: {MOST_RECEIVERS} receivers at most")
            now = await database_now(transaction.connection)
            key, secret = self._new_key(webhook_id, now)
            await transaction.connection.execute(
                insert(webhooks).values(
                    id=webhook_id,
                    url=url,
                    description=_usable_description(description),
                    events=[event.value for event in wanted],
                    active=True,
                    keys=[key.as_stored()],
                    created_at=now,
                    updated_at=now,
                    created_by=actor_id,
                )
            )
            await _audit(transaction, now, actor_id, "webhook_created", webhook_id, {"url": url})
        return NewSecret(webhook=await self.get(webhook_id), key_id=key.id, secret=secret)

    async def list(self) -> list[Webhook]:
        """Gives all receivers, oldest first."""
        async with self._database.read() as connection:
            rows = (await connection.execute(select(webhooks).order_by(webhooks.c.id))).all()
        return [webhook_of(row) for row in rows]

    async def get(self, webhook_id: str) -> Webhook:
        """Gives a receiver; raises WebhookNotFound."""
        query = select(webhooks).where(webhooks.c.id == webhook_id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            raise WebhookNotFound(webhook_id)
        return webhook_of(row)

    async def change(
        self,
        webhook_id: str,
        *,
        url: str | None = None,
        events: Sequence[EventType] | None = None,
        description: str | None = None,
        active: bool | None = None,
        actor_id: str | None = None,
    ) -> Webhook:
        """Changes what is given; what is None stays.

        Raises:
            WebhookNotFound, WebhookInvalid: Unknown id, or what is wrong.
        """
        values: dict[str, Any] = {}
        if url is not None:
            parse_target(url)
            values["url"] = url
        if events is not None:
            values["events"] = [event.value for event in _usable_events(events)]
        if description is not None:
            values["description"] = _usable_description(description)
        if active is not None:
            values |= {"active": active, "disabled_reason": None}
        await self._update(webhook_id, values, actor_id=actor_id, act="webhook_changed")
        return await self.get(webhook_id)

    async def switch_off(self, webhook_id: str, reason: str) -> None:
        """Stops a receiver that said it is gone; nothing happens if it was removed meanwhile."""
        try:
            await self._update(
                webhook_id,
                {"active": False, "disabled_reason": reason},
                actor_id=None,
                act="webhook_switched_off",
            )
        except WebhookNotFound:
            return

    async def rotate(
        self, webhook_id: str, *, overlap: timedelta = ROTATION, actor_id: str | None = None
    ) -> NewSecret:
        """Gives a new secret, this once; the newest old one signs as well until `overlap` is over.

        Raises:
            WebhookNotFound, WebhookInvalid: Unknown id, or an overlap over 30 days.
        """
        if not timedelta(0) <= overlap <= LONGEST_ROTATION:
            raise WebhookInvalid("overlap", "must be from 0 seconds to 30 days")
        async with self._database.write() as transaction:
            webhook = await _locked(transaction, webhook_id)
            now = await database_now(transaction.connection)
            key, secret = self._new_key(webhook_id, now)
            keys = [key, *_ending(webhook.keys[:1], now + overlap)]
            await transaction.connection.execute(
                update(webhooks)
                .where(webhooks.c.id == webhook_id)
                .values(keys=[one.as_stored() for one in keys], updated_at=now)
            )
            detail: JsonObject = {"key": key.id}
            await _audit(transaction, now, actor_id, "webhook_rotated", webhook_id, detail)
        return NewSecret(webhook=await self.get(webhook_id), key_id=key.id, secret=secret)

    async def remove(self, webhook_id: str, *, actor_id: str | None = None) -> None:
        """Removes a receiver; what it was still to get is discarded.

        Raises:
            WebhookNotFound: Unknown id.
        """
        async with self._database.write() as transaction:
            webhook = await _locked(transaction, webhook_id)
            now = await database_now(transaction.connection)
            await discard_group(transaction, webhook_id)
            await transaction.connection.execute(
                delete(webhooks).where(webhooks.c.id == webhook_id)
            )
            detail: JsonObject = {"url": webhook.url}
            await _audit(transaction, now, actor_id, "webhook_removed", webhook_id, detail)

    async def send_test(self, webhook_id: str) -> str:
        """Sends a receiver a `webhook.test` event; gives the event's id.

        Raises:
            WebhookNotFound: Unknown id.
        """
        async with self._database.write(self._publisher) as transaction:
            webhook = await _locked(transaction, webhook_id)
            now = await database_now(transaction.connection)
            event = OutgoingEvent(
                id=f"evt_test_{new_id()}",
                type=EventType.TEST,
                at=now,
                data={"webhook_id": webhook_id, "text": "It works."},
            )
            await enqueue(transaction, _delivery(webhook.id, event, event.type, subject=None))
        return event.id

    def live_secrets(self, webhook: Webhook, now: datetime) -> Sequence[tuple[str, str]]:
        """Gives id and secret of each key that signs, newest first; none whose check fails.

        A failed check means that the installation's key is another one than when it was made.
        """
        found = []
        for key in webhook.keys:
            secret = derive_secret(self._master_key, webhook_id=webhook.id, key_id=key.id)
            if key.is_live(now) and check_of(secret) == key.check:
                found.append((key.id, secret))
        return found

    def _new_key(self, webhook_id: str, now: datetime) -> tuple[SigningKey, str]:
        key_id = f"whk_{new_id()}"
        secret = derive_secret(self._master_key, webhook_id=webhook_id, key_id=key_id)
        key = SigningKey(id=key_id, check=check_of(secret), created_at=now, expires_at=None)
        return key, secret

    async def _update(
        self, webhook_id: str, values: dict[str, Any], *, actor_id: str | None, act: str
    ) -> None:
        async with self._database.write() as transaction:
            now = await database_now(transaction.connection)
            changed = await transaction.connection.execute(
                update(webhooks).where(webhooks.c.id == webhook_id).values(**values, updated_at=now)
            )
            if changed.rowcount == 0:
                raise WebhookNotFound(webhook_id)
            await _audit(transaction, now, actor_id, act, webhook_id, dict(values))


async def announce(transaction: Transaction, facts: Facts) -> None:
    """Writes the deliveries of a change: one per event and receiver that wants it. A follow-up."""
    events = outgoing_events(facts)
    if not events:
        return
    query = select(webhooks.c.id, webhooks.c.events).where(webhooks.c.active)
    receivers = (await transaction.connection.execute(query)).all()
    subject = f"conversation:{facts.conversation.id}"
    deliveries = [
        _delivery(receiver.id, event, name, subject=subject)
        for event in events
        for receiver in receivers
        if (name := event.type_for(receiver.events)) is not None
    ]
    await enqueue(transaction, *deliveries)


async def announce_to(
    transaction: Transaction, webhook_id: str, event: OutgoingEvent, *, conversation_id: str
) -> None:
    """Writes the delivery of one event to one receiver, whatever it subscribed to."""
    subject = f"conversation:{conversation_id}"
    await enqueue(transaction, _delivery(webhook_id, event, event.type, subject=subject))


def delivery_json(job: Job) -> JsonObject:
    """Gives a delivery as administrators see it: what, when and how it went; not its content."""
    shape = job.as_json()
    names = ("id", "state", "attempts", "error", "result", "created_at", "finished_at")
    return {
        **{name: shape[name] for name in names},
        "next_try_at": None if job.finished_at else shape["due_at"],
        "event_id": job.payload.get("event_id"),
        "event_type": job.payload.get("event_type"),
    }


def webhook_of(row: Row[Any]) -> Webhook:
    """Makes a receiver from a row of the table."""
    values = dict(row._mapping)
    return Webhook(
        events=tuple(EventType(event) for event in values.pop("events")),
        keys=tuple(_key_of(key) for key in values.pop("keys")),
        **values,
    )


def _key_of(stored: JsonObject) -> SigningKey:
    expires_at = stored["expires_at"]
    return SigningKey(
        id=str(stored["id"]),
        check=str(stored["check"]),
        created_at=datetime.fromisoformat(str(stored["created_at"])),
        expires_at=None if expires_at is None else datetime.fromisoformat(str(expires_at)),
    )


def _ending(keys: Sequence[SigningKey], at: datetime) -> list[SigningKey]:
    return [
        SigningKey(id=key.id, check=key.check, created_at=key.created_at, expires_at=at)
        for key in keys
    ]


def _delivery(
    webhook_id: str, event: OutgoingEvent, name: EventType, *, subject: str | None
) -> NewJob:
    # Once, here: every try and every replay sends the same bytes.
    body = json.dumps(event.as_json(name), ensure_ascii=True, separators=(",", ":"))
    return NewJob(
        kind=DELIVER,
        key=f"webhook:{webhook_id}:{event.id}",
        lane=LANE,
        group=webhook_id,
        subject=subject,
        payload={"event_id": event.id, "event_type": name.value, "body": body},
    )


def _usable_events(events: Sequence[EventType]) -> list[EventType]:
    wanted = list(dict.fromkeys(events))
    if not wanted or any(event not in SUBSCRIBABLE for event in wanted):
        names = ", ".join(event.value for event in SUBSCRIBABLE)
        raise WebhookInvalid("events", f"must be some of: {names}")
    return wanted


def _usable_description(text: str) -> str:
    return clean_name(text, limit=DESCRIPTION_CHARS)


async def _locked(transaction: Transaction, webhook_id: str) -> Webhook:
    query = select(webhooks).where(webhooks.c.id == webhook_id).with_for_update()
    row = (await transaction.connection.execute(query)).first()
    if row is None:
        raise WebhookNotFound(webhook_id)
    return webhook_of(row)


async def _audit(
    transaction: Transaction,
    now: datetime,
    actor_id: str | None,
    act: str,
    webhook_id: str,
    detail: JsonObject,
) -> None:
    await write_audit(transaction, now, actor_id, act, f"webhook:{webhook_id}", detail)
