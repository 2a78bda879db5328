"""What a storm does is drawn from its seed alone, and as its weather says."""

from __future__ import annotations

import random
from itertools import pairwise

from tests.faults.chaos import Means, Weather, plan_blows
from tests.faults.crowd import plan_visit

WEATHER = Weather(lasts_s=60.0, mean_gap_s=0.5, pause_s=(2.0, 3.0), database_kills=4, bus_outages=3)
TARGETS = ("gateway 0", "gateway 1", "brain 0", "worker 0")


def test_a_seed_gives_the_same_blows_again_and_another_seed_others() -> None:
    first, again, other = (plan_blows(random.Random(seed), WEATHER, TARGETS) for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_blows_come_in_order_within_the_storm_and_hit_everybody() -> None:
    blows = plan_blows(random.Random(1), WEATHER, TARGETS)

    assert [blow.at_s for blow in blows] == sorted(blow.at_s for blow in blows)
    assert all(0 <= blow.at_s < WEATHER.lasts_s for blow in blows)
    assert {blow.target for blow in blows if blow.target} == set(TARGETS)
    assert all(2.0 <= blow.lasts_s <= 3.0 for blow in blows if blow.means is Means.PAUSE)


def test_outages_of_one_kind_never_overlap() -> None:
    blows = plan_blows(random.Random(3), WEATHER, TARGETS)

    for means, n_times in ((Means.DATABASE, 4), (Means.BUS, 3)):
        outages = [blow for blow in blows if blow.means is means]
        assert len(outages) == n_times
        assert all(one.at_s + one.lasts_s <= next_one.at_s for one, next_one in pairwise(outages))


def test_what_visitors_say_is_planned_and_each_text_is_the_only_one() -> None:
    visits = [
        plan_visit(random.Random(f"seed {n}"), f"v{n}", within_s=60, stays_s=20, messages=6)
        for n in range(50)
    ]
    texts = [saying.text for visit in visits for saying in visit]

    assert visits[7] == plan_visit(
        random.Random("seed 7"), "v7", within_s=60, stays_s=20, messages=6
    )
    assert len(set(texts)) == len(texts) == 300
    assert any(text.startswith("handoff") for text in texts)
    for visit in visits:
        moments = [saying.at_s for saying in visit]
        assert moments == sorted(moments)
        assert moments[0] >= 0 and moments[-1] <= moments[0] + 20 and moments[-1] <= 60
