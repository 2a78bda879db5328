"""How deliveries are signed: HMAC-SHA256 over id, time and body, as the Standard Webhooks
specification has it (https://www.standardwebhooks.com), so that its libraries can verify. Pure.

Secrets are derived from the installation's key, the webhook and the key's id. None is stored: a
copy of the database signs nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

ID_HEADER: Final = "webhook-id"
TIME_HEADER: Final = "webhook-timestamp"
SIGNATURE_HEADER: Final = "webhook-signature"
KEY_HEADER: Final = "webhook-key-id"
SECRET_PREFIX: Final = "whsec_"
VERSION: Final = "v1"
# Receivers refuse older or newer ones: a recorded delivery cannot be played back later.
TOLERANCE_S: Final = 300


def derive_secret(master: bytes, *, webhook_id: str, key_id: str) -> str:
    """Gives a key's secret: `whsec_` and 32 bytes in base 64."""
    message = f"babeldesk webhook {webhook_id} {key_id}".encode()
    digest = hmac.new(master, message, hashlib.sha256).digest()
    return SECRET_PREFIX + base64.b64encode(digest).decode("ascii")


def check_of(secret: str) -> str:
    """Gives 16 characters by which a secret is known again, and from which it cannot be found."""
    return hashlib.sha256(f"check {secret}".encode()).hexdigest()[:16]


def sign(secret: str, *, event_id: str, at: datetime, body: bytes) -> str:
    """Gives one signature, such as `v1,K5oZ...=`."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    message = f"{event_id}.{int(at.timestamp())}.".encode() + body
    digest = hmac.new(key, message, hashlib.sha256).digest()
    return f"{VERSION},{base64.b64encode(digest).decode('ascii')}"


def headers_of(
    secrets: Sequence[tuple[str, str]], *, event_id: str, at: datetime, body: bytes
) -> dict[str, str]:
    """Gives the headers of one try.

    Args:
        secrets: Key id and secret of each live key, newest first; two while one is replaced.
        event_id: The idempotency key.
        at: The time of this try.
        body: As it is sent, byte by byte.
    """
    signatures = [sign(secret, event_id=event_id, at=at, body=body) for _, secret in secrets]
    return {
        ID_HEADER: event_id,
        TIME_HEADER: str(int(at.timestamp())),
        SIGNATURE_HEADER: " ".join(signatures),
        KEY_HEADER: " ".join(key_id for key_id, _ in secrets),
    }


def verify(secret: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> bool:
    """Whether a delivery is ours and fresh; header names in lower case. What receivers do."""
    event_id, sent = headers.get(ID_HEADER, ""), headers.get(TIME_HEADER, "")
    if not sent.isascii() or not sent.isdecimal():
        return False
    if abs(now.timestamp() - int(sent)) > TOLERANCE_S:
        return False
    at = datetime.fromtimestamp(int(sent), now.tzinfo)
    expected = sign(secret, event_id=event_id, at=at, body=body)
    offered = headers.get(SIGNATURE_HEADER, "").split(" ")
    # No early end: how long it takes tells nothing.
    return any([hmac.compare_digest(expected.encode(), one.encode()) for one in offered])
