"""What a newcomer meets: `python -m tests.faults.newcomer URL` visits once a second and tells.

A process of its own: the crowd of a burst shares one event loop, which is itself too busy to say
how long the desk took. Each line is one visit as JSON; it ends with its reader.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
import uuid
from dataclasses import asdict, dataclass
from typing import Final

import httpx

PAUSE_S: Final = 1.0
LIMIT_S: Final = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One session with one message; times in seconds, None where it did not come to that.

    Attributes:
        at: When it began, in seconds since 1970.
        refused: Whether a call was answered with 429 or 503.
        taken_s: From sending the message until it was acknowledged.
        answered_s: From then until the answer was there.
    """

    at: float
    refused: bool = False
    taken_s: float | None = None
    answered_s: float | None = None


def visit(http: httpx.Client, name: str, *, address: str) -> Visit:
    """Makes one visit.

    Args:
        http: A new client: a newcomer has no open connection.
        name: Told apart from all others.
        address: As a trusted proxy would say.

    Raises:
        httpx.HTTPError: The desk broke the connection or answered with another error.
    """
    at = time.time()
    headers = {"X-Forwarded-For": address}
    opened = http.post("/sessions", json={"locale": "en"}, headers=headers)
    if opened.status_code in (429, 503):
        return Visit(at=at, refused=True)
    session = opened.raise_for_status().json()
    headers["Authorization"] = f"Bearer {session['token']}"
    path = f"/conversations/{session['conversation_id']}"
    body = {"client_id": name, "text": f"question {name}"}
    began = time.monotonic()
    sent = http.post(f"{path}/messages", json=body, headers=headers)
    taken_s = time.monotonic() - began
    if sent.status_code in (429, 503):
        return Visit(at=at, refused=True)
    seq = sent.raise_for_status().json()["event"]["seq"]
    began = time.monotonic()
    while time.monotonic() - began < LIMIT_S:
        read = http.get(f"{path}/events", params={"after": seq, "wait": 8}, headers=headers)
        events = read.raise_for_status().json()["events"]
        if any(event["author"] == "bot" or event["kind"] == "handoff" for event in events):
            answered_s = time.monotonic() - began
            return Visit(at=at, taken_s=taken_s, answered_s=answered_s)
    return Visit(at=at, taken_s=taken_s)


def main(url: str) -> None:
    """Visits until nobody reads any more."""
    for n in itertools.count():
        address = f"11.0.{n // 256 % 256}.{n % 256}"
        with httpx.Client(base_url=f"{url}/api/v1", trust_env=False, timeout=LIMIT_S) as http:
            found = visit(http, str(uuid.uuid4()), address=address)
        print(json.dumps(asdict(found)), flush=True)
        time.sleep(PAUSE_S)


if __name__ == "__main__":
    main(sys.argv[1])
