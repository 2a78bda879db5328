"""What is measured while the gateway works, in the names and units of OpenTelemetry.

Every label has few values that the code knows: routes as templates, codes, kinds. Nothing is
labelled with an id, an address, an article or anything a visitor chose. Durations are seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from bot.breaker import Phase
from bot.depths import Depths
from bot.dispatch_rules import BrainCondition
from bot.version import VERSION

# OpenTelemetry's own bounds for requests; the later ones reach the limit for an answer and beyond.
QUICK: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
PATIENT: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 60.0, 300.0)
TURN_BOUNDS: Final = (0.001, 0.0025, *QUICK)
TURN_PARTS: Final = ("language", "encode", "search", "nlu", "dialogue", "total")
UNKNOWN_ROUTE: Final = "(none)"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

Report = Mapping[str, Any]
Frame = Mapping[str, Any]


class Metrics:
    """One gateway's instruments, in a registry of their own."""

    def __init__(self, *, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self.registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=self.registry)
        self._requests = self._histogram(
            "http_server_request_duration",
            "Requests, without event streams and long polls that wait.",
            ("http_request_method", "http_route", "http_response_status_code"),
        )
        self._active = Gauge(
            "http_server_active_requests",
            "Requests in hand now.",
            registry=self.registry,
        )
        self._accepts = self._histogram(
            "babeldesk_message_accept_duration",
            "From a visitor's message at the gateway to its durable commit.",
            ("outcome",),
        )
        self._answers = self._histogram(
            "babeldesk_answer_duration",
            "From the commit of a visitor's message to the commit of what came of it.",
            ("outcome",),
            PATIENT,
        )
        self._tickets = self._histogram(
            "babeldesk_handoff_to_ticket_duration",
            "From the decision to hand over to the commit of the ticket.",
            ("reason",),
        )
        self._lags = self._histogram(
            "babeldesk_delivery_lag",
            "From the commit of an event to its sending on an open stream.",
            ("reader",),
        )
        self._turn_parts = self._histogram(
            "babeldesk_turn_duration",
            "The brain's own times, and `call` for the whole call as the gateway sees it.",
            ("part",),
            TURN_BOUNDS,
        )
        self._turn_failures = self._counter(
            "babeldesk_turn_failures", "Turns without a usable answer.", ("code",)
        )
        self._refusals = self._counter(
            "babeldesk_rate_limited", "Calls answered with 429.", ("limit",)
        )
        self._shed = self._counter(
            "babeldesk_requests_shed", "Calls answered with 503 because too many were in hand.", ()
        )
        self._streams = Gauge(
            "babeldesk_open_streams",
            "Open WebSockets, event streams and long polls.",
            ("reader", "transport"),
            registry=self.registry,
        )
        self._conversations_waiting = self._gauge(
            "babeldesk_conversations_waiting",
            "Conversations in which the assistant owes an answer.",
        )
        self._oldest_wait = self._gauge(
            "babeldesk_conversations_waiting_oldest_seconds",
            "How long ago anything last happened in the one that waits longest.",
        )
        self._queue = Gauge(
            "babeldesk_tickets",
            "Tickets that are not solved, by state.",
            ("state",),
            registry=self.registry,
        )
        self._unassigned = self._gauge("babeldesk_tickets_unassigned", "Of these without an agent.")
        self._jobs = Gauge(
            "babeldesk_jobs", "Durable jobs by state.", ("state",), registry=self.registry
        )
        self._overdue = self._gauge(
            "babeldesk_jobs_overdue_seconds", "How long the oldest due job has been waiting."
        )
        build = Gauge(
            "babeldesk_build_info", "The running release.", ("version",), registry=self.registry
        )
        build.labels(VERSION).set(1)

    def observe_request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Counts a finished request; the route is a template."""
        known = method if method in _METHODS else "_OTHER"
        self._requests.labels(known, route, str(status)).observe(seconds)

    @contextmanager
    def active_request(self) -> Iterator[None]:
        """Counts a request while it is in hand."""
        with self._active.track_inprogress():
            yield

    def observe_accept(self, *, outcome: str, seconds: float) -> None:
        """`stored` or `duplicate`."""
        self._accepts.labels(outcome).observe(seconds)

    def observe_answer(self, *, outcome: str, seconds: float) -> None:
        """`answered`, `handed_over` or `dropped`."""
        self._answers.labels(outcome).observe(max(0.0, seconds))

    def observe_ticket(self, *, reason: str, seconds: float) -> None:
        """A handoff whose ticket is durable."""
        self._tickets.labels(reason).observe(seconds)

    def observe_turn(self, timing_ms: Mapping[str, Any], *, call_s: float) -> None:
        """The times of a usable answer; unknown parts are left out."""
        self._turn_parts.labels("call").observe(call_s)
        for part in TURN_PARTS:
            took = timing_ms.get(part)
            if isinstance(took, int | float):
                self._turn_parts.labels(part).observe(took / 1000.0)

    def count_turn_failure(self, code: str) -> None:
        """One call to the brain that brought nothing."""
        self._turn_failures.labels(code).inc()

    def count_refusal(self, limit: str) -> None:
        """One call over a rate or a number of streams."""
        self._refusals.labels(limit).inc()

    def count_shed(self) -> None:
        """One call refused because the process has enough in hand."""
        self._shed.inc()

    @contextmanager
    def open_stream(self, *, reader: str, transport: str) -> Iterator[Callable[[Frame], None]]:
        """Counts a stream while it is open; the function is told of each frame that was sent."""
        opened_at = self._wall()
        gauge = self._streams.labels(reader, transport)
        gauge.inc()

        def sent(frame: Frame) -> None:
            event = frame.get("event") if frame.get("type") == "event" else None
            if isinstance(event, Mapping):
                self._observe_lag(str(event["created_at"]), reader, opened_at)

        try:
            yield sent
        finally:
            gauge.dec()

    def set_depths(self, depths: Depths) -> None:
        """How much lies in the queues, read from the database before a scrape."""
        self._conversations_waiting.set(depths.waiting)
        self._oldest_wait.set(depths.oldest_s)
        self._unassigned.set(depths.unassigned)
        self._overdue.set(depths.overdue_s)
        for gauge, counts in ((self._queue, depths.tickets), (self._jobs, depths.jobs)):
            gauge.clear()
            for state, count in counts.items():
                gauge.labels(state).set(count)

    def watch_process(
        self,
        *,
        brain: Callable[[], Report],
        breaker: Callable[[], Phase],
        turns_in_flight: Callable[[], int],
        agents_online: Callable[[], int],
    ) -> None:
        """Names where the present state is read from at each scrape."""
        self.registry.register(_Live(brain, breaker, turns_in_flight, agents_online))

    def render(self, accept: str) -> tuple[bytes, str]:
        """The text for a collector and its content type: OpenMetrics when it asks for it."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type

    def _observe_lag(self, created_at: str, reader: str, opened_at: float) -> None:
        created = datetime.fromisoformat(created_at).timestamp()
        # What is older than the stream was missed by its reader, not held up by us.
        if created >= opened_at:
            self._lags.labels(reader).observe(max(0.0, self._wall() - created))

    def _histogram(
        self, name: str, text: str, labels: tuple[str, ...], bounds: tuple[float, ...] = QUICK
    ) -> Histogram:
        return Histogram(name, text, labels, unit="seconds", buckets=bounds, registry=self.registry)

    def _counter(self, name: str, text: str, labels: tuple[str, ...]) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=self.registry)


