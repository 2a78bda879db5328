"""Words are cut and compared alike in every language; what was found is shown in its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.tickets.search_text import (
    BEGINNING,
    EXACT,
    NEAR,
    QUERY_WORDS,
    STEM,
    WORD_CHARS,
    beginnings_of,
    cut_words,
    is_one_slip,
    make_snippet,
    query_words,
    rank_words,
    variants_of,
    weigh_match,
)

WORDS = st.text(alphabet="abcdeγδεжзи", min_size=4, max_size=10)


def words(text: str) -> list[str]:
    return [token.word for token in cut_words(text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ΠΑΡΑΓΓΕΛΊΑΣ", "παραγγελιας"),
        ("οδός", "ΟΔΟΣ"),
        ("İADE ISITICI", "iade ısıtıcı"),
        ("Straße", "STRASSE"),
        ("Où ça", "ou ca"),
        ("señor", "SENOR"),
        ("łódź", "Lodz"),
        ("ещё", "ЕЩЕ"),
        ("أين الطلب", "اين طلب"),
        ("فاتورة", "الفاتوره"),
        ("coração", "CORACAO"),
        ("één", "een"),
        ("perché", "PERCHE"),
        ("ﬁnal", "final"),
    ],
)
def test_forms_of_the_same_word_are_the_same_word(one: str, other: str) -> None:
    assert words(one) == words(other)


def test_places_are_those_in_the_text() -> None:
    text = "Où est BD-48213 ?"

    assert [(token.word, text[token.start : token.end]) for token in cut_words(text)] == [
        ("ou", "Où"),
        ("est", "est"),
        ("bd", "BD"),
        ("48213", "48213"),
    ]


def test_long_words_are_cut_and_signs_are_no_words() -> None:
    assert words("x" * 100) == ["x" * WORD_CHARS]
    assert words("?!  … ـ") == []


def test_a_query_has_each_word_once_and_only_the_longest_of_many() -> None:
    assert query_words("lamp Lamp LAMP broken") == ["lamp", "broken"]
    long = [f"word{'x' * n}" for n in range(QUERY_WORDS)]
    assert query_words("a b " + " ".join(long)) == long


def test_numbers_and_short_words_forgive_nothing() -> None:
    assert variants_of("48213") == ["48213"]
    assert variants_of("abc") == ["abc"]
    assert weigh_match("48213", "48214") == 0
    assert weigh_match("48213", "482131") == BEGINNING
    assert beginnings_of("ab") == []
    assert beginnings_of("482131") == ["482131"]
    assert beginnings_of("refund") == ["refund", "refu"]


@pytest.mark.parametrize(
    ("asked", "word", "weight"),
    [
        ("invoice", "invoice", EXACT),
        ("invo", "invoice", BEGINNING),
        ("παραγγελιες", "παραγγελιας", STEM),
        ("zamowienia", "zamowienie", STEM),
        ("invoice", "invioce", NEAR),
        ("invoice", "nvoice", NEAR),
        ("invoice", "infoice", NEAR),
        ("lampp", "lamp", NEAR),
        ("lamp", "late", 0),
        ("in", "inside", 0),
        ("refund", "refusing-for-long", 0),
        ("refund", "refunded", BEGINNING),
    ],
)
def test_how_well_a_word_answers(asked: str, word: str, weight: int) -> None:
    assert weigh_match(asked, word) == weight


@given(word=WORDS, at=st.integers(min_value=0, max_value=9), letter=st.sampled_from("abγж"))
def test_every_slip_is_found_by_a_common_variant(word: str, at: int, letter: str) -> None:
    at %= len(word)
    lost = word[:at] + word[at + 1 :]
    added = word[:at] + letter + word[at:]
    changed = word[:at] + letter + word[at + 1 :]
    swapped = word[:at] + word[at : at + 2][::-1] + word[at + 2 :]

    for slip in (lost, added, changed, swapped):
        assert is_one_slip(word, slip)
        if len(slip) >= 4:
            assert set(variants_of(word)) & set(variants_of(slip))


def test_two_slips_are_not_one() -> None:
    assert not is_one_slip("invoice", "invce")
    assert not is_one_slip("invoice", "inxoixe")
    assert not is_one_slip("abcd", "badc")


def test_the_best_words_come_first_and_others_not_at_all() -> None:
    candidates = ["lamps", "lamp", "lampshade", "damp", "camping"]

    ranked = rank_words("lamp", candidates, limit=3)

    assert list(ranked.items()) == [("lamp", EXACT), ("lamps", BEGINNING), ("lampshade", BEGINNING)]


def test_a_snippet_shows_the_hits_in_their_place() -> None:
    text = "so " * 60 + "the broken lamp\nis broken " + "and " * 60

    snippet = make_snippet(text, {"broken", "lamp"}.__contains__)

    shown = [snippet.text[start:end] for start, end in snippet.ranges]
    assert shown == ["broken", "lamp", "broken"]
    assert snippet.text.startswith("\u2026so so")
    assert snippet.text.endswith("\u2026")
    assert len(snippet.text) <= 182


def test_a_short_text_is_shown_whole() -> None:
    snippet = make_snippet("Η λάμπα έσπασε", {"λαμπα"}.__contains__)

    assert (snippet.text, snippet.ranges) == ("Η λάμπα έσπασε", ((2, 7),))
    assert make_snippet("nothing here", {"x"}.__contains__).ranges == ()


def test_a_word_that_has_no_space_near_is_cut() -> None:
    snippet = make_snippet("x" * 300 + " lamp", {"lamp"}.__contains__)

    assert [snippet.text[start:end] for start, end in snippet.ranges] == ["lamp"]
