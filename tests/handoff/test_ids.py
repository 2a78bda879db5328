"""Ids: form, order, uniqueness."""

from __future__ import annotations

import threading

from handoff.ids import IdMaker, is_id, new_id


def test_an_id_has_26_lower_case_characters() -> None:
    made = new_id()

    assert is_id(made)
    assert made == made.lower()
    assert len(made) == 26


def test_ids_of_one_millisecond_ascend() -> None:
    maker = IdMaker()

    made = [maker.new_id(now_ms=1_000) for _ in range(500)]

    assert made == sorted(set(made))


def test_ids_ascend_although_the_clock_steps_back() -> None:
    maker = IdMaker()

    made = [maker.new_id(now_ms=moment) for moment in (2_000, 1_000, 1_500, 2_001)]

    assert made == sorted(made)


def test_ids_go_into_the_next_millisecond_when_the_random_part_is_full() -> None:
    maker = IdMaker()
    first = maker.new_id(now_ms=1_000)
    maker._random = 2**80 - 1

    second = maker.new_id(now_ms=1_000)

    assert second > first
    assert second[:10] > first[:10]


def test_threads_never_get_the_same_id() -> None:
    maker = IdMaker()
    made: list[str] = []

    def make() -> None:
        made.extend([maker.new_id(now_ms=7) for _ in range(300)])

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(made)) == 1200


def test_other_texts_are_not_ids() -> None:
    assert not is_id("")
    assert not is_id("8" + "0" * 25)
    assert not is_id("0" * 25 + "u")
    assert not is_id("0" * 25 + "A")
