"""Turns the text into one dense sentence vector that intents and retrieval share."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.keys import QUERY_VECTOR, QUESTION, timed
from nlu.components.resources import RESOURCES
from nlu.shape import describe_shape
from nlu.small_talk import load_small_talk

MAX_CHARS = 2_000
"""Encoders read a few hundred words at most; the rest would only cost time."""
INTENT_SCALE = 4.0
"""Length of the vectors that the intent classifier sees; the search keeps unit length.

Rasa's LogisticRegressionClassifier has a fixed penalty (C=1) that is far too strong for 512
features of length 1; features k times as long are the same as C=k**2. `python -m
tests.quality.intents 1 3 4 6` chooses: the share of right answers is nearly the same (.70 to .72),
the log loss least from 3 to 4, where confidence also says what it should (right .70, sure .43 at 1;
right .71, sure .75 at 4).
"""
SHAPE_SCALE = 1.0
"""How much the outer shape of a message weighs beside its vector, for intents only."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoderFeaturizer(DenseFeaturizer, GraphComponent):  # type: ignore[misc]  # untyped
    """Reads `text`; writes `question`, `query_vector` and a sentence feature.

    The feature holds the scaled vector and the message's shape, (1, dimension + 3).
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Gives the defaults; `encoder` is a folder or a sentence-transformers name."""
        return {**DenseFeaturizer.get_default_config(), "encoder": None, "scale": INTENT_SCALE}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoderFeaturizer:
        """Opens the encoder."""
        return cls(execution_context.node_name, config)

    def __init__(self, name: str, config: dict[str, Any]) -> None:
        """Opens the encoder named in the config, or the one this process was told to use."""
        super().__init__(config.get(FEATURIZER_CLASS_ALIAS) or name, config)
        self._encoder = RESOURCES.get_encoder(config.get("encoder"))
        self._scale = float(config.get("scale") or INTENT_SCALE)
        self._small_talk = load_small_talk()

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Gives the encoder's identity, so that Rasa's training cache forgets another's vectors."""
        return RESOURCES.get_encoder(config.get("encoder")).fingerprint

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Accepts every config; a wrong encoder fails when it is opened."""

    def process(self, messages: list[Message]) -> list[Message]:
        """Encodes messages to be answered."""
        for message in messages:
            with timed(message, "encode"):
                vector = self._encode([message])[0]
            self._put(message, vector)
            message.set(QUERY_VECTOR, vector)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Encodes the training examples, all at once."""
        examples = [m for m in training_data.training_examples if m.get(TEXT)]
        if examples:
            for message, vector in zip(examples, self._encode(examples), strict=True):
                self._put(message, vector)
        return training_data

    def _encode(self, messages: list[Message]) -> np.ndarray[Any, np.dtype[np.float32]]:
        texts = [self._question(message)[:MAX_CHARS] for message in messages]
        return self._encoder.encode(texts, kind="query")

    def _question(self, message: Message) -> str:
        question = self._small_talk.question(message.get(TEXT) or "")
        message.set(QUESTION, question)
        return question

    def _put(self, message: Message, vector: np.ndarray[Any, np.dtype[np.float32]]) -> None:
        shape = describe_shape(message.get(QUESTION)) * SHAPE_SCALE
        row = np.concatenate([vector * self._scale, shape]).reshape(1, -1)
        message.add_features(Features(row, FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
