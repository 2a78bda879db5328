"""Carries out the steps of a plan on a locked conversation, in the name of a rule or of an agent.

Only what the plan says is done; the plan has refused already what must not be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from handoff.access import TicketAccess
from handoff.conversation import Refusal, Resolve, decide
from handoff.desk import solve, take_for
from handoff.errors import InvalidTransition
from handoff.model import Author, JsonObject, Person, iso
from handoff.notice_language import notice_language
from handoff.ports import Ports
from handoff.rules.engine import Step
from handoff.rules.facts import Names
from handoff.rules.model import ME, Action, ActionKind
from handoff.rules.replies import count_use
from handoff.store.engine import Transaction
from handoff.store.records import TicketRecord, override_of
from handoff.store.unit import ConversationUnit
from handoff.ticket import REOPEN, Happened, TicketState, decide_state, stored_state
from handoff.tickets.labels import judge_by_hand, set_tags_by_hand
from handoff.transcript import excerpt

_HAPPENED = {
    TicketState.OPEN: (Happened.RESUMED, "ticket_resumed"),
    TicketState.PENDING: (Happened.ASKED_CUSTOMER, "ticket_pending"),
    TicketState.ON_HOLD: (Happened.HELD, "ticket_held"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doer:
    """In whose name something is done.

    Attributes:
        name: Of the rule, or of the agent.
        key: Names this one deed: a reply with the same key is stored once.
        rule_id: None for macros.
        agent: None for rules.
    """

    name: str
    key: str
    rule_id: str | None = None
    agent: Person | None = None

    @property
    def author(self) -> Author:
        """As whom events are written."""
        return Author.SYSTEM if self.agent is None else Author.AGENT

    @property
    def agent_id(self) -> str | None:
        """The agent's id; None for rules."""
        return None if self.agent is None else self.agent.id


