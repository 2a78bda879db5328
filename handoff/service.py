"""The use cases in one bundle, made from a database and the ports."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.agents import Agents
from handoff.desk import Desk
from handoff.inbox import Inbox
from handoff.message_languages import MessageLanguages
from handoff.passwords import Passwords
from handoff.ports import Ports
from handoff.store.engine import Database
from handoff.tickets.desk import TicketDesk
from handoff.tickets.history import TicketHistory
from handoff.tickets.links import TicketLinks
from handoff.tickets.merging import TicketMerging
from handoff.tickets.splitting import ReplyRelay, TicketSplitting
from handoff.tickets.timers import TicketTimers
from handoff.turns import Turns
from handoff.visitors import Visitors


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that the gateway calls."""

    visitors: Visitors
    turns: Turns
    desk: Desk
    agents: Agents
    inbox: Inbox
    languages: MessageLanguages
    tickets: TicketDesk
    timers: TicketTimers
    history: TicketHistory
    links: TicketLinks
    merging: TicketMerging
    splitting: TicketSplitting
    relay: ReplyRelay


def build_services(
    database: Database, ports: Ports, *, passwords: Passwords | None = None
) -> Services:
    """Assembles the use cases; touches nothing. `passwords` None hashes with full strength."""
    return Services(
        visitors=Visitors(database, ports),
        turns=Turns(database, ports),
        desk=Desk(database, ports),
        agents=Agents(database, ports.clock, passwords),
        inbox=Inbox(database),
        languages=MessageLanguages(database, ports),
        tickets=TicketDesk(database, ports),
        timers=TicketTimers(database, ports),
        history=TicketHistory(database),
        links=TicketLinks(database, ports),
        merging=TicketMerging(database, ports),
        splitting=TicketSplitting(database, ports),
        relay=ReplyRelay(ports),
    )
