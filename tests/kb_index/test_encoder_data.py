"""What the encoder's training reads: corpus, other writings of a text, pairs, teacher's shards."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from kb_index.training.corpus import DataMissing, load_corpus, vocabulary_sample
from kb_index.training.noise import slip, typed
from kb_index.training.pairs import N_NEIGHBOURS, PairSampler, Shares
from kb_index.training.teacher import encode_with_teacher
from kb_index.training.translit import LATIN_TYPED, latin_typed
from kb_index.training.variants import Variants
from tests.kb_index.training_pack import toy_corpus, write_pack


def test_share_alike_sources_are_left_out_unless_asked_for(tmp_path: Path) -> None:
    pack = write_pack(tmp_path)

    assert "Geteilt" not in load_corpus(pack).texts
    assert "Geteilt" in load_corpus(pack, share_alike=True).texts


def test_corpus_groups_translations_answers_and_intents(tmp_path: Path) -> None:
    corpus = load_corpus(write_pack(tmp_path))

    named = [[(tag, corpus.texts[i]) for tag, i in members] for _, members in corpus.units]
    assert named == [
        [("en", "Save"), ("de", "Speichern"), ("el", "Αποθήκευση όλων")],
        [("de", "Zur Kasse"), ("el", "Ταμείο")],
    ]
    assert [corpus.texts[pairs[0][0]] for pairs in corpus.answers] == [
        "Passwort zurücksetzen",
        "Ohne Titel",
    ]
    assert corpus.answer_english[1] == -1
    assert [len(group) for group in corpus.intents] == [5]
    assert {name: list(map(len, groups)) for name, groups in corpus.labelled.items()} == {
        "banking77_train": [3],
        "clinc150_train_val": [2],
    }
    assert {"card lost 0", "weather now", "reset password", "my pin"} <= {
        corpus.texts[i] for i in corpus.english
    }


def test_what_is_measured_is_never_read(tmp_path: Path) -> None:
    texts = load_corpus(write_pack(tmp_path), share_alike=True).texts

    for kept_back in ("Held out title!", "Geheim.", "Is it free?", "Kostet es?"):
        assert kept_back not in texts
    assert not {"weather validated", "out of scope"} & set(texts)


def test_an_incomplete_pack_is_named(tmp_path: Path) -> None:
    (write_pack(tmp_path) / "nlupp.jsonl.gz").unlink()

    with pytest.raises(DataMissing, match="nlupp"):
        load_corpus(tmp_path)


def test_vocabulary_sample_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    corpus = load_corpus(write_pack(tmp_path))

    first, second = (vocabulary_sample(corpus, per_language=2, seed=1) for _ in range(2))

    assert first == second
    assert first.count("Save") == 2


def test_a_slip_changes_a_word_behind_its_first_letter() -> None:
    choose = random.Random(0)

    slips = {slip("parcel", choose) for _ in range(200)}

    assert "parcel" not in slips
    assert all(word.startswith("p") and abs(len(word) - 6) <= 1 for word in slips)
    assert {"pacrel", "pacel", "parrcel", "parxel"} <= slips


def test_a_letter_without_neighbours_is_lost_in_a_slip() -> None:
    choose = random.Random(0)

    assert {slip("漢字漢", choose) for _ in range(50)} <= {"漢漢字", "漢漢", "漢字字漢"}


def test_typed_texts_keep_most_words_and_are_the_same_for_the_same_seed() -> None:
    text = "Mein Päckchen müsste längst hier angekommen sein bitte prüfen"
    versions = {typed(text, random.Random(seed)) for seed in range(60)}

    assert typed(text, random.Random(7)) == typed(text, random.Random(7))
    assert any("aeckchen" in version for version in versions)
    assert any(len(version.split()) < len(text.split()) for version in versions)
    kept = [len(set(version.split()) & set(text.split())) for version in versions]
    assert np.mean(kept) > 4


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("el", "Θέλω ξενοδοχείο", {"thelw ksenodoxeio", "8elw 3enodoxeio"}),
        ("ru", "где мой заказ", {"gde moy zakaz"}),
        ("uk", "де моє замовлення", {"de moye zamovlennya"}),
        ("bg", "къде е", {"kade e"}),
        ("ar", "الشحن", {"alsh7n", "elsh7n"}),
    ],
)
def test_latin_typed_words_are_those_that_people_type(
    language: str, text: str, expected: set[str]
) -> None:
    assert language in LATIN_TYPED
    written = {
        latin_typed(text, language=language, choose=random.Random(seed)) for seed in range(3_000)
    }
    assert expected <= written


def test_variants_stand_for_their_text() -> None:
    corpus = toy_corpus()
    corpus.texts[1], corpus.texts[2] = "Passwort vergessen und gesperrt", "Ξέχασα τον κωδικό"

    variants = Variants(corpus, seed=0)

    assert len(variants.base) == len(corpus.texts) > 60
    for kind in (variants.noisy, variants.latin):
        made = np.flatnonzero(kind >= 0)
        assert (variants.base[kind[made]] == made).all()
    assert variants.swap(np.arange(60), np.random.default_rng(0), noisy=0, latin=0).tolist() == [
        *range(60)
    ]
    swapped = variants.swap(np.arange(60), np.random.default_rng(0), noisy=1, latin=0)
    assert (swapped[variants.noisy >= 0] >= 60).all()


def sampler(size: int, shares: Shares | None = None) -> tuple[PairSampler, Variants]:
    corpus = toy_corpus()
    variants = Variants(corpus, seed=0)
    places = np.arange(10)[:, None] + np.arange(1, N_NEIGHBOURS + 1)
    return (
        PairSampler(
            corpus,
            variants,
            neighbours=places % 10,
            size=size,
            seed=3,
            shares=shares or Shares(),
            labelled=corpus.labelled["banking77_train"],
        ),
        variants,
    )


def test_batches_depend_on_seed_and_step_alone() -> None:
    (first, _), (second, _) = sampler(20), sampler(20)
    first.draw(0)

    left, right = first.draw(7), second.draw(7)

    assert np.array_equal(left.left, right.left)
    assert np.array_equal(left.english, right.english)
    assert not np.array_equal(left.left, first.draw(8).left)


def test_pairs_come_from_one_group() -> None:
    drawing, variants = sampler(200, Shares(labelled=0.2))
    kinds = set()
    for step in range(10):
        batch = drawing.draw(step)
        left, right = variants.base[batch.left], variants.base[batch.right]
        for a, b, english in zip(left, right, batch.english, strict=True):
            same = {
                "unit": a < 30 and b < 30 and a // 3 == b // 3 and english == a - a % 3,
                "answer": 40 <= a < 45 and b == a + 5 and english == a,
                "intent": 50 <= a < 58 and (a - 50) // 4 == (b - 50) // 4 and english == a,
                "labelled": {a, b} <= {30, 31} or {a, b} <= {32, 33, 34},
                "question": 30 <= a < 40 and ((b - a) % 10 <= 3) and english == a,
            }
            assert any(same.values())
            kinds |= {name for name, holds in same.items() if holds}
    assert kinds == {"unit", "answer", "intent", "labelled", "question"}


def test_parts_without_material_are_filled_with_translations() -> None:
    corpus = toy_corpus()
    corpus.answers, corpus.answer_english, corpus.intents, corpus.questions = [], [], [], []

    drawing = PairSampler(
        corpus,
        Variants(corpus, seed=0),
        neighbours=np.zeros((0, N_NEIGHBOURS), dtype=np.int64),
        size=40,
        seed=0,
        shares=Shares(labelled=0.1),
    )

    assert len(drawing.draw(0).left) == 40


def test_stored_teacher_vectors_are_found_by_their_text(tmp_path: Path) -> None:
    stored = np.eye(2, 384, dtype=np.float16)
    keys = [bytes.fromhex(digest) for digest in SHA256_OF_A_AND_B]
    np.savez(
        tmp_path / "shard-0000.npz",
        keys=np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(2, 16),
        vectors=stored,
    )
    told: list[tuple[int, int]] = []

    vectors = encode_with_teacher(
        ["b", "a", "b"], folder=tmp_path, progress=lambda done, total: told.append((done, total))
    )

    assert vectors[:, :2].tolist() == [[0, 1], [1, 0], [0, 1]]
    assert told == [(3, 3)]


# First 16 bytes of the digests of "a" and "b".
SHA256_OF_A_AND_B = ("ca978112ca1bbdcafac231b39a23dc4d", "3e23e8160039594a33894f6564e1b134")
