"""The probes of a real knowledge base and the fit to them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from kb_index import probes as probes_module
from kb_index.builder import build_snapshot
from kb_index.calibration import calibrate, load_prior, prior_to_json
from kb_index.confidence import Example, default_confidence
from kb_index.index import Snapshot
from kb_index.offtopic import OfftopicQuestion
from kb_index.probes import search_probes
from tests.kb_index.factory import make_article, shop
from tests.kb_index.hashing_encoder import HashingEncoder

ENCODER = HashingEncoder()
POOL = [
    OfftopicQuestion(language="en", text=text)
    for text in ("Will it rain tomorrow?", "Who won the cup?", "Tell me a joke", "Buy bitcoin?")
] + [OfftopicQuestion(language="sv", text="Regnar det imorgon?")]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("kb")
    articles = [
        *shop(),
        make_article("lone", title="Opening hours", questions=(), body="Nine to five."),
    ]
    info = build_snapshot(articles, ENCODER, folder=folder, background=POOL)
    return Snapshot.open(info.path)


def found(snapshot: Snapshot) -> list[Example]:
    return search_probes(snapshot, ENCODER, POOL, progress=lambda *_: None)


def test_every_kind_of_probe_is_searched(snapshot: Snapshot) -> None:
    counts = Counter(example.kind for example in found(snapshot))

    assert counts["own"] == 24  # 18 questions and 6 titles; the lone title has no sister
    assert counts["offtopic"] == 4  # Swedish is not spoken here
    assert 0 < counts["short"] <= 25
    assert 0 < counts["hidden"] <= 25


def test_a_hidden_article_is_never_right(snapshot: Snapshot) -> None:
    hidden = [example for example in found(snapshot) if example.kind == "hidden"]

    assert not any(example.is_right or example.is_answerable for example in hidden)


def test_shortened_questions_find_their_article(snapshot: Snapshot) -> None:
    short = [example for example in found(snapshot) if example.kind == "short"]

    assert np.mean([example.is_right for example in short]) > 0.8


def test_hidden_phrasings_score_lower_than_shown_ones(snapshot: Snapshot) -> None:
    means = {
        kind: np.mean([e.features.score for e in found(snapshot) if e.kind == kind])
        for kind in ("own", "short")
    }

    assert means["own"] < means["short"]


def test_large_knowledge_bases_use_fewer_folds(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes_module, "MAX_PRODUCT", 0)
    monkeypatch.setattr(probes_module, "MAX_OWN", 7)
    monkeypatch.setattr(probes_module, "MAX_HIDDEN", 5)

    counts = Counter(example.kind for example in found(snapshot))

    assert 0 < counts["own"] <= 7
    assert counts["hidden"] <= 5


def test_progress_ends_complete(snapshot: Snapshot) -> None:
    told: list[tuple[str, int, int]] = []

    search_probes(snapshot, ENCODER, POOL, progress=lambda *step: told.append(step))

    assert told[0] == ("calibrate", 0, told[0][2])
    assert told[-1][1] == told[-1][2]


def test_without_any_question_sentences_of_the_texts_are_searched(tmp_path: Path) -> None:
    bodies = (
        "Wash it at forty degrees and never bleach the linen. Dry flat.",
        "Parcels leave the warehouse every working day before noon.",
        "荷物は毎日倉庫から発送されます。",
        "",
    )
    articles = [
        make_article(f"a{i}", title="", questions=(), body=body) for i, body in enumerate(bodies)
    ]
    info = build_snapshot(articles, ENCODER, folder=tmp_path, background=POOL)

    examples = found(Snapshot.open(info.path))

    assert Counter(example.kind for example in examples) == {"short": 3, "offtopic": 4}
    assert all(example.is_right for example in examples if example.kind == "short")
    confidence = Snapshot.open(info.path).confidence
    shown, strange = examples[0].features, examples[-1].features
    assert confidence.answerable.probability(shown) > confidence.answerable.probability(strange)


def test_an_empty_knowledge_base_has_no_probes(tmp_path: Path) -> None:
    info = build_snapshot([], ENCODER, folder=tmp_path, background=POOL)
    empty = Snapshot.open(info.path)

    assert found(empty) == []
    fitted = calibrate(empty, ENCODER, POOL, progress=lambda *_: None)
    assert fitted.answerable == default_confidence().answerable


def test_the_report_says_what_was_fitted(snapshot: Snapshot) -> None:
    report = snapshot.confidence.report

    assert report["n_probes"] == 24.0
    assert 0.0 <= report["right_first"] <= 1.0
    assert report["auroc_answerable"] > 0.6
    assert 0.0 < report["threshold_at_5_percent_false"] < 1.0


def test_the_shipped_prior_comes_back_as_written(tmp_path: Path) -> None:
    path = tmp_path / "prior.json"
    path.write_text(json.dumps(prior_to_json(load_prior())), encoding="utf-8")

    assert load_prior(path) == load_prior()


def test_a_foreign_prior_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "prior.json"
    path.write_text('{"format": 99}', encoding="utf-8")

    with pytest.raises(ValueError, match="format 1"):
        load_prior(path)
