"""From a question to ranked articles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kb_index import search as search_module
from kb_index.index import Snapshot
from kb_index.search import SearchResult, describe, rank, search
from tests.kb_index.hashing_encoder import HashingEncoder

ENCODER = HashingEncoder()


def ask(
    snapshot: Snapshot, question: str, language: str | None = "en", **options: Any
) -> SearchResult:
    vector = ENCODER.encode([question], kind="query")
    return search(snapshot, question, vector=vector, language=language, **options)


def test_a_question_in_other_words_finds_its_article(shop_snapshot: Snapshot) -> None:
    result = ask(shop_snapshot, "where is my package")

    best = result[0]
    assert (best.article_id, best.language) == ("order-track", "en")
    assert best.title == "Track your order"
    assert best.url == "/help/en/order-track"
    assert best.passage_kind == "question"
    assert best.score >= best.similarity + best.lexical > 0.8
    assert result.snapshot_id == shop_snapshot.snapshot_id


def test_an_article_appears_once_whatever_number_of_passages_match(shop_snapshot: Snapshot) -> None:
    names = [hit.article_id for hit in ask(shop_snapshot, "track my order parcel package")]

    assert len(names) == len(set(names))


def test_hits_fall_in_score_and_probability(shop_snapshot: Snapshot) -> None:
    hits = ask(shop_snapshot, "return my order")

    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    assert [h.probability for h in hits] == sorted((h.probability for h in hits), reverse=True)
    assert sum(h.probability for h in hits) <= 1.0 + 1e-9


def test_the_asked_language_is_shown_when_it_exists(shop_snapshot: Snapshot) -> None:
    best = ask(shop_snapshot, "που ειναι το δεμα μου", "el")[0]

    assert (best.article_id, best.language) == ("order-track", "el")
    assert best.url == "/help/el/order-track"


def test_a_translated_article_is_never_shown_in_another_language(shop_snapshot: Snapshot) -> None:
    hits = ask(shop_snapshot, "return label", "el")

    assert {h.language for h in hits if h.article_id == "return-how"} <= {"el"}


def test_an_untranslated_article_is_found_across_languages(shop_snapshot: Snapshot) -> None:
    best = ask(shop_snapshot, "iDEAL betaling", "el")[0]

    assert (best.article_id, best.language) == ("ideal-pay", "nl")


def test_body_words_count_only_in_the_question_s_own_language(shop_snapshot: Snapshot) -> None:
    own = ask(shop_snapshot, "courier carton", "en")[0]
    foreign = ask(shop_snapshot, "courier carton", "de")[0]

    assert (own.article_id, own.passage_kind, own.position) == ("return-how", "section", 0)
    assert own.lexical > 0
    assert foreign.lexical == 0.0


def test_without_a_language_every_translation_competes(shop_snapshot: Snapshot) -> None:
    assert ask(shop_snapshot, "ετικέτα επιστροφής", None)[0].language == "el"
    assert ask(shop_snapshot, "return label", None)[0].language == "en"


def test_market_audience_and_languages_filter_inside_the_search(shop_snapshot: Snapshot) -> None:
    def names(**options: Any) -> set[str]:
        return {hit.article_id for hit in ask(shop_snapshot, "iDEAL fraud signs", **options)}

    assert names() == {"order-track", "return-how", "ideal-pay"}
    assert names(market="DE") == {"order-track", "return-how"}
    assert names(market="NL", audience="agents") == {
        "order-track", "return-how", "ideal-pay", "fraud-check",
    }  # fmt: skip
    assert names(languages_ok=["nl"]) == {"ideal-pay"}
    assert names(languages_ok=["tr"]) == set()


def test_at_most_k_hits_are_given(shop_snapshot: Snapshot) -> None:
    result = ask(shop_snapshot, "order", k=1)

    assert len(result) == 1
    assert result[:1] == (result[0],)


def test_an_exact_question_is_more_probable_than_a_stranger(shop_snapshot: Snapshot) -> None:
    exact = ask(shop_snapshot, "Where is my parcel?")
    strange = ask(shop_snapshot, "Who painted the Mona Lisa?")

    assert exact[0].probability > 0.8
    assert exact.answerable > 0.8
    assert strange[0].probability < 0.3
    assert strange.answerable < 0.5
    assert exact.features is not None
    assert exact.features.coverage == 1.0


@pytest.mark.parametrize(
    "question", ["", "   ", "????", "😀😀", "\u202e\u0000", "<script>", "a" * 100_000, "MT-204518"]
)
def test_odd_questions_are_searched_without_harm(shop_snapshot: Snapshot, question: str) -> None:
    result = ask(shop_snapshot, question)

    assert all(0.0 <= hit.probability <= 1.0 for hit in result)
    assert 0.0 <= result.answerable <= 1.0


def test_the_vector_may_be_a_row_or_flat(shop_snapshot: Snapshot) -> None:
    vector = ENCODER.encode(["parcel"], kind="query")

    flat = search(shop_snapshot, "parcel", vector=vector[0], language="en")

    assert flat == search(shop_snapshot, "parcel", vector=vector, language="en")


def test_passages_can_be_left_out(shop_snapshot: Snapshot) -> None:
    vector = ENCODER.encode(["return label"], kind="query")[0]
    view = shop_snapshot.view(language="en")
    whole = rank(shop_snapshot, "return label", vector, view)

    left_out = np.flatnonzero(
        shop_snapshot.passage_code == shop_snapshot.passage_code[whole.rows[0]]
    )
    rest = rank(shop_snapshot, "return label", vector, view, leave_out=left_out, minimum_count=2)

    assert whole.scores[0] > rest.scores[0]
    assert not set(rest.rows) & set(left_out)


def test_a_lonely_article_has_its_score_as_margin(shop_snapshot: Snapshot) -> None:
    view = shop_snapshot.view(language="nl", languages_ok=["nl"])
    vector = ENCODER.encode(["iDEAL"], kind="query")[0]

    ranking = rank(shop_snapshot, "iDEAL", vector, view)
    features = describe(ranking, None, background=0.1, scope=0.0)

    assert len(ranking.rows) == 1
    assert features.margin == features.score
    assert features.language == ""


def test_large_views_go_through_candidates_and_find_the_same(
    shop_snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = ["where is my package", "courier carton", "return label", "xyzzy", ""]
    exact = [ask(shop_snapshot, question) for question in questions]

    monkeypatch.setattr(search_module, "MAX_EXACT_ROWS", 0)

    for question, expected in zip(questions, exact, strict=True):
        found = ask(shop_snapshot, question)
        assert [hit.article_id for hit in found] == [hit.article_id for hit in expected]
        np.testing.assert_allclose(
            [hit.score for hit in found], [hit.score for hit in expected], atol=1e-6
        )


def test_candidates_are_the_best_of_each_kind_inside_the_view(
    shop_snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_module, "MAX_EXACT_ROWS", 0)
    monkeypatch.setattr(search_module, "N_DENSE_CANDIDATES", 1)
    monkeypatch.setattr(search_module, "N_LEXICAL_CANDIDATES", 1)
    vector = ENCODER.encode(["iDEAL betalen"], kind="query")

    hits = search(shop_snapshot, "courier", vector=vector, language="en")

    assert {hit.article_id for hit in hits} == {"ideal-pay", "return-how"}
