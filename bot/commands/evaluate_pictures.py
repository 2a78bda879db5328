"""Which pictures belong to which measurement."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.charts import save_bars, save_coverage_error, save_reliability
from kb_index.evaluation import ReliabilityBin


def draw_retrieval(folder: Path, result: Mapping[str, Any]) -> list[Path]:
    """Coverage-error curve, reliability diagram and a bar per language; gives the files."""
    curves = result["curves"]
    paths = [folder / name for name in ("coverage-error.svg", "reliability.svg", "recall-at-1.svg")]
    save_coverage_error(
        paths[0],
        {"surest first": curves["coverage_error"]},
        decisions={"surest first": curves["decision"]},
    )
    save_reliability(paths[1], {"all questions": read_bins(curves["reliability"])})
    recalls = {tag: row["recall_at_1"] for tag, row in result["languages"].items()}
    save_bars(
        paths[2], recalls, label="Right article first", title="Right article first, by language"
    )
    return paths


def draw_language(folder: Path, result: Mapping[str, Any]) -> list[Path]:
    """A bar per language, a bar per length and a reliability diagram; gives the files."""
    paths = [
        folder / name
        for name in ("language-by-language.svg", "language-by-length.svg", "language-sure.svg")
    ]
    save_bars(
        paths[0],
        {tag: row["accuracy"] for tag, row in result["languages"].items()},
        label="Language recognised",
        title="Language recognised, by language",
    )
    lengths = result["summary"]["lengths"]
    save_bars(
        paths[1],
        {f"{bucket} words": row["macro_accuracy"] for bucket, row in lengths.items()},
        label="Language recognised, mean over languages",
        title="Language recognised, by length of the text",
    )
    save_reliability(
        paths[2],
        {"texts with a stated language": read_bins(result["reliability"])},
        label="Stated probability of the language (%)",
    )
    return paths


def read_bins(rows: list[Mapping[str, Any]]) -> list[ReliabilityBin]:
    """Bins as they stand in a result."""
    return [ReliabilityBin(**row) for row in rows]
