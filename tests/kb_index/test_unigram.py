"""Our unigram segmentation gives what `tokenizers` gives for the same file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from kb_index.encoder import DEFAULT_ENCODER
from kb_index.pieces import fold
from kb_index.unigram import UnigramPieces

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(DEFAULT_ENCODER) / "tokenizer.json"
ODD = [
    "",
    " ",
    "a  b   c",
    " lead and trail ",
    "tab\tx\ny",
    "½ £5 `x` ~ ^ _",
    "ᚠᚢᚦ x ᚠ",
    "👍👍 ok…",
    "\u2581",
    "返金してもらえますか",
    "คืนเงินได้ไหม",
    "환불해 주세요",
]


@pytest.fixture(scope="module")
def pieces() -> UnigramPieces:
    return UnigramPieces(FILE)


def test_same_pieces_as_the_reference_on_twelve_languages(pieces: UnigramPieces) -> None:
    lines = [
        fold(line)
        for path in sorted(ROOT.glob("data/kb/*/*.md"))[::7]
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    texts = [*lines, *map(fold, ODD)]
    reference = Tokenizer.from_file(str(FILE)).encode_batch_fast(texts, add_special_tokens=False)

    different = [
        text
        for text, expected in zip(texts, reference, strict=True)
        if pieces.rows(text) != expected.ids
    ]

    assert len(texts) > 500
    assert different == []


def test_a_word_without_end_is_cut_in_bounded_time(pieces: UnigramPieces) -> None:
    assert len(pieces.rows("x" * 20_000)) > 20_000 // 256


@pytest.mark.parametrize(
    "change", [{"model": {"type": "BPE"}}, {"pre_tokenizer": {"pretokenizers": []}}]
)
def test_other_tokenizers_are_refused(tmp_path: Path, change: dict[str, object]) -> None:
    stored = {
        "model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["a", -1.0]]},
        "pre_tokenizer": {"pretokenizers": [{"type": "Metaspace"}, {"type": "Punctuation"}]},
    }
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps({**stored, **change}))

    with pytest.raises(ValueError, match="unigram"):
        UnigramPieces(path)
