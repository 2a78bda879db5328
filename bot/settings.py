"""What an operator can configure: frozen settings built from a mapping of `BABELDESK_*` keys.

Every fault is found before any is reported, each with its key, its value and the expected form.
Secrets never appear in `repr` or in a fault. Reading the process environment happens in one
function, `load_settings`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Final, Literal, TypeVar, cast
from urllib.parse import urlsplit

from bot.errors import Fault, SettingsError
from nlu.languages import primary_code

PREFIX: Final = "BABELDESK_"
ENGLISH: Final = "en"
ALL_LANGUAGES: Final = ("en", "el", "tr", "de", "es", "fr", "it", "pt", "nl", "pl", "ru", "ar")

_RATE = re.compile(r"^(\d{1,6})\s*/\s*(\d{1,5})\s*s$")
_T = TypeVar("_T")

Formality = Literal["formal", "informal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most `count` calls in any window of `seconds`."""

    count: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PathSettings:
    """Folders and files. `home` holds everything that must survive a restart."""

    home: Path
    models: Path
    kb: Path
    content: Path
    service: Path
    help_lines: Path
    categories: Path

    @property
    def secret_key(self) -> Path:
        """The key that signs visitor tokens; created at the first start."""
        return self.home / "secret.key"

    @property
    def run_lock(self) -> Path:
        """Held by the one supervisor of this home."""
        return self.home / "run.lock"

    @property
    def logs(self) -> Path:
        """Where child processes write their own output."""
        return self.home / "logs"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Address, origins and sizes of the gateway."""

    host: str
    port: int
    public_url: str | None
    origins: tuple[str, ...]
    trusted_proxies: str
    body_bytes: int
    cookie_secure: bool
    metrics_token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSettings:
    """Rates and open streams per caller (429 when passed) and for the whole process (503)."""

    messages_per_visitor: Rate
    messages_per_address: Rate
    sessions_per_address: Rate
    logins_per_address: Rate
    reads_per_visitor: Rate
    calls_per_token: Rate
    streams_per_visitor: int
    streams_per_address: int
    streams_at_once: int
    requests_at_once: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnSettings:
    """How long a visitor waits before a person gets the conversation. Times in seconds."""

    try_limit_s: float
    answer_within_s: float
    tries: int
    at_once: int
    breaker_failures: int
    breaker_pause_s: float

    @property
    def lease_s(self) -> float:
        """A little longer than one try, so that a killed gateway's turn is picked up soon."""
        return self.try_limit_s + 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandSettings:
    """What visitors see of the shop."""

    name: str
    languages: tuple[str, ...]
    default_language: str
    formality: Formality
    opening_hours: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrainLink:
    """Where brains answer; without `urls` the supervisor starts one of its own."""

    urls: tuple[str, ...]
    secret: str | None = field(repr=False)
    encoder: str | None
    market: str | None

    @property
    def url(self) -> str | None:
        """The first of `urls`."""
        return self.urls[0] if self.urls else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """Form and level of the log."""

    form: Literal["console", "json"]
    level: Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSettings:
    """Background jobs and how long things are kept; 0 days of conversations is for ever."""

    jobs_at_once: int
    keep_jobs_days: int
    keep_inbox_days: int
    keep_conversations_days: int
    webhook_private: tuple[IPv4Network | IPv6Network, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything, each part for its own reader."""

    paths: PathSettings
    database_url: str = field(repr=False)
    bus_url: str | None = field(repr=False)
    web: WebSettings
    rates: RateSettings
    turns: TurnSettings
    brand: BrandSettings
    brain: BrainLink
    work: WorkSettings
    log: LogSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One documented setting: its name, default and expected form."""

    name: str
    default: str
    form: str
    secret: bool = False


KEYS: Final[tuple[Key, ...]] = (
    Key(name="BABELDESK_HOME", default="var", form="a folder that can be written"),
    Key(name="BABELDESK_MODELS_DIR", default="models", form="a folder of trained Rasa models"),
    Key(name="BABELDESK_KB_DIR", default="<home>/kb", form="a folder for knowledge-base snapshots"),
    Key(name="BABELDESK_CONTENT_DIR", default="data/kb", form="a folder of articles in Markdown"),
    Key(
        name="BABELDESK_DATABASE_URL",
        default="sqlite+aiosqlite:///<home>/babeldesk.db",
        form="sqlite+aiosqlite:///path or postgresql+asyncpg://user:password@host/name",
        secret=True,
    ),
    Key(name="BABELDESK_HOST", default="127.0.0.1", form="an address to listen on"),
    Key(name="BABELDESK_PORT", default="8080", form="a whole number from 0 to 65535"),
    Key(name="BABELDESK_PUBLIC_URL", default="", form="http(s)://host, without a path"),
    Key(name="BABELDESK_ORIGINS", default="", form="http(s)://host, separated by commas, or *"),
    Key(name="BABELDESK_TRUSTED_PROXIES", default="", form="addresses separated by commas, or *"),
    Key(name="BABELDESK_BODY_BYTES", default="65536", form="a whole number from 1024 to 10485760"),
    Key(name="BABELDESK_RATE_VISITOR", default="20/10s", form="count/seconds, such as 20/10s"),
    Key(name="BABELDESK_RATE_ADDRESS", default="200/10s", form="count/seconds, such as 200/10s"),
    Key(name="BABELDESK_RATE_SESSIONS", default="120/60s", form="count/seconds, such as 120/60s"),
    Key(name="BABELDESK_RATE_LOGIN", default="20/300s", form="count/seconds, such as 20/300s"),
    Key(name="BABELDESK_RATE_TOKEN", default="600/60s", form="count/seconds, such as 600/60s"),
    Key(name="BABELDESK_RATE_READS", default="60/10s", form="count/seconds, such as 60/10s"),
    Key(name="BABELDESK_STREAMS_VISITOR", default="8", form="a whole number from 1 to 1000"),
    Key(name="BABELDESK_STREAMS_ADDRESS", default="200", form="a whole number from 1 to 100000"),
    Key(name="BABELDESK_STREAMS_AT_ONCE", default="10000", form="a whole number from 1 to 1000000"),
    Key(name="BABELDESK_REQUESTS_AT_ONCE", default="256", form="a whole number from 1 to 100000"),
    Key(name="BABELDESK_METRICS_TOKEN", default="", form="at least 16 characters", secret=True),
    Key(name="BABELDESK_TURN_TIMEOUT_S", default="8", form="seconds from 0.05 to 60"),
    Key(name="BABELDESK_ANSWER_WITHIN_S", default="20", form="seconds from 0.1 to 300"),
    Key(name="BABELDESK_TURNS_AT_ONCE", default="8", form="a whole number from 1 to 256"),
    Key(name="BABELDESK_BREAKER_FAILURES", default="5", form="a whole number from 1 to 100"),
    Key(name="BABELDESK_BREAKER_PAUSE_S", default="5", form="seconds from 0.05 to 300"),
    Key(name="BABELDESK_BRAND", default="Meltemi", form="a name of 1 to 80 characters"),
    Key(
        name="BABELDESK_LANGUAGES",
        default=",".join(ALL_LANGUAGES),
        form="known language tags, separated by commas",
    ),
    Key(name="BABELDESK_DEFAULT_LANGUAGE", default=ENGLISH, form="one of BABELDESK_LANGUAGES"),
    Key(name="BABELDESK_FORMALITY", default="formal", form="formal or informal"),
    Key(
        name="BABELDESK_OPENING_HOURS",
        default="",
        form="free text, or - for unknown; what BABELDESK_SERVICE_FILE says when left out",
    ),
    Key(name="BABELDESK_SERVICE_FILE", default="data/service.yml", form="a path"),
    Key(name="BABELDESK_HELP_LINES_FILE", default="data/help_lines.yml", form="a path"),
    Key(name="BABELDESK_CATEGORIES", default="data/categories", form="a folder"),
    Key(
        name="BABELDESK_BRAIN_URL",
        default="",
        form="http(s)://host:port of brains that already run, separated by commas",
    ),
    Key(name="BABELDESK_BRAIN_SECRET", default="", form="at least 16 characters", secret=True),
    Key(name="BABELDESK_ENCODER", default="", form="a SentenceTransformer name or folder"),
    Key(name="BABELDESK_MARKET", default="", form="a market code such as EU"),
    Key(
        name="BABELDESK_BUS",
        default="auto",
        form="auto, none, postgresql, or a redis:// address",
        secret=True,
    ),
    Key(name="BABELDESK_JOBS_AT_ONCE", default="8", form="a whole number from 0 to 256"),
    Key(name="BABELDESK_KEEP_JOBS_DAYS", default="7", form="a whole number from 1 to 3650"),
    Key(name="BABELDESK_KEEP_INBOX_DAYS", default="90", form="a whole number from 2 to 3650"),
    Key(
        name="BABELDESK_KEEP_CONVERSATIONS_DAYS",
        default="0",
        form="a whole number from 0 to 36500; 0 keeps them for ever",
    ),
    Key(
        name="BABELDESK_WEBHOOK_PRIVATE",
        default="",
        form="networks such as 10.1.0.0/16, separated by commas",
    ),
    Key(name="BABELDESK_LOG_FORMAT", default="console", form="console or json"),
    Key(name="BABELDESK_LOG_LEVEL", default="info", form="debug, info, warning or error"),
)
_KEYS: Final = {key.name: key for key in KEYS}
# Read by the brain process and by tests, documented elsewhere: not ours, and no misspelling either.
_FOREIGN: Final = frozenset({"BABELDESK_TEST_POSTGRES_URL"})


def load_settings(*, overrides: Mapping[str, str] | None = None) -> Settings:
    """Reads the settings from the environment; the command line's options go before it.

    Raises:
        SettingsError: With every fault that was found.
    """
    return build_settings({**os.environ, **(overrides or {})})


def settings_given() -> dict[str, str]:
    """Our keys that are set in the environment, secrets hidden; for a back-up's notes."""
    return {
        key.name: "(hidden)" if key.secret else os.environ[key.name]
        for key in KEYS
        if key.name in os.environ
    }


def child_environment(**extra: str) -> dict[str, str]:
    """The environment for a child process: this process's own, with additions."""
    # One thread of linear algebra each, unless the operator says otherwise: several threads that
    # wait for each other on a busy small machine take many times as long as one.
    return {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        **os.environ,
        "RASA_TELEMETRY_ENABLED": "false",
        **extra,
    }


def build_settings(values: Mapping[str, str]) -> Settings:
    """Builds settings from a mapping; keys without our prefix are ignored.

    Raises:
        SettingsError: With every fault that was found.
    """
    reader = _Reader(values)
    home = Path(reader.text("BABELDESK_HOME"))
    kb = values.get("BABELDESK_KB_DIR", "").strip()
    languages = reader.languages("BABELDESK_LANGUAGES")
    default_text = reader.text("BABELDESK_DEFAULT_LANGUAGE")
    default_language = primary_code(default_text) or default_text
    if languages and default_language not in languages:
        reader.fault("BABELDESK_DEFAULT_LANGUAGE")
    brain_urls = reader.origins("BABELDESK_BRAIN_URL")
    if brain_urls == ("*",):
        reader.fault("BABELDESK_BRAIN_URL")
    secret = reader.secret("BABELDESK_BRAIN_SECRET", shortest=16)
    if brain_urls and not secret:
        reader.fault(
            "BABELDESK_BRAIN_SECRET",
            form="at least 16 characters, because BABELDESK_BRAIN_URL is set",
        )
    reader.unknown_keys()
    settings = Settings(
        paths=PathSettings(
            home=home,
            models=Path(reader.text("BABELDESK_MODELS_DIR")),
            kb=Path(kb) if kb else home / "kb",
            content=Path(reader.text("BABELDESK_CONTENT_DIR")),
            service=Path(reader.text("BABELDESK_SERVICE_FILE")),
            help_lines=Path(reader.text("BABELDESK_HELP_LINES_FILE")),
            categories=Path(reader.text("BABELDESK_CATEGORIES")),
        ),
        database_url=reader.database_url("BABELDESK_DATABASE_URL", home=home),
        bus_url=reader.bus_url("BABELDESK_BUS", database=values.get("BABELDESK_DATABASE_URL", "")),
        web=WebSettings(
            host=reader.text("BABELDESK_HOST"),
            port=reader.whole("BABELDESK_PORT", low=0, high=65535),
            public_url=reader.url("BABELDESK_PUBLIC_URL"),
            origins=reader.origins("BABELDESK_ORIGINS"),
            trusted_proxies=reader.text("BABELDESK_TRUSTED_PROXIES"),
            body_bytes=reader.whole("BABELDESK_BODY_BYTES", low=1024, high=10 * 1024 * 1024),
            cookie_secure=(values.get("BABELDESK_PUBLIC_URL", "").startswith("https://")),
            metrics_token=reader.secret("BABELDESK_METRICS_TOKEN", shortest=16),
        ),
        rates=RateSettings(
            messages_per_visitor=reader.rate("BABELDESK_RATE_VISITOR"),
            messages_per_address=reader.rate("BABELDESK_RATE_ADDRESS"),
            sessions_per_address=reader.rate("BABELDESK_RATE_SESSIONS"),
            logins_per_address=reader.rate("BABELDESK_RATE_LOGIN"),
            reads_per_visitor=reader.rate("BABELDESK_RATE_READS"),
            calls_per_token=reader.rate("BABELDESK_RATE_TOKEN"),
            streams_per_visitor=reader.whole("BABELDESK_STREAMS_VISITOR", low=1, high=1000),
            streams_per_address=reader.whole("BABELDESK_STREAMS_ADDRESS", low=1, high=100_000),
            streams_at_once=reader.whole("BABELDESK_STREAMS_AT_ONCE", low=1, high=1_000_000),
            requests_at_once=reader.whole("BABELDESK_REQUESTS_AT_ONCE", low=1, high=100_000),
        ),
        turns=TurnSettings(
            try_limit_s=reader.seconds("BABELDESK_TURN_TIMEOUT_S", low=0.05, high=60),
            answer_within_s=reader.seconds("BABELDESK_ANSWER_WITHIN_S", low=0.1, high=300),
            tries=2,
            at_once=reader.whole("BABELDESK_TURNS_AT_ONCE", low=1, high=256),
            breaker_failures=reader.whole("BABELDESK_BREAKER_FAILURES", low=1, high=100),
            breaker_pause_s=reader.seconds("BABELDESK_BREAKER_PAUSE_S", low=0.05, high=300),
        ),
        brand=BrandSettings(
            name=reader.short_text("BABELDESK_BRAND", longest=80),
            languages=languages,
            default_language=default_language,
            formality=cast(Formality, reader.choice("BABELDESK_FORMALITY", ("formal", "informal"))),
            opening_hours=reader.text("BABELDESK_OPENING_HOURS") or None,
        ),
        brain=BrainLink(
            urls=brain_urls,
            secret=secret,
            encoder=_none_if(reader.text("BABELDESK_ENCODER"), ""),
            market=_none_if(reader.text("BABELDESK_MARKET"), ""),
        ),
        work=WorkSettings(
            jobs_at_once=reader.whole("BABELDESK_JOBS_AT_ONCE", low=0, high=256),
            keep_jobs_days=reader.whole("BABELDESK_KEEP_JOBS_DAYS", low=1, high=3650),
            # Longer than a console's session: whoever is signed in can always catch up.
            keep_inbox_days=reader.whole("BABELDESK_KEEP_INBOX_DAYS", low=2, high=3650),
            keep_conversations_days=reader.whole(
                "BABELDESK_KEEP_CONVERSATIONS_DAYS", low=0, high=36500
            ),
            webhook_private=reader.networks("BABELDESK_WEBHOOK_PRIVATE"),
        ),
        log=LogSettings(
            form=cast(
                Literal["console", "json"],
                reader.choice("BABELDESK_LOG_FORMAT", ("console", "json")),
            ),
            level=cast(
                Literal["debug", "info", "warning", "error"],
                reader.choice("BABELDESK_LOG_LEVEL", ("debug", "info", "warning", "error")),
            ),
        ),
    )
    reader.raise_faults()
    return settings


class _Reader:
    """Reads values one by one and collects the faults; a faulty value reads as a harmless one."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self._faults: dict[str, Fault] = {}

    def fault(self, name: str, *, form: str | None = None) -> None:
        key = _KEYS[name]
        value = "(hidden)" if key.secret else self._values.get(name, key.default)
        self._faults.setdefault(name, Fault(key=name, value=value, expected=form or key.form))

    def raise_faults(self) -> None:
        if self._faults:
            raise SettingsError(tuple(self._faults.values()))

    def unknown_keys(self) -> None:
        for name in sorted(self._values):
            if name.startswith(PREFIX) and name not in _KEYS and name not in _FOREIGN:
                self._faults[name] = Fault(
                    key=name, value="(not read)", expected="a known key; is it misspelt?"
                )

    def text(self, name: str) -> str:
        return self._values.get(name, "").strip() or _KEYS[name].default

    def short_text(self, name: str, *, longest: int) -> str:
        value = self.text(name)
        if len(value) > longest:
            self.fault(name)
        return value

    def secret(self, name: str, *, shortest: int) -> str | None:
        value = self._values.get(name, "").strip()
        if value and len(value) < shortest:
            self.fault(name)
        return value or None

    def whole(self, name: str, *, low: int, high: int) -> int:
        return self._number(name, int, low, high)

    def seconds(self, name: str, *, low: float, high: float) -> float:
        return self._number(name, float, low, high)

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        value = self.text(name)
        if value not in choices:
            self.fault(name)
        return value

    def rate(self, name: str) -> Rate:
        found = _RATE.match(self.text(name))
        if found is None or int(found[1]) == 0 or int(found[2]) == 0:
            self.fault(name)
            return Rate(count=1, seconds=1)
        return Rate(count=int(found[1]), seconds=int(found[2]))

    def languages(self, name: str) -> tuple[str, ...]:
        parts = [part.strip() for part in self.text(name).split(",") if part.strip()]
        wanted = tuple(dict.fromkeys(primary_code(part) or part for part in parts))
        if not wanted or any(language not in ALL_LANGUAGES for language in wanted):
            self.fault(name)
        return wanted

    def url(self, name: str) -> str | None:
        value = self._values.get(name, "").strip().rstrip("/")
        if value and not _is_origin(value):
            self.fault(name)
        return value or None

    def origins(self, name: str) -> tuple[str, ...]:
        value = self._values.get(name, "").strip()
        if value == "*":
            return ("*",)
        found = tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
        if not all(_is_origin(origin) for origin in found):
            self.fault(name)
        return found

    def networks(self, name: str) -> tuple[IPv4Network | IPv6Network, ...]:
        parts = self._values.get(name, "").split(",")
        try:
            return tuple(ip_network(part.strip()) for part in parts if part.strip())
        except ValueError:
            self.fault(name)
            return ()

    def database_url(self, name: str, *, home: Path) -> str:
        value = self._values.get(name, "").strip()
        if not value:
            return f"sqlite+aiosqlite:///{(home / 'babeldesk.db').absolute()}"
        if not value.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")):
            self.fault(name)
        return value

    def bus_url(self, name: str, *, database: str) -> str | None:
        """Where hints go: None for nowhere, else an address of PostgreSQL or Redis."""
        value = self.text(name)
        if value.startswith(("redis://", "rediss://", "unix://")):
            return value
        is_postgres = database.strip().startswith("postgresql+asyncpg://")
        if value not in ("auto", "none", "postgresql") or (
            value == "postgresql" and not is_postgres
        ):
            self.fault(name)
        return database.strip() if is_postgres and value != "none" else None

    def _number(self, name: str, kind: Callable[[str], _T], low: float, high: float) -> _T:
        try:
            value = kind(self.text(name))
        except ValueError:
            self.fault(name)
            return kind(str(int(high)))
        if not low <= cast(float, value) <= high:
            self.fault(name)
        return value


def _is_origin(value: str) -> bool:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and not (parts.path or parts.query or parts.fragment)
    )


def _none_if(value: str, nothing: str) -> str | None:
    return None if value == nothing else value
