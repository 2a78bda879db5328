"""`babeldesk evaluate retrieval`: a knowledge base in a file, questions in a file, figures out.

The rows are indexed by the product's own builder with its own calibration in a temporary folder,
searched by its own search, and decided upon by its own decision function at the prices of
`config.yml`. Words that speak for themselves (a wish for a person, thanks) are not looked at here:
what is measured is search and confidence.
"""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.commands.evaluate_rows import LabelledQuestion
from kb_index.confidence import share_probability
from kb_index.evaluation import (
    answered_at_false_rate,
    auroc,
    coverage_error,
    expected_calibration_error,
    false_answer_rate,
    mean_reciprocal_rank,
    recall_at,
    reliability,
)
from kb_index.offline import Entry, EntryId, OfflineIndex, Question, build_offline
from kb_index.ports import Encoder, Progress
from kb_index.search import SearchResult
from nlu.decision import Act, Candidate, Costs, Evidence, History, decide
from nlu.language import detect
from nlu.languages import IDENTIFIED
from nlu.small_talk import load_small_talk
from nlu.text import has_words

RANKED = 10
MAX_CANDIDATES = 5
"""What the assistant's pipeline hands to the decision."""
FALSE_RATE = 0.05
MAX_CHARS = 2_000
MIN_OF_A_LANGUAGE = 20
"""Questions that a language needs to count in the means over languages."""
# Thresholds that a calibration sets for 5 % on the knowledge base's own phrasings, by suffix.
OWN_THRESHOLDS = {
    "": "answerable_threshold_at_5_percent_false",
    "_by_probability": "threshold_at_5_percent_false",
}
DECIDER = "nlu.components.Decider"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the product makes of one question.

    Attributes:
        language: The language that was searched in; detected where the row names none.
        ranked: (id, language shown, score), best first.
        probability: Calibrated probability that the first is right; 0 when nothing was found.
        answerable: Calibrated probability that the knowledge base holds the answer.
        act: The decision about it as a first message.
        offered: Ids that are answered with or offered.
        rank: Place of the first right id, from 1; None when it is not among the ranked ones.
    """

    question: LabelledQuestion
    language: str | None
    ranked: tuple[tuple[EntryId, str, float], ...]
    probability: float
    answerable: float
    act: Act
    offered: tuple[EntryId, ...]
    rank: int | None

    @property
    def is_answerable(self) -> bool:
        """The row names an entry that answers."""
        return bool(self.question.gold)

    @property
    def is_right(self) -> bool:
        """The first article answers."""
        return self.rank == 1

    def as_json(self) -> dict[str, Any]:
        """One element of `queries`."""
        return {
            "text": self.question.text,
            "lang": self.question.language,
            "gold": self.question.gold_as_given,
            "language": self.language,
            "rank": self.rank,
            "probability": round(self.probability, 5),
            "answerable": round(self.answerable, 5),
            "decision": self.act.value,
            "offered": list(self.offered),
            "ranked": [
                {"id": key, "score": round(score, 5), "language": language}
                for key, language, score in self.ranked
            ],
        }


def evaluate(
    entries: Sequence[Entry],
    questions: Sequence[LabelledQuestion],
    encoder: Encoder,
    *,
    costs: Costs,
    progress: Progress,
    k: int = RANKED,
) -> dict[str, Any]:
    """Figures over all questions and per language, with every question's outcome.

    Args:
        costs: Prices of the acts.
        progress: Told of building and searching.
        k: Ranked ids per question.

    Returns:
        `summary`, `languages` and `queries`; see docs/evaluate.md.

    Raises:
        kb_index.errors.KbError: If the index cannot be built.
    """
    with tempfile.TemporaryDirectory(prefix="babeldesk-evaluate-") as folder:
        index = build_offline(entries, encoder, folder=Path(folder), progress=progress)
        outcomes = _outcomes(index, questions, costs, k, progress)
        report = dict(index.snapshot.confidence.report)
        n_articles = len({str(entry.id) for entry in entries})
    known = {str(entry.id) for entry in entries}
    by_language: defaultdict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_language[outcome.language or "und"].append(outcome)
    return {
        "summary": {
            "n_entries": len(entries),
            "n_articles": n_articles,
            "n_gold_unknown": sum(
                o.is_answerable and not any(str(key) in known for key in o.question.gold)
                for o in outcomes
            ),
            "encoder": encoder.fingerprint,
            **figures(outcomes),
            **_own_threshold_figures(outcomes, report),
            "macro": _macro([figures(rows) for rows in by_language.values()]),
            "calibration": {key: round(float(value), 5) for key, value in report.items()},
            "costs": asdict(costs),
        },
        "languages": {tag: figures(rows) for tag, rows in sorted(by_language.items())},
        "curves": curves(outcomes),
        "queries": [outcome.as_json() for outcome in outcomes],
    }


def load_costs(config: Path) -> Costs:
    """Prices that the Decider in a `config.yml` is set to; those not named keep their defaults."""
    pipeline = yaml.safe_load(config.read_text(encoding="utf-8")).get("pipeline") or ()
    known = asdict(Costs())
    for component in pipeline:
        if component.get("name") == DECIDER:
            known |= {name: float(component[name]) for name in known if name in component}
    return Costs(**known)


def figures(outcomes: Sequence[Outcome]) -> dict[str, float | int | None]:
    """Figures over some questions; None where the rows do not allow one."""
    inside = [o for o in outcomes if o.is_answerable]
    outside = [o for o in outcomes if not o.is_answerable]
    ranks = [o.rank for o in inside]
    answerable = [o.is_answerable for o in outcomes]
    right = [o.is_right for o in outcomes]
    probabilities = [o.probability for o in outcomes]
    inside_scores = [o.answerable for o in outcomes]
    found: dict[str, float | int | None] = {
        "n": len(outcomes),
        "n_answerable": len(inside),
        "n_unanswerable": len(outside),
        "recall_at_1": recall_at(ranks, 1) if inside else None,
        "recall_at_3": recall_at(ranks, 3) if inside else None,
        "recall_at_10": recall_at(ranks, 10) if inside else None,
        "mrr": mean_reciprocal_rank(ranks) if inside else None,
        "ece": expected_calibration_error(probabilities, right),
    }
    for suffix, scores in (("", inside_scores), ("_by_probability", probabilities)):
        both = bool(inside) and bool(outside)
        share, _ = answered_at_false_rate(scores, right, answerable, false_rate=FALSE_RATE)
        found[f"auroc_refusal{suffix}"] = auroc(scores, answerable) if both else None
        found[f"answered_right_at_5_percent_false{suffix}"] = share if both else None
    found |= _decision_figures(inside, outside)
    return {
        key: round(value, 5) if isinstance(value, float) else value for key, value in found.items()
    }


def curves(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Points of the coverage-error curve and bins of the reliability diagram."""
    probabilities = [o.probability for o in outcomes]
    right = [o.is_right for o in outcomes]
    answered = [o for o in outcomes if o.act is Act.ANSWER]
    n_wrong = sum(not o.is_right for o in answered)
    return {
        "coverage_error": [
            [round(coverage, 5), round(error, 5)]
            for coverage, error in coverage_error(probabilities, right)
        ],
        "reliability": [asdict(stretch) for stretch in reliability(probabilities, right)],
        # Where the product's own decision stands on the first curve.
        "decision": [
            round(len(answered) / max(1, len(outcomes)), 5),
            round(n_wrong / max(1, len(answered)), 5),
        ],
    }


