"""The steps of a training run, each resumable: corpus, teacher, tokenizer, tables, export."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer

from kb_index.pieces import ngram_rows, subword_rows
from kb_index.training.corpus import Corpus, load_corpus, vocabulary_sample
from kb_index.training.export import export_model
from kb_index.training.pairs import PairSampler
from kb_index.training.table import Pieces, Teacher, train_table
from kb_index.training.teacher import encode_with_teacher, teacher_folder
from kb_index.training.tokenizer import teacher_words, train_tokenizer

FloatArray = npt.NDArray[np.float32]
Say = Callable[[str], None]

# Enough of a text to tell what it is about; longer bags only cost time in training.
TRAINED_SUBWORDS, TRAINED_NGRAMS = 96, 320


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The numbers of a run; they are written into the model card."""

    dimension: int = 256
    n_subwords: int = 73_728
    n_ngram_rows: int = 49_152
    subword_steps: int = 1_700
    ngram_steps: int = 900
    subword_batch: int = 2_048
    # N-gram bags are several times longer; half the batch costs the table little.
    ngram_batch: int = 1_024
    rate: float = 0.02
    per_language: int = 7_500
    seed: int = 0
    share_alike: bool = False
    subword_weight: float = 0.7
    ngram_weight: float = 0.5


def train_encoder(
    *, data: Path, work: Path, output: Path, recipe: Recipe, threads: int, say: Say
) -> None:
    """Trains the encoder and writes it to `output`; goes on where an earlier run stopped.

    Args:
        data: Folder with the open data pack.
        work: Folder for intermediate files.
        output: Folder of the finished model.
        recipe: The numbers of the run.
        threads: Cores to use.
        say: Told what happens, one line at a time.
    """
    torch.set_num_threads(threads)
    work.mkdir(parents=True, exist_ok=True)
    say("Reading the data")
    corpus = load_corpus(data, share_alike=recipe.share_alike)
    say(f"{len(corpus.texts):,} texts, {len(corpus.units):,} translated units")
    english = [corpus.texts[i] for i in corpus.english]
    taught = encode_with_teacher(
        english,
        folder=work / "teacher",
        progress=lambda done, total: say(f"Teacher: {done:,} of {total:,}"),
    )
    tokenizer = _tokenizer(corpus, work=work, recipe=recipe, say=say)
    teacher, projection = _teacher(corpus, taught, recipe=recipe)

    say("Cutting texts into sub-words")
    pieces = _pieces(corpus.texts, lambda part: subword_rows(part, tokenizer), TRAINED_SUBWORDS)
    initial = _initial_subwords(
        tokenizer, pieces, corpus, taught=taught, projection=projection, recipe=recipe, work=work
    )
    subwords = train_table(
        initial,
        pieces=pieces,
        sampler=PairSampler(corpus, size=recipe.subword_batch, seed=recipe.seed),
        teacher=teacher,
        n_steps=recipe.subword_steps,
        rate=recipe.rate,
        checkpoint=work / "subwords.pt",
        progress=lambda step, total, loss: say(f"Sub-words: {step}/{total}, loss {loss:.3f}"),
    )

    say("Cutting texts into n-grams")
    pieces = _pieces(
        corpus.texts,
        lambda part: [ngram_rows(text, n_rows=recipe.n_ngram_rows) for text in part],
        TRAINED_NGRAMS,
    )
    random = np.random.default_rng(recipe.seed)
    shape = (recipe.n_ngram_rows, recipe.dimension)
    ngrams = train_table(
        random.normal(scale=0.025, size=shape).astype(np.float32),
        pieces=pieces,
        sampler=PairSampler(corpus, size=recipe.ngram_batch, seed=recipe.seed),
        teacher=teacher,
        n_steps=recipe.ngram_steps,
        rate=recipe.rate,
        checkpoint=work / "ngrams.pt",
        progress=lambda step, total, loss: say(f"N-grams: {step}/{total}, loss {loss:.3f}"),
    )
    export_model(
        output,
        tokenizer=tokenizer,
        subwords=subwords,
        ngrams=ngrams,
        recipe=recipe,
        sources=dict(corpus.sources),
        n_texts=len(corpus.texts),
    )
    say(f"Written to {output}")


