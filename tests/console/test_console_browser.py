"""The console in a real browser against the real gateway: what an agent sees and what it does.

Every test also fails on a console error, an uncaught exception or a violation of the strict content
security policy (see `seat` in conftest).
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.bot.house import PASSWORD
from tests.console.conftest import Desk, Guest, Seat

pytestmark = pytest.mark.browser

OpenSeat = Callable[..., Seat]
PHONE = {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "has_touch": True}
AXE = """([rules, part]) => axe.run(part ?? document, {runOnly: rules})
  .then(result => result.violations.map(found => found.id + ': ' + found.nodes
    .map(node => node.target.join(' ') + ' ' + (node.any[0]?.message ?? '')).join(' | ')))"""
# Colours are all that differs between the schemes.
RULES = {
    "light": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "dark": {"type": "rule", "values": ["color-contrast"]},
}
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script> javascript:alert(3)"


def rows(page: Page) -> Locator:
    return page.get_by_test_id("row")


def row(page: Page, guest: Guest) -> Locator:
    return page.locator(f"[data-ticket={guest.number}]")


def messages(page: Page, speaker: str) -> Locator:
    return page.locator(f"[data-testid=message][data-speaker={speaker}]")


def write(page: Page, text: str, *, mode: str = "reply") -> None:
    page.get_by_test_id(f"mode-{mode}").click()
    page.get_by_test_id("composer").fill(text)
    page.get_by_test_id("composer").press("Enter")


def open_ticket(page: Page, guest: Guest) -> None:
    row(page, guest).click()
    expect(page.get_by_test_id("ticket-title")).to_contain_text(guest.number)


def between(name: str, words: str) -> re.Pattern[str]:
    """A name in a sentence; its direction is isolated from the sentence's."""
    return re.compile(f"\u2068{name}\u2069 {words}")


def has_text(text: str) -> Callable[[dict[str, object]], bool]:
    return lambda event: event["text"] == text


