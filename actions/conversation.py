"""Maps Rasa's tracker to the values that our acts use, and a reply to Rasa's dispatcher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from actions.replies import Reply, ReplyKind
from actions.services import Services, get_services
from nlu.answer_languages import answer_languages, interface_language
from nlu.decision import Choice, Costs, Decision, Evidence, History
from nlu.evidence import evidence_from_json
from nlu.languages import CODES

if TYPE_CHECKING:
    from rasa_sdk import Tracker
    from rasa_sdk.executor import CollectingDispatcher

DEFAULT_LANGUAGE = "en"
DEFAULT_BRAND = "Babeldesk"
ACT_SLOT, PLAN_SLOT = "act", "plan"
CONTACT_SLOT, LANGUAGE_CHOICE_SLOT = "contact", "language_choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What the acts know of the present message.

    Attributes:
        language: The language to answer in.
        context: The call's context, as the turn contract has it; empty in `rasa shell`.
        plan: What `action_decide` decided for this message.
        hits: Hits of the search, best first.
    """

    services: Services
    language: str
    text: str
    intent: str
    entities: Mapping[str, str]
    context: Mapping[str, Any]
    plan: Mapping[str, Any]
    hits: Sequence[Mapping[str, Any]]
    choice: Choice | None

    def say(self, key: str, **params: str | float) -> str:
        """Gives a text of the catalogue in the conversation's language."""
        formality = self.context.get("formality")
        chosen = {"formality": str(formality)} if formality else {}
        return self.services.texts.format(key, self.text_language, **chosen, **params)

    def reply(self, kind: ReplyKind, key: str, **params: str | float) -> Reply:
        """Gives a reply that is one text of the catalogue."""
        return Reply(kind=kind, text=self.say(key, **params), language=self.text_language)

    @property
    def text_language(self) -> str:
        """The language of our own texts: the conversation's where the interface speaks it."""
        return interface_language(self.language, self.offered)

    @property
    def article_ids(self) -> tuple[str, ...]:
        """Articles that the plan names."""
        return tuple(self.plan.get("article_ids") or ())

    @property
    def offered(self) -> tuple[str, ...]:
        """Languages of the interface that the operator offers, the default first."""
        return tuple(self.context.get("languages") or CODES)

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages that may be chosen: the offered ones and those that only articles have."""
        return answer_languages(self.offered, self.services.articles.languages())


def turn_of(tracker: Tracker) -> Turn:
    """Reads the present turn from a tracker."""
    message: Mapping[str, Any] = tracker.latest_message or {}
    context: Mapping[str, Any] = message.get("metadata") or {}
    return Turn(
        services=get_services(),
        language=_language(message, context),
        text=str(message.get("text") or ""),
        intent=str((message.get("intent") or {}).get("name") or ""),
        entities={
            str(entity["entity"]): str(entity["value"])
            for entity in reversed(message.get("entities") or [])
        },
        context=context,
        plan=tracker.get_slot(PLAN_SLOT) or {},
        hits=message.get("hits") or (),
        choice=_choice(message),
    )


def evidence_of(tracker: Tracker) -> tuple[Evidence, Costs]:
    """Reads the evidence that the Decider left on the present message.

    A test story or a form may bring a message without evidence; then its intent speaks alone.
    """
    message: Mapping[str, Any] = tracker.latest_message or {}
    evidence, costs = evidence_from_json(message.get("evidence"))
    if not message.get("evidence"):
        intent = message.get("intent") or {}
        evidence = replace(
            evidence,
            intent=str(intent.get("name") or ""),
            intent_confidence=float(intent.get("confidence") or 0.0),
        )
    return replace(evidence, choice=_choice(message)), costs


def history_of(tracker: Tracker) -> History:
    """Reads what the decision before left behind."""
    return History.from_json((tracker.get_slot(PLAN_SLOT) or {}).get("history"))


def plan_of(decision: Decision) -> dict[str, Any]:
    """Gives a decision as the value of the slot `plan`."""
    return {
        "act": decision.act.value,
        "reasons": list(decision.reasons),
        "confidence": decision.confidence,
        "article_ids": list(decision.article_ids),
        "handoff_reason": decision.handoff_reason,
        "asks_feedback": decision.asks_feedback,
        "history": decision.history.as_json(),
    }


def utter(dispatcher: CollectingDispatcher, reply: Reply) -> None:
    """Sends a reply: as text for Rasa's own channels, as JSON for ours."""
    dispatcher.utter_message(text=reply.text, json_message=reply.as_json())


def _choice(message: Mapping[str, Any]) -> Choice | None:
    choice = message.get("choice")
    if not choice:
        return None
    return Choice(kind=str(choice.get("kind") or ""), value=str(choice.get("value") or ""))


def _language(message: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    found = (message.get("language") or {}).get("conversation")
    chosen = context.get("language_choice") or context.get("language")
    return str(found or chosen or DEFAULT_LANGUAGE)
