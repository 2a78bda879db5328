"""Decides which language a message is in and which language the conversation is in.

Clean text, let the script decide where it can, otherwise weigh langdetect's profiles and our own
n-gram model into a posterior over all known languages. Only then restrict to the languages that
are spoken, so that an unsupported one is seen as such. A Bayes filter over the conversation keeps
"ok" and a foreign word from switching it and follows a real switch within a message or two.
Source of the composition and its numbers: the project's study of language identification.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlu.langdetect_exact import exact_profiles
from nlu.languages import CODES, IDENTIFIED, primary_code
from nlu.lexicon import lexicon_language
from nlu.ngram_language import ngram_languages
from nlu.scripts import possible_languages
from nlu.text import clean_for_language, count_letters, is_neutral

FloatArray = npt.NDArray[np.float64]

# Weights of the two models' summed log scores at 20 letters; evidence grows slower than length.
_PROFILE_WEIGHT, _NGRAM_WEIGHT, _LENGTH_POWER = 0.04, 0.17, 0.7
# Chance that a visitor switches language between two messages. The floor under the evidence must
# stay well below it shared out over the languages, or a real switch is never followed.
_SWITCH, _FLOOR = 0.02, 2e-5
_LETTERS_OF_FULL_EVIDENCE = 10
_LOCALE_PRIOR = 0.7
_LATIN_TYPED_PRIOR = math.exp(-3.0)
# Below this share of the posterior, the spoken languages together do not explain the message.
_UNSUPPORTED_SHARE, _UNSUPPORTED_WORDS = 0.1, 3
# A language is stated for a message only above this probability.
_STATED = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageResult:
    """What is known after a message.

    Attributes:
        message: Language of this message, or None when it carries too little evidence.
        confidence: Probability of `conversation`, 0 to 1.
        conversation: The language to answer in.
        state: Filter state for the next message, language to probability.
        unsupported: The language of the message when it is none of the spoken ones.
    """

    message: str | None
    confidence: float
    conversation: str
    state: dict[str, float]
    unsupported: str | None = None


def detect(
    text: str,
    *,
    state: Mapping[str, float] | None = None,
    locale: str | None = None,
    choice: str | None = None,
    supported: Sequence[str] = CODES,
) -> LanguageResult:
    """Gives the language of a message and of its conversation.

    Args:
        text: The message as typed.
        state: `LanguageResult.state` of the message before, or None at the start.
        locale: Browser or page locale, the first guess.
        choice: The visitor's explicit choice; it wins.
        supported: Languages that are spoken, the first is the default.
    """
    cleaned = clean_for_language(text)
    silent = is_neutral(cleaned) and lexicon_language(cleaned) is None
    evidence = {} if silent else posterior(cleaned)
    message, unsupported = _statement(cleaned, evidence, supported)
    updated = _filter(
        _prior(state, locale=locale, supported=supported),
        {} if unsupported else evidence,
        letters=count_letters(cleaned),
        latin=possible_languages(cleaned) is None,
        first=state is None,
    )
    conversation = max(updated, key=lambda code: updated[code])
    confidence = updated[conversation]
    if choice in updated:
        conversation, confidence = choice, 1.0
    return LanguageResult(
        message=message,
        confidence=round(confidence, 4),
        conversation=conversation,
        state={code: round(probability, 6) for code, probability in updated.items()},
        unsupported=unsupported,
    )


def posterior(cleaned: str) -> dict[str, float]:
    """Gives the probability of every known language for a cleaned message.

    Latin-typed Greek, Russian and Bulgarian count for their languages.
    """
    known = lexicon_language(cleaned)
    if known is not None:
        return {known: 0.98, **{code: 0.02 / 29 for code in IDENTIFIED if code != known}}
    possible = possible_languages(cleaned)
    if possible is not None and len(possible) == 1:
        return {possible[0]: 1.0}
    letters = max(1, count_letters(cleaned))
    damping = (max(letters, 4) / 20) ** -_LENGTH_POWER
    profiles, ngrams = exact_profiles(), ngram_languages()
    profile_scores, _ = profiles.log_scores(cleaned)
    ngram_scores, _ = ngrams.log_scores(cleaned)
    profile_of = dict(zip(profiles.languages, profile_scores.tolist(), strict=True))
    lowest = min(profile_of.values())
    scores: dict[str, float] = {}
    for name, score in zip(ngrams.classes, ngram_scores.tolist(), strict=True):
        typed_latin = name.endswith("-Latn")
        if possible is not None and (typed_latin or name not in possible):
            continue
        if possible is None and name in {"ar", "bg", "fa", "ru", "uk"}:
            continue
        # langdetect knows nothing of Latin-typed Greek: its score there is that of the worst.
        profile = lowest if typed_latin else profile_of[name]
        total = damping * (_PROFILE_WEIGHT * profile + _NGRAM_WEIGHT * score)
        scores[name] = total + (math.log(_LATIN_TYPED_PRIOR) if typed_latin else 0.0)
    best = max(scores.values())
    weights = {name: math.exp(score - best) for name, score in scores.items()}
    whole = sum(weights.values())
    result: dict[str, float] = {}
    for name, weight in weights.items():
        code = name.removesuffix("-Latn")
        result[code] = result.get(code, 0.0) + weight / whole
    return result


def _statement(
    cleaned: str, evidence: Mapping[str, float], supported: Sequence[str]
) -> tuple[str | None, str | None]:
    """Gives the message's language if it can be told, and the unsupported one if it is that."""
    if not evidence:
        return None, None
    best = max(evidence, key=lambda code: evidence[code])
    spoken = sum(evidence.get(code, 0.0) for code in supported)
    enough = len(cleaned.split()) >= _UNSUPPORTED_WORDS or possible_languages(cleaned) is not None
    if best not in supported and spoken < _UNSUPPORTED_SHARE and enough:
        return best, best
    stated = max(supported, key=lambda code: evidence.get(code, 0.0))
    share = evidence.get(stated, 0.0) / spoken if spoken > 0 else 0.0
    return (stated if share >= _STATED else None), None


def _prior(
    state: Mapping[str, float] | None, *, locale: str | None, supported: Sequence[str]
) -> dict[str, float]:
    n = len(supported)
    kept = {code: state[code] for code in supported if code in state} if state else {}
    if kept and sum(kept.values()) > 0:
        whole = sum(kept.values())
        return {code: kept.get(code, 0.0) / whole for code in supported}
    guess = primary_code(locale)
    if guess in supported and n > 1:
        rest = (1 - _LOCALE_PRIOR) / (n - 1)
        return {code: _LOCALE_PRIOR if code == guess else rest for code in supported}
    # Nothing known: all alike, a shade more for the default so that a tie falls to it.
    return {code: (1 / n) * (1.001 if i == 0 else 1.0) for i, code in enumerate(supported)}


def _filter(
    prior: Mapping[str, float],
    evidence: Mapping[str, float],
    *,
    letters: int,
    latin: bool,
    first: bool,
) -> dict[str, float]:
    n = len(prior)
    spread = {code: (1 - _SWITCH) * p + _SWITCH / n for code, p in prior.items()}
    if not evidence:
        return dict(prior) if not first else spread
    strength = min(1.0, letters / _LETTERS_OF_FULL_EVIDENCE) if latin else 1.0
    strength = max(strength, 0.5) if first else strength
    weights = {
        code: p * (evidence.get(code, 0.0) + _FLOOR) ** strength for code, p in spread.items()
    }
    whole = sum(weights.values())
    return {code: weight / whole for code, weight in weights.items()}
