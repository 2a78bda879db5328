"""Decides what rules and macros do to a ticket: conditions and actions in, a plan out. Pure.

A plan is what a dry run shows and what a real run carries out; there is no second opinion. It ends:
each rule fires at most once in a chain, changes made by rules only wake rules that have not fired,
and a chain has a bounded depth and budget.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from handoff.conversation import Owner
from handoff.model import Json, JsonObject
from handoff.rules.conditions import holds
from handoff.rules.model import ME, Action, ActionKind, Rule, TicketFacts, Trigger
from handoff.rules.templates import Filled, Missing, fill
from handoff.ticket import TicketState

DEEPEST_CHAIN: Final = 5
# Beyond this, what looks like a rule is a machine gone wild.
ACTIONS_AN_HOUR: Final = 60

# While these hold, an action makes no sense on a ticket that is done.
_ONLY_ACTIVE: Final = frozenset(
    {ActionKind.SET_PRIORITY, ActionKind.ASSIGN, ActionKind.SET_TEAM, ActionKind.ADD_NOTE}
)
_REACHABLE: Final[Mapping[TicketState, frozenset[TicketState]]] = {
    TicketState.PENDING: frozenset({TicketState.NEW, TicketState.OPEN, TicketState.ON_HOLD}),
    TicketState.ON_HOLD: frozenset({TicketState.NEW, TicketState.OPEN, TicketState.PENDING}),
    TicketState.OPEN: frozenset({TicketState.NEW, TicketState.PENDING, TicketState.ON_HOLD}),
    TicketState.SOLVED: frozenset(
        {TicketState.NEW, TicketState.OPEN, TicketState.PENDING, TicketState.ON_HOLD}
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What actions may refer to, as it is now.

    Attributes:
        teams, agents, webhooks: Names of teams, e-mails of active agents, ids of active receivers.
        replies: Shortcut -> language -> text.
        values: Variables of canned replies.
        languages: Of the visitor, the best first, with the fallbacks behind.
        missing: Required fields of the ticket that have no value.
        actor: E-mail of the agent who applies a macro; None for rules.
    """

    teams: Collection[str] = ()
    agents: Collection[str] = ()
    webhooks: Collection[str] = ()
    replies: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    values: Mapping[str, str | None] = field(default_factory=dict)
    languages: Sequence[str] = ()
    missing: Sequence[str] = ()
    actor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One action and what it comes to.

    Attributes:
        changes: Whether there is something to do.
        refused: Why not, such as `somebody_talks`; None if it is possible.
        detail: Before and after, or the text that is sent.
    """

    action: Action
    changes: bool
    refused: str | None = None
    detail: JsonObject = field(default_factory=dict)

    def as_json(self) -> JsonObject:
        """Gives its JSON."""
        return {
            "action": self.action.kind.value,
            "value": self.action.value,
            "changes": self.changes,
            "refused": self.refused,
            "detail": self.detail,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """A rule that fires, with its steps. `depth` is 0 unless another rule's change woke it."""

    rule: Rule
    trigger: Trigger
    depth: int
    steps: tuple[Step, ...]

    def as_json(self) -> JsonObject:
        """Gives its JSON."""
        return {
            "rule_id": self.rule.id,
            "name": self.rule.name,
            "version": self.rule.version,
            "trigger": self.trigger.value,
            "depth": self.depth,
            "steps": [step.as_json() for step in self.steps],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a chain of rules does.

    Attributes:
        after: The ticket as it is then.
        stopped_by: Id of the rule whose `stop` ended the chain.
        cut: Whether the budget or the depth ended it.
    """

    firings: tuple[Firing, ...]
    after: TicketFacts
    stopped_by: str | None = None
    cut: bool = False


def decide_rules(
    rules: Sequence[Rule],
    triggers: Collection[Trigger],
    facts: TicketFacts,
    surroundings: Surroundings,
    *,
    due: Collection[str] = (),
    budget: int = ACTIONS_AN_HOUR,
) -> Plan:
    """Gives what follows from an event.

    Args:
        rules: All rules; inactive ones are passed over.
        triggers: What happened.
        facts: The ticket after it.
        surroundings: What actions may refer to.
        due: Ids of the rules whose time has come, for the trigger `time`.
        budget: Changes that the ticket may still take from rules.
    """
    ordered = sorted((rule for rule in rules if rule.active), key=lambda r: (r.position, r.id))
    fired: list[Firing] = []
    done: set[str] = set()
    waking = frozenset(triggers)
    for depth in range(DEEPEST_CHAIN):
        before = facts
        for rule in ordered:
            trigger = _wakes(rule, waking, due)
            if trigger is None or rule.id in done or not holds(rule.when, facts):
                continue
            done.add(rule.id)
            steps, facts, budget = _do_all(rule.actions, facts, surroundings, budget)
            fired.append(Firing(rule=rule, trigger=trigger, depth=depth, steps=steps))
            if rule.stop or budget == 0:
                stopped_by = rule.id if rule.stop else None
                return Plan(
                    firings=tuple(fired), after=facts, stopped_by=stopped_by, cut=budget == 0
                )
        waking = _woken_by(before, facts)
        if not waking:
            return Plan(firings=tuple(fired), after=facts)
    return Plan(firings=tuple(fired), after=facts, cut=True)


def decide_macro(
    actions: Sequence[Action], facts: TicketFacts, surroundings: Surroundings
) -> tuple[tuple[Step, ...], TicketFacts]:
    """Gives what a macro does and the ticket after it; an agent's word, so nothing is too much."""
    steps, after, _ = _do_all(actions, facts, surroundings, len(actions) + 1)
    return steps, after


def _wakes(rule: Rule, waking: frozenset[Trigger], due: Collection[str]) -> Trigger | None:
    for trigger in Trigger:
        if trigger in waking and trigger in rule.triggers:
            if trigger is Trigger.TIME and rule.id not in due:
                continue
            return trigger
    return None


def _woken_by(before: TicketFacts, after: TicketFacts) -> frozenset[Trigger]:
    woken = set()
    if before.priority != after.priority:
        woken.add(Trigger.PRIORITY_CHANGED)
    if before.state is not after.state:
        woken.add(Trigger.STATE_CHANGED)
    return frozenset(woken)


def _do_all(
    actions: Sequence[Action], facts: TicketFacts, surroundings: Surroundings, budget: int
) -> tuple[tuple[Step, ...], TicketFacts, int]:
    steps = []
    for action in actions:
        step, changed = _do(action, facts, surroundings)
        if step.changes and budget == 0:
            step = Step(action=action, changes=False, refused="too_many_actions")
        elif step.changes:
            facts = changed
            budget -= 1
        steps.append(step)
    return tuple(steps), facts, budget


def _do(action: Action, facts: TicketFacts, surroundings: Surroundings) -> tuple[Step, TicketFacts]:
    """Gives the step and the ticket after it."""
    if action.kind in _ONLY_ACTIVE and not facts.is_active:
        return _refused(action, facts, "ticket_is_done")
    match action.kind:
        case ActionKind.SET_PRIORITY:
            if facts.priority_by_person and surroundings.actor is None:
                return _refused(action, facts, "set_by_a_person")
            return _set(action, facts, "priority", int(action.value))
        case ActionKind.ADD_TAG:
            return _set(action, facts, "tags", facts.tags | {action.value})
        case ActionKind.REMOVE_TAG:
            return _set(action, facts, "tags", facts.tags - {action.value})
        case ActionKind.SET_CATEGORY:
            return _set(action, facts, "category", action.value)
        case ActionKind.SET_TEAM:
            if action.value not in surroundings.teams:
                return _refused(action, facts, "no_such_team")
            return _set(action, facts, "team", action.value)
        case ActionKind.ASSIGN:
            return _assign(action, facts, surroundings)
        case ActionKind.SET_STATE:
            return _set_state(action, facts, surroundings)
        case ActionKind.REPLY:
            return _reply(action, facts, surroundings)
        case ActionKind.WEBHOOK if action.value not in surroundings.webhooks:
            return _refused(action, facts, "no_such_webhook")
        case _:
            return Step(action=action, changes=True), facts


def _assign(
    action: Action, facts: TicketFacts, surroundings: Surroundings
) -> tuple[Step, TicketFacts]:
    agent = surroundings.actor if action.value == ME else action.value
    if agent is None or agent not in surroundings.agents:
        return _refused(action, facts, "no_such_agent")
    if facts.owner is Owner.AGENT and facts.assignee != agent:
        return _refused(action, facts, "an_agent_has_it")
    if facts.assignee != agent and _is_given_to_another(facts, surroundings):
        return _refused(action, facts, "an_agent_has_it")
    step, after = _set(action, facts, "assignee", agent)
    if agent == surroundings.actor and facts.owner is not Owner.AGENT:
        # Whoever assigns to herself takes the conversation over; others are asked to.
        step = replace(step, changes=True)
        after = replace(after, owner=Owner.AGENT, state=TicketState.OPEN)
    return step, after


def _set_state(
    action: Action, facts: TicketFacts, surroundings: Surroundings
) -> tuple[Step, TicketFacts]:
    state = TicketState(action.value)
    if state is not facts.state and facts.state not in _REACHABLE[state]:
        return _refused(action, facts, "not_from_this_state")
    is_anothers = _somebody_else_has_it(facts, surroundings) or _is_given_to_another(
        facts, surroundings
    )
    if state is TicketState.SOLVED and is_anothers:
        return _refused(action, facts, "an_agent_has_it")
    if state is TicketState.SOLVED and surroundings.missing:
        return _refused(action, facts, f"needs:{','.join(surroundings.missing)}")
    step, after = _set(action, facts, "state", state)
    if step.changes and state is TicketState.SOLVED:
        after = replace(after, owner=Owner.CLOSED)
    return step, after


def _reply(
    action: Action, facts: TicketFacts, surroundings: Surroundings
) -> tuple[Step, TicketFacts]:
    texts = surroundings.replies.get(action.value)
    if texts is None:
        return _refused(action, facts, "no_such_reply")
    if surroundings.actor is None and facts.owner not in (Owner.QUEUE, Owner.CLOSED):
        # The bot or a person is talking: a third voice would only confuse.
        return _refused(action, facts, "somebody_talks")
    if surroundings.actor is not None and facts.owner is not Owner.AGENT:
        return _refused(action, facts, "take_it_first")
    if _somebody_else_has_it(facts, surroundings):
        return _refused(action, facts, "an_agent_has_it")
    match fill(texts, surroundings.values, languages=surroundings.languages):
        case Missing(variables=()):
            return _refused(action, facts, "no_language_fits")
        case Missing(variables=variables):
            return _refused(action, facts, f"no_value_for:{','.join(variables)}")
        case Filled(text=text, language=language):
            detail: JsonObject = {"text": text, "language": language}
            return Step(action=action, changes=True, detail=detail), facts


def _somebody_else_has_it(facts: TicketFacts, surroundings: Surroundings) -> bool:
    return facts.owner is Owner.AGENT and (
        surroundings.actor is None or facts.assignee != surroundings.actor
    )


def _is_given_to_another(facts: TicketFacts, surroundings: Surroundings) -> bool:
    """Tells whether a colleague of the agent is about to answer; rules may give it to another."""
    return surroundings.actor is not None and (
        facts.owner is Owner.QUEUE and facts.assignee not in (None, surroundings.actor)
    )


def _set(action: Action, facts: TicketFacts, name: str, value: object) -> tuple[Step, TicketFacts]:
    before = getattr(facts, name)
    if before == value:
        return Step(action=action, changes=False), facts
    detail: JsonObject = {"from": _plain(before), "to": _plain(value)}
    return (
        Step(action=action, changes=True, detail=detail),
        replace(facts, **{name: value}),  # type: ignore[arg-type] # the caller names a field
    )


def _plain(value: object) -> Json:
    if isinstance(value, frozenset):
        return [*sorted(str(one) for one in value)]
    return value if isinstance(value, int) or value is None else str(value)


def _refused(action: Action, facts: TicketFacts, why: str) -> tuple[Step, TicketFacts]:
    return Step(action=action, changes=False, refused=why), facts
