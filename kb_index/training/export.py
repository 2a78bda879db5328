"""Writes a trained model: int8 tables, one scale per row, tokenizer, module list, model card."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save
from tokenizers import Tokenizer

from kb_index.pieces import FORMAT
from kb_index.static_bag import CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE, fingerprint_of

if TYPE_CHECKING:
    from kb_index.training.recipe import Recipe

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
    folder: Path, *, tokenizer: Path, tables: Sequence[FloatArray], recipe: Recipe
) -> None:
    """Writes the model folder that `StaticBag` and `SentenceTransformer` open.

    Args:
        folder: Made if it does not exist.
        tokenizer: The unigram vocabulary.
        tables: Sub-word and n-gram vectors.
        recipe: The numbers of the run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    subword_rows, subword_scales = quantise(tables[0])
    ngram_rows, ngram_scales = quantise(tables[1])
    weights = save(
        {
            "subwords": subword_rows,
            "subword_scales": subword_scales,
            "ngrams": ngram_rows,
            "ngram_scales": ngram_scales,
        }
    )
    # As the library writes it without line breaks: half the size.
    vocabulary = Tokenizer.from_file(str(tokenizer)).to_str().encode()
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


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def write_card(
    folder: Path,
    *,
    recipe: Mapping[str, object],
    sources: Mapping[str, int],
    n_texts: int,
    figures: Mapping[str, Mapping[str, float]],
) -> None:
    """Writes the model card: what the model is, what it was made of and what it measures."""
    n_bytes = sum(path.stat().st_size for path in folder.iterdir() if path.suffix != ".md")
    source_rows = "\n".join(
        f"| {name} | {LICENCES.get(name, 'see NOTICE')} | {count:,} |"
        for name, count in sorted(sources.items(), key=lambda item: -item[1])
    )
    models = list(figures)
    heads = " | ".join(f"`{model}`" for model in models)
    figure_rows = "\n".join(
        f"| {name} | " + " | ".join(f"{figures[model][name]:.3f}" for model in models) + " |"
        for name in figures[models[0]]
    )
    numbers = "\n".join(f"- {name}: {value}" for name, value in recipe.items())
    card = _CARD.format(
        megabytes=n_bytes / 1e6,
        n_texts=n_texts,
        heads=heads,
        lines=" | ".join("---" for _ in models),
        figure_rows=figure_rows,
        numbers=numbers,
        source_rows=source_rows,
    )
    (folder / "README.md").write_text(card, encoding="utf-8")


_CARD = """# babeldesk-static: the embedded multilingual encoder

A static encoder: a text is the sum of the vectors of its sub-words and of its hashed words, stems
and character n-grams, each part at unit length, joined. Thirty languages, no transformer at run
time, {megabytes:.1f} MB in all. Licence of the weights: Apache-2.0; the sources below want to be
named (see NOTICE).

Made by `babeldesk train encoder --data DIR` from {n_texts:,} distinct texts and their noisy and
Latin-typed writings, with all-MiniLM-L6-v2 (Apache-2.0) as teacher of the English side.
docs/encoder.md describes the training and what was tried.

## Figures on development data

Share of questions whose first answer is right, unless the name says otherwise. `base` has seen no
label of banking77 or clinc150, `shipped` has seen the labels of both train splits in its final
stage: its rows of these two sets are in-domain figures. What the final stage does on questions of
a set whose labels it has not seen stands in the column without that set. All texts of both train
splits were read without labels. The FAQ, a tenth of the support answers and, unless share-alike
sources are asked for, the news and encyclopedia sentences were never read.

| set | {heads} |
|---|{lines}|
{figure_rows}

## Recipe

{numbers}

## Parallel sources

| source | licence | units |
|---|---|---|
{source_rows}

Support answers: Microsoft support answers (CC-BY-4.0). English questions: NLU-Evaluation-Data
(CC-BY-4.0) and nlupp (CC-BY-4.0); banking77 (CC-BY-4.0) and clinc150 (CC-BY-3.0), train splits.

## Limits

Word order is not seen. Long passages are averaged. Languages outside the thirty, and Arabic, Thai,
Vietnamese and Japanese outside software and shop vocabulary, are weaker. Confidence must be fitted
on the knowledge base it is used with.
"""
