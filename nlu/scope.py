"""Weighs what the classifier says about the scope of a question into the search's probabilities.

The search knows how close a question comes to the articles; the classifier knows how questions to a
support desk sound, whatever they are about, and how talk about the weather or homework does. It is
trained with equal weight for every intent, so the ratio of the two intents' probabilities is a
likelihood ratio. The two views share words, so only a part of its logarithm counts, and never more
than `MAX_LOG_ODDS`: what an article clearly answers stays answered. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

IN_SCOPE = "kb_question"
OUT_OF_SCOPE = "out_of_scope"
WEIGHT = 0.2
MAX_LOG_ODDS = 0.9
_SMALLEST = 0.01
"""Added to both probabilities, so that two improbable intents say nothing."""
_EDGE = 1e-6


def scope_log_odds(ranking: Sequence[Mapping[str, Any]]) -> float:
    """Gives the evidence that a support desk is asked, as natural log odds; 0 knows nothing.

    Args:
        ranking: Rasa's form: `name` and `confidence` of each intent; missing ones count as 0.
    """
    chances = {str(row.get("name")): float(row.get("confidence") or 0.0) for row in ranking}
    inside = chances.get(IN_SCOPE, 0.0) + _SMALLEST
    outside = chances.get(OUT_OF_SCOPE, 0.0) + _SMALLEST
    evidence = WEIGHT * math.log(inside / outside)
    return max(-MAX_LOG_ODDS, min(MAX_LOG_ODDS, evidence))


def weigh(probability: float, log_odds: float) -> float:
    """Moves a probability by the evidence; 0 and 1 stay what they are."""
    if probability < _EDGE or probability > 1.0 - _EDGE:
        return probability
    return 1.0 / (1.0 + (1.0 - probability) / probability * math.exp(-log_odds))
