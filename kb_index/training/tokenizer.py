"""Trains the sub-word tokenizer on folded text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from kb_index.pieces import fold


def train_tokenizer(texts: Sequence[str], *, size: int, whole_words: Sequence[str]) -> Tokenizer:
    """Trains a unigram tokenizer.

    Args:
        texts: The sample, already balanced over languages.
        size: Number of pieces.
        whole_words: English words that should stay whole because the teacher knows them.

    Source: Kudo 2018, "Subword Regularization", for the unigram model; the balance of the sample
        follows the study's finding that a proportional one starves English of pieces.
    """
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Metaspace(), pre_tokenizers.Punctuation()]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=size,
        unk_token="<unk>",
        special_tokens=["<unk>"],
        shrinking_factor=0.6,
        n_sub_iterations=1,
        max_piece_length=14,
    )
    sample = [fold(text) for text in texts] + [word for word in whole_words for _ in range(40)]
    tokenizer.train_from_iterator(sample, trainer)
    return tokenizer


def teacher_words(folder: Path) -> list[str]:
    """Gives the whole words of the teacher's vocabulary."""
    vocabulary = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
    return [word for word in vocabulary if re.fullmatch(r"[a-z]{3,}", word)]
