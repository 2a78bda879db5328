"""Other writings of a text: typed in a hurry, or in Latin letters."""

from __future__ import annotations

import random

import numpy as np
import numpy.typing as npt

from kb_index.training.corpus import Corpus
from kb_index.training.noise import typed
from kb_index.training.translit import LATIN_TYPED, latin_typed

IntArray = npt.NDArray[np.int64]
# Share of the texts that get each kind; English questions as users type them all get one.
NOISY, LATIN = 0.35, 0.6
_SHORTEST, _LONGEST = 8, 160


class Variants:
    """For each text the number of its noisy and its Latin-typed writing, or -1."""

    def __init__(self, corpus: Corpus, *, seed: int) -> None:
        """Adds the writings to the corpus' texts; they have no units or groups of their own."""
        n_texts = len(corpus.texts)
        self.noisy: IntArray = np.full(n_texts, -1, dtype=np.int64)
        self.latin: IntArray = np.full(n_texts, -1, dtype=np.int64)
        choose = random.Random(seed)
        always = set(corpus.questions)
        bases: list[int] = list(range(n_texts))
        for i in range(n_texts):
            text, language = corpus.texts[i], corpus.languages[i]
            if not _SHORTEST <= len(text) <= _LONGEST:
                continue
            if language in LATIN_TYPED and choose.random() < LATIN:
                self.latin[i] = len(corpus.texts)
                corpus.texts.append(latin_typed(text, language=language, choose=choose))
                corpus.languages.append("")
                bases.append(i)
            if i in always or choose.random() < NOISY:
                noisy = typed(text, choose)
                if noisy != text:
                    self.noisy[i] = len(corpus.texts)
                    corpus.texts.append(noisy)
                    corpus.languages.append("")
                    bases.append(i)
        self.base: IntArray = np.asarray(bases, dtype=np.int64)

    def swap(
        self, numbers: IntArray, random: np.random.Generator, *, noisy: float, latin: float
    ) -> IntArray:
        """Gives the numbers with some replaced by their writings, with the given chances."""
        chance = random.random(len(numbers))
        result = np.where(
            (chance < noisy) & (self.noisy[numbers] >= 0), self.noisy[numbers], numbers
        )
        typed_latin = (chance > 1 - latin) & (self.latin[numbers] >= 0)
        return np.where(typed_latin, self.latin[numbers], result)
