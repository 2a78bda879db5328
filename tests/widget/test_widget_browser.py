"""The widget in a real browser against the scripted gateway: what a visitor sees, hears and keeps.

Every test also fails on a console error, an uncaught exception or a violation of the strict content
security policy (see `visit` in conftest).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.widget.conftest import Visit
from tests.widget.fake_gateway import HOSTILE, FakeGateway

pytestmark = [pytest.mark.browser, pytest.mark.timeout(40)]

OpenVisit = Callable[..., Visit]
PHONE = {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "has_touch": True}
ACTIVE = """() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element.dataset.testid || element.tagName;
}"""
COUNT_ADDITIONS = """() => {
  const log = document.querySelector('babeldesk-chat').shadowRoot.querySelector('[role=log]');
  window.added = [];
  new MutationObserver(changes => {
    for (const change of changes) {
      if (change.target !== log) continue;
      for (const node of change.addedNodes) window.added.push(node.textContent);
    }
  }).observe(log, {childList: true, subtree: true});
}"""
AXE = """async () => {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const {violations} = await axe.run(document, {runOnly: tags});
  return violations.map(({id, nodes}) => [id, ...nodes.map(node => node.failureSummary)].join(' '));
}"""
SIDEWAYS = """() => {
  const all = document.querySelector('babeldesk-chat').shadowRoot.querySelectorAll('.panel *');
  const isOutside = element => {
    const {width, left, right} = element.getBoundingClientRect();
    return width > 1 && (right > innerWidth + 1 || left < -1);
  };
  return [...all].filter(e => e.checkVisibility() && isOutside(e)).map(e => e.className);
}"""
IN_LOG = """node => {
  const log = node.closest('[role=log]').getBoundingClientRect();
  const {top, bottom} = node.getBoundingClientRect();
  return top >= log.top && bottom <= log.bottom;
}"""
RUNNING = """() => document.querySelector('babeldesk-chat').shadowRoot.getAnimations()
  .filter(animation => animation.playState === 'running').length"""


def open_chat(page: Page) -> Locator:
    page.get_by_test_id("launcher").click()
    composer = page.get_by_test_id("composer")
    expect(composer).to_be_focused()
    return composer


def ask(page: Page, text: str) -> None:
    composer = page.get_by_test_id("composer")
    composer.fill(text)
    composer.press("Enter")


def messages(page: Page, author: str) -> Locator:
    return page.locator(f"[data-testid=message][data-author={author}]")


def test_nothing_but_the_loader_is_fetched_before_intent(
    visit: OpenVisit, gateway: FakeGateway
) -> None:
    page = visit().page()
    expect(page.get_by_role("button", name="Open chat")).to_be_visible()

    assert [one for one in gateway.requests if "favicon" not in one] == [
        "GET /plain",
        "GET /widget/loader.js",
    ]


def test_keyboard_alone_opens_asks_and_closes(visit: OpenVisit) -> None:
    page = visit().page()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate(ACTIVE) == "launcher"

    page.keyboard.press("Enter")
    expect(page.get_by_test_id("composer")).to_be_focused()
    page.keyboard.type("Where is my order")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("please")
    page.keyboard.press("Enter")
    expect(messages(page, "bot")).to_have_count(1)
    expect(messages(page, "visitor")).to_contain_text(
        "Where is my order\nplease", use_inner_text=True
    )
    page.keyboard.press("Escape")

    expect(page.get_by_test_id("panel")).to_be_hidden()
    assert page.evaluate(ACTIVE) == "launcher"
    expect(page.get_by_test_id("launcher")).to_have_attribute("aria-expanded", "false")


def test_focus_is_not_trapped_in_the_panel(visit: OpenVisit) -> None:
    page = visit().page()
    open_chat(page)

    seen = []
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        seen.append(page.evaluate(ACTIVE))
        if seen[-1] == "A":
            break

    assert seen[-1] == "A"


def test_an_answer_comes_with_its_source_and_is_announced_once(visit: OpenVisit) -> None:
    page = visit().page()
    open_chat(page)
    expect(page.get_by_test_id("intro")).to_contain_text(
        "the assistant of Meltemi, a computer program"
    )
    log = page.get_by_role("log", name="Conversation")
    expect(log).to_have_attribute("aria-live", "polite")
    page.evaluate(COUNT_ADDITIONS)

    ask(page, "Where is my order?")

    answer = messages(page, "bot")
    expect(answer).to_contain_text("You asked: Where is my order?")
    expect(answer.locator("strong")).to_have_text("track")
    expect(answer.locator("li", has_text="open your account")).to_be_visible()
    source = page.get_by_test_id("source")
    expect(source).to_have_attribute(
        "href", re.compile(r"^http://127\.0\.0\.1:\d+/help/en/order-track$")
    )
    page.wait_for_timeout(300)
    added = page.evaluate("window.added")
    assert [
        sum(word in text for text in added) for word in ("You asked", "YouWhere is my order")
    ] == [1, 1]
    assert page.locator("[role=log] [aria-live], [role=log] [role=status]").count() == 0


def test_buttons_send_their_choice_and_are_spent_after_use(
    visit: OpenVisit, gateway: FakeGateway
) -> None:
    page = visit().page()
    open_chat(page)
    ask(page, "which delivery?")

    page.get_by_role("button", name="Delivery costs").click()

    expect(messages(page, "bot")).to_have_count(2)
    expect(page.get_by_role("button", name="Delivery costs")).to_be_disabled()
    expect(page.get_by_role("button", name="Delivery times")).to_be_disabled()
    assert gateway.texts("visitor") == ["which delivery?", "Delivery costs"]
    assert page.evaluate(ACTIVE) == "composer"


def test_feedback_is_a_choice_like_any_other(visit: OpenVisit, gateway: FakeGateway) -> None:
    page = visit().page()
    open_chat(page)
    ask(page, "Where is my order?")

    page.get_by_role("group", name="Was this helpful?").get_by_role("button", name="Yes").click()

    expect(messages(page, "bot").last).to_contain_text("Noted: helpful")
    expect(page.get_by_role("group", name="Was this helpful?")).to_be_hidden()
    assert gateway.texts("visitor")[-1] == "Yes"


def test_offline_messages_wait_and_arrive_exactly_once(
    visit: OpenVisit, gateway: FakeGateway
) -> None:
    one = visit()
    page = one.page()
    open_chat(page)
    ask(page, "first")
    expect(messages(page, "bot")).to_have_count(1)

    one.context.set_offline(True)
    ask(page, "second")
    ask(page, "third")
    expect(messages(page, "visitor").last).to_have_attribute("data-delivery", "waiting")
    expect(messages(page, "visitor").last.get_by_test_id("retry")).to_be_visible()
    expect(page.get_by_test_id("status")).to_contain_text("You are offline")
    one.context.set_offline(False)

    expect(messages(page, "bot")).to_have_count(3)
    expect(messages(page, "visitor").last).to_have_attribute("data-delivery", "sent")
    expect(page.get_by_test_id("status")).to_be_empty()
    assert gateway.texts("visitor") == ["first", "second", "third"]


def test_unsent_messages_survive_a_reload(visit: OpenVisit, gateway: FakeGateway) -> None:
    one = visit()
    page = one.page()
    open_chat(page)
    one.context.set_offline(True)
    ask(page, "written in a tunnel")
    expect(messages(page, "visitor")).to_have_attribute("data-delivery", "waiting")
    one.context.set_offline(False)

    page.reload()

    expect(messages(page, "bot")).to_contain_text("written in a tunnel")
    assert gateway.texts("visitor") == ["written in a tunnel"]


def test_a_busy_gateway_is_asked_again_with_the_same_id(
    visit: OpenVisit, gateway: FakeGateway
) -> None:
    one = visit()
    one.allowed += ("status of 503",)
    page = one.page()
    open_chat(page)
    gateway.failing_posts = 2

    ask(page, "once only")

    expect(messages(page, "bot")).to_have_count(1)
    assert gateway.texts("visitor") == ["once only"]


def test_a_refused_message_stays_with_a_way_to_try_again(visit: OpenVisit) -> None:
    one = visit()
    one.allowed += ("status of 422",)
    page = one.page()
    open_chat(page)

    ask(page, "please refuse this")

    expect(messages(page, "visitor")).to_have_attribute("data-delivery", "failed")
    expect(messages(page, "visitor")).to_contain_text("Not sent")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    ask(page, "this one goes through")
    expect(messages(page, "bot")).to_have_count(1)


def test_a_dropped_line_resumes_without_loss_or_repetition(
    visit: OpenVisit, gateway: FakeGateway
) -> None:
    page = visit().page()
    open_chat(page)
    ask(page, "first")
    expect(messages(page, "bot")).to_have_count(1)

    gateway.drop_lines()
    gateway.agent_says("written while nobody listened")

    expect(messages(page, "agent")).to_have_count(1)
    gateway.hidden_note()
    gateway.agent_says("after a hidden number")
    expect(messages(page, "agent")).to_have_count(2)
    expect(messages(page, "visitor")).to_have_count(1)


def test_a_reply_behind_a_gap_that_could_not_be_read_still_comes(
    visit: OpenVisit, gateway: FakeGateway
) -> None:
    one = visit()
    one.allowed += ("status of 503",)
    page = one.page()
    open_chat(page)
    ask(page, "first")
    expect(messages(page, "bot")).to_have_count(1)

    gateway.failing_reads = 2
    gateway.hidden_note()
    gateway.agent_says("behind the gap")

    expect(messages(page, "agent")).to_have_text(re.compile("behind the gap"))
    assert gateway.failing_reads == 0
    expect(messages(page, "bot")).to_have_count(1)


def test_a_stale_token_is_changed_for_a_new_one_of_the_same_conversation(
    visit: OpenVisit, gateway: FakeGateway
) -> None:
    one = visit()
    one.allowed += ("WebSocket connection", "status of 401")
    page = one.page()
    open_chat(page)
    ask(page, "first")
    expect(messages(page, "bot")).to_have_count(1)
    talk = gateway.newest()

    gateway.expire_tokens()
    gateway.agent_says("with a new token")

    expect(messages(page, "agent")).to_have_count(1, timeout=4000)
    ask(page, "second")
    expect(messages(page, "bot")).to_have_count(2)
    assert gateway.newest() is talk
    assert gateway.texts("visitor") == ["first", "second"]


def test_the_chat_works_on_a_page_without_a_secure_origin(
    visit: OpenVisit, gateway: FakeGateway
) -> None:
    one = visit()
    one.url = f"http://shop.test:{gateway.port}"
    page = one.page()
    assert page.evaluate("[isSecureContext, typeof crypto.randomUUID]") == [False, "undefined"]
    open_chat(page)

    ask(page, "over plain HTTP")

    expect(messages(page, "bot")).to_have_count(1)
    assert gateway.texts("visitor") == ["over plain HTTP"]


@pytest.mark.parametrize("lines", [14, 15, 16, 17, 18, 40])
def test_an_answer_taller_than_the_log_is_shown_from_its_beginning(
    visit: OpenVisit, gateway: FakeGateway, lines: int
) -> None:
    gateway.reply_delay_s = 0.2
    page = visit().page()
    open_chat(page)

    ask(page, f"{lines} lines please")

    first = messages(page, "bot").get_by_text("Line 1", exact=True)
    expect(first).to_be_visible()
    expect(page.get_by_test_id("status")).to_be_empty()
    assert first.evaluate(IN_LOG)
    page.reload()
    expect(first).to_be_visible()
    assert first.evaluate(IN_LOG)


def test_a_long_answer_that_came_unseen_is_shown_from_its_beginning(
    visit: OpenVisit, gateway: FakeGateway
) -> None:
    page = visit().page()
    open_chat(page)
    ask(page, "40 lines please")
    expect(messages(page, "bot")).to_have_count(1)
    gateway.agent_says("\n".join(["Hello", *"abcdefghijklmnopqrstuvwxyz"]))

    page.get_by_test_id("jump").click()

    box = messages(page, "agent").locator(".by")
    expect(box).to_be_visible()
    assert box.evaluate(IN_LOG)
    expect(page.get_by_test_id("jump")).to_be_hidden()
    page.keyboard.press("Escape")
    open_chat(page)
    assert box.evaluate(IN_LOG)


@pytest.mark.parametrize("streams", [True, False], ids=["sse", "long-poll"])
def test_the_chat_works_where_web_sockets_do_not(
    visit: OpenVisit, gateway: FakeGateway, streams: bool
) -> None:
    one = visit()
    one.allowed += ("WebSocket connection", "status of 503")
    gateway.refuse_sockets, gateway.refuse_streams = True, not streams
    page = one.page()
    open_chat(page)

    ask(page, "over something else")

    expect(messages(page, "bot")).to_have_count(1, timeout=12_000)
    gateway.agent_says("and back")
    expect(messages(page, "agent")).to_have_count(1)


def test_reload_and_other_pages_continue_the_conversation(
    visit: OpenVisit, gateway: FakeGateway
) -> None:
    page = visit().page()
    open_chat(page)
    ask(page, "first")
    expect(messages(page, "bot")).to_have_count(1)

    page.get_by_role("link", name="Next page").click()

    expect(page.get_by_test_id("panel")).to_be_visible()
    expect(messages(page, "bot")).to_have_count(1)
    expect(messages(page, "visitor")).to_have_text(re.compile("first"))
    ask(page, "second")
    expect(messages(page, "bot")).to_have_count(2)
    assert gateway.texts("visitor") == ["first", "second"]


def test_a_second_tab_stays_in_step_and_counts_what_is_unread(
    visit: OpenVisit, gateway: FakeGateway
) -> None:
    one = visit()
    first, second = one.page(), one.page()
    second.get_by_test_id("launcher").hover()
    # Waiting for a function would evaluate a string, which the page's policy forbids.
    second.evaluate("() => customElements.whenDefined('babeldesk-chat').then(() => true)")
    open_chat(first)
    ask(first, "from the first tab")
    expect(messages(first, "bot")).to_have_count(1)
    open_chat(second)
    expect(messages(second, "visitor")).to_have_count(1)
    ask(second, "from the second tab")
    expect(messages(first, "bot")).to_have_count(2)

    first.keyboard.press("Escape")
    second.keyboard.press("Escape")
    gateway.agent_says("are you still there?")

    expect(second.get_by_role("button", name="Open chat, 1 new message")).to_be_visible()
    expect(second.get_by_test_id("announcer")).to_have_text("1 new message")
    open_chat(second)
    second.keyboard.press("Escape")
    expect(first.get_by_role("button", name="Open chat", exact=True)).to_be_visible()
    assert len(gateway.newest().events) == 5


def test_a_person_takes_over_and_contact_is_asked_once(
    visit: OpenVisit, gateway: FakeGateway
) -> None:
    page = visit().page()
    open_chat(page)
    page.get_by_role("button", name="Talk to a person").click()

    form = page.get_by_test_id("contact")
    expect(form).to_be_visible()
    expect(page.get_by_test_id("notice")).to_contain_text("T-1042")
    expect(page.get_by_test_id("subtitle")).to_contain_text("Waiting for a person")
    form.get_by_label("E-mail (optional)").fill("not an address")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_have_text("Please check the e-mail address.")
    form.get_by_label("E-mail (optional)").fill("maria@example.org")
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
    expect(page.get_by_test_id("contact-thanks")).to_have_text(
        "Thank you, we have noted your details."
    )

    gateway.agent_joins("Eleni")
    expect(page.get_by_test_id("subtitle")).to_have_text("Eleni")
    gateway.agent_types()
    expect(page.get_by_test_id("status")).to_have_text("Eleni is writing…")
    gateway.agent_says("Hello, 2 * 3 is **six**\nhttps://example.org/a")
    expect(messages(page, "agent")).to_contain_text("Hello, 2 * 3 is **six**")
    expect(messages(page, "agent").get_by_role("link")).to_have_attribute(
        "rel", "noopener noreferrer"
    )
    expect(page.get_by_test_id("status")).to_be_empty()
    page.reload()
    expect(messages(page, "agent")).to_have_count(1)
    expect(page.get_by_test_id("contact")).to_be_hidden()


def test_a_solved_request_is_opened_again_by_its_button(
    visit: OpenVisit, gateway: FakeGateway
) -> None:
    page = visit().page()
    open_chat(page)
    ask(page, "where is my parcel")
    expect(messages(page, "bot")).to_have_count(1)
    gateway.solved()
    button = page.get_by_role("button", name="It is not solved")
    expect(page.get_by_test_id("notice")).to_have_text("Your request T-1042 is solved.")

    with page.expect_request("**/messages") as sent:
        button.click()

    assert sent.value.post_data_json["choice"] == {"kind": "reopen", "value": "T-1042"}
    expect(messages(page, "visitor").last).to_contain_text("It is not solved")
    expect(button).to_be_disabled()
    page.reload()
    expect(button).to_be_disabled()


def test_skipped_contact_form_does_not_come_back(visit: OpenVisit) -> None:
    page = visit().page()
    open_chat(page)
    page.get_by_test_id("person").click()
    page.get_by_role("button", name="Skip").click()
    expect(page.get_by_test_id("contact")).to_be_hidden()

    page.reload()

    expect(page.get_by_test_id("notice")).to_have_count(1)
    expect(page.get_by_test_id("contact")).to_be_hidden()


def test_the_interface_follows_the_language_of_the_conversation(visit: OpenVisit) -> None:
    page = visit().page()
    open_chat(page)

    ask(page, "Πού είναι η παραγγελία μου;")

    expect(page.get_by_role("button", name="Μιλήστε με άνθρωπο")).to_be_visible()
    expect(page.get_by_role("log", name="Συνομιλία")).to_be_visible()
    expect(messages(page, "bot").locator(".bubble")).to_have_attribute("lang", "el")
    expect(messages(page, "bot").locator(".bubble")).to_have_attribute("dir", "auto")


def test_a_chosen_language_stays_and_turns_the_panel_round(
    visit: OpenVisit, gateway: FakeGateway
) -> None:
    page = visit().page()
    open_chat(page)
    panel = page.get_by_test_id("panel")
    panel.evaluate("it => Promise.all(it.getAnimations().map(one => one.finished))")
    before = panel.bounding_box()
    menu = page.get_by_role("combobox", name="Choose language")
    assert menu.locator("option").all_inner_texts()[:3] == ["English", "Ελληνικά", "Türkçe"]

    menu.select_option("ar")

    expect(page.get_by_role("button", name="إرسال")).to_be_visible()
    expect(page.locator("babeldesk-chat aside")).to_have_attribute("dir", "rtl")
    assert panel.bounding_box() == before
    ask(page, "Where is my order?")
    expect(messages(page, "bot")).to_have_count(1)
    assert gateway.newest().choice == "ar"
    ask(page, "Πού είναι;")
    expect(messages(page, "bot")).to_have_count(2)
    page.reload()
    expect(page.get_by_role("button", name="إرسال")).to_be_visible()


def test_hostile_text_is_shown_as_text(visit: OpenVisit) -> None:
    page = visit().page()
    open_chat(page)

    ask(page, "<script>window.hacked=1</script> html please")

    expect(messages(page, "visitor")).to_contain_text("<script>window.hacked=1</script>")
    expect(messages(page, "bot")).to_contain_text(HOSTILE.split(" **")[0])
    expect(messages(page, "bot").locator("strong")).to_have_text("bold")
    assert page.locator("babeldesk-chat :is(img, script)").count() == 0
    assert page.evaluate("window.hacked") is None


def test_a_long_message_is_counted_and_held_back(visit: OpenVisit, gateway: FakeGateway) -> None:
    page = visit().page()
    composer = open_chat(page)
    composer.fill("x" * 3999)
    expect(page.get_by_test_id("count")).to_have_text("1 character left")

    composer.fill("x" * 4001)
    composer.press("Enter")

    expect(page.get_by_test_id("count")).to_have_text("The message is too long. Please shorten it.")
    expect(page.get_by_test_id("send")).to_be_disabled()
    expect(messages(page, "visitor")).to_have_count(0)
    assert not any("messages" in one for one in gateway.requests)


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_a_small_phone_shows_everything_without_sideways_scroll(
    visit: OpenVisit, language: str
) -> None:
    page = visit(**PHONE).page(f"/plain?lang={language}")
    page.get_by_test_id("launcher").tap()
    ask(page, "which delivery?")
    expect(page.get_by_test_id("choice").first).to_be_visible()

    panel = page.get_by_test_id("panel")
    panel.evaluate("it => Promise.all(it.getAnimations().map(one => one.finished))")
    box = panel.bounding_box()
    wide = page.evaluate(SIDEWAYS)

    assert box == {"x": 0, "y": 0, "width": 320, "height": 640}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert wide == []
    expect(page.get_by_test_id("launcher")).to_be_hidden()
    for control in ("send", "close", "person"):
        size = page.get_by_test_id(control).bounding_box()
        assert size is not None and size["height"] >= 44


def test_motion_stops_when_the_visitor_asks_for_it(visit: OpenVisit, gateway: FakeGateway) -> None:
    gateway.reply_delay_s = 10.0
    page = visit(reduced_motion="reduce").page()
    open_chat(page)
    ask(page, "slow answer")
    expect(page.get_by_test_id("status")).to_have_text("The assistant is writing…")

    running = page.evaluate(RUNNING)

    assert running == 0


def test_the_page_is_left_as_it_was(visit: OpenVisit) -> None:
    one = visit()
    page = one.page()
    globals_before = set(page.evaluate("Object.keys(window)")) - {"babeldesk"}
    open_chat(page)
    ask(page, "hello")
    expect(messages(page, "bot")).to_have_count(1)

    assert set(page.evaluate("Object.keys(window)")) - {"babeldesk"} == globals_before
    assert one.context.cookies() == []
    hosts = page.evaluate("performance.getEntriesByType('resource').map(e => new URL(e.name).host)")
    assert set(hosts) == {gateway_host(one)}


def test_commands_work_from_the_first_moment(visit: OpenVisit, gateway: FakeGateway) -> None:
    page = visit().page()

    page.evaluate("""() => {
        window.heard = new Promise(done => babeldesk('on', 'message', event => done(event.text)));
    }""")
    page.evaluate("babeldesk('open').then(() => babeldesk('send', 'sent by the page'))")

    expect(messages(page, "bot")).to_contain_text("sent by the page")
    assert "sent by the page" in page.evaluate("window.heard")
    page.evaluate("babeldesk('reset')")
    expect(messages(page, "bot")).to_have_count(0)
    assert page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('babeldesk'))") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    visit: OpenVisit, gateway: FakeGateway, axe_source: str, scheme: Any
) -> None:
    one = visit(color_scheme=scheme)
    one.context.add_init_script(axe_source)
    page = one.page()
    found = {"closed": page.evaluate(AXE)}
    open_chat(page)
    expect(page.get_by_test_id("intro")).to_be_visible()
    found["open"] = page.evaluate(AXE)
    ask(page, "Where is my order?")
    expect(messages(page, "bot")).to_have_count(1)
    found["answered"] = page.evaluate(AXE)
    ask(page, "which one?")
    expect(page.get_by_test_id("choice").first).to_be_visible()
    page.get_by_test_id("person").click()
    expect(page.get_by_test_id("contact")).to_be_visible()
    one.context.set_offline(True)
    ask(page, "unsent")
    expect(messages(page, "visitor").last).to_have_attribute("data-delivery", "waiting")
    found["handed over and offline"] = page.evaluate(AXE)

    assert found == {"closed": [], "open": [], "answered": [], "handed over and offline": []}


def test_axe_finds_nothing_on_a_phone_in_arabic(visit: OpenVisit, axe_source: str) -> None:
    one = visit(**PHONE)
    one.context.add_init_script(axe_source)
    page = one.page("/plain?lang=ar")
    page.get_by_test_id("launcher").tap()
    ask(page, "أين طلبي؟ which")
    expect(page.get_by_test_id("choice").first).to_be_visible()

    assert page.evaluate(AXE) == []


def gateway_host(visit: Visit) -> str:
    return visit.url.removeprefix("http://")
