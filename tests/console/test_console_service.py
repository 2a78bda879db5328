"""What the console shows of classification, promises, routing and search, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from handoff.model import JsonObject
from tests.console.conftest import Desk
from tests.console.test_console_browser import PHONE, OpenSeat, axe_faults, open_ticket, rows

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
    expect(page.get_by_test_id("kind-type")).to_be_focused()
    expect(page.locator("#details").get_by_role("button", name="Save")).to_be_in_viewport(ratio=1)
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
    expect(page.get_by_test_id("hold-reason")).to_be_focused()
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


def test_a_ticket_is_given_to_a_colleague(desk: Desk, seat: OpenSeat, axe_source: str) -> None:
    guest = desk.ticket("A person, please: it is about the tablecloth")
    page = seat().signed_in(f"/console/#/queue/open/{guest.number}")
    page.get_by_test_id("take").click()
    page.get_by_test_id("give").click()
    expect(page.get_by_test_id("give-to")).to_be_focused()
    expect(page.get_by_test_id("give-save")).to_be_in_viewport(ratio=1)
    assert axe_faults(page, axe_source, "light", part=".details") == []
    page.get_by_test_id("give-to").press("Escape")
    expect(page.get_by_test_id("give")).to_be_focused()

    page.get_by_test_id("give").press("Enter")
    ben = page.get_by_test_id("give-to").locator("option", has_text="Ben Ali")
    expect(ben).to_contain_text("offline")
    page.get_by_test_id("give-to").select_option(value=ben.get_attribute("value"))
    page.get_by_test_id("give-reason").fill("He knows tablecloths")
    page.get_by_test_id("give-save").click()

    expect(page.get_by_test_id("assignment")).to_have_text("Ben Ali")
    expect(page.get_by_test_id("assignment-reasons")).to_contain_text("He knows tablecloths")
    told = page.locator("[data-testid=system-line][data-kind=assigned]")
    expect(told).to_contain_text("He knows tablecloths")
    joined = guest.reads(
        lambda event: event["kind"] == "agent_joined" and event["author_name"] == "Ben Ali"
    )
    assert "Ben Ali" in joined["text"]
    assert "He knows tablecloths" not in str(guest.everything())
    expect(page.get_by_test_id("give")).to_be_hidden()

    other = seat().signed_in("/console/#/queue/mine", email="ben@shop.example")
    expect(rows(other)).to_contain_text(guest.number)
    open_ticket(other, guest)
    expect(other.get_by_test_id("composer")).to_be_editable()


def canned(desk: Desk) -> None:
    """A reply in two languages and a macro that uses it."""
    core = desk.house.assembly.gateway.core
    texts = {
        "en": "{visitor.first_name|Hello}, {ticket.number} is noted.",
        "ar": "{visitor.first_name|مرحبًا}، سجلنا {ticket.number}.",
    }
    reply: JsonObject = {"shortcut": "noted", "title": "It is noted", "texts": dict(texts)}
    desk.do(core.replies.create(reply, actor_id=None))
    other: JsonObject = {"shortcut": "bye", "title": "Goodbye", "texts": {"en": "Goodbye."}}
    desk.do(core.replies.create(other, actor_id=None))
    macro: JsonObject = {
        "name": "Take and note",
        "description": "Answers at once",
        "then": [{"assign": "me"}, {"reply": "noted"}, {"add_tag": "noted"}],
    }
    desk.do(core.macros.create(macro, actor_id=None))


def test_a_canned_reply_goes_where_the_caret_is(
    desk: Desk, seat: OpenSeat, axe_source: str
) -> None:
    canned(desk)
    guest = desk.ticket("A person, please", contact="Maria Papadaki <maria@example.com>")
    page = seat().signed_in(f"/console/#/queue/open/{guest.number}")
    page.get_by_test_id("take").click()
    composer = page.get_by_test_id("composer")
    composer.fill("Good day. Bye!")
    composer.evaluate("field => field.setSelectionRange(10, 10)")

    page.get_by_test_id("replies").click()
    expect(page.get_by_test_id("picker-filter")).to_be_focused()
    expect(page.get_by_test_id("choice")).to_have_count(2)
    assert axe_faults(page, axe_source, "light", part=".composer") == []
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("picker")).to_be_hidden()
    expect(page.get_by_test_id("replies")).to_be_focused()

    page.keyboard.press("Enter")
    expect(page.get_by_test_id("choice")).to_have_count(2)
    page.keyboard.type("NOTED it")
    expect(page.get_by_test_id("choice")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(composer).to_have_value(f"Good day. Maria, {guest.number} is noted. Bye!")
    expect(composer).to_be_focused()
    assert composer.evaluate("field => field.value.slice(field.selectionStart)") == " Bye!"


def test_a_macro_says_what_it_would_do_and_does_it(
    desk: Desk, seat: OpenSeat, axe_source: str
) -> None:
    canned(desk)
    guest = desk.ticket("A person, please")
    page = seat().signed_in(f"/console/#/queue/open/{guest.number}")
    expect(page.get_by_test_id("replies")).to_be_hidden()
    page.get_by_test_id("macros").click()
    expect(page.get_by_test_id("choice")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    preview = page.get_by_test_id("macro-preview")
    expect(preview).to_contain_text("Assign to: You")
    expect(preview).to_contain_text(f"Hello, {guest.number} is noted.")
    expect(page.get_by_test_id("macro-apply")).to_be_focused()
    assert axe_faults(page, axe_source, "light", part=".composer") == []
    assert not any(event["kind"] == "agent_joined" for event in guest.everything())
    page.keyboard.press("Enter")

    expect(page.get_by_test_id("kind")).to_contain_text("noted")
    expect(preview).to_be_hidden()
    expect(page.get_by_test_id("macros")).to_be_focused()
    guest.reads(lambda event: event["text"] == f"Hello, {guest.number} is noted.")


def test_lists_fit_a_phone_and_read_from_the_right(
    desk: Desk, seat: OpenSeat, axe_source: str
) -> None:
    canned(desk)
    guest = desk.ticket("A person, please", locale="ar")
    page = seat(**PHONE, locale="ar").signed_in(f"/console/#/queue/open/{guest.number}")
    page.get_by_test_id("take").click()
    page.get_by_test_id("replies").click()
    expect(page.get_by_test_id("choice").first).to_be_visible()

    box = page.get_by_test_id("picker").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    assert box["y"] >= 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert axe_faults(page, axe_source, "light", part=".composer") == []
    page.get_by_test_id("choice").last.click()
    expect(page.get_by_test_id("composer")).not_to_have_value("")
