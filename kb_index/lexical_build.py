"""Builds the inverted indexes of `kb_index.lexical` in whole arrays instead of one dict per text.

Each distinct word is stemmed and cut into n-grams once; the rest is sorting and summing of numbers.
A small addition to a large index is weighed with the large one's statistics, so that scores from
both compare.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb_index.lexical import (
    BM25_B,
    BM25_K1,
    Float64Array,
    LanguageSize,
    LexicalIndex,
    Postings,
)
from kb_index.words import base_language, gram_keys, split_words, stem_key

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class LexicalPassage:
    """What the lexical index needs to know of a passage."""

    language: str
    text: str
    is_body: bool


@dataclass(frozen=True, slots=True)
class _Occurrences:
    """How often each distinct (word, language) stands in each passage; sorted by row."""

    rows: IntArray
    words: IntArray
    counts: IntArray
    vocabulary: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Entries:
    """(key, row, frequency) sorted by key, then row, with where each key starts."""

    keys: NDArray[np.uint32]
    starts: IntArray
    rows: IntArray
    frequencies: Float64Array

    @property
    def lengths(self) -> IntArray:
        return np.diff(self.starts)


def build_lexical(
    passages: Sequence[LexicalPassage], *, base: LexicalIndex | None = None
) -> LexicalIndex:
    """Builds the index; row i is passage i.

    Args:
        passages: What is to be found.
        base: The large index beside which this one will be searched.
    """
    found = _count_words(passages)
    languages = [base_language(passage.language) for passage in passages]
    is_body = np.array([passage.is_body for passage in passages], bool)
    in_body = is_body[found.rows]
    stems = _expand(found, np.ones(len(found.rows), bool), _stem_of)
    grams = _expand(found, ~in_body, gram_keys)
    body_stems = _expand(found, in_body, _stem_of)
    body_grams = _expand(found, in_body, gram_keys)
    sizes = base.sizes if base is not None else _sizes(languages, is_body, body_stems, body_grams)
    n_bodies = _per_row(languages, sizes, lambda size: size.n_bodies)
    mean_stems = _per_row(languages, sizes, lambda size: size.mean_stems)
    mean_grams = _per_row(languages, sizes, lambda size: size.mean_grams)
    n_titles = _per_row(languages, sizes, lambda size: size.n_titles)
    return LexicalIndex(
        grams=_cosine_postings(grams, n_titles, None if base is None else base.grams),
        body_stems=_bm25_postings(
            body_stems, n_bodies, mean_stems, None if base is None else base.body_stems
        ),
        body_grams=_bm25_postings(
            body_grams, n_bodies, mean_grams, None if base is None else base.body_grams
        ),
        words=stems.keys,
        word_counts=stems.lengths.astype(np.int32),
        n_passages=len(passages),
        sizes=sizes,
    )


def _stem_of(word: str, language: str) -> tuple[int, ...]:
    return (stem_key(word, language),)


def _count_words(passages: Sequence[LexicalPassage]) -> _Occurrences:
    ids: dict[tuple[str, str], int] = {}
    tokens: list[int] = []
    lengths: list[int] = []
    for passage in passages:
        language = base_language(passage.language)
        words = split_words(passage.text)
        tokens += [ids.setdefault((word, language), len(ids)) for word in words]
        lengths.append(len(words))
    rows = np.repeat(np.arange(len(passages)), lengths)
    pairs, counts = np.unique(rows * max(len(ids), 1) + np.array(tokens, np.int64),
                              return_counts=True)  # fmt: skip
    n_words = max(len(ids), 1)
    return _Occurrences(pairs // n_words, pairs % n_words, counts, list(ids))


def _expand(
    found: _Occurrences,
    chosen: NDArray[np.bool_],
    units: Callable[[str, str], Sequence[int]],
) -> _Entries:
    """Replaces words by their units and sums what falls together."""
    per_word = [units(word, language) for word, language in found.vocabulary]
    n_units = np.array([len(part) for part in per_word], np.int64)
    flat = np.array([key for part in per_word for key in part], np.uint64)
    firsts = np.cumsum(n_units) - n_units
    words, rows, counts = found.words[chosen], found.rows[chosen], found.counts[chosen]
    times = n_units[words]
    shift = np.repeat(firsts[words] - (np.cumsum(times) - times), times)
    keys = flat[shift + np.arange(len(shift))]
    pairs = (keys << np.uint64(32)) | np.repeat(rows, times).astype(np.uint64)
    order = np.argsort(pairs, kind="stable")
    pairs, weights = pairs[order], np.repeat(counts, times)[order]
    first = np.flatnonzero(np.append(True, pairs[1:] != pairs[:-1])) if len(pairs) else order
    frequencies = np.add.reduceat(weights, first) if len(first) else weights
    pairs = pairs[first]
    all_keys = (pairs >> np.uint64(32)).astype(np.uint32)
    starts = np.flatnonzero(np.append(True, all_keys[1:] != all_keys[:-1])) if len(pairs) else first
    return _Entries(
        keys=all_keys[starts],
        starts=np.append(starts, len(pairs)).astype(np.int64),
        rows=(pairs & np.uint64(0xFFFFFFFF)).astype(np.int64),
        frequencies=frequencies.astype(np.float64),
    )


def _sizes(
    languages: Sequence[str], is_body: NDArray[np.bool_], stems: _Entries, grams: _Entries
) -> Mapping[str, LanguageSize]:
    names = np.array(languages, object)
    n_stems = np.bincount(stems.rows, stems.frequencies, minlength=len(languages))
    n_grams = np.bincount(grams.rows, grams.frequencies, minlength=len(languages))
    sizes: dict[str, LanguageSize] = {}
    for language in sorted(set(languages)):
        own = names == language
        bodies = own & is_body
        n_bodies = int(bodies.sum())
        sizes[language] = LanguageSize(
            n_titles=int(own.sum()) - n_bodies,
            n_bodies=n_bodies,
            mean_stems=max(1.0, float(n_stems[bodies].sum()) / max(n_bodies, 1)),
            mean_grams=max(1.0, float(n_grams[bodies].sum()) / max(n_bodies, 1)),
        )
    return sizes


def _per_row(
    languages: Sequence[str],
    sizes: Mapping[str, LanguageSize],
    value: Callable[[LanguageSize], float],
) -> Float64Array:
    """A figure of each passage's language; a language that the base lacks counts as empty."""
    empty = LanguageSize(n_titles=1, n_bodies=1, mean_stems=1.0, mean_grams=1.0)
    known = {language: float(value(sizes.get(language, empty))) for language in set(languages)}
    return np.array([known[language] for language in languages], float)


