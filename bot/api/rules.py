"""Rules over HTTP: kept in order, tried on tickets, and what they have done."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from bot.api.bodies import CHANGE_ERRORS, READ_ERRORS, WRITE_ERRORS
from bot.api.paging import Cursor, Limit, Page, page_of
from bot.api.rule_bodies import (
    FiringRecordView,
    OrderBody,
    RuleBody,
    RuleChangeBody,
    RulesView,
    RuleView,
    TrialBody,
    TrialsView,
)
from bot.api.staff import StaffDoor
from bot.api.versions import IfMatch, IfNoneMatch, expected_versions, tagged
from bot.gateway import Gateway
from handoff.errors import TicketNotFound
from handoff.rules.store import FiringRecord
from handoff.ticket import parse_number

READ, WRITE, TICKETS = "rules:read", "rules:write", "tickets:read"


def rule_router(gateway: Gateway) -> APIRouter:
    """Routes under `/api/v1/rules`."""
    router = APIRouter(prefix="/api/v1/rules", tags=["rules"])
    door, rules, trials = StaffDoor(gateway), gateway.core.rules, gateway.core.rule_trials

    @router.get("", responses=READ_ERRORS)
    async def list_rules(request: Request) -> RulesView:
        """Gives all rules in the order in which they are looked at."""
        await door.reading(request, READ)
        return RulesView.model_validate({"rules": [one.as_json() for one in await rules.list()]})

    @router.post("", status_code=201, response_model=RuleView, responses=WRITE_ERRORS)
    async def create_rule(request: Request, body: RuleBody) -> Response:
        """Adds a rule behind all others; 422 `rule_invalid` names the place of a mistake."""
        staff = await door.writing(request, WRITE)
        made = await rules.create(body.data(), actor_id=staff.user.id)
        return tagged(request, made.rule.version, made.as_json(), status=201)

    @router.post("/order", responses=WRITE_ERRORS)
    async def order_rules(request: Request, body: OrderBody) -> RulesView:
        """Puts the rules into this order; every rule must be named once."""
        staff = await door.writing(request, WRITE)
        found = await rules.order(body.ids, actor_id=staff.user.id)
        return RulesView.model_validate({"rules": [one.as_json() for one in found]})

    @router.post("/dry_run", responses=WRITE_ERRORS)
    async def try_rules(request: Request, body: TrialBody) -> TrialsView:
        """Says what rules, or a draft of one, would do to tickets now; changes nothing.

        It shows texts for visitors, hence the scope `tickets:read`.
        """
        await door.writing(request, TICKETS)
        found = await trials.try_out(
            events=body.events,
            number=body.ticket,
            last=body.last,
            draft=None if body.rule is None else body.rule.data(),
        )
        return TrialsView.model_validate({"trials": [trial.as_json() for trial in found]})

    @router.get("/firings", responses=READ_ERRORS)
    async def list_firings(
        request: Request,
        response: Response,
        rule_id: Annotated[str | None, Query(max_length=26)] = None,
        ticket: Annotated[str | None, Query(max_length=30)] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> Page[FiringRecordView]:
        """Gives what rules did to tickets, newest first."""
        await door.reading(request, TICKETS)
        number = None if ticket is None else parse_number(ticket)
        if ticket is not None and (number is None or number >= 2**31):
            raise TicketNotFound(ticket)
        listed = f"firings.{rule_id or ''}.{number or ''}"
        after = gateway.cursors.read(cursor, of=listed)
        found = await rules.firings(
            rule_id=rule_id,
            ticket_number=number,
            before=None if after is None else str(after[0]),
            limit=limit + 1,
        )
        return Page[FiringRecordView].model_validate(
            page_of(
                found,
                limit,
                request,
                response,
                gateway.cursors,
                of=listed,
                keys=lambda firing: (firing.id,),
                view=FiringRecord.as_json,
            )
        )

    @router.get("/{rule_id}", response_model=RuleView, responses=READ_ERRORS)
    async def get_rule(rule_id: str, request: Request, _tag: IfNoneMatch = None) -> Response:
        """Gives one rule."""
        await door.reading(request, READ)
        found = await rules.get(rule_id)
        return tagged(request, found.rule.version, found.as_json())

    @router.patch("/{rule_id}", response_model=RuleView, responses=CHANGE_ERRORS)
    async def change_rule(
        rule_id: str, request: Request, body: RuleChangeBody, _tag: IfMatch = None
    ) -> Response:
        """Changes a rule, or switches it on and off."""
        staff = await door.writing(request, WRITE)
        changed = await rules.change(
            rule_id, body.data(), actor_id=staff.user.id, expected=expected_versions(request)
        )
        return tagged(request, changed.rule.version, changed.as_json())

    @router.delete("/{rule_id}", status_code=204, responses=CHANGE_ERRORS)
    async def remove_rule(rule_id: str, request: Request, _tag: IfMatch = None) -> Response:
        """Deletes a rule; what it did stays in the tickets' histories."""
        staff = await door.writing(request, WRITE)
        await rules.remove(rule_id, actor_id=staff.user.id, expected=expected_versions(request))
        return Response(status_code=204)

    return router
