"""Starts Babeldesk in a fresh home as `make run` does, asks one question in Greek, stops it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
LIMIT_S = 300.0


def main() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        environment = dict(os.environ, BABELDESK_HOME=home, BABELDESK_PORT=str(port))
        process = subprocess.Popen(
            [str(ROOT / ".venv/bin/babeldesk"), "run"], cwd=ROOT, env=environment
        )
        try:
            reply = ask(f"http://127.0.0.1:{port}/api/v1", "Ξέχασα τον κωδικό μου", process)
        finally:
            process.send_signal(signal.SIGINT)
            status = process.wait(30)
    source = (reply["payload"].get("sources") or [{}])[0].get("article_id")
    print(f"Asked in Greek, answered from: {source}; stopped with status {status}")
    return 0 if source == "password-reset" and status == 0 else 1


def ask(base: str, question: str, process: subprocess.Popen[bytes]) -> dict:
    deadline = time.monotonic() + LIMIT_S
    with httpx.Client(base_url=base, timeout=60) as http:
        while True:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("it did not come up")
            try:
                if http.get(re.sub("/api/v1$", "/readyz", base)).status_code == 200:
                    break
            except httpx.TransportError:
                pass
            time.sleep(0.5)  # another process starts; there is nothing here to await
        session = http.post("/sessions", json={"locale": "el", "page_url": "/"}).json()
        http.headers["Authorization"] = f"Bearer {session['token']}"
        path = f"/conversations/{session['conversation_id']}"
        body = {"client_id": uuid.uuid4().hex, "text": question}
        http.post(f"{path}/messages", json=body).raise_for_status()
        cursor = 0
        while time.monotonic() < deadline:
            page = http.get(f"{path}/events", params={"after": cursor, "wait": 20}).json()
            cursor = page["cursor"]
            for event in page["events"]:
                if event["author"] == "bot":
                    return event
    raise SystemExit("no answer came")


if __name__ == "__main__":
    sys.exit(main())
