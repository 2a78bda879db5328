"""Folding, n-grams and sub-words: the same text always gives the same rows."""

from __future__ import annotations

import numpy as np
import pytest

from kb_index.pieces import MAX_NGRAMS, fold, ngram_rows, word_ngrams


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Κωδικός", "κωδικοσ"),
        ("ŞİFRE", "sifre"),
        ("ıssız", "issiz"),
        ("Straße", "strasse"),
        ("مُحَمَّد", "محمد"),
        ("がぎ", "がぎ"),
        ("हिन्दी", "हिन्दी"),
        ("ﬁn", "fin"),
    ],
)
def test_fold_drops_what_typists_leave_out_and_nothing_more(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_accents_and_capitals_do_not_change_the_rows() -> None:
    first, second = (
        ngram_rows("Ξέχασα ΚΩΔΙΚΌ", n_rows=1000),
        ngram_rows("ξεχασα κωδικο", n_rows=1000),
    )

    assert np.array_equal(first, second)


def test_a_word_gives_itself_twice_and_its_ngrams() -> None:
    # <ab>: itself twice, <ab ab> of three letters, <ab> of four.
    assert len(word_ngrams("ab")) == 2 + 2 + 1


def test_unspaced_scripts_give_characters_pairs_and_triples() -> None:
    assert len(word_ngrams("返金可")) == 3 + 2 + 1


def test_known_rows_never_change() -> None:
    assert ngram_rows("a b", n_rows=49_152).tolist() == [2210, 2210, 17557, 39192, 39192, 5974]


def test_rows_are_bounded() -> None:
    assert len(ngram_rows("wörter " * 5000, n_rows=1000)) == MAX_NGRAMS
    assert len(ngram_rows("👍 …", n_rows=1000)) == 0
