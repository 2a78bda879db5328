"""The use cases in one bundle, made from a database and the ports."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.agents import Agents
from handoff.customers.merges import Merges
from handoff.customers.store import Customers
from handoff.customers.timeline import Timeline
from handoff.desk import Desk
from handoff.inbox import Inbox
from handoff.message_languages import MessageLanguages
from handoff.passwords import Passwords
from handoff.ports import Ports
from handoff.routing.service import Routing, build_routing
from handoff.rules.desk_file import DeskFiles
from handoff.rules.macros import Macros
from handoff.rules.replies import Replies
from handoff.rules.running import RuleRunner
from handoff.rules.store import Rules
from handoff.rules.trials import RuleTrials
from handoff.sla.config import Service, plain_service
from handoff.sla.keeper import SlaKeeper
from handoff.store.engine import Database
from handoff.tickets.classification import Classifier
from handoff.tickets.desk import TicketDesk
from handoff.tickets.history import TicketHistory
from handoff.tickets.indexing import TicketIndexer
from handoff.tickets.links import TicketLinks
from handoff.tickets.merging import TicketMerging
from handoff.tickets.reading import TicketReading
from handoff.tickets.rules import TicketRules
from handoff.tickets.searching import TicketSearch
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
    classifier: Classifier
    ticket_rules: TicketRules
    reading: TicketReading
    indexer: TicketIndexer
    search: TicketSearch
    links: TicketLinks
    merging: TicketMerging
    splitting: TicketSplitting
    relay: ReplyRelay
    customers: Customers
    merges: Merges
    timeline: Timeline
    rules: Rules
    macros: Macros
    replies: Replies
    rule_trials: RuleTrials
    desk_files: DeskFiles
    rule_runner: RuleRunner
    routing: Routing
    sla: SlaKeeper | None = None


def build_services(
    database: Database,
    ports: Ports,
    *,
    passwords: Passwords | None = None,
    sla: SlaKeeper | None = None,
    service: Service | None = None,
) -> Services:
    """Assembles the use cases; touches nothing.

    Args:
        database: Where everything is.
        ports: What is outside.
        passwords: None hashes with full strength.
        sla: The service levels, where `database` has them as a keeper.
        service: The service file; None is always open and leaves tickets to whoever takes them.
    """
    return Services(
        visitors=Visitors(database, ports),
        turns=Turns(database, ports),
        desk=Desk(database, ports),
        agents=Agents(database, ports.clock, passwords),
        inbox=Inbox(database),
        languages=MessageLanguages(database, ports),
        customers=Customers(database, ports),
        merges=Merges(database, ports),
        timeline=Timeline(database),
        rules=Rules(database, ports),
        macros=Macros(database, ports),
        replies=Replies(database, ports),
        rule_trials=RuleTrials(database, ports),
        desk_files=DeskFiles(database, ports),
        rule_runner=RuleRunner(database, ports),
        routing=build_routing(database, ports, service or plain_service()),
        sla=sla,
        tickets=TicketDesk(database, ports),
        timers=TicketTimers(database, ports),
        history=TicketHistory(database),
        classifier=ports.classifier,
        ticket_rules=ports.tickets,
        reading=TicketReading(database),
        indexer=TicketIndexer(database),
        search=TicketSearch(database),
        links=TicketLinks(database, ports),
        merging=TicketMerging(database, ports),
        splitting=TicketSplitting(database, ports),
        relay=ReplyRelay(ports),
    )
