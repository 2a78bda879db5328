"""The use cases of queues and routing in one bundle."""

from __future__ import annotations

from dataclasses import dataclass

from handoff.ports import Ports
from handoff.routing.assigning import Assigning
from handoff.routing.attendance import Attendance
from handoff.routing.queues import Queues
from handoff.routing.requests import QueueRequests
from handoff.routing.returning import Returning
from handoff.routing.router import Router
from handoff.routing.staffing import Staffing
from handoff.routing.whys import Whys
from handoff.sla.config import Service
from handoff.store.engine import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """What gateways, workers and the command line call.

    `requests` is the follow-up that the database must know.
    """

    service: Service
    staffing: Staffing
    queues: Queues
    attendance: Attendance
    router: Router
    whys: Whys
    returning: Returning
    assigning: Assigning
    requests: QueueRequests


def build_routing(database: Database, ports: Ports, service: Service) -> Routing:
    """Assembles them; touches nothing."""
    attendance = Attendance(
        database, service.routing, now=ports.shared_now, publisher=ports.publisher
    )
    return Routing(
        service=service,
        queues=Queues(database, ports, service),
        staffing=Staffing(database, ports, service),
        attendance=attendance,
        router=Router(database, ports, service, attendance),
        whys=Whys(database, service.routing),
        returning=Returning(database, ports, service.routing),
        assigning=Assigning(database, ports),
        requests=QueueRequests(service.routing),
    )
