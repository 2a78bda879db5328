"""Who comes first wins alone, and the bot is silent beside an agent: short version of the races."""

from __future__ import annotations

import pytest

from tests.faults.races import N_AGENTS, contenders, race_claims, race_takeovers
from tests.faults.report import POSTGRES, SQLITE

KINDS = [SQLITE, pytest.param(POSTGRES, marks=pytest.mark.postgres)]


@pytest.mark.parametrize("kind", KINDS)
async def test_the_bot_is_silent_from_the_moment_an_agent_takes_over(kind: str) -> None:
    async with contenders(kind) as desks:
        result = await race_takeovers(desks, 60, seed=1)

    assert result.broken == []
    assert result.n_races == 60
    # Both are first now and then, or nothing raced.
    assert 0 < result.answered_first < 60


@pytest.mark.parametrize("kind", KINDS)
async def test_of_agents_who_take_a_ticket_together_one_gets_it(kind: str) -> None:
    async with contenders(kind) as desks:
        result = await race_claims(desks, 20, seed=1)

    assert result.broken == []
    assert result.n_races == 20 * N_AGENTS
