"""Folding, stems, n-grams, BM25 and coverage."""

from __future__ import annotations

import numpy as np
import pytest

from kb_index import lexical
from kb_index.lexical import (
    Float64Array,
    LexicalPart,
    Matches,
    QueryTerms,
    body_terms,
    coverage,
    fold,
    gram_terms,
    grams,
    split_words,
    stem,
    term_key,
)
from kb_index.lexical_build import LexicalPassage, build_lexical


def passages_of(*passages: tuple[str, str, bool]) -> list[LexicalPassage]:
    return [
        LexicalPassage(language=language, text=text, is_body=is_body)
        for language, text, is_body in passages
    ]


def index_of(*passages: tuple[str, str, bool]) -> tuple[LexicalPart, ...]:
    return (LexicalPart(0, build_lexical(passages_of(*passages))),)


def n_rows(parts: tuple[LexicalPart, ...]) -> int:
    return sum(part.index.n_passages for part in parts)


def gram_scores(parts: tuple[LexicalPart, ...], words: list[str], language: str) -> Float64Array:
    matches = Matches(n_rows(parts))
    matches.add(gram_terms(parts, QueryTerms.of(words, language)), 1.0)
    return matches.scores()


def body_scores(parts: tuple[LexicalPart, ...], words: list[str], language: str) -> Float64Array:
    matches = Matches(n_rows(parts))
    matches.add(body_terms(parts, QueryTerms.of(words, language)), 1.0)
    return matches.scores()


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ΠΑΡΑΓΓΕΛΊΑΣ", "παραγγελιασ"),
        ("Siparişİm Nerede", "siparisim nerede"),
        ("IŞIK ışık", "isik isik"),
        ("Straße", "strasse"),
        ("Zażółć gęślą", "zazolc gesla"),
        ("Ёлка Йод", "елка иод"),
        ("طَلَبـِي", "طلبي"),
        ("がぎ", "がぎ"),
        ("l’été", "l'ete"),
    ],
)
def test_folding_removes_case_and_accents_but_not_voicing_marks(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_words_keep_apostrophes_and_leave_punctuation_out() -> None:
    assert split_words("Where's my order MT-204518?!") == ["where's", "my", "order", "mt", "204518"]


def test_text_without_spaces_is_cut_into_pairs() -> None:
    assert split_words("注文状況") == ["注文", "文状", "状況"]
    assert split_words("注文") == ["注文"]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "orders", "order"),
        ("el", "παραγγελίες", "παραγγελίας"),
        ("el", "παραγγελιες", "παραγγελίες"),
        ("tr", "siparişler", "siparişim"),
        ("de", "Bestellungen".lower(), "bestellung"),
        ("es", "devoluciones", "devolución"),
        ("fr", "commandes", "commande"),
        ("it", "ordini", "ordine"),
        ("pt", "encomendas", "encomenda"),
        ("nl", "bestellingen", "bestelling"),
        ("pl", "zamówienia", "zamowienie"),
        ("ru", "заказы", "заказа"),
        ("ar", "الطلبات", "طلب"),
        ("pt-BR", "pedidos", "pedido"),
    ],
)
def test_forms_of_a_word_share_their_stem(language: str, one: str, other: str) -> None:
    assert stem(one, language) == stem(other, language)


def test_a_language_without_a_stemmer_is_only_folded() -> None:
    assert stem("Ordér".lower(), "xx") == "order"


def test_grams_mark_the_borders_of_a_word() -> None:
    assert grams("abcd") == [" abc", "abcd", "bcd "]
    assert grams("a") == [" a "]


def test_the_same_title_scores_one_and_another_language_nothing() -> None:
    index = index_of(
        ("en", "Track order", False), ("en", "Gift card", False), ("de", "Track", False)
    )

    scores = gram_scores(index, split_words("track order"), "en")

    assert scores[0] == pytest.approx(1.0, abs=1e-3)
    assert scores[1] < 0.2
    assert scores[2] == 0.0


def test_a_typing_error_still_finds_the_title() -> None:
    index = index_of(("en", "password reset", False), ("en", "delivery costs", False))

    scores = gram_scores(index, split_words("pasword reset"), "en")

    assert scores[0] > 0.7
    assert scores[1] < 0.1


def test_bodies_are_not_among_the_grams_and_titles_not_among_the_terms() -> None:
    index = index_of(("en", "voucher", False), ("en", "voucher", True))

    assert gram_scores(index, ["voucher"], "en").tolist() == [pytest.approx(1.0, abs=1e-3), 0.0]
    assert body_scores(index, ["voucher"], "en")[0] == 0.0


def test_rare_words_weigh_more_in_bodies_and_the_share_stays_below_one() -> None:
    index = index_of(
        ("en", "the parcel is late", True), ("en", "the voucher is late", True), ("en", "the", True)
    )

    scores = body_scores(index, split_words("the voucher"), "en")

    assert scores.argmax() == 1
    assert 0 < scores.max() < 1


