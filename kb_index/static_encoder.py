"""The embedded encoder as a sentence-transformers module.

`SentenceTransformer(folder)` finds this class through the folder's `modules.json`; the arithmetic
is in `static_bag`, so both ways of loading give the same vectors.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from sentence_transformers.base.modules.input_module import InputModule
from tokenizers import Tokenizer

from kb_index.static_bag import CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE, StaticBag


class StaticBagEncoder(InputModule):  # type: ignore[misc]  # the library is untyped here
    """Input module whose output is the finished sentence embedding."""

    def __init__(self, bag: StaticBag) -> None:
        super().__init__()
        self.bag = bag
        self.tokenizer = Tokenizer.from_file(str(bag.folder / TOKENIZER_FILE))

    def preprocess(
        self, inputs: Sequence[Any], prompt: str | None = None, **_: Any
    ) -> dict[str, torch.Tensor | Any]:
        """Sums the vectors of the texts' pieces."""
        sums = self.bag.sums([f"{prompt or ''}{text}" for text in inputs])
        return {"sums": torch.from_numpy(sums)}

    def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Adds `sentence_embedding`, shape (n_texts, dimension), float32."""
        joined = self.bag.join(features["sums"].numpy())
        features["sentence_embedding"] = torch.from_numpy(joined)
        return features

    def get_embedding_dimension(self) -> int:
        """Gives the length of a sentence embedding."""
        return int(self.bag.dimension)

    def save(self, output_path: str, *_: Any, **__: Any) -> None:
        """Copies the model's files."""
        for name in (CONFIG_FILE, WEIGHTS_FILE, TOKENIZER_FILE):
            shutil.copyfile(self.bag.folder / name, Path(output_path) / name)

    @classmethod
    def load(cls, model_name_or_path: str, subfolder: str = "", **_: Any) -> StaticBagEncoder:
        """Opens a model folder."""
        return cls(StaticBag(Path(model_name_or_path) / subfolder))
