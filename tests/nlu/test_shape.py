"""The outer shape of a message."""

from __future__ import annotations

import numpy as np
import pytest

from nlu.shape import MAX_LOG_WORDS, N_FEATURES, TYPICAL_LOG_WORDS, describe_shape


def test_shape_is_a_short_vector_of_floats() -> None:
    shape = describe_shape("where is my parcel")

    assert shape.shape == (N_FEATURES,)
    assert shape.dtype == np.float32


def test_longer_is_larger_up_to_a_bound() -> None:
    lengths = [describe_shape("word " * n)[0] for n in (0, 1, 5, 20, 40, 400)]

    assert lengths[:4] == sorted(lengths[:4])
    assert len(set(lengths[:4])) == 4
    assert lengths[4] == lengths[5] == pytest.approx(MAX_LOG_WORDS - TYPICAL_LOG_WORDS)


@pytest.mark.parametrize("text", ["really?", "πότε;", "πότε\u037e", "متى؟"])
def test_question_marks_of_all_scripts_are_seen(text: str) -> None:
    assert describe_shape(text)[1] == 1.0


def test_no_question_and_no_number() -> None:
    assert describe_shape("good bye")[1:].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("text", ["it cost 59 euros", "٣٠ يومًا"])
def test_digits_are_seen(text: str) -> None:
    assert describe_shape(text)[2] == 1.0
