"""Fits the confidence of a snapshot to its own knowledge base, from the shipped prior."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kb_index.confidence import (
    ANSWERABLE_FEATURES,
    PROBABILITY_FEATURES,
    Confidence,
    Example,
    ModelPrior,
    Prior,
    fit_confidence,
)
from kb_index.evaluation import answered_at_false_rate, auroc
from kb_index.index import Snapshot
from kb_index.offtopic import OfftopicQuestion
from kb_index.ports import Encoder, Progress
from kb_index.probes import search_probes

PRIOR_FILE = Path(__file__).parent / "models" / "confidence_prior.json"
PRIOR_FORMAT = 1


def calibrate(
    snapshot: Snapshot,
    encoder: Encoder,
    background: Sequence[OfftopicQuestion],
    *,
    progress: Progress,
) -> Confidence:
    """Searches all probes and fits both models.

    Args:
        snapshot: Opened without calibration; its background pool is `background`, in this order.
        encoder: The encoder that the snapshot was built with.
        background: The off-topic pool.
        progress: Told the number of probes done.
    """
    examples = search_probes(snapshot, encoder, background, progress=progress)
    confidence = fit_confidence(examples, load_prior())
    return replace(confidence, report={**confidence.report, **_figures(confidence, examples)})


def load_prior(path: Path = PRIOR_FILE) -> Prior:
    """Reads the shipped prior.

    Raises:
        ValueError: If the file is of another format.
    """
    data = json.loads(path.read_text(encoding="utf-8"))
    if data.get("format") != PRIOR_FORMAT:
        raise ValueError(f"{path} is no confidence prior of format {PRIOR_FORMAT}.")
    return Prior(
        answerable=_model_prior(data["answerable"], ANSWERABLE_FEATURES),
        probability=_model_prior(data["probability"], PROBABILITY_FEATURES),
    )


def prior_to_json(prior: Prior) -> dict[str, Any]:
    """A JSON object that `load_prior` reads back."""
    return {
        "format": PRIOR_FORMAT,
        **{
            name: {
                "weights": {key: round(value, 5) for key, value in model.weights.items()},
                "hidden_share": model.hidden_share,
                "let_through": model.let_through,
            }
            for name, model in (
                ("answerable", prior.answerable),
                ("probability", prior.probability),
            )
        },
    }


def _model_prior(data: Mapping[str, Any], names: Sequence[str]) -> ModelPrior:
    weights = {name: float(data["weights"][name]) for name in names}
    return ModelPrior(
        weights=weights,
        hidden_share=float(data["hidden_share"]),
        let_through=float(data["let_through"]),
    )


def _figures(confidence: Confidence, examples: Sequence[Example]) -> dict[str, float]:
    """How well the fit separates the probes that hide something from what is off topic."""
    judged = [example for example in examples if example.kind in ("own", "offtopic")]
    answerable = [confidence.answerable.probability(e.features) for e in judged]
    labels = [example.is_answerable for example in judged]
    answered, _ = answered_at_false_rate(answerable, [e.is_right for e in judged], labels)
    return {"auroc_answerable": auroc(answerable, labels), "answered_at_5_percent_false": answered}
