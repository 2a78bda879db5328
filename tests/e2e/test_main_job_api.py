"""The main job over the public API, with the real brain and the demo knowledge base."""

from __future__ import annotations

import concurrent.futures
import re
import time

import pytest

from kb_index.pieces import fold
from tests.e2e.product import ROOT, Agent, Product, Visitor, running

pytestmark = [pytest.mark.e2e, pytest.mark.brain, pytest.mark.timeout(300)]

# Written for this test; none of them stands in the knowledge base or the training data.
QUESTIONS = [
    ("en", "I can't recall the password of my shop account, what now", "password-reset"),
    ("en", "How many days will my package need to get to Germany?", "delivery-times"),
    ("el", "Δεν θυμάμαι καθόλου τον κωδικό του λογαριασμού μου", "password-reset"),
    ("el", "Σε πόσες μέρες παραδίδετε ένα δέμα στην Κύπρο;", "delivery-times"),
    ("tr", "Hesap şifremi hiç hatırlamıyorum, nasıl gireceğim?", "password-reset"),
    ("tr", "Aldığım havluyu beğenmedim, iade etmek istiyorum", "return-how"),
    ("de", "Mir fällt das Passwort für mein Kundenkonto nicht mehr ein", "password-reset"),
    ("de", "Wie viele Tage ist ein Paket nach Österreich unterwegs?", "delivery-times"),
    ("ar", "لم أعد أتذكر كلمة السر الخاصة بحسابي في المتجر", "password-reset"),
    ("ar", "خصمتم المبلغ من بطاقتي مرتين", "payment-double-charge"),
    ("es", "No consigo acordarme de la contraseña de mi cuenta", "password-reset"),
    ("fr", "Impossible de me rappeler le mot de passe de mon compte client", "password-reset"),
    ("it", "Non mi viene in mente la password del mio account", "password-reset"),
    ("pt", "Já não sei qual é a palavra-passe da minha conta", "password-reset"),
    ("nl", "Ik kan me het wachtwoord van mijn account niet meer herinneren", "password-reset"),
    ("pl", "Nie mogę sobie przypomnieć hasła do mojego konta", "password-reset"),
    ("ru", "Никак не вспомню пароль от личного кабинета", "password-reset"),
]
# One word must be enough; the sentences were written for this test.
WORDS = [("en", "human"), ("el", "άνθρωπο"), ("tr", "temsilci"), ("de", "Mensch")]
SENTENCES = [
    ("es", "pásame con una persona de verdad"),
    ("fr", "je voudrais parler avec quelqu'un de l'équipe"),
    ("it", "mi passi una persona in carne e ossa"),
    ("pt", "quero falar com alguém da equipa"),
    ("nl", "geef me een echte medewerker"),
    ("pl", "proszę mnie połączyć z pracownikiem"),
    ("ru", "соедините с живым человеком"),
    ("ar", "حوّلني إلى موظف حقيقي"),
]


def plain(text: str) -> str:
    return re.sub(r"\W+", " ", fold(text)).strip()


def test_none_of_the_questions_stands_in_the_data() -> None:
    known = {
        plain(line.strip().removeprefix("- ").removeprefix("title:"))
        for path in [*ROOT.glob("data/kb/*/*.md"), *ROOT.glob("data/nlu/*/*.yml")]
        for line in path.read_text(encoding="utf-8").splitlines()
    }

    asked = [text for _, text, _ in QUESTIONS] + [text for _, text in SENTENCES]

    assert [text for text in asked if plain(text) in known] == []


@pytest.mark.parametrize(("language", "question", "article"), QUESTIONS)
def test_question_is_answered_in_its_language(
    product: Product, language: str, question: str, article: str
) -> None:
    visitor = Visitor(product.url, locale="en-GB")

    reply = visitor.ask(question)
    if reply["payload"]["reply_kind"] == "clarify":
        # Between two articles the assistant may ask; then the right one must be a press away.
        buttons = {b["choice"]["value"]: b for b in reply["payload"]["buttons"]}
        assert article in buttons, reply
        reply = visitor.ask(buttons[article]["title"], choice=buttons[article]["choice"])

    assert (reply["author"], reply["language"]) == ("bot", language)
    assert reply["payload"]["reply_kind"] == "answer", reply["text"]
    source = reply["payload"]["sources"][0]
    assert (source["article_id"], source["language"]) == (article, language)
    assert visitor.http.get(product.url + source["url"]).status_code == 200


@pytest.mark.parametrize(("language", "wish"), WORDS + SENTENCES)
def test_asking_for_a_person_hands_over_in_one_turn(
    product: Product, agent: Agent, language: str, wish: str
) -> None:
    visitor = Visitor(product.url, locale=language)

    reply = visitor.ask(wish)

    assert reply["kind"] == "handoff"
    ticket = agent.ticket(reply["payload"]["ticket_number"])["ticket"]
    assert (ticket["reason"], ticket["language"]) == ("asked_for_person", language)


