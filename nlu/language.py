"""Decides which language a message is in and which language the conversation is in.

Clean text, let the script decide where it can, otherwise weigh our own n-gram model and
langdetect's profiles into a posterior over all known languages. Only then restrict to the languages
that are spoken, so that an unsupported one is seen as such. A Bayes filter over the conversation
keeps "ok" and a foreign word from switching it and follows a real switch within a message or two.
Source of the composition and its numbers: docs/language.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nlu.langdetect_exact import exact_profiles
from nlu.languages import CODES, IDENTIFIED, primary_code
from nlu.lexicon import lexicon_language
from nlu.ngram_language import LATIN_TYPED_SUFFIX, damping, ngram_languages
from nlu.scripts import possible_languages, script_of
from nlu.text import clean_for_language, count_letters, is_neutral, names_no_language

# Weight of langdetect's log score beside the n-gram model's, and of both in the posterior: fitted
# on development folds that the models had not seen (`python -m tests.quality.language --tune`).
_PROFILE_WEIGHT = 0.008
_SHARPNESS = 1.6
# Chance that a visitor switches language between two messages. The floor under the evidence must
# stay well below it shared out over the languages, or a real switch is never followed.
_SWITCH, _FLOOR = 0.02, 2e-5
_LETTERS_OF_FULL_EVIDENCE = 10
_LOCALE_PRIOR = 0.7
# A first message has at least half of its evidence; "hello" and "merci" have less.
_FIRST_STRENGTH, _FIRST_NEUTRAL_STRENGTH = 0.5, 0.3
_GREETED_IN = 0.25
_LATIN_TYPED_LOG_PRIOR = -0.5
_KNOWN_BY_HEART = 0.98
# Below this share of the posterior, the spoken languages together do not explain the message.
_UNSUPPORTED_SHARE, _UNSUPPORTED_WORDS = 0.1, 3
# A language is stated for a message only above this probability.
_STATED = 0.6
# Never written in Latin letters, apart from their Latin-typed classes.
_NOT_LATIN = frozenset({"ar", "bg", "fa", "ja", "ru", "uk", "zh"})


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


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageGuess:
    """The most probable language of a message by itself; None where it tells nothing."""

    language: str | None
    probability: float


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
    neutral = is_neutral(cleaned) and lexicon_language(cleaned) is None
    first = state is None
    # A foreign "thanks" must not count against a conversation, but it may be all there is at first.
    silent = names_no_language(cleaned) or (neutral and not first)
    evidence = {} if silent else posterior(cleaned)
    message, unsupported = (None, None) if neutral else _statement(cleaned, evidence, supported)
    prior = _prior(state, locale=locale, supported=supported)
    updated = _filter(
        prior,
        {} if unsupported else evidence,
        strength=_strength(cleaned, first=first, neutral=neutral),
        first=first,
    )
    conversation = max(updated, key=lambda code: updated[code])
    if first and neutral and updated[conversation] < _GREETED_IN:
        # "hi" and "hello" are typed everywhere: they leave the page's language or the default.
        conversation = max(prior, key=lambda code: prior[code])
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


def identify(cleaned: str, *, supported: Sequence[str] = IDENTIFIED) -> LanguageGuess:
    """Gives the best guess for a cleaned message by itself, without a conversation.

    Args:
        cleaned: From `clean_for_language`.
        supported: Languages among which to choose.
    """
    evidence = {} if names_no_language(cleaned) else posterior(cleaned)
    spoken = {code: evidence[code] for code in supported if code in evidence}
    whole = sum(spoken.values())
    if whole <= 0.0:
        return LanguageGuess(language=None, probability=0.0)
    best = max(spoken, key=lambda code: spoken[code])
    return LanguageGuess(language=best, probability=spoken[best] / whole)


def posterior(cleaned: str) -> dict[str, float]:
    """Gives the probability of every language that a cleaned message may be in.

    What is typed in Latin letters counts for its language (`el-Latn` for `el`).
    """
    known = lexicon_language(cleaned)
    if known is not None:
        rest = (1.0 - _KNOWN_BY_HEART) / (len(IDENTIFIED) - 1)
        return {code: _KNOWN_BY_HEART if code == known else rest for code in IDENTIFIED}
    possible = possible_languages(cleaned)
    if possible is not None and len(possible) == 1:
        return {possible[0]: 1.0}
    scores = _scores(cleaned, possible)
    best = max(scores.values())
    weights = {name: math.exp(_SHARPNESS * (score - best)) for name, score in scores.items()}
    whole = sum(weights.values())
    result: dict[str, float] = {}
    for name, weight in weights.items():
        code = name.removesuffix(LATIN_TYPED_SUFFIX)
        result[code] = result.get(code, 0.0) + weight / whole
    return result


def _scores(cleaned: str, possible: tuple[str, ...] | None) -> dict[str, float]:
    """Gives the log odds of the classes that the script leaves."""
    model, profiles = ngram_languages(), exact_profiles()
    if possible is not None:
        # Names in Latin letters say nothing about which of these languages it is.
        cleaned = "".join(" " if script_of(c) == "latin" else c for c in cleaned)
    ngram_scores, n_grams = model.scores(cleaned)
    profile_scores, _ = profiles.log_scores(cleaned)
    profile_of = dict(zip(profiles.languages, profile_scores.tolist(), strict=True))
    weight = _PROFILE_WEIGHT * damping(max(1, n_grams))
    # langdetect knows nothing of Latin-typed Greek: its score there is that of the worst.
    lowest = min(profile_of.values())
    scores: dict[str, float] = {}
    for name, score in zip(model.classes, ngram_scores.tolist(), strict=True):
        typed_latin = name.endswith(LATIN_TYPED_SUFFIX)
        if possible is None and name in _NOT_LATIN:
            continue
        if possible is not None and name not in possible:
            continue
        prior = _LATIN_TYPED_LOG_PRIOR if typed_latin else 0.0
        scores[name] = score + weight * profile_of.get(name, lowest) + prior
    return scores


def warm_up() -> None:
    """Loads the models, so that no visitor waits for them (about half a second)."""
    ngram_languages()
    exact_profiles()


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


def _strength(cleaned: str, *, first: bool, neutral: bool) -> float:
    """Gives the share of its evidence that a message brings into the conversation, 0 to 1."""
    if neutral:
        return _FIRST_NEUTRAL_STRENGTH
    if possible_languages(cleaned) is not None:
        return 1.0
    strength = min(1.0, count_letters(cleaned) / _LETTERS_OF_FULL_EVIDENCE)
    return max(strength, _FIRST_STRENGTH) if first else strength


def _filter(
    prior: Mapping[str, float], evidence: Mapping[str, float], *, strength: float, first: bool
) -> dict[str, float]:
    n = len(prior)
    spread = {code: (1 - _SWITCH) * p + _SWITCH / n for code, p in prior.items()}
    if not evidence:
        return spread if first else dict(prior)
    weights = {
        code: p * (evidence.get(code, 0.0) + _FLOOR) ** strength for code, p in spread.items()
    }
    whole = sum(weights.values())
    return {code: weight / whole for code, weight in weights.items()}
