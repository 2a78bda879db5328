"""Fits the confidence of a snapshot to its own knowledge base."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kb_index.confidence import Confidence, Example, default_confidence, fit_confidence
from kb_index.evaluation import answered_at_false_rate, auroc
from kb_index.index import Snapshot
from kb_index.offtopic import OfftopicQuestion
from kb_index.ports import Encoder, Progress
from kb_index.probes import search_probes

SHARES = {"own": 1.0, "short": 1.0, "hidden": 0.4, "offtopic": 1.0}


def calibrate(
    snapshot: Snapshot,
    encoder: Encoder,
    background: Sequence[OfftopicQuestion],
    *,
    progress: Progress,
) -> Confidence:
    """Searches all probes and fits both models."""
    found = search_probes(snapshot, encoder, background, progress=progress)
    if not found:
        return default_confidence()
    groups = {kind: [e for e in found if e.kind == kind] for kind in SHARES}
    own = groups["own"]
    examples = [
        replace(example, weight=share * len(own) / len(groups[kind]))
        for kind, share in SHARES.items()
        for example in groups[kind]
    ]
    confidence = fit_confidence(examples, report={})
    return replace(confidence, report=_report(confidence, own, groups["offtopic"]))


def _report(
    confidence: Confidence, own: Sequence[Example], strange: Sequence[Example]
) -> dict[str, float]:
    examples = [*own, *strange]
    probabilities = [confidence.probability.probability(e.features) for e in examples]
    answerable = [confidence.answerable.probability(e.features) for e in examples]
    answered, threshold = answered_at_false_rate(
        probabilities, [e.is_right for e in examples], [e.is_answerable for e in examples]
    )
    return {
        "n_probes": float(len(own)),
        "n_offtopic": float(len(strange)),
        "right_first": float(np.mean([e.is_right for e in own])) if own else 0.0,
        "auroc_answerable": auroc(answerable, [e.is_answerable for e in examples]),
        "answered_at_5_percent_false": answered,
        "threshold_at_5_percent_false": threshold if np.isfinite(threshold) else 0.0,
    }