def _tokenizer(corpus: Corpus, *, work: Path, recipe: Recipe, say: Say) -> Tokenizer:
    path = work / "tokenizer.json"
    if not path.exists():
        say("Training the tokenizer")
        sample = vocabulary_sample(corpus, per_language=recipe.per_language, seed=recipe.seed)
        words = teacher_words(teacher_folder())
        train_tokenizer(sample, size=recipe.n_subwords, whole_words=words).save(str(path))
    return Tokenizer.from_file(str(path))


def _teacher(
    corpus: Corpus, taught: FloatArray, *, recipe: Recipe
) -> tuple[Teacher, tuple[FloatArray, FloatArray]]:
    """Reduces the teacher's vectors by their principal components (95 % of the variance)."""
    mean = taught.mean(0)
    _, _, components = np.linalg.svd((taught - mean)[::4], full_matrices=False)
    directions = components[: recipe.dimension].T.astype(np.float32)
    reduced = _unit(((taught - mean) @ directions).astype(np.float32))
    row_of_text = np.full(len(corpus.texts), -1, dtype=np.int64)
    row_of_text[np.asarray(corpus.english)] = np.arange(len(corpus.english))
    teacher = Teacher(
        vectors=torch.from_numpy(taught),
        reduced=torch.from_numpy(reduced),
        row_of_text=row_of_text,
    )
    return teacher, (mean, directions)


def _pieces(
    texts: Sequence[str],
    cut: Callable[[Sequence[str]], list[npt.NDArray[np.int64]]],
    limit: int,
) -> Pieces:
    rows: list[npt.NDArray[np.int32]] = []
    for start in range(0, len(texts), 20_000):
        rows += [part[:limit].astype(np.int32) for part in cut(texts[start : start + 20_000])]
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in rows])]).astype(np.int64)
    return Pieces(rows=np.concatenate(rows), offsets=offsets)


def _initial_subwords(
    tokenizer: Tokenizer,
    pieces: Pieces,
    corpus: Corpus,
    *,
    taught: FloatArray,
    projection: tuple[FloatArray, FloatArray],
    recipe: Recipe,
    work: Path,
) -> FloatArray:
    """Starts English pieces at the teacher's view of them, others small and random.

    Rows are weighted by a / (a + p), a = 0.001: frequent pieces say little.
    Source: Arora et al. 2017, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings".
    """
    n_rows = tokenizer.get_vocab_size()
    counts = np.bincount(pieces.rows, minlength=n_rows).astype(np.float64)
    english_rows = np.concatenate(
        [pieces.rows[pieces.offsets[i] : pieces.offsets[i + 1]] for i in corpus.english]
    )
    in_english = np.bincount(english_rows, minlength=n_rows)
    words = set(teacher_words(teacher_folder()))
    inverse = {row: piece for piece, row in tokenizer.get_vocab().items()}
    known = [
        row
        for row in range(n_rows)
        if in_english[row] > 2 or inverse[row].replace("\u2581", "") in words
    ]
    readable = [re.sub("\u2581", " ", inverse[row]).strip() or "." for row in known]
    seen = encode_with_teacher(readable, folder=work / "pieces", progress=lambda *_: None)
    mean, directions = projection
    random = np.random.default_rng(recipe.seed)
    table = random.normal(scale=0.3 / 16, size=(n_rows, recipe.dimension)).astype(np.float32)
    table[known] = _unit(((seen - mean) @ directions).astype(np.float32))
    frequency = 1e-3 / (1e-3 + counts / counts.sum())
    weighted: FloatArray = (table * frequency[:, None] * 0.5).astype(np.float32)
    return weighted


def _unit(vectors: FloatArray) -> FloatArray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    return np.asarray(vectors / lengths, dtype=np.float32)
