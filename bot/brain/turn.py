"""One turn: events so far, message and context in; replies, decision and new events out.

Nothing is remembered between two calls. Every call gets a tracker of its own, so conversations
cannot see each other and a call may be repeated after a crash.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.shared.core.events import BotUttered, SlotSet, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker

from actions.conversation import ACT_SLOT, CONTACT_SLOT, LANGUAGE_CHOICE_SLOT, PLAN_SLOT
from bot.brain.contract import (
    MAX_EVENTS,
    ContactIn,
    DecisionOut,
    EntityOut,
    HandoffOut,
    HitOut,
    IntentOut,
    LanguageOut,
    MessageIn,
    ModelOut,
    ReplyOut,
    SetOut,
    SignalOut,
    TurnRequest,
    TurnResponse,
)
from bot.brain.errors import TurnFailed
from bot.brain.history import lean_events, recent_events
from bot.brain.processor import TurnProcessor
from bot.brain.rasa_bridge.inprocess import InProcessActions
from nlu.answer_languages import answer_languages
from nlu.components.language_identifier import article_languages
from nlu.components.resources import RESOURCES
from nlu.decision import Act
from nlu.languages import CODES, primary_code

HISTORY_EVENTS = min(12, MAX_EVENTS)
"""Events that the policies see: about two turns. The episode's history is in the slot `plan`, so
more would only cost time (0.1 ms per event and turn)."""
MAX_READ_CHARS = 4_000
"""What understanding reads of a message; the whole text is in the gateway's log."""
CHOICE_INTENT = "pressed_button"
CHANNEL = "babeldesk"


def load_engine(model_path: Path) -> TurnEngine:
    """Loads a model and tries it; for a worker thread, because it blocks for seconds.

    Raises:
        TurnFailed: If it cannot answer in this process.
        rasa.shared.exceptions.RasaException: If the file is not a usable model.
    """
    engine = TurnEngine(model_path)
    asyncio.run(engine.warm_up())
    return engine


class TurnEngine:
    """A loaded model that answers calls."""

    def __init__(self, model_path: Path) -> None:
        """Loads the model; takes seconds.

        Raises:
            rasa.shared.exceptions.RasaException: If the file is not a usable model.
        """
        self._processor = TurnProcessor(model_path, actions=InProcessActions())
        self.model_name = model_path.name
        self.model_id = str(self._processor.model_metadata.model_id)

    async def warm_up(self) -> None:
        """Answers one message, so that the first visitor does not wait for lazy loading.

        Raises:
            TurnFailed: If the model does not fit this process, for instance because it was trained
                with another encoder.
        """
        message = MessageIn(id="warm-up", text="Hello, where is my order?")
        await self.run(TurnRequest(turn_id="warm-up", conversation_id="warm-up", message=message))

    async def run(self, request: TurnRequest) -> TurnResponse:
        """Answers one message.

        Raises:
            TurnFailed: If a component or an action broke; the cause is kept.
        """
        began = time.perf_counter()
        tracker, n_seed = self._seed(request)
        processor = self._processor.for_turn(tracker)
        try:
            parse = await self._parse(processor, request)
            parsed = time.perf_counter()
            await processor.handle_message(
                UserMessage(
                    text=request.message.text[:MAX_READ_CHARS],
                    output_channel=CollectingOutputChannel(),
                    sender_id=tracker.sender_id,
                    parse_data=parse,
                    input_channel=CHANNEL,
                    message_id=request.message.id,
                )
            )
        except Exception as error:
            raise TurnFailed(request.conversation_id) from error
        timing = _timing(parse, began, parsed, time.perf_counter())
        return self._response(request, parse, tracker, n_seed, timing)

    def _seed(self, request: TurnRequest) -> tuple[DialogueStateTracker, int]:
        domain = self._processor.domain
        events = deserialise_events(recent_events(request.events, limit=HISTORY_EVENTS))
        tracker = DialogueStateTracker.from_events(
            request.conversation_id, events, slots=domain.slots, domain=domain
        )
        return tracker, len(tracker.events)

    async def _parse(self, processor: TurnProcessor, request: TurnRequest) -> dict[str, Any]:
        context = request.context.model_dump()
        text = request.message.text[:MAX_READ_CHARS]
        if request.message.choice is not None:
            parse = _parse_of_choice(request, text)
        else:
            message = UserMessage(text=text, metadata=context)
            # UserMessage strips the text; entity spans must fit what is stored.
            parse = await processor.parse_message(message)
        parse["metadata"] = context
        return parse

    def _response(
        self,
        request: TurnRequest,
        parse: Mapping[str, Any],
        tracker: DialogueStateTracker,
        n_seed: int,
        timing: dict[str, float],
    ) -> TurnResponse:
        new = list(tracker.events)[n_seed:]
        slots = {event.key: event.value for event in new if isinstance(event, SlotSet)}
        plan: Mapping[str, Any] = slots.get(PLAN_SLOT) or {}
        contact = slots.get(CONTACT_SLOT)
        reason = plan.get("handoff_reason")
        return TurnResponse(
            turn_id=request.turn_id,
            replies=[
                ReplyOut.model_validate(event.data["custom"])
                for event in new
                if isinstance(event, BotUttered) and event.data.get("custom")
            ],
            decision=_decision(parse, plan, slots.get(ACT_SLOT)),
            language=LanguageOut.model_validate(parse["language"]),
            handoff=HandoffOut(reason=reason) if reason else None,
            set=SetOut(
                contact=ContactIn.model_validate(contact) if contact else None,
                language_choice=slots.get(LANGUAGE_CHOICE_SLOT),
            ),
            events=lean_events(event.as_dict() for event in new),
            model=ModelOut(
                model_id=self.model_id,
                index_id=parse.get("index_id"),
                encoder=RESOURCES.get_encoder().fingerprint,
            ),
            timing_ms=timing,
        )


