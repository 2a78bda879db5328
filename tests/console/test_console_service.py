"""What the console shows of classification, promises, routing and search, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Desk
from tests.console.test_console_browser import OpenSeat, axe_faults, open_ticket, rows

pytestmark = [pytest.mark.browser]


def test_a_ticket_says_in_short_what_it_is_and_what_was_promised(
    desk: Desk, seat: OpenSeat, axe_source: str
) -> None:
    guest = desk.ticket("I was charged twice for MT-204518", contact="Maria <maria@example.com>")
    page = seat().signed_in()
    expect(rows(page).get_by_test_id("due")).to_contain_text("Due in")
    open_ticket(page, guest)

    expect(page.get_by_test_id("summary")).to_contain_text("I was charged twice for MT-204518")
    expect(page.get_by_test_id("sla").locator("li").first).to_contain_text("First response")
    expect(page.get_by_test_id("sla").locator("li").first).to_contain_text("Due")
    expect(page.get_by_test_id("assignment")).to_have_text("Nobody yet")
    expect(page.get_by_test_id("customer")).to_contain_text("Maria")
    assert axe_faults(page, axe_source, "light") == []

    page.get_by_test_id("change-kind").click()
    page.get_by_test_id("kind-type").select_option(label="Complaint")
    assert axe_faults(page, axe_source, "light", part=".details") == []
    page.locator("#details").get_by_role("button", name="Save").click()

    expect(page.get_by_test_id("kind")).to_contain_text("Complaint")
    expect(page.get_by_test_id("change-kind")).to_be_focused()


def test_a_ticket_waits_for_something_and_goes_on(
    desk: Desk, seat: OpenSeat, axe_source: str
) -> None:
    guest = desk.ticket("A person, please: where is the spare part?")
    page = seat().signed_in(f"/console/#/queue/open/{guest.number}")
    page.get_by_test_id("state-menu").click()
    page.get_by_test_id("set-hold").click()
    assert axe_faults(page, axe_source, "light", part=".state-menu") == []
    page.get_by_test_id("hold-reason").fill("The part comes on Friday")
    page.get_by_test_id("hold-save").click()

    expect(page.get_by_test_id("ticket-state")).to_have_text("On hold")
    expect(page.get_by_test_id("state-menu")).to_be_focused()
    page.get_by_test_id("more-views").select_option("on_hold")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text(guest.number)

    open_ticket(page, guest)
    page.get_by_test_id("state-menu").click()
    page.get_by_test_id("set-open").click()
    expect(page.get_by_test_id("ticket-state")).to_have_text("Open")
    expect(rows(page)).to_have_count(0)


def test_what_somebody_else_changed_is_shown_and_not_overwritten(
    desk: Desk, seat: OpenSeat
) -> None:
    guest = desk.ticket("A person, please")
    place = seat()
    place.allowed = (*place.allowed, "412")
    page = place.signed_in(f"/console/#/queue/open/{guest.number}")
    expect(page.get_by_test_id("ticket-state")).to_have_text("New")
    # A change that this page has not heard of yet: its own version is stale for a moment.
    page.route(
        "**/api/v1/tickets/*",
        lambda route: (
            route.continue_(headers={**route.request.headers, "if-match": '"0"'})
            if route.request.method == "PATCH"
            else route.continue_()
        ),
    )
    page.get_by_test_id("state-menu").click()
    page.get_by_test_id("set-pending").click()

    expect(page.get_by_test_id("act-failure")).to_be_visible()
    expect(page.get_by_test_id("ticket-state")).to_have_text("New")


def test_words_with_a_slip_find_the_message_they_mean(
    desk: Desk, seat: OpenSeat, axe_source: str
) -> None:
    guest = desk.ticket("The embroidered tablecloth arrived with a tear")
    desk.ticket("Something else entirely")
    page = seat().signed_in()
    page.get_by_test_id("search").fill("tablecoth")

    expect(page.get_by_test_id("hit")).to_have_count(1)
    expect(page.get_by_test_id("found-count")).to_have_text("1 ticket found.")
    expect(page.get_by_test_id("hit").locator("mark").first).to_have_text("tablecloth")
    assert axe_faults(page, axe_source, "light") == []
    page.get_by_test_id("hit").click()
    expect(page.get_by_test_id("ticket-title")).to_contain_text(guest.number)

    page.get_by_test_id("search").press("Escape")
    expect(rows(page)).to_have_count(2)


def test_what_a_visitor_wrote_stays_text_in_a_search(desk: Desk, seat: OpenSeat) -> None:
    desk.ticket("<img src=x onerror=alert(1)> unusual")
    page = seat().signed_in()
    page.get_by_test_id("search").fill("unusual")

    expect(page.get_by_test_id("hit")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("[data-testid=hit] img").count() == 0