def _counts(entries: _Entries, base: Postings | None) -> IntArray:
    """In how many texts each key stands; in the base where that knows the key."""
    if base is None or not len(base.keys):
        return entries.lengths
    places, known = base.find(entries.keys)
    return np.where(known, np.diff(base.starts)[places], entries.lengths)


def _cosine_postings(entries: _Entries, n_texts: Float64Array, base: Postings | None) -> Postings:
    # Every entry of a key lies in one language, so its first entry tells how many texts there are.
    total = n_texts[entries.rows[entries.starts[:-1]]]
    counts = np.minimum(_counts(entries, base), total)
    idf = np.log((1.0 + total) / (1.0 + counts)) + 1.0
    weights = (1.0 + np.log(entries.frequencies)) * np.repeat(idf, entries.lengths)
    norms = np.sqrt(np.bincount(entries.rows, weights**2, minlength=len(n_texts)))
    return _postings(entries, weights / norms[entries.rows], idf)


def _bm25_postings(
    entries: _Entries, n_texts: Float64Array, mean_length: Float64Array, base: Postings | None
) -> Postings:
    total = n_texts[entries.rows[entries.starts[:-1]]]
    counts = np.minimum(_counts(entries, base), total)
    idf = np.log(1.0 + (total - counts + 0.5) / (counts + 0.5))
    lengths = np.bincount(entries.rows, entries.frequencies, minlength=len(n_texts))
    length_factor = BM25_K1 * (1.0 - BM25_B + BM25_B * (lengths / mean_length)[entries.rows])
    saturation = entries.frequencies * (BM25_K1 + 1.0) / (entries.frequencies + length_factor)
    return _postings(entries, saturation * np.repeat(idf, entries.lengths), idf)


def _postings(entries: _Entries, weights: Float64Array, idf: Float64Array) -> Postings:
    return Postings(
        keys=entries.keys,
        starts=entries.starts,
        rows=entries.rows.astype(np.int32),
        weights=weights.astype(np.float16),
        idf=idf.astype(np.float32),
    )