def _outcomes(
    index: OfflineIndex,
    questions: Sequence[LabelledQuestion],
    costs: Costs,
    k: int,
    progress: Progress,
) -> list[Outcome]:
    # The pipeline takes a greeting off before it searches, and so does this.
    without_greeting = load_small_talk().question
    asked = [
        Question(
            text=without_greeting(question.text)[:MAX_CHARS],
            language=question.language or _detected(question.text),
        )
        for question in questions
    ]
    results = index.search_all(asked, k=k, progress=progress)
    return [
        _outcome(index, question, put.language, result, costs)
        for question, put, result in zip(questions, asked, results, strict=True)
    ]


def _outcome(
    index: OfflineIndex,
    question: LabelledQuestion,
    language: str | None,
    result: SearchResult,
    costs: Costs,
) -> Outcome:
    ranked = tuple((index.entry_id(hit.article_id), hit.language, hit.score) for hit in result)
    gold = {str(key) for key in question.gold}
    places = [place for place, (key, _, _) in enumerate(ranked, start=1) if str(key) in gold]
    decision = decide(_evidence(question.text, result), History(), costs)
    return Outcome(
        question=question,
        language=language,
        ranked=ranked,
        probability=result[0].probability if len(result) else 0.0,
        answerable=result.answerable,
        act=decision.act,
        offered=tuple(index.entry_id(article_id) for article_id in decision.article_ids),
        rank=places[0] if places else None,
    )


