"""Rasa's message processor without what a stateless service must not or need not have.

Differences to the original, each with its reason:

* policies are asked once per shape of dialogue (a quarter of a turn's time);
* graph nodes run in a fixed order instead of through a scheduler (a fifth of a turn's time);
* the node that turns the text `/intent{...}` into an intent is left out: a visitor's text is text;
* an exception in an action breaks the turn off instead of leaving the visitor in silence;
* the tracker comes from the call and goes back into the answer; nothing is stored.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rasa.core.actions.action import Action, ActionExecutionRejection
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import TrackerStore
from rasa.engine import loader
from rasa.engine.graph import GraphSchema
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.storage import ModelMetadata
from rasa.nlu.classifiers.regex_message_handler import RegexMessageHandler
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.common import TempDirectoryPath, get_temp_dir_name
from rasa.utils.endpoints import EndpointConfig

from bot.brain.lean import load_skops
from bot.brain.rasa_bridge.activate import activate

MAX_PREDICTIONS = 4_096


class OrderedGraphRunner(DaskGraphRunner):  # type: ignore[misc]  # Rasa has no type information
    """Runs the nodes one after the other in an order that is worked out once per target."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Builds the nodes as the original does."""
        super().__init__(*args, **kwargs)
        self._orders: dict[tuple[str, ...], list[tuple[str, tuple[str, ...]]]] = {}

    def run(
        self, inputs: Mapping[str, Any] | None = None, targets: Sequence[str] | None = None
    ) -> dict[str, Any]:
        """Runs the targets and what they need; gives the targets' outputs by name."""
        wanted = tuple(targets or self._graph_schema.target_names)
        order = self._orders.get(wanted)
        if order is None:
            order = self._orders[wanted] = execution_order(self._graph_schema, wanted)
        results: dict[str, tuple[str, Any]] = {
            name: (name, value) for name, value in (inputs or {}).items()
        }
        for name, needs in order:
            node = self._instantiated_nodes[name]
            results[name] = node(*(results[need] for need in needs))
        return {name: results[name][1] for name in wanted}


def execution_order(
    schema: GraphSchema, targets: Iterable[str]
) -> list[tuple[str, tuple[str, ...]]]:
    """Gives the nodes that the targets need, each after its own needs, with those needs."""
    order: list[tuple[str, tuple[str, ...]]] = []
    seen: set[str] = set()

    def visit(name: str) -> None:
        node = schema.nodes.get(name)
        if node is None or name in seen:
            return  # a placeholder for an input, or done already
        seen.add(name)
        needs = tuple(node.needs.values())
        for need in needs:
            visit(need)
        order.append((name, needs))

    for target in targets:
        visit(target)
    return order


def target_without_commands(schema: GraphSchema, target: str) -> str:
    """Gives the NLU target before the node that reads `/intent{...}` out of the text."""
    node = schema.nodes[target]
    if node.uses is RegexMessageHandler:
        return str(node.needs["messages"])
    return target


def dialogue_shape(tracker: DialogueStateTracker) -> Hashable | None:
    """Gives all that a policy may look at, as a key; None where that is not plainly so.

    Forms, follow-up actions and the rarer kinds of events are left to the policies.
    """
    if tracker.followup_action or tracker.active_loop or tracker.is_paused():
        return None
    parts: list[Hashable] = []
    for event in tracker.events:
        if isinstance(event, UserUttered):
            if event.use_text_for_featurization:
                return None
            entities = (
                (
                    found.get("entity"),
                    found.get("role"),
                    found.get("group"),
                    str(found.get("value")),
                )
                for found in event.entities
            )
            parts.append(("user", event.intent_name, tuple(entities)))
        elif isinstance(event, ActionExecuted):
            parts.append(("action", event.action_name, event.action_text, event.hide_rule_turn))
        elif isinstance(event, SlotSet):
            slot = tracker.slots.get(event.key)
            if slot is None or not slot.has_features():
                continue
            if not isinstance(event.value, str | float | int | bool | None):
                return None
            parts.append(("slot", event.key, event.value))
        elif not isinstance(event, BotUttered | DefinePrevUserUtteredFeaturization):
            return None
    return tuple(parts)


