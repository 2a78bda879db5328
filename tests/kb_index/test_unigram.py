"""Our unigram segmentation gives what `tokenizers` gives for the same file and word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from kb_index.encoder import DEFAULT_ENCODER
from kb_index.pieces import fold, is_word, split_words
from kb_index.unigram import UnigramPieces

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(DEFAULT_ENCODER) / "tokenizer.json"
ODD = "½ £5 `x` ~ ^ _ ᚠᚢᚦ x ᚠ 👍👍 … \u2581 返金してもらえますか คืนเงินได้ไหม 환불해주세요"


@pytest.fixture(scope="module")
def pieces() -> UnigramPieces:
    return UnigramPieces(FILE)


def words_of_twelve_languages() -> list[str]:
    texts = [
        line
        for path in sorted(ROOT.glob("data/kb/*/*.md"))[::7]
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    found = {fold(word) for text in [*texts, ODD] for word in split_words(text)}
    return sorted(found - {""})


def test_same_pieces_as_the_reference(pieces: UnigramPieces) -> None:
    words = words_of_twelve_languages()
    reference = Tokenizer.from_file(str(FILE)).model

    rows, lengths = pieces.rows(words)

    assert len(words) > 2_000
    start = 0
    different = []
    for word, length in zip(words, lengths, strict=True):
        expected = [t.id for t in reference.tokenize(f"\u2581{word}" if is_word(word) else word)]
        if rows[start : start + length].tolist() != expected:
            different.append(word)
        start += length
    assert different == []


def test_pieces_do_not_depend_on_the_words_around(pieces: UnigramPieces) -> None:
    words = words_of_twelve_languages()[::40]

    rows, lengths = pieces.rows(words)

    alone = [pieces.rows([word])[0].tolist() for word in words]
    assert rows.tolist() == [row for part in alone for row in part]
    assert lengths.tolist() == [len(part) for part in alone]


def test_empty_words_have_no_pieces(pieces: UnigramPieces) -> None:
    assert pieces.rows([])[0].tolist() == []
    assert pieces.rows(["", "a"])[1].tolist()[0] == 0


@pytest.mark.parametrize(
    "change", [{"model": {"type": "BPE"}}, {"pre_tokenizer": {"pretokenizers": []}}]
)
def test_other_tokenizers_are_refused(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps({**STORED, **change}))

    with pytest.raises(ValueError, match="unigram"):
        UnigramPieces(path)


def test_a_vocabulary_with_one_piece_twice_is_refused(tmp_path: Path) -> None:
    vocab = [["<unk>", 0.0], ["a", -1.0], ["a", -2.0]]
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps({**STORED, "model": {**STORED["model"], "vocab": vocab}}))

    with pytest.raises(ValueError, match="one hash"):
        UnigramPieces(path)


STORED: dict[str, dict[str, object]] = {
    "model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["a", -1.0]]},
    "pre_tokenizer": {"pretokenizers": [{"type": "Metaspace"}, {"type": "Punctuation"}]},
}
