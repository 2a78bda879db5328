"""Reads a message outside a turn, exactly as a turn would: its language and what it is like."""

from __future__ import annotations

from bot.brain.contract import LanguageRequest, MessageOut, SignalOut
from nlu.answer_languages import answer_languages
from nlu.components.encoder_featurizer import MAX_CHARS
from nlu.components.language_identifier import article_languages
from nlu.components.resources import RESOURCES
from nlu.language import detect
from nlu.languages import CODES


def read_language(request: LanguageRequest) -> MessageOut:
    """Gives the language of the message and of its conversation; needs no trained model."""
    context = request.context
    found = detect(
        request.text,
        state=context.language_state,
        locale=context.locale or context.language,
        choice=context.language_choice,
        supported=answer_languages(context.languages or CODES, article_languages()),
    )
    text = request.text[:MAX_CHARS]
    vector = RESOURCES.get_encoder().encode([text], kind="query")[0]
    return MessageOut(
        message=found.message,
        confidence=found.confidence,
        conversation=found.conversation,
        state=dict(found.state),
        unsupported=found.unsupported,
        signals=[
            SignalOut.model_validate(signal.as_json())
            for signal in RESOURCES.get_likeness().find(text, vector)
        ],
    )
