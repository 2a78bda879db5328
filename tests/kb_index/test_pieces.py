"""Folding, words, stems and n-grams: the same text always gives the same rows."""

from __future__ import annotations

import numpy as np
import pytest

from kb_index.pieces import (
    MAX_LETTERS,
    MAX_WORDS,
    fold,
    light_stem,
    ngram_rows,
    split_words,
    string_hashes,
)


def rows_of(word: str, n_rows: int = 49_152) -> list[int]:
    return ngram_rows([fold(word)], n_rows=n_rows)[0].tolist()


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Κωδικός", "κωδικοσ"),
        ("ŞİFRE", "sifre"),
        ("ıssız", "issiz"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("Køb", "kob"),
        ("مُحَمَّد", "محمد"),
        ("المنشفة", "المنشفه"),
        ("على", "علي"),
        ("می‌خواهم", "ميخواهم"),
        ("كـتـاب", "كتاب"),
        ("١٢٣ ۴۵ १२", "123 45 12"),
        ("がぎ", "がぎ"),
        ("हिन्दी", "हिन्दी"),
        ("ﬁn", "fin"),
        ("«x’s»", "«x's»"),
        ("Plain ASCII", "plain ascii"),
    ],
)
def test_fold_drops_what_typists_do_not_make_and_nothing_more(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_persian_and_arabic_forms_of_one_letter_are_one() -> None:
    assert fold("کتابی") == fold("كتابي")


def test_words_keep_their_marks_and_signs_stand_alone() -> None:
    assert split_words("Wie geht's?  हिन्दी में คืนเงินได้ไหม a_b 👍") == [
        *["Wie", "geht", "'", "s", "?"],
        *["हिन्दी", "में", "คืนเงินได้ไหม", "a", "_", "b", "👍"],
    ]


def test_words_and_their_letters_are_bounded() -> None:
    assert len(split_words("wörter " * 5_000)) == MAX_WORDS
    assert max(map(len, split_words("x" * 1_000))) == MAX_LETTERS


@pytest.mark.parametrize(
    "words",
    [
        ["المنشفة", "منشفتي", "والمنشفة", "للمنشفة"],
        ["بطاقتي", "البطاقة", "وبطاقتي"],
        ["طلبي", "الطلب", "طلبات"],
        ["החבילה", "חבילות"],
        ["המחיר", "מחיר"],
    ],
)
def test_words_with_other_clitics_have_one_stem(words: list[str]) -> None:
    assert len({light_stem(fold(word)) for word in words}) == 1


@pytest.mark.parametrize("word", ["من", "شكرا", "وصول", "שלום", "זה"])
def test_short_words_stay_whole(word: str) -> None:
    assert light_stem(fold(word)) == fold(word)


def test_other_scripts_have_no_stem_and_share_a_prefix() -> None:
    assert light_stem("siparisim") is None
    assert len(set(rows_of("siparisimi")) & set(rows_of("siparislerim"))) >= 6
    assert string_hashes(["Psipari"])[0] not in string_hashes(["Pother1", "Pother2"])


def test_accents_and_capitals_do_not_change_the_rows() -> None:
    assert rows_of("ΚΩΔΙΚΌ") == rows_of("κωδικο")


def test_a_word_gives_itself_twice_and_its_ngrams() -> None:
    # <ab>: itself twice, <ab ab> of three letters, <ab> of four.
    assert len(rows_of("ab")) == 2 + 2 + 1


@pytest.mark.parametrize(
    ("word", "n"),
    [
        ("返金可", 3 + 2 + 1),
        ("คืนเงิน", 5 + 4 + 3),
        ("환불", 2 + 3 + 2 + 1),
        ("?", 0),
        ("", 0),
        ("👍", 0),
    ],
)
def test_scripts_have_ngrams_of_their_own_sizes(word: str, n: int) -> None:
    assert len(rows_of(word)) == n


def test_known_rows_never_change() -> None:
    rows, lengths = ngram_rows(["ab", "返金", "?"], n_rows=49_152)

    assert lengths.tolist() == [5, 3, 0]
    assert rows.tolist() == KNOWN


KNOWN = [30530, 30530, 6725, 38805, 13348, 8076, 7021, 13317]


def test_rows_do_not_depend_on_the_words_around() -> None:
    words = ["kargo", "نقودي", "", "환불해", "คืนเงิน", "返金", "zurückschicken", "!"]

    together, lengths = ngram_rows(words, n_rows=1_000)

    parts = np.split(together, np.cumsum(lengths)[:-1])
    for word, part in zip(words, parts, strict=True):
        assert part.tolist() == ngram_rows([word], n_rows=1_000)[0].tolist()
