"""`python -m tests.e2e.screenshots FOLDER [--all]`: pictures of both faces, from the real product.

Without `--all` the few that the documents show; with it every screen, light and dark, 320 and 1440
pixels wide, in English, Greek, Turkish and Arabic.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.product import Agent, Product, Visitor
from tests.servers import free_port

QUESTIONS = {
    "en": "I can't remember the password for my account",
    "el": "Ξέχασα τον κωδικό μου και δεν μπορώ να μπω",
    "tr": "Hesabımın şifresini hatırlamıyorum, giriş yapamıyorum",
    "ar": "نسيت كلمة السر ولا أستطيع الدخول إلى حسابي",
}
PERSON = {
    "en": "I want to talk to a human",
    "el": "Θέλω να μιλήσω με άνθρωπο",
    "tr": "Temsilciyle görüşmek istiyorum",
    "ar": "أريد التحدث مع موظف",
}
TICKETS = [
    ("de", "Ich wurde zweimal belastet, das ist unmöglich! Bitte ein Mensch, heute noch."),
    ("fr", "Je veux parler à un conseiller, ma commande MT-204518 est pour un mariage demain"),
    ("el", "Θέλω να μιλήσω με άνθρωπο για μια αλλαγή στο λευκό τραπεζομάντιλο"),
    ("tr", "Temsilciyle görüşmek istiyorum, teşekkürler, acelesi yok"),
    ("es", "quiero hablar con una persona, llevo dos semanas esperando mi pedido"),
]
DOCUMENTED = {
    ("console-queue", "en", "light", 1440): "console-queue-light.png",
    ("console-ticket", "en", "light", 1440): "console-ticket-light.png",
    ("console-ticket", "en", "dark", 1440): "console-ticket-dark.png",
    ("widget-answer", "el", "light", 1440): "widget-answer-el.png",
    ("widget-handoff", "tr", "light", 1440): "widget-handoff-tr.png",
    ("widget-answer", "ar", "dark", 320): "widget-answer-ar-phone.png",
    ("shop", "en", "light", 1440): "shop-en-light.png",
    ("shop", "ar", "dark", 1440): "shop-ar-dark.png",
}
# What is pressed in a ticket to bring a sheet up: test ids, the last one is waited for.
SHEETS = {
    "console-state": ("take", "state-menu", "set-hold", "hold-save"),
    "console-replies": ("take", "replies", "picker"),
    "console-macros": ("take", "macros", "picker"),
    "console-macro": ("take", "macros", "choice", "macro-preview"),
    "console-give": ("take", "details-toggle", "give", "give-save"),
    "console-kind": ("take", "details-toggle", "change-kind", "kind-type"),
}
Shot = tuple[str, str, str, int]


def all_shots() -> list[Shot]:
    """Gives every screen in every variant."""
    screens = (
        *("shop", "widget-answer", "widget-handoff", "help"),
        *("console-queue", "console-search", "console-ticket"),
        *SHEETS,
    )
    return list(itertools.product(screens, QUESTIONS, ("light", "dark"), (320, 1440)))


def new_page(browser: Browser, *, language: str, scheme: str, width: int) -> Page:
    """Opens a page as that person's device would."""
    context = browser.new_context(
        locale=language,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 640 if width < 600 else 900},
        device_scale_factor=1,
    )
    return context.new_page()


def take(browser: Browser, product: Product, agent: Agent, shot: Shot, path: Path) -> None:
    """Brings a screen up and photographs it."""
    screen, language, scheme, width = shot
    page = new_page(browser, language=language, scheme=scheme, width=width)
    if screen == "shop":
        page.goto(f"{product.url}/shop/{language}/")
    elif screen == "help":
        page.goto(f"{product.url}/help/{language}/password-reset")
    elif screen.startswith("widget"):
        page.goto(f"{product.url}/shop/{language}/")
        page.get_by_test_id("launcher").click()
        wish = QUESTIONS if screen == "widget-answer" else PERSON
        page.get_by_test_id("composer").fill(wish[language])
        page.get_by_test_id("composer").press("Enter")
        seen = "source" if screen == "widget-answer" else "notice"
        expect(page.get_by_test_id(seen).first).to_be_visible(timeout=20_000)
        page.wait_for_timeout(400)
    else:
        page.goto(f"{product.url}/console/")
        page.locator("input[type=email]").fill(agent.EMAIL)
        page.locator("input[type=password]").fill(agent.PASSWORD)
        page.locator("button[type=submit]").click()
        expect(page.locator("input[type=password]")).to_have_count(0)
        if screen == "console-search":
            page.get_by_test_id("search").fill("τραπεζομαντιλο")
            expect(page.get_by_test_id("hit").first).to_be_visible()
        elif screen != "console-queue":
            number = agent.tickets()[0]["number"]
            page.goto(f"{product.url}/console/#/ticket/{number}")
            bring_up(page, *SHEETS.get(screen, ()))
        page.wait_for_timeout(800)
    page.screenshot(path=path)
    page.context.close()


def bring_up(page: Page, *steps: str) -> None:
    """Presses what is there of the steps, and waits for the last one."""
    expect(page.get_by_test_id("ticket-title")).to_be_visible()
    for step in steps[:-1]:
        control = page.get_by_test_id(step).first
        if step in {"take", "details-toggle"} and not control.is_visible():
            continue  # it is taken already; the details stand beside it on a wide screen
        control.click()
    if steps:
        expect(page.get_by_test_id(steps[-1]).first).to_be_visible()


def prepare(product: Product) -> Agent:
    """Makes an agent and a queue that looks like a morning."""
    agent = Agent(product.url, setup_token=product.setup_token())
    for language, text in TICKETS:
        visitor = Visitor(product.url, locale=language)
        visitor.ask(QUESTIONS.get(language, "?")) if language in QUESTIONS else None
        visitor.ask(text)
    return agent


def main() -> int:
    """Takes the pictures; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all", action="store_true")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    names = {shot: "-".join(map(str, shot)) + ".png" for shot in all_shots()}
    wanted = names if arguments.all else DOCUMENTED
    path = shutil.which("chromium")
    if path is None:
        sys.stderr.write("Chromium is missing. Install it with: sudo apt-get install chromium\n")
        return 1
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        product = Product(home=Path(folder) / "home", port=free_port())
        product.start()
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            agent = prepare(product)
            for shot, name in wanted.items():
                take(browser, product, agent, shot, arguments.folder / name)
                sys.stdout.write(f"{name}\n")
        finally:
            browser.close()
            product.kill()
    return 0


if __name__ == "__main__":
    sys.exit(main())