def axe_faults(page: Page, source: str, scheme: str, *, part: str | None = None) -> list[str]:
    """Looks at the whole page, or only at the part (a selector) that has been opened on it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(source)
    found: list[str] = page.evaluate(AXE, [RULES[scheme], part])
    return found


def log_place(page: Page) -> int:
    """How far the log is scrolled from its end, in pixels."""
    place: float = page.get_by_test_id("log").evaluate("log => log.scrollHeight - log.scrollTop")
    return round(place)


def test_a_request_is_taken_answered_noted_and_resolved(desk: Desk, seat: OpenSeat) -> None:
    guest = desk.ticket("I was charged twice for MT-204518", contact="Maria <maria@example.com>")
    page = seat().page()
    page.get_by_label("E-mail").fill("ada@shop.example")
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_test_id("failure")).to_contain_text("E-mail or password is wrong.")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password", exact=True).press("Enter")

    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("P2")
    expect(rows(page)).to_contain_text("The assistant was not sure of an answer")
    expect(rows(page)).to_contain_text("Maria")
    expect(page.get_by_test_id("view-unassigned")).to_contain_text("1")
    expect(page.get_by_test_id("line")).to_have_attribute("data-line", "up")
    open_ticket(page, guest)
    expect(page.get_by_test_id("evidence")).to_contain_text("No article fitted well enough")
    expect(page.get_by_test_id("hits")).to_contain_text("When do I get my refund?")
    expect(page.get_by_test_id("hits")).to_contain_text("41%")
    expect(page.get_by_test_id("reasons").locator("q")).to_have_text("twice")
    expect(page.get_by_test_id("contact")).to_contain_text("maria@example.com")

    page.get_by_test_id("take").click()
    line = page.get_by_test_id("system-line").last
    expect(line).to_contain_text(between("Ada Lovelace", "took over"))
    write(page, "Good evening, I am looking into it.")
    expect(messages(page, "agent")).to_have_text(re.compile("I am looking into it"))
    reply = guest.reads(has_text("Good evening, I am looking into it."))
    assert (reply["author"], reply["author_name"]) == ("agent", "Ada Lovelace")

    guest.types()
    expect(page.get_by_test_id("visitor-typing")).to_have_text("The visitor is writing…")
    guest.says("Thank you!")
    expect(messages(page, "visitor").last).to_contain_text("Thank you!", timeout=2000)
    expect(page.get_by_test_id("visitor-typing")).to_be_empty()

    write(page, "The second charge is a hold.", mode="note")
    expect(messages(page, "note")).to_contain_text("Internal note, not visible to the visitor")
    page.get_by_test_id("resolve").click()
    expect(page.get_by_test_id("ticket-state")).to_have_text("Solved")
    guest.reads(lambda event: event["kind"] == "resolved")
    assert "The second charge is a hold." not in str(guest.everything())
    expect(page.get_by_test_id("composer")).to_be_hidden()
    expect(page.get_by_test_id("view-solved")).to_contain_text("1")

    page.get_by_test_id("reopen").click()
    expect(page.get_by_test_id("system-line").last).to_contain_text(
        between("Ada Lovelace", "reopened the ticket")
    )
    write(page, "One more thing.")
    assert guest.reads(has_text("One more thing."))["author"] == "agent"


def test_a_message_after_the_resolution_begins_anew_with_the_assistant(
    desk: Desk, seat: OpenSeat
) -> None:
    guest = desk.ticket("A person, please")
    page = seat().signed_in(f"/console/#/queue/open/{guest.number}")
    page.get_by_test_id("resolve").click()
    expect(page.get_by_test_id("reopen")).to_be_visible()
    assert desk.do(guest.visitor.events())["state"]["owner"] == "closed"

    guest.says("where is my parcel?")

    guest.reads(lambda event: event["author"] == "bot")
    state = desk.do(guest.visitor.events())["state"]
    assert (state["owner"], state["ticket_number"]) == ("bot", None)
    expect(page.get_by_test_id("reopen")).to_be_hidden()
    expect(page.get_by_test_id("ticket-state")).to_have_text("Solved")


def test_new_requests_arrive_by_themselves_and_in_order(desk: Desk, seat: OpenSeat) -> None:
    page = seat().signed_in()
    expect(page.get_by_test_id("empty")).to_be_visible()
    expect(page.get_by_test_id("line")).to_have_attribute("data-line", "up")

    plain = desk.ticket("Question about towels")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("New")
    urgent = desk.ticket("The lamp burns my hand")
    expect(rows(page)).to_have_count(2)
    greek = desk.ticket("Χρεώθηκα δύο φορές", locale="el-GR")

    expect(rows(page)).to_have_count(3)
    numbers = [one.get_attribute("data-ticket") for one in rows(page).all()]
    assert numbers == [urgent.number, greek.number, plain.number]
    expect(row(page, greek).get_by_test_id("language")).to_have_text("EL Greek")
    expect(row(page, greek).locator(".subject")).to_have_attribute("lang", "el")
    expect(page.get_by_test_id("announcer")).to_contain_text("new ticket")
    expect(page.get_by_test_id("view-open")).to_contain_text("3")
    expect(row(page, plain).get_by_test_id("waiting")).to_have_text(
        re.compile(r"Waiting [2-9]\d? sec")
    )


def test_two_agents_do_not_answer_the_same_visitor(desk: Desk, seat: OpenSeat) -> None:
    guest = desk.ticket("Two of you, please")
    ada_seat, ben_seat = seat(), seat()
    ada, ben = ada_seat.signed_in(), ben_seat.signed_in(email="ben@shop.example")
    open_ticket(ada, guest)
    open_ticket(ben, guest)
    expect(ben.get_by_text("2 agents online")).to_be_visible()

    ada.get_by_test_id("take").click()
    expect(ben.get_by_test_id("collision")).to_contain_text(
        "Ada Lovelace has this conversation now"
    )
    expect(ben.get_by_test_id("take")).to_be_hidden()
    expect(ben.get_by_text("Ada Lovelace has this conversation.")).to_be_visible()
    write(ben, "I know this customer.", mode="note")
    expect(messages(ada, "note")).to_contain_text("I know this customer.")

    ada.get_by_test_id("release").click()
    expect(ben.get_by_test_id("collision")).to_be_hidden()
    ben.get_by_test_id("mode-reply").click()
    ben.get_by_test_id("take").click()
    write(ben, "Ben here.")
    guest.reads(has_text("Ben here."))
    expect(ada.get_by_test_id("collision")).to_contain_text("Ben Ali")


def test_taking_what_is_taken_says_who_has_it(desk: Desk, seat: OpenSeat) -> None:
    guest = desk.ticket("Who is first?")
    one = seat()
    one.allowed += ("status of 409", "WebSocket connection", "net::ERR")
    # Without a live line the page believes what it first saw.
    one.context.route_web_socket("**/agent/ws*", lambda ws: ws.close())
    one.context.route("**/agent/stream*", lambda route: route.abort())
    page = one.signed_in()
    open_ticket(page, guest)
    core = desk.house.assembly.gateway.core
    ben = next(user for user in desk.do(core.agents.list_users()) if user.name == "Ben Ali")
    desk.do(core.desk.take(guest.number, ben.id))

    page.get_by_test_id("take").click()

    expect(page.get_by_test_id("collision")).to_contain_text("Ben Ali has this conversation now")
    expect(page.get_by_test_id("line-banner")).to_contain_text("The connection is lost")


def test_a_failed_reply_stays_and_is_sent_once(desk: Desk, seat: OpenSeat) -> None:
    guest = desk.ticket("Hello, anybody?")
    one = seat()
    one.allowed += ("net::ERR_FAILED",)
    page = one.signed_in(f"/console/#/queue/open/{guest.number}")
    page.get_by_test_id("take").click()
    failing = [True]

    def swallow(route: object) -> None:
        if failing:
            failing.clear()
            route.fetch()  # type: ignore[attr-defined]
            route.abort()  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    # The first try arrives, but its answer does not; live events are held back as well.
    page.route("**/reply?*", lambda route: route.abort())
    write(page, "First try")
    expect(page.get_by_test_id("outgoing")).to_have_attribute("data-state", "failed")
    expect(page.get_by_test_id("outgoing")).to_contain_text("Not sent")
    page.reload()
    expect(page.get_by_test_id("outgoing")).to_contain_text("First try")
    page.unroute("**/reply?*")
    page.route("**/reply?*", swallow)

    page.get_by_role("button", name="Try again").click()
    expect(messages(page, "agent")).to_have_count(1)
    expect(page.get_by_test_id("outgoing")).to_have_count(0)
    write(page, "Second\nline")
    guest.reads(has_text("Second\nline"))
    sent = [
        event["text"]
        for event in guest.everything()
        if event["author"] == "agent" and event["kind"] == "message"
    ]
    assert sent == ["First try", "Second\nline"]


def test_drafts_are_kept_per_ticket_and_kind(desk: Desk, seat: OpenSeat) -> None:
    first, second = desk.ticket("First question"), desk.ticket("Second question")
    page = seat().signed_in()
    open_ticket(page, first)
    page.get_by_test_id("take").click()
    page.get_by_test_id("composer").fill("half a reply")
    page.get_by_test_id("mode-note").click()
    page.get_by_test_id("composer").fill("half a note")
    open_ticket(page, second)
    page.get_by_test_id("mode-note").click()
    expect(page.get_by_test_id("composer")).to_have_value("")

    open_ticket(page, first)
    expect(page.get_by_test_id("composer")).to_have_value("half a reply")
    page.reload()
    page.get_by_test_id("mode-note").click()
    expect(page.get_by_test_id("composer")).to_have_value("half a note")


def test_script_text_is_inert_everywhere(desk: Desk, seat: OpenSeat) -> None:
    guest = desk.ticket(HOSTILE, contact="<b>Eve</b> <eve@example.com>")
    page = seat().signed_in()
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    expect(rows(page)).to_contain_text("<img src=x onerror=alert(1)>")
    open_ticket(page, guest)
    page.get_by_test_id("take").click()
    write(page, HOSTILE, mode="note")

    expect(messages(page, "note")).to_contain_text("<script>alert(2)</script>")
    expect(messages(page, "visitor")).to_contain_text("<script>alert(2)</script>")
    assert page.locator("#app img, #app script, #app iframe").count() == 0
    assert page.locator("#app a[href^=javascript]").count() == 0


def test_the_assistants_answers_are_shown_with_sources_and_safe_links(
    desk: Desk, seat: OpenSeat
) -> None:
    guest = desk.ticket("Please help me")
    page = seat().signed_in(f"/console/#/queue/open/{guest.number}")
    page.get_by_test_id("take").click()
    page.get_by_test_id("hand-back").click()
    expect(page.get_by_test_id("ticket-state")).to_have_text("The assistant is answering")

    guest.says("where is my parcel?")

    answer = messages(page, "bot")
    expect(answer.locator("strong")).to_have_text("track")
    expect(answer.locator("li")).to_have_count(2)
    expect(answer).to_contain_text("91% sure")
    hrefs = [link.get_attribute("href") for link in answer.locator("a").all()]
    assert hrefs == ["https://shop.example/track", "/help/en/order-track"]


def test_keys_walk_the_queue_and_can_be_switched_off(desk: Desk, seat: OpenSeat) -> None:
    desk.ticket("Question one")
    two = desk.ticket("Question two")
    page = seat().signed_in()
    expect(rows(page)).to_have_count(2)

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(row(page, two)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("ticket-title")).to_be_focused()
    page.keyboard.press("t")
    expect(page.get_by_test_id("composer")).to_be_visible()
    page.keyboard.press("r")
    expect(page.get_by_test_id("composer")).to_be_focused()
    page.keyboard.type("u jk?")
    expect(page.get_by_test_id("composer")).to_have_value("u jk?")
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    expect(page.get_by_test_id("ticket-title")).to_be_hidden()

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.get_by_label("Shortcuts are on").uncheck()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.locator("#main").focus()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.dataset.testid") != "row"


def test_a_row_that_moves_keeps_the_focus(desk: Desk, seat: OpenSeat) -> None:
    one, two = desk.ticket("Question one"), desk.ticket("Question two")
    page = seat().signed_in()
    row(page, two).focus()

    two.says("it burns now")

    expect(rows(page).first).to_contain_text(two.number)
    expect(row(page, two)).to_be_focused()
    expect(row(page, one)).to_be_visible()


def test_priority_is_set_by_hand_with_a_reason(desk: Desk, seat: OpenSeat) -> None:
    guest = desk.ticket("Small thing")
    page = seat().signed_in(f"/console/#/queue/open/{guest.number}")
    page.get_by_test_id("change-priority").click()
    expect(page.get_by_test_id("priority-level")).to_be_focused()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Please fill in this field.")).to_be_visible()
    expect(page.get_by_test_id("priority-reason")).to_be_focused()

    page.get_by_test_id("priority-level").select_option("1")
    page.get_by_test_id("priority-reason").fill("Wedding tomorrow")
    page.get_by_role("button", name="Save").click()

    expect(row(page, guest)).to_contain_text("P1")
    expect(page.get_by_test_id("change-priority")).to_be_focused()
    expect(page.get_by_test_id("override")).to_have_text(
        "Set by \u2068Ada Lovelace\u2069: \u2068Wedding tomorrow\u2069 (triage said P3)"
    )
    line = page.get_by_test_id("system-line").last
    expect(line).to_contain_text(between("Ada Lovelace", "set the priority to P1: Wedding"))
    assert "Wedding" not in str(guest.everything())


def test_the_language_and_the_page_of_the_visitor_are_shown(desk: Desk, seat: OpenSeat) -> None:
    guest = desk.ticket("I was charged twice", page_url="https://shop.example/cart?token=1")
    page = seat().signed_in(f"/console/#/queue/open/{guest.number}")
    page.get_by_test_id("take").click()
    label = page.locator(".composer-label")
    expect(label).to_have_text("Reply to the visitor in English")
    expect(page.get_by_test_id("page-url")).to_have_text("https://shop.example/cart")
    expect(page.get_by_test_id("contact")).to_contain_text("British English en-GB")
    assert page.locator("a[href^='https://shop.example']").count() == 0

    guest.chooses("tr")

    expect(label).to_have_text("Reply to the visitor in Turkish")
    expect(row(page, guest).get_by_test_id("language")).to_have_text("TR Turkish")


def test_a_long_conversation_is_read_from_its_end(desk: Desk, seat: OpenSeat) -> None:
    guest = desk.ticket("This goes on for long")
    desk.do(guest.goes_on(160), limit_s=60)  # so many commits take their time on a busy disk
    page = seat().signed_in(f"/console/#/queue/open/{guest.number}")
    expect(messages(page, "visitor").last).to_be_in_viewport()
    expect(messages(page, "visitor")).to_have_count(150)
    page.get_by_test_id("log").evaluate("log => { log.scrollTop = 0; }")
    before = log_place(page)

    page.get_by_test_id("earlier").click()

    expect(messages(page, "visitor")).to_have_count(161)
    assert abs(log_place(page) - before) <= 2
    expect(page.get_by_test_id("log")).to_be_focused()


def test_away_is_told_to_visitors(desk: Desk, seat: OpenSeat) -> None:
    page = seat().signed_in()
    expect(page.get_by_text("1 agent online")).to_be_visible()

    page.get_by_test_id("presence").click()

    expect(page.get_by_text("0 agents online")).to_be_visible()
    config = desk.do(desk.house.http.get("/api/v1/widget/config")).json()
    assert config["agents_online"] is False
    page.reload()
    expect(page.get_by_test_id("presence")).to_have_attribute("aria-checked", "false")
    expect(page.get_by_text("0 agents online")).to_be_visible()


def test_the_first_administrator_sets_herself_up(desk: Desk, seat: OpenSeat) -> None:
    link = desk.do(desk.house.assembly.gateway.core.agents.setup_link())
    assert link is not None
    one = seat()
    one.allowed += ("status of 422",)
    page = one.page(f"/console/#/setup/{link.token}")
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Save and sign in").click()
    expect(page.get_by_text("Please follow the rules below.")).to_be_visible()
    expect(page.get_by_label("New password")).to_be_focused()
    page.get_by_label("New password").fill("four words are plenty")
    page.get_by_role("button", name="Save and sign in").click()
    expect(page.get_by_test_id("failure")).to_contain_text("a new account needs both")

    page.get_by_label("Your name").fill("Grace")
    page.get_by_label("E-mail").fill("grace@shop.example")
    page.get_by_role("button", name="Save and sign in").click()

    expect(page.get_by_test_id("empty")).to_be_visible()
    expect(page).to_have_url(re.compile(r"#/queue/open$"))


def test_an_ended_session_leads_back_to_the_login(desk: Desk, seat: OpenSeat) -> None:
    guest = desk.ticket("Hello?")
    one = seat()
    page = one.signed_in(f"/console/#/queue/open/{guest.number}")
    expect(page.get_by_test_id("ticket-title")).to_be_visible()
    one.context.clear_cookies()

    page.get_by_test_id("take").click()

    expect(page.get_by_text("Your session has ended.")).to_be_visible()
    page.get_by_label("E-mail").fill("ada@shop.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_test_id("ticket-title")).to_contain_text(guest.number)


def test_a_proxy_without_web_sockets_is_no_obstacle(desk: Desk, seat: OpenSeat) -> None:
    guest = desk.ticket("Over something else")
    one = seat()
    one.allowed += ("WebSocket connection",)
    one.context.route_web_socket("**/agent/ws*", lambda ws: ws.close())
    streams: list[str] = []
    one.context.on(
        "request", lambda asked: streams.append(asked.url) if "/agent/stream" in asked.url else None
    )
    page = one.signed_in(f"/console/#/queue/open/{guest.number}")
    expect(messages(page, "visitor")).to_have_count(1)
    expect(page.get_by_test_id("line")).to_have_attribute("data-line", "up", timeout=15_000)

    guest.says("Still there?")

    expect(messages(page, "visitor")).to_have_count(2)
    expect(row(page, guest)).to_contain_text("Still there?")
    assert len(streams) <= 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_accessibility_faults(desk: Desk, seat: OpenSeat, axe_source: str, scheme: str) -> None:
    guest = desk.ticket("I was charged twice", contact="Maria <maria@example.com>")
    desk.ticket("It burns")
    one = seat(color_scheme=scheme)
    page = one.page()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    faults = {"login": axe_faults(page, axe_source, scheme)}
    page = one.signed_in()
    expect(rows(page)).to_have_count(2)
    faults["queue"] = axe_faults(page, axe_source, scheme)
    open_ticket(page, guest)
    page.get_by_test_id("take").click()
    write(page, "A reply")
    write(page, "A note", mode="note")
    expect(messages(page, "note")).to_have_count(1)
    page.get_by_test_id("change-priority").click()
    faults["ticket"] = axe_faults(page, axe_source, scheme)
    page.get_by_test_id("menu").click()
    faults["menu"] = axe_faults(page, axe_source, scheme, part=".menu")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    faults["help"] = axe_faults(page, axe_source, scheme, part="dialog")
    phone = seat(**PHONE, color_scheme=scheme).signed_in(f"/console/#/queue/open/{guest.number}")
    phone.get_by_test_id("details-toggle").click()
    expect(phone.get_by_test_id("hits")).to_be_visible()
    faults["phone"] = axe_faults(phone, axe_source, scheme)

    assert {screen: found for screen, found in faults.items() if found} == {}


@pytest.mark.parametrize("language", ["el", "ar"])
def test_a_phone_is_enough(desk: Desk, seat: OpenSeat, language: str) -> None:
    guest = desk.ticket("I was charged twice " + "x" * 90, contact="Maria <maria@example.com>")
    page = seat(**PHONE, locale=language).signed_in()
    wide = "document.documentElement.scrollWidth > innerWidth"
    small = """() => [...document.querySelectorAll('a, button, select, input, summary')]
      .filter(e => e.checkVisibility() && !e.matches('.skip') && !e.closest('.bubble, dd'))
      .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
      .filter(([, r]) => r.width < 24 || r.height < 24).map(([html]) => html)"""
    expect(rows(page)).to_have_count(1)
    # What the frame cuts off would not make the page wider.
    expect(page.get_by_test_id("menu")).to_be_in_viewport(ratio=1)
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    assert not page.evaluate(wide)
    row(page, guest).tap()
    page.get_by_test_id("take").tap()
    write(page, "On my way")
    expect(messages(page, "agent")).to_have_count(1)
    assert not page.evaluate(wide)
    assert page.evaluate(small) == []
    page.get_by_test_id("details-toggle").tap()
    expect(page.get_by_test_id("hits")).to_be_visible()
    assert not page.evaluate(wide)
    expect(page.locator("#details")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("details-toggle")).to_be_focused()
    page.get_by_test_id("back").tap()
    expect(rows(page)).to_be_visible()


def test_the_language_of_the_console_can_be_changed(desk: Desk, seat: OpenSeat) -> None:
    guest = desk.ticket("I was charged twice")
    page = seat(locale="de-DE").signed_in(f"/console/#/queue/open/{guest.number}")
    expect(page.get_by_test_id("take")).to_have_text("Übernehmen")
    page.get_by_test_id("menu").click()

    page.get_by_test_id("console-language").select_option("ar")

    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.get_by_test_id("handoff-reason")).to_have_text(re.compile("[\u0600-\u06ff]"))
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "ar")