def _parse_of_choice(request: TurnRequest, text: str) -> dict[str, Any]:
    """Gives the parse of a pressed button, which needs no understanding."""
    context, choice = request.context, request.message.choice
    offered = context.languages or list(CODES)
    spoken = answer_languages(offered, article_languages())
    candidates = (context.language_choice, context.language, primary_code(context.locale))
    language = next((tag for tag in candidates if tag in spoken), spoken[0])
    return {
        "text": text,
        "intent": {"name": CHOICE_INTENT, "confidence": 1.0},
        "entities": [],
        "choice": choice.model_dump() if choice else None,
        "language": {
            "message": None,
            "confidence": 1.0,
            "conversation": language,
            "state": dict(context.language_state or {}),
            "unsupported": None,
        },
        "hits": [],
    }


def _decision(parse: Mapping[str, Any], plan: Mapping[str, Any], act: Any) -> DecisionOut:
    intent = parse.get("intent") or {}
    return DecisionOut(
        outcome=Act(act).outcome,
        reasons=list(plan.get("reasons") or ()),
        confidence=plan.get("confidence"),
        intent=IntentOut(
            name=str(intent.get("name") or ""), confidence=float(intent.get("confidence") or 0.0)
        ),
        entities=[
            EntityOut(
                entity=found["entity"],
                value=str(found["value"]),
                start=found.get("start", 0),
                end=found.get("end", 0),
            )
            for found in parse.get("entities") or ()
        ],
        hits=[HitOut.model_validate(hit) for hit in parse.get("hits") or ()],
        signals=[SignalOut.model_validate(one) for one in parse.get("signals") or ()],
    )


def _timing(
    parse: Mapping[str, Any], began: float, parsed: float, ended: float
) -> dict[str, float]:
    parts: Mapping[str, float] = parse.get("timing_ms") or {}
    known = {name: parts.get(name, 0.0) for name in ("language", "encode", "search")}
    understanding = (parsed - began) * 1000.0 - sum(known.values())
    total = {
        "nlu": max(0.0, understanding),
        "dialogue": (ended - parsed) * 1000.0,
        "total": (ended - began) * 1000.0,
    }
    return {name: round(value, 3) for name, value in {**known, **total}.items()}