def _evidence(text: str, result: SearchResult) -> Evidence:
    """The evidence of a question that says nothing but itself."""
    hits = result[:MAX_CANDIDATES]
    # Probabilities as the assistant sees them, who asks for fewer hits than are ranked here.
    shared = (
        share_probability([hit.score for hit in hits], hits[0].probability, result.answerable)
        if hits
        else ()
    )
    return Evidence(
        is_empty=not has_words(text),
        candidates=tuple(
            Candidate(article_id=hit.article_id, probability=probability)
            for hit, probability in zip(hits, shared, strict=True)
        ),
        answerable=result.answerable,
    )


def _decision_figures(
    inside: Sequence[Outcome], outside: Sequence[Outcome]
) -> dict[str, float | None]:
    acts_in, acts_out = Counter(o.act for o in inside), Counter(o.act for o in outside)
    n_in, n_out = len(inside), len(outside)
    n_right = sum(o.act is Act.ANSWER and o.is_right for o in inside)
    n_offered = sum(o.act is Act.CLARIFY and _offers_right(o) for o in inside)
    n_answered = acts_in[Act.ANSWER] + acts_out[Act.ANSWER]
    return {
        "answered": _share(acts_in[Act.ANSWER], n_in),
        "answered_right": _share(n_right, n_in),
        "answered_wrong": _share(acts_in[Act.ANSWER] - n_right, n_in),
        "clarified": _share(acts_in[Act.CLARIFY], n_in),
        "clarified_with_right": _share(n_offered, n_in),
        "rephrased": _share(acts_in[Act.REPHRASE], n_in),
        "handed_off": _share(acts_in[Act.HAND_OFF], n_in),
        "false_answer_rate": _share(acts_out[Act.ANSWER], n_out),
        "false_clarify_rate": _share(acts_out[Act.CLARIFY], n_out),
        "answers_that_are_right": _share(n_right, n_answered),
    }


def _own_threshold_figures(
    outcomes: Sequence[Outcome], report: Mapping[str, float]
) -> dict[str, float | None]:
    """What comes of the thresholds that the knowledge base set for itself."""
    answerable = [o.is_answerable for o in outcomes]
    n_inside = sum(answerable)
    found: dict[str, float | None] = {}
    for suffix, key in OWN_THRESHOLDS.items():
        if key not in report:
            continue
        threshold = report[key]
        scores = [o.probability if suffix else o.answerable for o in outcomes]
        n_right = sum(o.is_right and s > threshold for o, s in zip(outcomes, scores, strict=True))
        found[f"false_answer_rate_at_own_threshold{suffix}"] = false_answer_rate(
            scores, answerable, threshold=threshold
        )
        found[f"answered_right_at_own_threshold{suffix}"] = _share(n_right, n_inside)
    return {key: None if value is None else round(value, 5) for key, value in found.items()}


def _offers_right(outcome: Outcome) -> bool:
    gold = {str(key) for key in outcome.question.gold}
    return any(str(key) in gold for key in outcome.offered)


def _share(count: int, whole: int) -> float | None:
    return count / whole if whole else None


def _macro(rows: Sequence[Mapping[str, float | int | None]]) -> dict[str, float]:
    """Mean over languages of every figure that has a value there, and the worst recall at 1.

    A language with a handful of questions would weigh as much as one with hundreds: those are left
    out, unless there are no others.
    """
    large = [row for row in rows if (row["n"] or 0) >= MIN_OF_A_LANGUAGE] or rows
    means: dict[str, float] = {}
    for key in ("recall_at_1", "recall_at_3", "recall_at_10", "mrr", "auroc_refusal", "ece"):
        values = [float(value) for row in large if (value := row[key]) is not None]
        if values:
            means[key] = round(sum(values) / len(values), 5)
    recalls = [float(value) for row in large if (value := row["recall_at_1"]) is not None]
    if recalls:
        means["worst_recall_at_1"] = round(min(recalls), 5)
    return means


def _detected(text: str) -> str | None:
    """The language that a first message would be taken for, among all that are known."""
    return detect(text, supported=IDENTIFIED).message
