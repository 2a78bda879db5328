"""Writes a trained model: int8 tables, one scale per row, tokenizer, module list, model card."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save
from tokenizers import Tokenizer

from kb_index.pieces import FORMAT
from kb_index.static_bag import CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE, fingerprint_of

if TYPE_CHECKING:
    from kb_index.training.run import Recipe

FloatArray = npt.NDArray[np.float32]

# The name under which sentence-transformers accepts the module without a trust flag; the
# environment's start-up hook points it at kb_index.static_encoder.
MODULE_CLASS = "sentence_transformers.babeldesk.StaticBagEncoder"
LICENCES = {
    "chatwoot": "MIT",
    "matrix": "Apache-2.0",
    "kuma": "MIT",
    "off": "Apache-2.0",
    "mattermost": "Apache-2.0",
    "rocketchat": "MIT",
    "android_settings": "Apache-2.0",
    "android_dialer": "Apache-2.0",
    "android_messaging": "Apache-2.0",
    "android_contacts": "Apache-2.0",
    "android_email": "Apache-2.0",
    "thunderbird": "Apache-2.0",
    "wikipedia_app": "Apache-2.0",
    "laravel": "MIT",
    "bookstack": "MIT",
    "spree": "BSD-3-Clause",
    "scratch": "BSD-3-Clause",
    "edgeai": "MIT",
    "osguide": "CC-BY-4.0",
    "ms_support": "CC-BY-4.0",
    "ntrex": "CC-BY-SA-4.0",
    "sib200": "CC-BY-SA-4.0",
    "tico19": "CC0-1.0",
    "tatoeba_el": "CC-BY-2.0-FR",
}


def quantise(table: FloatArray) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float16]]:
    """Gives int8 rows and one float16 scale per row so that row * scale is close to the table."""
    scales = (np.abs(table).max(axis=1) / 127).astype(np.float16)
    safe = np.where(scales == 0, np.float16(1), scales).astype(np.float32)
    rows = np.clip(np.round(table / safe[:, None]), -127, 127).astype(np.int8)
    return rows, scales


def export_model(
    folder: Path,
    *,
    tokenizer: Tokenizer,
    subwords: FloatArray,
    ngrams: FloatArray,
    recipe: Recipe,
    sources: dict[str, int],
    n_texts: int,
) -> None:
    """Writes the model folder that `StaticBag` and `SentenceTransformer` open."""
    folder.mkdir(parents=True, exist_ok=True)
    subword_rows, subword_scales = quantise(subwords)
    ngram_rows, ngram_scales = quantise(ngrams)
    weights = save(
        {
            "subwords": subword_rows,
            "subword_scales": subword_scales,
            "ngrams": ngram_rows,
            "ngram_scales": ngram_scales,
        }
    )
    vocabulary = tokenizer.to_str().encode()
    weighting = f"{recipe.subword_weight}:{recipe.ngram_weight}".encode()
    (folder / WEIGHTS_FILE).write_bytes(weights)
    (folder / TOKENIZER_FILE).write_bytes(vocabulary)
    config = {
        "format": FORMAT,
        "fingerprint": fingerprint_of(weights, vocabulary, weighting),
        "subword_weight": recipe.subword_weight,
        "ngram_weight": recipe.ngram_weight,
    }
    _write_json(folder / CONFIG_FILE, config)
    _write_json(
        folder / "modules.json", [{"idx": 0, "name": "0", "path": "", "type": MODULE_CLASS}]
    )
    _write_json(
        folder / "config_sentence_transformers.json",
        {"model_type": "SentenceTransformer", "similarity_fn_name": "cosine"},
    )
    card = _model_card(recipe, sources=sources, n_texts=n_texts, n_bytes=len(weights))
    (folder / "README.md").write_text(card, encoding="utf-8")


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def _model_card(recipe: Recipe, *, sources: dict[str, int], n_texts: int, n_bytes: int) -> str:
    rows = "\n".join(
        f"| {name} | {LICENCES.get(name, 'see NOTICE')} | {count:,} |"
        for name, count in sorted(sources.items(), key=lambda item: -item[1])
    )
    numbers = "\n".join(f"- {key}: {value}" for key, value in dataclasses.asdict(recipe).items())
    return f"""# babeldesk-static: the embedded multilingual encoder

A static encoder: a text is the sum of the vectors of its sub-words and of its hashed character
n-grams, each part at unit length, joined. Thirty languages, no transformer at run time,
{n_bytes / 1e6:.1f} MB of weights. Licence of the weights: Apache-2.0; the sources below want to be
named (see NOTICE).

Made by `python -m kb_index.training --data DIR` from {n_texts:,} distinct texts, with
all-MiniLM-L6-v2 (Apache-2.0) as teacher of the English side.

## Recipe

{numbers}

## Parallel sources

| source | licence | units |
|---|---|---|
{rows}

Support answers: Microsoft support answers (CC-BY-4.0). English sentences: NLU-Evaluation-Data
(CC-BY-4.0) and nlupp (CC-BY-4.0) with labels, banking77 (CC-BY-4.0) and clinc150 (CC-BY-3.0) train
splits as plain text only.

## Limits

Word order is not seen. Long passages are averaged. Languages outside the thirty, and Arabic, Thai,
Vietnamese and Japanese outside software and shop vocabulary, are weaker. Confidence must be fitted
on the knowledge base it is used with.
"""