def test_words_that_no_body_holds_lower_the_score() -> None:
    index = index_of(("en", "voucher", True), ("en", "parcel", True))

    alone = body_scores(index, ["voucher"], "en")[0]
    with_strangers = body_scores(index, ["voucher", "zebra", "quark"], "en")[0]

    assert with_strangers == pytest.approx(alone / 3, rel=0.5)


def test_a_question_without_known_words_scores_nowhere() -> None:
    index = index_of(("en", "voucher", True), ("en", "voucher", False))

    assert not gram_scores(index, ["xyzzy"], "en").any()
    assert not gram_scores(index, [], "en").any()
    assert not body_scores(index, ["xyzzy"], "en").any()


def test_an_empty_index_answers_with_nothing() -> None:
    index = index_of()

    assert gram_scores(index, ["voucher"], "en").shape == (0,)
    assert body_scores(index, ["voucher"], "en").shape == (0,)
    assert coverage(index, ["voucher"], "en") == 0.0


@pytest.mark.parametrize(("n_completed", "loses"), [(100, False), (0, True)])
def test_long_lists_wait_for_the_candidates(
    monkeypatch: pytest.MonkeyPatch, n_completed: int, loses: bool
) -> None:
    monkeypatch.setattr(lexical, "MAX_COMPLETED", n_completed)
    texts = [("en", f"parcel number {i % 7} {'voucher' * (i % 2)}", i % 3 == 0) for i in range(60)]
    parts = index_of(*texts)
    matches = Matches(60)
    terms = QueryTerms.of(["parcel", "voucher"], "en")
    matches.add(gram_terms(parts, terms), 0.5)
    matches.add(body_terms(parts, terms), 1.2)
    rows = np.array([50, 3, 17, 18, 21])

    some = matches.scores(most_entries=40)

    assert some.sum() < matches.scores().sum()
    completed = matches.complete(some, rows, most_entries=40)
    whole = matches.scores()[rows]
    assert (completed < whole - 1e-4).any() == loses
    assert (completed < whole + 1e-4).all()


def test_an_addition_is_weighed_as_the_large_index_weighs() -> None:
    texts = [("en", text, is_body) for text in ("parcel late", "voucher code", "parcel lost")
             for is_body in (False, True)]  # fmt: skip
    new = ("en", "parcel voucher", True)
    base = build_lexical(passages_of(*texts))
    addition = build_lexical(passages_of(new), base=base)
    parts = (LexicalPart(0, base), LexicalPart(len(texts), addition))

    scores = body_scores(parts, ["voucher"], "en")
    whole = body_scores(index_of(*texts, new), ["voucher"], "en")

    assert scores.shape == (7,)
    assert scores[6] == pytest.approx(whole[6], rel=0.15)
    assert scores[3] == pytest.approx(whole[3], rel=0.15)
    assert coverage(parts, ["voucher"], "en", minimum_count=3) == 1.0


def test_an_addition_may_bring_a_new_language() -> None:
    base = build_lexical(passages_of(("en", "parcel", False)))
    addition = build_lexical(passages_of(("el", "δέμα", False), ("el", "δέμα", True)), base=base)
    parts = (LexicalPart(0, base), LexicalPart(1, addition))

    assert gram_scores(parts, ["δέμα"], "el").tolist() == [0.0, pytest.approx(1.0, abs=1e-3), 0.0]
    assert body_scores(parts, ["δέμα"], "el")[2] > 0


def test_vowel_signs_and_particles_do_not_break_words() -> None:
    assert split_words("मेरा ऑर्डर") == ["मेरा", "ऑर्डर"]
    assert split_words("주문을 취소") == ["주문", "문을", "취소"]


def test_an_article_before_an_apostrophe_is_a_word_of_its_own() -> None:
    assert split_words("l’ordine qu'il where's") == ["l", "ordine", "qu", "il", "where's"]


def test_coverage_is_the_share_of_known_words_by_stem() -> None:
    index = index_of(("en", "Track your orders", False), ("el", "δέμα", False))

    assert coverage(index, split_words("track order of zebras"), "en") == 0.5
    assert coverage(index, split_words("Δεμα"), "el") == 1.0
    assert coverage(index, split_words("track"), "el") == 0.0


def test_order_numbers_do_not_count_for_coverage() -> None:
    index = index_of(("en", "Track order", False))

    assert coverage(index, split_words("order 204518"), "en") == 1.0
    assert coverage(index, split_words("204518"), "en") == 0.0


def test_coverage_can_leave_out_what_one_passage_alone_knows() -> None:
    index = index_of(("en", "track parcel", False), ("en", "track", True))

    assert coverage(index, ["track", "parcel"], "en", minimum_count=2) == 0.5


def test_a_key_depends_on_the_language_but_not_on_its_region() -> None:
    assert term_key("a", "pt") == term_key("a", "pt-BR")
    assert term_key("a", "pt") != term_key("a", "es")


def test_a_very_long_question_is_cut() -> None:
    index = index_of(("en", "voucher", False))

    assert gram_scores(index, ["zebra"] * 64 + ["voucher"], "en")[0] == 0.0