class _Live(Collector):
    """State that somebody else keeps, asked for at each scrape."""

    def __init__(
        self,
        brain: Callable[[], Report],
        breaker: Callable[[], Phase],
        turns_in_flight: Callable[[], int],
        agents_online: Callable[[], int],
    ) -> None:
        self._brain = brain
        self._breaker = breaker
        self._turns_in_flight = turns_in_flight
        self._agents_online = agents_online

    def collect(self) -> Iterable[CounterMetricFamily | GaugeMetricFamily]:
        """The families of this moment."""
        report = self._brain()
        yield CounterMetricFamily(
            "babeldesk_brain_restarts",
            "Brains that were started again by this gateway.",
            value=report.get("restarts") or 0,
        )
        yield _one_of(
            "babeldesk_brain_condition",
            "1 for how the brain is.",
            "condition",
            [condition.value for condition in BrainCondition],
            str(report["condition"]),
        )
        yield _one_of(
            "babeldesk_breaker_state",
            "1 for where the circuit breaker stands.",
            "state",
            [phase.value for phase in Phase],
            self._breaker().value,
        )
        memory = "Resident memory of the brain in bytes."
        yield GaugeMetricFamily(
            "babeldesk_brain_memory_bytes", memory, value=report.get("rss_bytes") or 0
        )
        yield GaugeMetricFamily(
            "babeldesk_turns_in_flight",
            "Conversations that this gateway works on now.",
            value=self._turns_in_flight(),
        )
        yield GaugeMetricFamily(
            "babeldesk_agents_online",
            "Agents with a console open at this gateway.",
            value=self._agents_online(),
        )


def _one_of(name: str, text: str, label: str, values: list[str], present: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value in values:
        family.add_metric([value], float(value == present))
    return family
