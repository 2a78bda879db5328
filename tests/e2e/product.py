"""Starts the whole product as a user would, in a home of its own, and talks to it over HTTP."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
START_LIMIT_S = 240.0


@dataclass
class Product:
    """One running `babeldesk run`."""

    home: Path
    port: int
    extra: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    lines: list[str] = field(default_factory=list)
    started_s: float = 0.0
    _queue: queue.Queue[str | None] = field(default_factory=queue.Queue)

    @property
    def url(self) -> str:
        """Where the gateway answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts it and waits until the assistant answers."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("BABELDESK_")}
        environment |= {
            "BABELDESK_HOME": str(self.home),
            "BABELDESK_PORT": str(self.port),
            # One address stands for every simulated visitor here.
            "BABELDESK_RATE_ADDRESS": "100000/10s",
            "BABELDESK_RATE_SESSIONS": "100000/60s",
            "BABELDESK_RATE_LOGIN": "1000/10s",
            # Tests and the bench poll as fast as answers come.
            "BABELDESK_RATE_READS": "100000/10s",
            "BABELDESK_STREAMS_ADDRESS": "100000",
            **self.extra,
        }
        began = time.monotonic()
        self._queue = queue.Queue()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "run"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()
        self.wait_line(lambda line: "The assistant answers" in line, limit_s=START_LIMIT_S)
        self.started_s = time.monotonic() - began

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._queue.put(line.rstrip("\n"))
        self._queue.put(None)

    def wait_line(self, fits: Callable[[str], bool], *, limit_s: float) -> str:
        """Gives the next line of output that fits."""
        deadline = time.monotonic() + limit_s
        while True:
            try:
                line = self._queue.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError("not in time; it said:\n" + "\n".join(self.lines)) from None
            if line is None:
                raise AssertionError("it ended; it said:\n" + "\n".join(self.lines))
            self.lines.append(line)
            if fits(line):
                return line

    def stop(self) -> int:
        """Stops it as Ctrl+C would; gives the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("did not stop within 30 s") from None

    def kill(self) -> None:
        """Kills gateway and brain at once, as a power cut would."""
        assert self.process is not None
        everyone = [psutil.Process(self.process.pid), *self.children()]
        for process in everyone:
            process.kill()
        psutil.wait_procs(everyone, timeout=10)
        self.process.wait(10)

    def children(self) -> list[psutil.Process]:
        """Gives the child processes."""
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def brain(self) -> psutil.Process:
        """Gives the brain's process."""
        for child in self.children():
            if "bot.brain" in " ".join(child.cmdline()):
                return child
        raise AssertionError("there is no brain process")

    def setup_token(self) -> str:
        """Gives the token of the first-login link that was printed last."""
        found = [re.search(r"/setup/(\S+)", line) for line in self.lines]
        return [match.group(1) for match in found if match][-1]


@contextmanager
def running(home: Path, **extra: str) -> Iterator[Product]:
    """Gives a started product and kills it afterwards if it still runs."""
    product = Product(home=home, port=free_port(), extra=extra)
    try:
        product.start()
        yield product
    finally:
        if product.process is not None and product.process.poll() is None:
            product.kill()


class Visitor:
    """A visitor's side of the public API."""

    def __init__(self, url: str, *, locale: str) -> None:
        self.http = httpx.Client(base_url=f"{url}/api/v1", timeout=40)
        body = {"locale": locale, "page_url": f"{url}/"}
        session = self.http.post("/sessions", json=body).raise_for_status().json()
        self.id: str = session["conversation_id"]
        self.http.headers["Authorization"] = f"Bearer {session['token']}"
        self.cursor = 0

    def say(self, text: str, *, choice: dict[str, str] | None = None) -> dict[str, Any]:
        """Sends a message; gives its stored event."""
        body = {"client_id": uuid.uuid4().hex, "text": text, "choice": choice}
        path = f"/conversations/{self.id}/messages"
        event: dict[str, Any] = self.http.post(path, json=body).raise_for_status().json()["event"]
        return event

    def events(self, *, wait: int = 0) -> list[dict[str, Any]]:
        """Gives the events after the cursor and moves it."""
        path = f"/conversations/{self.id}/events"
        parameters = {"after": self.cursor, "wait": wait}
        page = self.http.get(path, params=parameters).raise_for_status().json()
        self.cursor = page["cursor"]
        events: list[dict[str, Any]] = page["events"]
        return events

    def ask(self, text: str, **more: Any) -> dict[str, Any]:
        """Sends a message and gives the first thing that comes back from anyone else."""
        self.say(text, **more)
        return self.await_reply()

    def await_reply(self, *, limit_s: float = 40) -> dict[str, Any]:
        """Waits for the next event that is not the visitor's own."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            for event in self.events(wait=20):
                if event["author"] != "visitor":
                    return event
        raise AssertionError("no reply in time")

    def history(self) -> list[dict[str, Any]]:
        """Gives the whole conversation."""
        path = f"/conversations/{self.id}/events"
        return list(self.http.get(path, params={"after": 0}).raise_for_status().json()["events"])


class Agent:
    """An agent's side of the API, logged in."""

    EMAIL, PASSWORD = "maria@meltemi.example", "a long enough password 7"

    def __init__(self, url: str, *, setup_token: str | None = None) -> None:
        self.http = httpx.Client(base_url=f"{url}/api/v1/agent", timeout=40)
        if setup_token is not None:
            body = {
                "token": setup_token,
                "name": "Maria",
                "email": self.EMAIL,
                "password": self.PASSWORD,
            }
            self.http.post("/setup", json=body).raise_for_status()
        body = {"email": self.EMAIL, "password": self.PASSWORD}
        answer = self.http.post("/login", json=body).raise_for_status().json()
        self.http.headers["X-CSRF-Token"] = answer["csrf"]

    def tickets(self, view: str = "open") -> list[dict[str, Any]]:
        """Gives the tickets of a view."""
        answer = self.http.get("/tickets", params={"view": view}).raise_for_status().json()
        return list(answer["tickets"])

    def act(self, number: str | int, verb: str, **body: Any) -> dict[str, Any]:
        """Does something with a ticket."""
        result = self.http.post(f"/tickets/{number}/{verb}", json=body).raise_for_status()
        return dict(result.json() or {}) if result.content else {}

    def ticket(self, number: str | int) -> dict[str, Any]:
        """Gives one ticket with its transcript."""
        return dict(self.http.get(f"/tickets/{number}").raise_for_status().json())
