"""Command line of the encoder training."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from kb_index.encoder import DEFAULT_ENCODER, load_encoder
from kb_index.training.corpus import DataMissing
from kb_index.training.figures import development_figures
from kb_index.training.recipe import Recipe
from kb_index.training.run import train_encoder
from kb_index.training.teacher import TeacherMissing


def main() -> int:
    """Trains the encoder; returns the exit status."""
    parser = argparse.ArgumentParser(description="Train the embedded multilingual encoder.")
    parser.add_argument("--data", type=Path, required=True, help="folder with the open data pack")
    parser.add_argument("--work", type=Path, default=Path("var/encoder"))
    parser.add_argument("--out", type=Path, default=Path(DEFAULT_ENCODER))
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--share-alike", action="store_true", help="use share-alike sources too")
    parser.add_argument(
        "--measure", metavar="ENCODER", help="print the figures of a model instead of training"
    )
    arguments = parser.parse_args()
    started = time.monotonic()

    def say(line: str) -> None:
        sys.stdout.write(f"[{time.monotonic() - started:6.0f} s] {line}\n")
        sys.stdout.flush()

    if arguments.measure is not None:
        encoder = load_encoder(arguments.measure)
        figures = development_figures(
            lambda texts: encoder.encode(texts, kind="query"), arguments.data
        )
        for name, figure in figures.items():
            say(f"{figure:.3f}  {name}")
        return 0
    try:
        train_encoder(
            data=arguments.data,
            work=arguments.work,
            output=arguments.out,
            recipe=Recipe(share_alike=arguments.share_alike),
            threads=arguments.threads,
            say=say,
        )
    except (TeacherMissing, DataMissing) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