class OneTurnStore(TrackerStore):  # type: ignore[misc]  # Rasa has no type information
    """Holds the tracker of a single call."""

    def __init__(self, tracker: DialogueStateTracker, domain: Domain) -> None:
        """Keeps the tracker that the call brought."""
        super().__init__(domain)
        self._tracker = tracker

    async def retrieve(self, sender_id: str) -> DialogueStateTracker:
        """Gives the tracker, whoever asks."""
        return self._tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keeps the tracker; the caller reads it from there."""
        self._tracker = tracker

    async def keys(self) -> list[str]:
        """Gives the one conversation."""
        return [self._tracker.sender_id]


class ActionBroke(Exception):
    """An action raised; the cause says what."""


class TurnProcessor(MessageProcessor):  # type: ignore[misc]  # Rasa has no type information
    """A processor over one loaded model; `for_turn` gives the one that serves a call."""

    def __init__(self, model_path: Path, *, actions: EndpointConfig) -> None:
        """Loads a model.

        Raises:
            rasa.exceptions.ModelNotFound: If the file is not a model.
        """
        super().__init__(
            model_path=model_path,
            tracker_store=TrackerStore(None),
            lock_store=None,
            generator=NaturalLanguageGenerator.create(None, None),
            action_endpoint=actions,
        )
        metadata = self.model_metadata
        metadata.nlu_target = target_without_commands(metadata.predict_schema, metadata.nlu_target)
        self._predictions: OrderedDict[Hashable, PolicyPrediction] = OrderedDict()

    @staticmethod
    def _load_model(model_path: Path) -> tuple[str, ModelMetadata, OrderedGraphRunner]:
        if activate().is_lean:
            load_skops()
        with TempDirectoryPath(get_temp_dir_name()) as folder:
            metadata, runner = loader.load_predict_graph_runner(
                Path(folder), Path(model_path), LocalModelStorage, OrderedGraphRunner
            )
        return Path(model_path).name, metadata, runner

    def for_turn(self, tracker: DialogueStateTracker) -> TurnProcessor:
        """Gives a processor that shares the model and works on this tracker only."""
        processor = copy.copy(self)
        processor.tracker_store = OneTurnStore(tracker, self.domain)
        return processor

    def _check_for_unseen_features(self, parse_data: dict[str, Any]) -> None:
        """Does nothing: it builds an empty domain per message (0.2 ms) only to print a warning."""

    def _predict_next_with_tracker(self, tracker: DialogueStateTracker) -> PolicyPrediction:
        """Asks the policies, or remembers what they said to a dialogue of the same shape.

        Policies are functions of what `dialogue_shape` holds; asking them takes a quarter of a
        turn, and most dialogues have one of a few hundred shapes.
        """
        shape = dialogue_shape(tracker)
        if shape is None:
            return super()._predict_next_with_tracker(tracker)
        known = self._predictions.get(shape)
        if known is not None:
            again: PolicyPrediction = copy.copy(known)
            # Events carry the time at which they were made.
            again.events = [
                DefinePrevUserUtteredFeaturization(event.use_text_for_featurization)
                for event in known.events
            ]
            return again
        made = super()._predict_next_with_tracker(tracker)
        if all(type(event) is DefinePrevUserUtteredFeaturization for event in made.events):
            self._predictions[shape] = copy.copy(made)
            while len(self._predictions) > MAX_PREDICTIONS:
                self._predictions.popitem(last=False)
        return made

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        """Runs an action; copies the tracker only when there are events that may be discarded."""
        try:
            seen = tracker
            if prediction.events:
                seen = tracker.copy()
                seen.update_with_events(prediction.events, self.domain)
            events: list[Event] = await action.run(output_channel, nlg, seen, self.domain)
        except ActionExecutionRejection:
            tracker.update(
                ActionExecutionRejected(
                    action.name(), prediction.policy_name, prediction.max_confidence
                )
            )
            return bool(self.should_predict_another_action(action.name()))
        except Exception as error:
            raise ActionBroke(action.name()) from error
        self._log_action_on_tracker(tracker, action, events, prediction)
        await self.execute_side_effects(events, tracker, output_channel)
        return bool(self.should_predict_another_action(action.name()))
