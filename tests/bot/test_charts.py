"""Pictures: what they show, and that equal figures give equal files."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.charts import save_bars, save_coverage_error, save_reliability
from kb_index.evaluation import ReliabilityBin


def texts_of(path: Path) -> list[str]:
    """Words in an SVG, which must be well formed."""
    root = ElementTree.parse(path).getroot()
    return ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]


def test_a_coverage_error_curve_names_axes_and_sets(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "curve.svg"

    save_coverage_error(
        path, {"shop": [(0.5, 0.0), (1.0, 0.2)], "empty": []}, decisions={"shop": (0.7, 0.1)}
    )

    words = texts_of(path)
    assert "Questions answered (%)" in words
    assert "Of these, wrongly answered (%)" in words
    assert {"shop", "where the product answers"} <= set(words)
    assert "empty" not in words


def test_a_reliability_diagram_names_axes_and_sets(tmp_path: Path) -> None:
    path = tmp_path / "reliability.svg"
    stretch = ReliabilityBin(low=0.0, high=0.5, n=3, stated=0.2, observed=0.3)

    save_reliability(path, {"shop": [stretch], "empty": []})

    assert {"It was right (%)", "shop", "exactly as stated"} <= set(texts_of(path))


def test_bars_carry_their_numbers_and_the_level_aimed_at(tmp_path: Path) -> None:
    path = tmp_path / "bars.svg"

    save_bars(path, {"el": 0.912, "de": None}, label="Right", title="By language", level=0.9)

    words = [word.strip() for word in texts_of(path)]
    assert {"By language", "Right (%)", "el", "91.2", "aim 90"} <= set(words)
    assert "de" not in words


def test_equal_figures_give_equal_files(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        save_bars(tmp_path / name, {"el": 0.5}, label="Right", title="T")

    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_png_is_drawn_and_other_kinds_are_refused(tmp_path: Path) -> None:
    save_bars(tmp_path / "a.png", {"el": 0.5}, label="Right", title="T")

    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match=r"\.svg or \.png"):
        save_bars(tmp_path / "a.bmp", {"el": 0.5}, label="Right", title="T")
