"""Opens the encoder that turns questions and passages into vectors.

The embedded default is read by `static_bag` directly: the same vectors as through
sentence-transformers, without loading torch into a small machine's memory. Every other name or
folder is opened as a SentenceTransformer; its prompts "query" and "passage" are used if it has
them, and those of the E5 family where the model itself does not say them. `onnx:NAME` runs the
same model by ONNX Runtime.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kb_index.ports import Encoder
from kb_index.static_bag import CONFIG_FILE, ModelError, StaticBag

__all__ = ["DEFAULT_ENCODER", "Encoder", "ModelError", "encoder_fingerprint", "load_encoder"]

FloatArray = npt.NDArray[np.float32]
Kind = Literal["query", "passage"]

DEFAULT_ENCODER = str(Path(__file__).parent / "models" / "babeldesk-static")
ONNX_PREFIX = "onnx:"
# Without them these models find a third less; their files do not say them.
# Source: the model cards of intfloat/e5-* and intfloat/multilingual-e5-*.
_E5 = re.compile(r"(?:^|[/_-])e5-(?:small|base|large)", re.IGNORECASE)
_E5_PROMPTS = {"query": "query: ", "passage": "passage: "}
# Files that decide what a SentenceTransformer folder computes.
_WEIGHTS = ("*.safetensors", "*.bin", "tokenizer.json", "modules.json", "*config*.json")


class StaticEncoder:
    """The embedded encoder; safe to call from several threads."""

    def __init__(self, folder: Path) -> None:
        self._bag = StaticBag(folder)
        self.fingerprint = self._bag.fingerprint
        self.dimension = self._bag.dimension

    def encode(self, texts: Sequence[str], *, kind: Kind) -> FloatArray:
        """Gives unit vectors, shape (n_texts, dimension), float32; `kind` makes no difference."""
        return self._bag.encode(texts)


class TransformerEncoder:
    """Any SentenceTransformer; calls are serialised because torch modules share buffers."""

    def __init__(self, name: str) -> None:
        """Opens the model.

        Args:
            name: Folder or hub name; with the prefix `onnx:` to run it by ONNX Runtime.

        Raises:
            ModelError: If it cannot be opened; the text says why.
        """
        from sentence_transformers import SentenceTransformer

        place = name.removeprefix(ONNX_PREFIX)
        backend = "onnx" if name.startswith(ONNX_PREFIX) else "torch"
        try:
            self._model: Any = SentenceTransformer(place, device="cpu", backend=backend)
        except Exception as error:  # the hub client raises many unrelated types
            raise ModelError(Path(name), f"sentence-transformers says: {error}") from error
        self._prompts = _prompts(place, self._model)
        self._lock = threading.Lock()
        self.dimension = int(self._model.get_embedding_dimension())
        self.fingerprint = _fingerprint(place, self._model, self._prompts, backend)

    def encode(self, texts: Sequence[str], *, kind: Kind) -> FloatArray:
        """Gives unit vectors, shape (n_texts, dimension), float32."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        with self._lock:
            vectors = self._model.encode(
                list(texts),
                prompt=self._prompts.get(kind) or None,
                batch_size=32,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return np.asarray(vectors, dtype=np.float32)


def load_encoder(name_or_path: str = DEFAULT_ENCODER) -> Encoder:
    """Opens an encoder by folder or by sentence-transformers name.

    Raises:
        ModelError: If it cannot be opened; the text says why.
    """
    folder = Path(name_or_path)
    if (folder / CONFIG_FILE).is_file():
        return StaticEncoder(folder)
    if name_or_path == DEFAULT_ENCODER:
        raise ModelError(folder, "the files are missing; restore them or run `make encoder`")
    return TransformerEncoder(name_or_path)


def encoder_fingerprint(name_or_path: str = DEFAULT_ENCODER) -> str:
    """Gives an encoder's identity, without opening it where the folder says it.

    Raises:
        ModelError: If it cannot be opened; the text says why.
    """
    config = Path(name_or_path) / CONFIG_FILE
    if config.is_file():
        try:
            return str(json.loads(config.read_text(encoding="utf-8"))["fingerprint"])
        except (ValueError, KeyError) as error:
            raise ModelError(config.parent, f"{CONFIG_FILE} is damaged") from error
    return load_encoder(name_or_path).fingerprint


def _prompts(name: str, model: Any) -> dict[str, str]:
    """Gives the model's own prompts, or those of its family if it has none that say anything."""
    own = {str(kind): str(text) for kind, text in (model.prompts or {}).items() if text}
    return own or (dict(_E5_PROMPTS) if _E5.search(name) else {})


def _fingerprint(name: str, model: Any, prompts: Mapping[str, str], backend: str) -> str:
    """Gives the identity of a SentenceTransformer: its files where they are local, else its name.

    Prompts and what it runs by belong to it, because they change the vectors.
    """
    digest = hashlib.sha256(json.dumps([dict(prompts), backend], sort_keys=True).encode())
    folder = Path(name)
    if folder.is_dir():
        for path in sorted({path for pattern in _WEIGHTS for path in folder.rglob(pattern)}):
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    else:
        commit = getattr(getattr(model[0], "model", None), "config", None)
        digest.update(f"{name}@{getattr(commit, '_commit_hash', '')}".encode())
    return f"st-{digest.hexdigest()[:16]}"
