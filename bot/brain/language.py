"""Reads the language of a message outside a turn, exactly as a turn would."""

from __future__ import annotations

from bot.brain.contract import LanguageOut, LanguageRequest
from nlu.answer_languages import answer_languages
from nlu.components.language_identifier import article_languages
from nlu.language import detect
from nlu.languages import CODES


def read_language(request: LanguageRequest) -> LanguageOut:
    """Gives the language of the message and of its conversation; needs no trained model."""
    context = request.context
    found = detect(
        request.text,
        state=context.language_state,
        locale=context.locale or context.language,
        choice=context.language_choice,
        supported=answer_languages(context.languages or CODES, article_languages()),
    )
    return LanguageOut(
        message=found.message,
        confidence=found.confidence,
        conversation=found.conversation,
        state=dict(found.state),
        unsupported=found.unsupported,
    )