class Acting:
    """The steps on one conversation; the caller flushes."""

    def __init__(
        self,
        transaction: Transaction,
        unit: ConversationUnit,
        ports: Ports,
        names: Names,
        doer: Doer,
    ) -> None:
        self._transaction = transaction
        self._unit = unit
        self._ports = ports
        self._names = names
        self._doer = doer
        self._n_replies = 0

    async def do_all(self, steps: Sequence[Step]) -> None:
        """Does every step that changes something."""
        for step in steps:
            if step.changes:
                await self._do(step)

    @property
    def _ticket(self) -> TicketRecord:
        if self._unit.ticket is None:
            raise LookupError("the conversation has no ticket")
        return self._unit.ticket

    async def _do(self, step: Step) -> None:
        action, unit = step.action, self._unit
        match action.kind:
            case ActionKind.SET_PRIORITY:
                self._set_priority(action)
            case ActionKind.ADD_TAG:
                await self._set_tags({*self._ticket.tags, action.value})
            case ActionKind.REMOVE_TAG:
                await self._set_tags({*self._ticket.tags} - {action.value})
            case ActionKind.SET_CATEGORY:
                judge_by_hand(unit, "category", action.value)
            case ActionKind.SET_TEAM:
                unit.change_ticket(team_id=self._names.team_id(action.value))
            case ActionKind.ASSIGN:
                self._assign(action)
            case ActionKind.NOTIFY:
                unit.notify_inbox(
                    "notification",
                    {"to": action.value, "text": action.text, "by": self._doer.name},
                )
            case ActionKind.ADD_NOTE:
                self._append("note", action.value, agents_only=True)
                unit.notify_inbox("note", {"seq": unit.record.last_seq})
            case ActionKind.REPLY:
                await self._reply(step)
            case ActionKind.SET_STATE:
                self._set_state(TicketState(action.value))
            case ActionKind.WEBHOOK:
                pass  # sent by the caller, with the ticket as it is in the end
            case _:  # pragma: no cover
                assert_never(action.kind)

    def _set_priority(self, action: Action) -> None:
        ticket, level = self._ticket, int(action.value)
        earlier = override_of(ticket.override)
        assessed = min(earlier.assessed, ticket.priority) if earlier else ticket.priority
        override: JsonObject = {
            "level": level,
            "reason": action.text,
            "agent_id": self._doer.agent_id or "",
            "agent_name": self._doer.name,
            "at": iso(self._unit.now),
            "assessed": assessed,
        }
        if self._doer.rule_id is not None:
            # A rule's choice may be changed by rules; a person's may not.
            override["rule_id"] = self._doer.rule_id
        change: JsonObject = {"from": ticket.priority, "to": level}
        self._unit.change_ticket(priority=level, override=override)
        payload: JsonObject = {**change, "reason": action.text, "triage_level": assessed}
        self._append("priority", "", payload=payload, agents_only=True)
        self._unit.notify_inbox("priority_changed", change)

    async def _set_tags(self, wanted: set[str]) -> None:
        await set_tags_by_hand(self._unit, wanted, actor_id=self._doer.agent_id)

    def _assign(self, action: Action) -> None:
        agent = self._doer.agent
        if agent is not None and action.value in (ME, self._names.agent_of.get(agent.id)):
            take_for(self._access(agent), self._ports, force=False)
            return
        agent_id = self._names.agent_id(action.value)
        self._unit.change_ticket(
            assignee_id=agent_id,
            assignee_name=self._names.name_of[agent_id],
            assigned_by="agent" if agent is not None else "rule",
        )
        self._unit.notify_inbox("ticket_assigned", {"agent_id": agent_id, "by": self._doer.name})

    def _access(self, agent: Person) -> TicketAccess:
        """The ticket as it is now, for what agents do by hand as well."""
        return TicketAccess(unit=self._unit, ticket=self._ticket, agent=agent)

    async def _reply(self, step: Step) -> None:
        unit, text = self._unit, str(step.detail["text"])
        self._n_replies += 1
        self._append(
            "message",
            text,
            language=str(step.detail["language"]),
            client_id=f"{self._doer.key}-{self._n_replies}",
        )
        values: dict[str, object] = {"last_message": excerpt(text)}
        if self._doer.agent is not None:
            values |= {
                "state": self._after(Happened.AGENT_REPLIED),
                "waiting_since": None,
                "first_reply_at": self._ticket.first_reply_at or unit.now,
            }
            unit.notify_inbox("agent_reply", {"seq": unit.record.last_seq})
        unit.change_ticket(**values)
        await count_use(self._transaction, step.action.value)

    def _set_state(self, state: TicketState) -> None:
        if state is TicketState.SOLVED:
            self._solve()
            return
        before = self._ticket.stands
        happened, kind = _HAPPENED[state]
        values: dict[str, object] = {}
        if state is TicketState.PENDING:
            values["waiting_since"] = None
        if state is TicketState.ON_HOLD:
            values["hold"] = {
                "reason": self._doer.name,
                "until": None,
                "by": self._doer.name,
                "since": iso(self._unit.now),
            }
        self._unit.change_ticket(state=self._after(happened), **values)
        payload: JsonObject = {"from": before.value, "to": state.value}
        self._append("state", "", payload=payload, agents_only=True)
        self._unit.notify_inbox(kind, {"by": self._doer.name})

    def _solve(self) -> None:
        unit, ports, agent = self._unit, self._ports, self._doer.agent
        if agent is not None:
            solve(self._access(agent), ports)
            return
        state = decide(unit.record.state, Resolve(agent_id=""))
        if isinstance(state, Refusal):
            raise InvalidTransition(act="resolve", state=unit.record.owner)
        unit.move_to(state)
        unit.change(answered_seq=unit.record.last_seq)
        unit.change_ticket(
            state=self._after(Happened.RESOLVED), waiting_since=None, resolved_at=unit.now
        )
        language, number = notice_language(unit, ports), self._ticket.ref.number
        unit.append(
            "resolved",
            Author.SYSTEM,
            ports.notices.notice("resolved", language, number=number),
            language=language,
            payload={
                "ticket_number": number,
                "buttons": [
                    {
                        "title": ports.notices.notice("not-solved", language),
                        "choice": {"kind": REOPEN, "value": number},
                    }
                ],
                "reopen_until": iso(unit.now + ports.tickets.reopen_within),
            },
            internal={"by": self._doer.name},
        )
        unit.notify_inbox("resolved", {"agent_id": None, "by": self._doer.name})

    def _after(self, happened: Happened) -> str:
        state = decide_state(self._ticket.stands, happened)
        if state is None:
            raise InvalidTransition(act=happened.value, state=self._ticket.stands.value)
        return stored_state(state)[0]

    def _append(
        self,
        kind: str,
        text: str,
        *,
        agents_only: bool = False,
        language: str | None = None,
        client_id: str | None = None,
        payload: JsonObject | None = None,
    ) -> None:
        self._unit.append(
            kind,
            self._doer.author,
            text,
            author_id=self._doer.agent_id,
            # Visitors read no names of rules.
            author_name=self._doer.name if agents_only or self._doer.agent else None,
            client_id=client_id,
            language=language,
            payload=payload,
            agents_only=agents_only,
        )