def test_unanswerable_question_ends_in_one_ticket_with_reasons_and_transcript(
    product: Product, agent: Agent
) -> None:
    visitor = Visitor(product.url, locale="el-GR")
    texts = [
        "Ποιος κέρδισε το πρωτάθλημα μπάσκετ το 1987;",
        "Πες μου για τα ηφαίστεια της Ισλανδίας",
    ]

    replies = [visitor.ask(text) for text in texts]

    assert replies[0]["payload"]["reply_kind"] == "rephrase"
    assert replies[-1]["kind"] == "handoff"
    number = replies[-1]["payload"]["ticket_number"]
    full = agent.ticket(number)
    assert full["ticket"]["reasons"] and full["ticket"]["priority"] in range(1, 6)
    said = [event["text"] for event in full["events"] if event["author"] == "visitor"]
    assert said == texts
    mine = [t for t in agent.tickets() if t["conversation_id"] == visitor.id]
    assert len(mine) == 1


def test_agent_and_visitor_see_each_other(product: Product, agent: Agent) -> None:
    visitor = Visitor(product.url, locale="de")
    number = visitor.ask("Ich möchte mit einem Menschen sprechen")["payload"]["ticket_number"]

    agent.act(number, "take")
    agent.act(number, "reply", client_id="r1", text="Guten Tag, Maria hier.")
    agent.act(number, "note", client_id="n1", text="geheim")
    seen: list[dict[str, object]] = []
    while not any(event["author"] == "agent" and event["kind"] == "message" for event in seen):
        seen += visitor.events(wait=10)
    visitor.say("Danke!")
    agent.act(number, "resolve")

    assert "geheim" not in str(visitor.history())
    transcript = [(e["author"], e["text"]) for e in agent.ticket(number)["events"]]
    assert ("visitor", "Danke!") in transcript
    assert not any(e["author"] == "bot" for e in visitor.history() if e["seq"] > seen[-1]["seq"])


def test_first_answer_names_the_machine_not_a_human(product: Product) -> None:
    for language, greeting, word in (
        ("en", "hello there", "assistant"),
        ("de", "Guten Tag", "Assistent"),
        ("el", "καλημέρα σας", "βοηθός"),
    ):
        reply = Visitor(product.url, locale=language).ask(greeting)
        assert word in reply["text"], reply["text"]


@pytest.mark.parametrize(
    "text",
    ['/ask_hours{"x": 1}', "/restart", "<script>alert(1)</script>", "👍👍👍", "\u202eabc\u202c?"],
)
def test_odd_input_gets_a_calm_reply_and_no_ticket(product: Product, text: str) -> None:
    reply = Visitor(product.url, locale="en").ask(text)

    assert (reply["author"], reply["kind"]) == ("bot", "message")
    assert reply["text"].strip()


def test_unsupported_language_is_told_what_is_spoken(product: Product) -> None:
    reply = Visitor(product.url, locale="ja").ask("注文した商品がまだ届きません。いつ届きますか")

    assert reply["payload"]["reply_kind"] == "language"
    assert len(reply["payload"]["buttons"]) == 12


def test_brain_killed_while_answering_still_gives_an_answer_or_a_ticket(product: Product) -> None:
    visitors = [Visitor(product.url, locale="en") for _ in range(6)]
    brain = product.brain()
    # Stopped first, so that every message is surely unanswered when the brain dies.
    brain.suspend()
    for visitor in visitors:
        visitor.say("How do I send something back?")
    brain.kill()

    outcomes = [visitor.await_reply() for visitor in visitors]

    assert all(o["kind"] in {"message", "handoff"} for o in outcomes)
    assert all(sum(e["author"] != "visitor" for e in v.history()) == 1 for v in visitors)
    # The supervisor brings the brain back: a new visitor is answered again.
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        reply = Visitor(product.url, locale="en").ask("How do I reset my password?")
        if reply["kind"] == "message":
            break
    assert reply["payload"]["reply_kind"] == "answer"


def test_kill_everything_and_restart_loses_and_doubles_nothing(home) -> None:  # type: ignore[no-untyped-def]
    with running(home) as product:
        agent = Agent(product.url, setup_token=product.setup_token())
        visitors = [Visitor(product.url, locale="en") for _ in range(8)]
        told = visitors[0].ask("I want to talk to a human")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            accepted = list(
                pool.map(lambda v: v.say("When will I get my money back?"), visitors[1:])
            )
        product.kill()

        product.start()

        for visitor, stored in zip(visitors[1:], accepted, strict=True):
            while not any(e["author"] == "bot" for e in visitor.history()):
                visitor.events(wait=20)
            history = visitor.history()
            assert [e["seq"] for e in history] == list(range(1, len(history) + 1))
            assert [e["client_id"] for e in history if e["author"] == "visitor"] == [
                stored["client_id"]
            ]
            assert sum(e["author"] == "bot" for e in history) == 1
        again = Agent(product.url)
        assert [t["number"] for t in again.tickets()] == [told["payload"]["ticket_number"]]
        assert agent.http.get("/me").status_code == 200  # sessions survive too
        assert product.stop() == 0
