"""The one place of assembly: settings in, a running gateway out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

import structlog
from starlette.types import ASGIApp

from bot.api.paging import Cursors
from bot.api.rates import RateLimits, SharedCounts
from bot.api.tokens import TokenSigner
from bot.app import build_app
from bot.brain_client import BrainClient
from bot.brain_pool import BrainPool, make_pool
from bot.breaker import Breaker
from bot.depths import DepthGauge
from bot.dispatcher import Dispatcher, Readiness
from bot.forecast import DeskForecast, Outlook
from bot.gateway import Gateway
from bot.home import load_secret_key
from bot.hours import TeamHours, read_service, spoken_hours, write_moment
from bot.message_languages import MessageLanguageReader
from bot.metrics import Metrics
from bot.readiness import ProbedBrain
from bot.realtime.attendance import AttendanceBeat
from bot.realtime.conversation_stream import Tempo
from bot.realtime.hub import Hub, turn_topic
from bot.realtime.join import join_gateways
from bot.realtime.lookout import Lookout
from bot.realtime.presence import Presence
from bot.settings import Settings
from bot.supervisor import BrainCommand, BrainProcess, StartTrouble, Supervisor
from bot.texts import Catalogue, TextMissing
from bot.ticket_files import read_tickets
from bot.triage_files import read_help_lines, read_triage
from bot.turn_mapping import TurnSurroundings
from bot.work import FOLLOW_UPS, BackgroundWork, build_work
from handoff.customers.store import find_tier
from handoff.database_clock import DatabaseClock
from handoff.ids import new_id
from handoff.passwords import Passwords
from handoff.ports import Clock, FixedForecast, Forecast, Ports, SystemClock, Triage
from handoff.service import Services, build_services
from handoff.sla.keeper import SlaKeeper
from handoff.store.engine import Database, open_database
from handoff.tokens.store import ApiTokens
from handoff.webhooks.store import Webhooks
from handoff.work.desk import JobDesk
from kb_index.articles import ArticleStore

log = structlog.get_logger("bot.wiring")

# Long enough for most turns to end; the rest is released and picked up at the next start.
DRAIN_S: Final = 4.0
RESTART_FIRST_S: Final = 0.5
RESTART_LAST_S: Final = 10.0


class Watcher(Readiness, Protocol):
    """Readiness that has to run in the background and can say how things are."""

    async def run(self) -> None:
        """Watches until cancelled."""

    def report(self) -> Mapping[str, Any]:
        """Numbers for the health page."""


class SafeNotices:
    """Notices from the catalogue; a missing one must not stop a handoff."""

    def __init__(self, texts: Catalogue, *, home_zone: ZoneInfo) -> None:
        self._texts = texts
        self._home_zone = home_zone

    def notice(self, code: str, language: str, **params: str) -> str:
        """The text, or as much as can be said without one."""
        try:
            return self._texts.format(code, language, **params)
        except TextMissing:
            log.error("notice_missing", code=code, language=language)
            return " ".join(params.values()) or "..."

    def moment(self, at: datetime, language: str, time_zone: str | None) -> str:
        """Day and time as people of the language read them."""
        return write_moment(at, language, time_zone, home_zone=self._home_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """An assembled gateway process, not yet running."""

    app: ASGIApp
    gateway: Gateway
    dispatcher: Dispatcher
    watcher: Watcher
    work: BackgroundWork


def build_gateway(
    settings: Settings,
    *,
    first_brain: BrainProcess | None = None,
    brain_command: BrainCommand | None = None,
    tempo: Tempo = Tempo(),  # noqa: B008 - frozen
    clock: Clock | None = None,
    triage: Triage | None = None,
    background: Callable[[Gateway], Coroutine[Any, Any, None]] | None = None,
    on_trouble: Callable[[StartTrouble], None] = lambda _trouble: None,
    passwords: Passwords | None = None,
) -> Assembly:
    """Assembles the gateway.

    Args:
        settings: The whole configuration.
        first_brain: A brain that was started already, to save time.
        brain_command: How to start brains; the project's own when left out.
        tempo: Clocks of the live streams.
        clock: The time, for the core; the database's when left out.
        triage: Estimates priorities; the lexicons' own when left out.
        background: One more task that runs beside, such as building the index.
        passwords: Hashes passwords; with full strength when left out.
        on_trouble: Told when a brain of our own ends again and again at its start.

    Raises:
        StartError: If the signing key cannot be used.
    """
    hub = Hub()
    presence = Presence(hub)
    metrics = Metrics()
    texts = Catalogue(formality=settings.brand.formality)
    database = open_desk(settings)
    database_clock = DatabaseClock(database)
    clock = clock or database_clock
    calendar = read_service(settings.paths).calendar_for(settings.brain.market)
    forecast = DeskForecast(database, calendar=calendar, presence=presence, clock=clock)
    _, core = build_core(
        settings,
        database=database,
        hub=hub,
        presence=presence,
        texts=texts,
        clock=clock,
        triage=triage,
        passwords=passwords,
        forecast=forecast,
    )
    brain, watcher = _build_brain(
        settings, hub, first=first_brain, command=brain_command, on_trouble=on_trouble
    )

    opening_hours = spoken_hours(settings)

    # The default first: it is spoken where nothing else is known.
    spoken = tuple(dict.fromkeys((settings.brand.default_language, *settings.brand.languages)))

    def surroundings() -> TurnSurroundings:
        brand = settings.brand
        return TurnSurroundings(
            languages=spoken,
            agents_online=presence.agents_online() > 0,
            formality=brand.formality,
            opening_hours=opening_hours,
            brand=brand.name,
            market=settings.brain.market,
            now=clock.now(),
        )

    dispatcher = Dispatcher(
        turns=core.turns,
        brain=brain,
        readiness=watcher,
        hub=hub,
        settings=settings.turns,
        surroundings=surroundings,
        metrics=metrics,
    )
    metrics.watch_process(
        brain=watcher.report,
        breaker=lambda: brain.breaker.phase,
        turns_in_flight=lambda: dispatcher.in_flight,
        agents_online=presence.agents_online,
    )

    master_key = load_secret_key(settings.paths.secret_key)
    work = build_work(
        settings, database, core, hub=hub, clock=clock, master_key=master_key, role="gateway"
    )

    gateway = Gateway(
        settings=settings,
        core=core,
        database=database,
        outlook=Outlook(
            forecast=forecast,
            hours=TeamHours(calendar),
            texts=texts,
            clock=clock,
            home_zone=calendar.zone,
        ),
        articles=ArticleStore(database.engine),
        hub=hub,
        presence=presence,
        signer=TokenSigner(master_key),
        cursors=Cursors(master_key),
        tokens=ApiTokens(database, clock),
        clock=clock,
        rates=RateLimits(
            settings.rates, refused=metrics.count_refusal, shared=_shared_counts(settings.bus_url)
        ),
        texts=texts,
        brain=watcher,
        jobs=JobDesk(database, publisher=hub),
        webhooks=Webhooks(database, master_key=master_key, publisher=hub),
        is_dispatching=lambda: dispatcher.is_serving,
        tempo=tempo,
        metrics=metrics,
        depths=DepthGauge(database, clock),
    )

    lookout = Lookout(hub, core.inbox, every_s=tempo.look_s)
    reader = MessageLanguageReader(
        store=core.languages, brain=brain, hub=hub, languages=lambda: spoken
    )

    @contextlib.asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        await database_clock.measure()
        tasks = [
            asyncio.create_task(_keep_running("clock", database_clock.run), name="clock"),
            asyncio.create_task(_keep_running("brain", watcher.run), name="brain"),
            asyncio.create_task(_keep_running("forecast", forecast.run), name="forecast"),
            asyncio.create_task(_keep_running("dispatcher", dispatcher.run), name="dispatcher"),
            asyncio.create_task(_keep_running("languages", reader.run), name="languages"),
            asyncio.create_task(_keep_running("watchdog", work.watchdog.run), name="watchdog"),
            asyncio.create_task(_keep_running("lookout", lookout.run), name="lookout"),
        ]
        attending = AttendanceBeat(core.routing.attendance, presence, hub, source=new_id())
        tasks.append(asyncio.create_task(_keep_running("attendance", attending.run)))
        if settings.work.jobs_at_once:
            tasks.append(asyncio.create_task(_keep_running("worker", work.run), name="worker"))
        tasks += [
            asyncio.create_task(_keep_running(name, task), name=name)
            for name, task in join_gateways(
                settings.bus_url, hub=hub, presence=presence, database=database
            ).items()
        ]
        if background is not None:
            tasks.append(asyncio.create_task(background(gateway), name="background"))
        for task in tasks:
            task.add_done_callback(_report_end)
        try:
            yield
        finally:
            hub.close()
            await asyncio.gather(dispatcher.drain(grace_s=DRAIN_S), work.drain(grace_s=DRAIN_S))
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await brain.close()
            await gateway.rates.close()
            await database.dispose()

    return Assembly(
        app=build_app(gateway, lifespan=lifespan),
        gateway=gateway,
        dispatcher=dispatcher,
        watcher=watcher,
        work=work,
    )


def open_desk(settings: Settings) -> Database:
    """The database with all that belongs to a change: follow-ups and service levels."""
    service = read_service(settings.paths)
    keeper = SlaKeeper(service.engine(), market=settings.brain.market or "", find_tier=find_tier)
    return open_database(settings.database_url, follow_ups=FOLLOW_UPS, keepers=(keeper,))


def build_core(
    settings: Settings,
    *,
    database: Database | None = None,
    hub: Hub | None = None,
    presence: Presence | None = None,
    texts: Catalogue | None = None,
    clock: Clock | None = None,
    triage: Triage | None = None,
    passwords: Passwords | None = None,
    forecast: Forecast | None = None,
) -> tuple[Database, Services]:
    """The database and the use cases on it; the command line uses them without a gateway."""
    hub = hub or Hub()
    database = database or open_desk(settings)
    keeper = next((one for one in database.keepers if isinstance(one, SlaKeeper)), None)
    service = read_service(settings.paths)
    calendar = service.calendar_for(settings.brain.market)
    rules, classifier = read_tickets(settings.paths)
    ports = Ports(
        clock=clock or SystemClock(),
        notices=SafeNotices(
            texts or Catalogue(formality=settings.brand.formality), home_zone=calendar.zone
        ),
        hours=TeamHours(calendar),
        forecast=forecast or FixedForecast(),
        publisher=hub,
        presence=presence or Presence(hub),
        triage=triage or read_triage(service.triage),
        help_lines=read_help_lines(settings),
        tickets=rules,
        classifier=classifier,
        default_language=settings.brand.default_language,
        tiers=service.tiers,
    )
    core = build_services(database, ports, passwords=passwords, sla=keeper, service=service)
    database.add_follow_up(core.routing.requests)
    return database, core


def _build_brain(
    settings: Settings,
    hub: Hub,
    *,
    first: BrainProcess | None,
    command: BrainCommand | None,
    on_trouble: Callable[[StartTrouble], None],
) -> tuple[BrainClient | BrainPool, Watcher]:
    """Gives who answers turns and who watches it: a brain of our own, one elsewhere, or several."""

    def changed() -> None:
        hub.publish(turn_topic("*"))

    def new_client() -> BrainClient:
        turns = settings.turns
        breaker = Breaker(failures_to_open=turns.breaker_failures, pause_s=turns.breaker_pause_s)
        return BrainClient(breaker=breaker, connections=turns.at_once + 2)

    link = settings.brain
    if len(link.urls) > 1 and link.secret is not None:
        pool = make_pool(link.urls, secret=link.secret, new_client=new_client, on_change=changed)
        return pool, pool
    brain = new_client()
    if link.url is not None and link.secret is not None:
        return brain, ProbedBrain(brain, url=link.url, secret=link.secret, on_change=changed)
    paths = settings.paths
    usual = BrainCommand.usual(models=paths.models, kb=paths.kb, logs=paths.logs)
    supervisor = Supervisor(
        brain,
        command=command or usual,
        first=first,
        on_change=changed,
        on_trouble=on_trouble,
    )
    return brain, supervisor


def _shared_counts(bus_url: str | None) -> SharedCounts | None:
    """Where gateways count together; PostgreSQL has better things to do."""
    if bus_url is None or bus_url.startswith("postgresql"):
        return None
    return SharedCounts(bus_url)


async def _keep_running(name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Starts work again that ended by an error; work that simply ends is done."""
    pause_s = RESTART_FIRST_S
    while True:
        try:
            await work()
            return
        except Exception:
            log.exception("background_task_broke", task=name, next_in_s=pause_s)
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, RESTART_LAST_S)


def _report_end(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("background_task_ended", task=task.get_name(), exc_info=task.exception())
