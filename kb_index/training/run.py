"""A training run: base stage, final stage, the stages that measure, export. Each is resumable."""

from __future__ import annotations

import ctypes
import dataclasses
import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from kb_index.static_bag import StaticBag
from kb_index.training.export import export_model, write_card
from kb_index.training.figures import development_figures
from kb_index.training.pairs import PairSampler, Shares
from kb_index.training.prepare import Material, prepare
from kb_index.training.recipe import Recipe
from kb_index.training.table import Stage, State, TableTrainer

FloatArray = npt.NDArray[np.float32]
Say = Callable[[str], None]

TABLES = ("subwords", "ngrams")
# Labels of the final stage. Each is left out once, to measure what the stage does elsewhere.
LABELLED = ("banking77_train", "clinc150_train_val")


def train_encoder(
    *, data: Path, work: Path, output: Path, recipe: Recipe, threads: int, say: Say
) -> dict[str, dict[str, float]]:
    """Trains the encoder and writes it to `output`; goes on where an earlier run stopped.

    Args:
        data: Folder with the open data pack.
        work: Folder for intermediate files.
        output: Folder of the finished model.
        recipe: The numbers of the run.
        threads: Cores to use.
        say: Told what happens, one line at a time.

    Returns:
        Development figures by model: "base", "shipped", and one without each labelled file.

    Raises:
        DataMissing: If the folder does not hold the data pack.
        TeacherMissing: If the teacher's package is not installed.
    """
    started = time.monotonic()
    torch.set_num_threads(threads)
    _keep_freed_memory()
    material = prepare(data=data, work=work, recipe=recipe, say=say)

    def stage(states: Sequence[State], name: str, labelled: Sequence[str]) -> list[State]:
        first = name == "base"
        return train_stage(
            material,
            states,
            stage=recipe.base if first else recipe.final,
            shares=recipe.base_shares if first else recipe.final_shares,
            labelled=labelled,
            recipe=recipe,
            checkpoints=work / name,
            threads=threads,
            say=say,
        )

    def measured(states: Sequence[State], folder: Path) -> dict[str, float]:
        export_model(
            folder,
            tokenizer=material.tokenizer,
            tables=[np.asarray(state.table.numpy()) for state in states],
            recipe=recipe,
        )
        return development_figures(StaticBag(folder).encode, data)

    base = stage([State.begin(table) for table in material.initial], "base", ())
    figures = {"base": measured(base, work / "measured")}
    for left_out in LABELLED:
        others = [name for name in LABELLED if name != left_out]
        name = f"without-{left_out}"
        states = stage([state.copy() for state in base], name, others)
        figures[name] = measured(states, work / "measured")
    figures["shipped"] = measured(stage(base, "final", LABELLED), output)
    (work / "figures.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    write_card(
        output,
        recipe=dataclasses.asdict(recipe),
        sources=dict(material.corpus.sources),
        n_texts=material.n_texts,
        figures=figures,
    )
    say(f"Written to {output} after {(time.monotonic() - started) / 60:.0f} minutes")
    return figures


def train_stage(
    material: Material,
    states: Sequence[State],
    *,
    stage: Stage,
    shares: Shares,
    labelled: Sequence[str],
    recipe: Recipe,
    checkpoints: Path,
    threads: int,
    say: Say,
) -> list[State]:
    """Trains one stage of both tables side by side; goes on where an earlier run stopped.

    Args:
        material: What training reads.
        states: Both tables; they are changed.
        stage: The numbers of the stage.
        shares: What its batches are made of.
        labelled: Question files whose labels are used.
        recipe: The numbers of the run.
        checkpoints: Start of the names of the files that keep the stage's state.
        threads: Cores to use.
        say: Told how it goes.
    """
    sampler = PairSampler(
        material.corpus,
        material.variants,
        neighbours=material.neighbours,
        size=recipe.batch,
        seed=recipe.seed,
        shares=shares,
        labelled=[group for name in labelled for group in material.corpus.labelled[name]],
    )

    def train(view: int) -> State:
        torch.set_num_threads(max(1, threads // len(TABLES)))  # counts for this thread alone
        trainer = TableTrainer(
            states[view],
            view=view,
            bags=material.bags,
            base=material.variants.base,
            teacher=material.teacher,
        )
        checkpoint = checkpoints.with_name(f"{checkpoints.name}-{TABLES[view]}.pt")
        return trainer.train(
            sampler,
            stage,
            checkpoint=checkpoint,
            progress=lambda step, total, loss: say(
                f"{checkpoint.stem}: {step:,} of {total:,} steps, loss {loss:.3f}"
            ),
        )

    with ThreadPoolExecutor(len(TABLES) if threads > 1 else 1) as pool:
        return list(pool.map(train, range(len(TABLES))))


def _keep_freed_memory() -> None:
    """Tells the C library to reuse large buffers instead of handing them back after each step.

    Every step allocates the same few hundred MB; fresh pages cost more than the arithmetic.
    Other C libraries have no `mallopt` and lose only speed.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for setting, value in ((-8, 1), (-3, 1 << 30), (-1, (1 << 31) - 1)):
            mallopt(setting, value)  # arenas, threshold of mmap, threshold of trimming
