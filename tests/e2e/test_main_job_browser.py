"""The main job as people see it: the demo shop's chat in one browser, the console in another."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.product import Agent, Product

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.brain,
    pytest.mark.browser,
    pytest.mark.timeout(180),
]
ANSWER_LIMIT_MS = 20_000
# "Live" means within a second; finding a lost hint, three seconds, would not do.
LIVE_LIMIT_MS = 1_000


class Watch:
    """Collects what a page must never say: console errors and policy violations."""

    def __init__(self, page: Page) -> None:
        self.found: list[str] = []
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.found.append(str(error)))

    def _note(self, kind: str, text: str) -> None:
        # The console asks who is logged in; "nobody yet" is a 401, which browsers report.
        if kind == "error" and "401" not in text:
            self.found.append(text)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Gives a fresh browser profile."""
    created = browser.new_context(viewport={"width": 1280, "height": 800})
    yield created
    created.close()


def open_chat(page: Page, product: Product, language: str) -> None:
    page.goto(f"{product.url}/shop/{language}/")
    page.get_by_test_id("launcher").click()
    expect(page.get_by_test_id("composer")).to_be_visible()


def ask(page: Page, text: str) -> None:
    page.get_by_test_id("composer").fill(text)
    page.get_by_test_id("composer").press("Enter")


@pytest.mark.parametrize(
    ("language", "question", "article"),
    [
        ("en", "I can't recall the password of my shop account, what now", "password-reset"),
        ("el", "Δεν θυμάμαι καθόλου τον κωδικό του λογαριασμού μου", "password-reset"),
        ("tr", "Aldığım havluyu beğenmedim, iade etmek istiyorum", "return-how"),
        ("de", "Mir fällt das Passwort für mein Kundenkonto nicht mehr ein", "password-reset"),
        ("ar", "لم أعد أتذكر كلمة السر الخاصة بحسابي في المتجر", "password-reset"),
    ],
)
def test_visitor_gets_the_answer_with_its_source(
    product: Product, context: BrowserContext, language: str, question: str, article: str
) -> None:
    page = context.new_page()
    watch = Watch(page)
    open_chat(page, product, language)

    ask(page, question)

    source = page.get_by_test_id("source").first
    expect(source).to_be_visible(timeout=ANSWER_LIMIT_MS)
    assert re.search(rf"/help/{language}/{article}$", source.get_attribute("href") or "")
    expect(page.get_by_test_id("message").last).to_have_attribute("data-author", "bot")
    page.goto(f"{product.url}/help/{language}/{article}")
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert watch.found == []


def test_handover_is_live_in_both_directions(
    product: Product, agent: Agent, browser: Browser, context: BrowserContext
) -> None:
    visitor = context.new_page()
    desk_context = browser.new_context(viewport={"width": 1440, "height": 900})
    desk = desk_context.new_page()
    watches = [Watch(visitor), Watch(desk)]
    desk.goto(f"{product.url}/console/")
    desk.locator("input[type=email]").fill(agent.EMAIL)
    desk.locator("input[type=password]").fill(agent.PASSWORD)
    desk.locator("button[type=submit]").click()
    expect(desk.locator("input[type=password]")).to_have_count(0)

    open_chat(visitor, product, "el")
    ask(visitor, "Θέλω να μιλήσω με άνθρωπο, με χρεώσατε δύο φορές!")
    expect(visitor.get_by_test_id("notice").first).to_be_visible(timeout=ANSWER_LIMIT_MS)
    conversation = next(t for t in agent.tickets() if "χρεώσατε" in str(t))
    assert conversation["priority"] <= 2 and conversation["reasons"]

    desk.goto(f"{product.url}/console/#/ticket/{conversation['number']}")
    expect(desk.get_by_text("Θέλω να μιλήσω με άνθρωπο").first).to_be_visible()
    desk.get_by_role("button", name=re.compile("take", re.I)).first.click()
    box = desk.locator("textarea").first
    box.fill("Καλημέρα, είμαι η Μαρία. Το κοιτάζω αμέσως.")
    box.press("Enter")
    expect(visitor.get_by_text("Το κοιτάζω αμέσως")).to_be_visible(timeout=LIVE_LIMIT_MS)
    ask(visitor, "Σας ευχαριστώ πολύ, περιμένω")
    expect(desk.get_by_text("Σας ευχαριστώ πολύ, περιμένω").first).to_be_visible(
        timeout=LIVE_LIMIT_MS
    )

    visitor.reload()
    expect(visitor.get_by_text("Το κοιτάζω αμέσως")).to_be_visible(timeout=ANSWER_LIMIT_MS)
    desk.reload()
    expect(desk.get_by_text("Σας ευχαριστώ πολύ, περιμένω").first).to_be_visible()
    assert [watch.found for watch in watches] == [[], []]
    desk_context.close()


def test_script_from_a_visitor_stays_text_everywhere(
    product: Product, agent: Agent, browser: Browser, context: BrowserContext
) -> None:
    page = context.new_page()
    open_chat(page, product, "en")
    hostile = '<img src=x onerror="document.title=1">human<script>document.title=2</script>'

    ask(page, f"I want to talk to a human {hostile}")
    expect(page.get_by_test_id("notice").first).to_be_visible(timeout=ANSWER_LIMIT_MS)
    expect(page.get_by_text(hostile)).to_be_visible()
    number = agent.tickets()[0]["number"]
    for ticket in agent.tickets():
        if "onerror" in str(ticket):
            number = ticket["number"]
    desk = browser.new_context()
    console = desk.new_page()
    console.goto(f"{product.url}/console/")
    console.locator("input[type=email]").fill(agent.EMAIL)
    console.locator("input[type=password]").fill(agent.PASSWORD)
    console.locator("button[type=submit]").click()
    expect(console.locator("input[type=password]")).to_have_count(0)
    console.goto(f"{product.url}/console/#/ticket/{number}")

    expect(console.get_by_text(hostile).first).to_be_visible()
    assert page.title() not in ("1", "2") and console.title() not in ("1", "2")
    assert console.locator("img[src='x']").count() == 0
    desk.close()
