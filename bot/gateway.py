"""The parts that routes and streams share, assembled by `bot.wiring`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bot.api.paging import Cursors
from bot.api.rates import RateLimits
from bot.api.tokens import TokenSigner
from bot.depths import DepthGauge
from bot.forecast import Outlook
from bot.metrics import Metrics
from bot.realtime.conversation_stream import Tempo
from bot.realtime.hub import Hub
from bot.realtime.presence import Presence
from bot.settings import Settings
from bot.texts import Catalogue
from handoff.ports import Clock
from handoff.service import Services
from handoff.store.engine import Database
from handoff.tokens.store import ApiTokens
from handoff.webhooks.store import Webhooks
from handoff.work.desk import JobDesk
from kb_index.articles import ArticleStore


class BrainReport(Protocol):
    """Says how the brain is, for `/readyz`."""

    def report(self) -> Mapping[str, Any]:
        """Condition and numbers, without secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """One process's services."""

    settings: Settings
    core: Services
    database: Database
    outlook: Outlook
    articles: ArticleStore
    hub: Hub
    presence: Presence
    signer: TokenSigner
    cursors: Cursors
    tokens: ApiTokens
    clock: Clock
    rates: RateLimits
    texts: Catalogue
    brain: BrainReport
    jobs: JobDesk
    webhooks: Webhooks
    # Whether waiting messages are being brought to the brain.
    is_dispatching: Callable[[], bool]
    tempo: Tempo
    metrics: Metrics
    depths: DepthGauge
