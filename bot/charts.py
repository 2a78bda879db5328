"""Pictures of quality figures as SVG or PNG: light background, labelled axes, safe colours.

Colours are those of Okabe and Ito, which people with any colour blindness can tell apart; lines
also differ in their dashes. The same figures give the same file, byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
from matplotlib.figure import Figure

from kb_index.evaluation import ReliabilityBin

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("solid", "dashed", "dashdot", "dotted")
INK, GRID = "#333333", "#DDDDDD"
SUFFIXES = (".svg", ".png")
DPI = 120
_STYLE: Any = {
    "font.family": ["DejaVu Sans", "sans-serif"],
    "font.size": 10,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    # Letters stay letters: the file is small and can be read aloud and searched.
    "svg.fonttype": "none",
    "svg.hashsalt": "babeldesk",
}


def save_coverage_error(
    path: Path,
    curves: Mapping[str, Sequence[Sequence[float]]],
    *,
    decisions: Mapping[str, Sequence[float]] | None = None,
    title: str = "What answering more costs",
) -> None:
    """Draws wrong answers over answered questions, one line a set.

    Args:
        path: Ends in .svg or .png.
        curves: By name, points (share answered, share of these that is wrong), from 0 to 1.
        decisions: By name, the point at which the product decides to stand.
        title: Stands above.
    """
    with matplotlib.rc_context(_STYLE):
        figure, axes = _picture(6.4, 4.4, title)
        for number, (name, points) in enumerate(curves.items()):
            if points:
                axes.plot(
                    [100 * x for x, _ in points],
                    [100 * y for _, y in points],
                    color=COLOURS[number % len(COLOURS)],
                    linestyle=DASHES[number % len(DASHES)],
                    label=name,
                )
            if decisions and name in decisions:
                x, y = decisions[name]
                colour = COLOURS[number % len(COLOURS)]
                axes.plot(100 * x, 100 * y, "o", color=colour, markersize=8)
        if decisions:
            axes.plot([], [], "o", color=INK, markersize=8, label="where the product answers")
        axes.set(xlabel="Questions answered (%)", ylabel="Of these, wrongly answered (%)")
        axes.set_xlim(0, 100)
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False, loc="upper left")
        _save(figure, path)


def save_reliability(
    path: Path,
    stretches: Mapping[str, Sequence[ReliabilityBin]],
    *,
    title: str = "Does the stated probability hold?",
    label: str = "Stated probability that the first article is right (%)",
) -> None:
    """Draws the observed rate over the stated probability; larger dots hold more questions."""
    with matplotlib.rc_context(_STYLE):
        figure, axes = _picture(5.2, 5.0, title)
        axes.plot([0, 100], [0, 100], color=GRID, linewidth=2, label="exactly as stated", zorder=1)
        for number, bins in enumerate(stretches.values()):
            if not bins:
                continue
            total = sum(part.n for part in bins)
            colour = COLOURS[number % len(COLOURS)]
            stated = [100 * part.stated for part in bins]
            observed = [100 * part.observed for part in bins]
            axes.plot(stated, observed, color=colour, linestyle=DASHES[number % len(DASHES)])
            sizes = [12 + 260 * part.n / total for part in bins]
            axes.scatter(stated, observed, s=sizes, color=colour, zorder=3)
        axes.set(xlabel=label, ylabel="It was right (%)")
        axes.set_xlim(0, 100)
        axes.set_ylim(0, 100)
        axes.legend(frameon=False, loc="upper left", handles=axes.lines[:1] + [
            axes.plot([], [], color=COLOURS[number % len(COLOURS)], marker="o",
                      linestyle=DASHES[number % len(DASHES)], label=name)[0]
            for number, (name, bins) in enumerate(stretches.items()) if bins
        ])  # fmt: skip
        _save(figure, path)


def save_bars(
    path: Path,
    values: Mapping[str, float | None],
    *,
    label: str,
    title: str,
    level: float | None = None,
) -> None:
    """Draws shares as horizontal bars in the given order, each with its number.

    Args:
        path: Ends in .svg or .png.
        values: By name, from 0 to 1; None is left out.
        label: What the length of a bar means.
        title: Stands above.
        level: Drawn as a line: the level aimed at.
    """
    known = {name: value for name, value in values.items() if value is not None}
    with matplotlib.rc_context(_STYLE):
        figure, axes = _picture(6.4, 1.5 + 0.24 * max(3, len(known)), title)
        places = list(range(len(known)))[::-1]
        axes.barh(places, [100 * value for value in known.values()], color=COLOURS[0], height=0.72)
        for place, value in zip(places, known.values(), strict=True):
            axes.text(100 * value + 1, place, f"{100 * value:.1f}", va="center", fontsize=8)
        axes.set_yticks(places, labels=list(known))
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(f"{label} (%)")
        axes.set_xlim(0, 108)
        axes.set_ylim(-0.7, max(0.7, len(known) - 0.3))
        axes.grid(visible=False, axis="y")
        if level is not None:
            axes.axvline(100 * level, color=COLOURS[1], linestyle="dashed", linewidth=1.5)
            axes.text(
                100 * level, 1.0, f"aim {100 * level:g} ", color=COLOURS[1], fontsize=8,
                ha="right", va="bottom", transform=axes.get_xaxis_transform(),
            )  # fmt: skip
        _save(figure, path)


def save_groups(
    path: Path, groups: Mapping[str, Mapping[str, float | None]], *, label: str, title: str
) -> None:
    """Draws values side by side: one group of bars a name, one colour a series.

    Args:
        path: Ends in .svg or .png.
        groups: Series -> name -> value; None is left out.
        label: What the height of a bar means.
        title: Stands above.
    """
    names = list(dict.fromkeys(name for values in groups.values() for name in values))
    width = 0.8 / max(1, len(groups))
    with matplotlib.rc_context(_STYLE):
        figure, axes = _picture(6.4, 3.8, title)
        for number, (series, values) in enumerate(groups.items()):
            places = [place + (number + 0.5) * width - 0.4 for place in range(len(names))]
            axes.bar(
                places,
                [values.get(name) or 0.0 for name in names],
                width=width * 0.92,
                color=COLOURS[number % len(COLOURS)],
                label=series,
            )
        axes.set_xticks(range(len(names)), labels=names)
        axes.tick_params(axis="x", length=0)
        axes.set_ylabel(label)
        axes.grid(visible=False, axis="x")
        axes.legend(frameon=False)
        _save(figure, path)


def save_lines(
    path: Path,
    curves: Mapping[str, Sequence[tuple[float, float]]],
    *,
    labels: tuple[str, str],
    title: str,
) -> None:
    """Draws one line a series, all from zero.

    Args:
        path: Ends in .svg or .png.
        curves: Series -> points.
        labels: Of the two axes.
        title: Stands above.
    """
    with matplotlib.rc_context(_STYLE):
        figure, axes = _picture(6.4, 3.8, title)
        for number, (series, points) in enumerate(curves.items()):
            axes.plot(
                [x for x, _ in points],
                [y for _, y in points],
                color=COLOURS[number % len(COLOURS)],
                linestyle=DASHES[number % len(DASHES)],
                label=series,
            )
        axes.set(xlabel=labels[0], ylabel=labels[1])
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False)
        _save(figure, path)


def _picture(width: float, height: float, title: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", pad=14, fontsize=11, fontweight="bold")
    axes.grid(visible=True, color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    return figure, axes


def _save(figure: Figure, path: Path) -> None:
    if path.suffix not in SUFFIXES:
        raise ValueError(f"{path.name} must end in {' or '.join(SUFFIXES)}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    # No date and no version inside: only new figures make a new file.
    made_by = {"Date": None, "Creator": None} if path.suffix == ".svg" else {"Software": None}
    figure.savefig(path, metadata=made_by, dpi=DPI)
