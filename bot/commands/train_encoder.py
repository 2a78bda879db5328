"""`babeldesk train encoder`: train the embedded encoder again from the open data pack."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

DEFAULT_WORK = Path("var/encoder")


def train_encoder(
    data: Path,
    *,
    work: Path,
    output: Path | None,
    threads: int,
    share_alike: bool,
    progress: Callable[[str], None],
) -> dict[str, Any]:
    """Trains the encoder; an interrupted training goes on where it stopped.

    Args:
        data: Folder with the open data pack.
        work: Folder for intermediate files.
        output: Folder of the model, None for the one that the product ships.
        threads: Cores to use.
        share_alike: Whether share-alike sources are used too.
        progress: Told what happens, one line at a time.

    Returns:
        The model's folder and its development figures.

    Raises:
        DataMissing: If the folder does not hold the data pack.
        TeacherMissing: If the teacher's package is not installed.
    """
    from kb_index.encoder import DEFAULT_ENCODER
    from kb_index.training.recipe import Recipe
    from kb_index.training.run import train_encoder as train

    folder = output or Path(DEFAULT_ENCODER)
    figures = train(
        data=data,
        work=work,
        output=folder,
        recipe=Recipe(share_alike=share_alike),
        threads=threads,
        say=progress,
    )
    return {"event": "done", "encoder": str(folder), "figures": figures}
