"""Makes everything that training reads: texts, teacher's vectors, vocabulary, bags of rows.

Slow results are kept in the work folder: the teacher's vectors and the tokenizer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from kb_index.training.bags import Bags, bags_of
from kb_index.training.corpus import Corpus, load_corpus, vocabulary_sample
from kb_index.training.pairs import N_NEIGHBOURS
from kb_index.training.recipe import Recipe
from kb_index.training.table import Teacher
from kb_index.training.teacher import encode_with_teacher, teacher_folder
from kb_index.training.tokenizer import teacher_words, train_tokenizer
from kb_index.training.variants import Variants
from kb_index.unigram import SPACE_MARK, UnigramPieces

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that training reads, made from the data pack."""

    corpus: Corpus
    variants: Variants
    bags: Bags
    teacher: Teacher
    neighbours: IntArray
    initial: tuple[FloatArray, FloatArray]
    tokenizer: Path
    n_texts: int


def prepare(*, data: Path, work: Path, recipe: Recipe, say: Say) -> Material:
    """Reads the data, asks the teacher, trains the tokenizer and cuts all texts.

    Raises:
        DataMissing: If the folder does not hold the data pack.
        TeacherMissing: If the teacher's package is not installed.
    """
    work.mkdir(parents=True, exist_ok=True)
    say("Reading the data")
    corpus = load_corpus(data, share_alike=recipe.share_alike)
    n_texts = len(corpus.texts)
    say(f"{n_texts:,} texts, {len(corpus.units):,} translated units")
    taught = encode_with_teacher(
        [corpus.texts[i] for i in corpus.english],
        folder=work / "teacher",
        progress=lambda done, total: say(f"Teacher: {done:,} of {total:,}"),
    )
    tokenizer = _tokenizer(corpus, work=work, recipe=recipe, say=say)
    teacher, projection = _teacher(corpus, taught, recipe=recipe)
    neighbours = _neighbours(
        taught[teacher.row_of_text[np.asarray(corpus.questions, dtype=np.int64)]]
    )
    say("Writing noisy and Latin-typed variants")
    variants = Variants(corpus, seed=recipe.seed)
    say(f"Cutting {len(corpus.texts):,} texts")
    bags = bags_of(corpus.texts, tokenizer, n_ngram_rows=recipe.n_ngram_rows)
    say("Starting English sub-words at the teacher's view of them")
    subwords = _initial_subwords(
        work, bags, corpus, taught=taught, projection=projection, recipe=recipe, say=say
    )
    random = np.random.default_rng(recipe.seed)
    ngrams = random.normal(scale=0.025, size=(recipe.n_ngram_rows, recipe.dimension))
    return Material(
        corpus=corpus,
        variants=variants,
        bags=bags,
        teacher=teacher,
        neighbours=neighbours,
        initial=(subwords, ngrams.astype(np.float32)),
        tokenizer=work / "tokenizer.json",
        n_texts=n_texts,
    )


def _tokenizer(corpus: Corpus, *, work: Path, recipe: Recipe, say: Say) -> UnigramPieces:
    path = work / "tokenizer.json"
    if not path.exists():
        say("Training the tokenizer")
        sample = vocabulary_sample(corpus, per_language=recipe.per_language, seed=recipe.seed)
        words = teacher_words(teacher_folder())
        train_tokenizer(sample, size=recipe.n_subwords, whole_words=words).save(str(path))
    return UnigramPieces(path)


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


def _neighbours(vectors: FloatArray) -> IntArray:
    """Gives the places of each vector's nearest others, shape (n, N_NEIGHBOURS), best first."""
    questions = torch.from_numpy(vectors)
    found = []
    for start in range(0, len(questions), 2_048):
        scores = questions[start : start + 2_048] @ questions.T
        scores[torch.arange(len(scores)), start + torch.arange(len(scores))] = -2
        found.append(scores.topk(min(N_NEIGHBOURS, len(questions) - 1), dim=1).indices)
    return np.asarray(torch.vstack(found).numpy(), dtype=np.int64)


def _initial_subwords(
    work: Path,
    bags: Bags,
    corpus: Corpus,
    *,
    taught: FloatArray,
    projection: tuple[FloatArray, FloatArray],
    recipe: Recipe,
    say: Say,
) -> FloatArray:
    """Starts English pieces at the teacher's view of them, others small and random.

    Rows are weighted by a / (a + p), a = 0.001: frequent pieces say little.
    Source: Arora et al. 2017, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings".
    """
    pieces = UnigramPieces.vocabulary(work / "tokenizer.json")
    counts = _row_counts(bags, np.arange(len(bags.words.offsets) - 1), n_rows=len(pieces))
    in_english = _row_counts(bags, np.asarray(corpus.english), n_rows=len(pieces))
    words = set(teacher_words(teacher_folder()))
    known = [
        row
        for row, piece in enumerate(pieces)
        if in_english[row] > 2 or piece.replace(SPACE_MARK, "") in words
    ]
    readable = [re.sub(SPACE_MARK, " ", pieces[row]).strip() or "." for row in known]
    seen = encode_with_teacher(
        readable,
        folder=work / "pieces",
        progress=lambda done, total: say(f"Teacher, pieces: {done:,} of {total:,}"),
    )
    mean, directions = projection
    random = np.random.default_rng(recipe.seed)
    table = random.normal(scale=0.3 / 16, size=(len(pieces), recipe.dimension)).astype(np.float32)
    table[known] = _unit(((seen - mean) @ directions).astype(np.float32))
    frequency = 1e-3 / (1e-3 + counts / counts.sum())
    weighted: FloatArray = (table * frequency[:, None] * 0.5).astype(np.float32)
    return weighted


def _row_counts(bags: Bags, texts: IntArray, *, n_rows: int) -> npt.NDArray[np.float64]:
    """Counts how often each sub-word occurs in the chosen texts."""
    words, _ = bags.words.take(texts)
    subwords = bags.views[0]
    of_word = np.bincount(words, minlength=len(subwords.offsets) - 1)
    weights = np.repeat(of_word, np.diff(subwords.offsets))
    counts = np.bincount(subwords.values, weights=weights, minlength=n_rows)
    return np.asarray(counts, dtype=np.float64)


def _unit(vectors: FloatArray) -> FloatArray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    return np.asarray(vectors / lengths, dtype=np.float32)
