"""The API, the streams and the hard days again, over PostgreSQL.

These are the tests of the other modules, chosen because they rest on locks, numbering, uniqueness,
text as it is stored, or on what happens when a transaction fails.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType

import pytest
import pytest_asyncio

from tests.bot import (
    test_correlation,
    test_gateway_agent_api,
    test_gateway_background,
    test_gateway_faults,
    test_gateway_streams,
    test_gateway_visitor_api,
    test_log_privacy,
    test_metrics,
    test_token_api,
)
from tests.bot.conftest import maker
from tests.bot.house import House, MakeHouse
from tests.postgres import empty_postgres

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

CHOSEN: tuple[tuple[ModuleType, tuple[str, ...]], ...] = (
    (
        test_gateway_visitor_api,
        (
            "test_a_question_is_answered",
            "test_asking_for_a_person_opens_one_ticket_and_silences_the_bot",
            "test_a_valid_token_resumes_the_conversation",
            "test_sending_twice_stores_once",
            "test_a_client_id_cannot_be_used_for_another_text",
            "test_another_visitors_conversation_looks_as_if_it_did_not_exist",
            "test_texts_that_cannot_be_stored_are_refused",
            "test_odd_texts_are_ordinary_messages",
            "test_half_a_character_is_repaired",
            "test_feedback_counts_once_for_the_article_of_the_answer",
            "test_a_rush_is_stored_in_order_and_served_one_at_a_time",
            "test_language_and_contact_are_kept",
        ),
    ),
    (
        test_gateway_agent_api,
        (
            "test_the_first_login_link_works_once",
            "test_a_ticket_from_queue_to_resolution",
            "test_handing_back_lets_the_assistant_answer_again",
            "test_two_agents_cannot_hold_one_ticket",
            "test_a_supervisor_takes_a_ticket_from_a_colleague",
            "test_an_unknown_ticket",
        ),
    ),
    (
        test_gateway_streams,
        (
            "test_a_socket_resumes_after_the_cursor_without_gap_or_repeat",
            "test_two_pages_of_one_visitor_see_the_same",
            "test_server_sent_events_show_the_same_and_resume",
            "test_long_poll_returns_as_soon_as_something_happens",
            "test_an_agent_sees_a_new_ticket_and_both_see_each_other_live",
        ),
    ),
    (
        test_gateway_faults,
        (
            "test_a_wrong_brain_gets_two_tries_and_then_a_person_is_called",
            "test_one_failure_costs_a_second_try_and_no_ticket",
        ),
    ),
    (
        test_gateway_background,
        (
            "test_an_unexpected_error_of_a_sweep_is_told_and_passes",
            "test_a_result_that_was_not_stored_costs_a_try_and_no_lease",
        ),
    ),
    (
        test_token_api,
        (
            "test_a_program_reads_and_writes_with_its_token_and_no_csrf",
            "test_a_repeated_call_gets_the_first_answer",
            "test_calls_at_the_same_time_take_effect_once",
            "test_a_secret_is_kept_nowhere_not_even_for_a_repeat",
            "test_tokens_are_listed_in_pages",
        ),
    ),
    (test_correlation, ("test_an_agent_sees_which_request_led_to_the_ticket",)),
    (
        test_metrics,
        (
            "test_a_message_its_answer_and_a_ticket_are_measured",
            "test_depths_are_counted_at_most_every_few_seconds",
        ),
    ),
    (test_log_privacy, ("test_a_row_that_the_database_refuses_is_not_quoted",)),
    # Last, because it leaves the dispatcher drained.
    (test_gateway_faults, ("test_an_answer_that_comes_after_a_person_took_over_is_dropped",)),
)
for _module, _names in CHOSEN:
    globals().update({name: getattr(_module, name) for name in _names})

# The fixtures that the chosen tests of this module bring along.
out = test_log_privacy.out
fragile = test_log_privacy.fragile


@pytest.fixture
def make_house(tmp_path: Path) -> MakeHouse:
    """Each house with a database of its own."""

    @contextlib.asynccontextmanager
    async def make(**values: object) -> AsyncIterator[House]:
        home = tmp_path / "home"
        async with (
            empty_postgres() as url,
            maker(home)(**{**values, "DATABASE_URL": url}) as running,
        ):
            yield running

    return make


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One gateway for this module."""
    async with empty_postgres() as url:
        folder = tmp_path_factory.mktemp("house")
        async with maker(folder / "home")(DATABASE_URL=url) as running:
            yield running


@pytest_asyncio.fixture(loop_scope="module")
async def own_house(make_house: MakeHouse) -> AsyncIterator[House]:
    """A gateway for one test that breaks it."""
    async with make_house() as running:
        yield running


async def test_the_houses_of_this_module_are_on_postgresql(house: House) -> None:
    assert house.assembly.gateway.database.dialect == "postgresql"
