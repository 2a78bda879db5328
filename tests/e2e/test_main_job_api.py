"""The main job over the public API, with the real brain and the demo knowledge base."""

from __future__ import annotations

import concurrent.futures
import time

import pytest

from tests.e2e.product import Agent, Product, Visitor, running

pytestmark = [pytest.mark.e2e, pytest.mark.brain, pytest.mark.timeout(300)]

# None of these is a title or an example question of its article.
QUESTIONS = [
    ("en", "I can't remember the password for my account, help", "password-reset"),
    ("en", "how many days until my package gets to Germany", "delivery-times"),
    ("el", "Ξέχασα τον κωδικό μου και δεν μπορώ να μπω", "password-reset"),
    ("el", "Σε πόσες μέρες φτάνει ένα δέμα στην Κύπρο;", "delivery-times"),
    ("tr", "Hesabımın şifresini hatırlamıyorum, giriş yapamıyorum", "password-reset"),
    ("tr", "Ürünü beğenmedim, iade etmek için ne yapmalıyım?", "return-how"),
    ("de", "Ich weiß mein Kennwort nicht mehr und komme nicht ins Konto", "password-reset"),
    ("de", "Wie viele Tage braucht ein Paket nach Österreich?", "delivery-times"),
    ("ar", "نسيت كلمة السر ولا أستطيع الدخول إلى حسابي", "password-reset"),
    ("ar", "كيف أرجع منتجًا لم يعجبني؟", "return-how"),
    ("es", "No me acuerdo de mi contraseña y no puedo entrar", "password-reset"),
    ("fr", "Je ne me souviens plus de mon mot de passe", "password-reset"),
    ("it", "Non ricordo più la password del mio account", "password-reset"),
    ("pt", "Não me lembro da senha da minha conta", "password-reset"),
    ("nl", "Ik weet mijn wachtwoord niet meer", "password-reset"),
    ("pl", "Nie pamiętam hasła do konta", "password-reset"),
    ("ru", "Не помню пароль от аккаунта, как войти?", "password-reset"),
]
# The same wish in one word or a short sentence: a person at once.
PERSON = [
    ("en", "human"),
    ("el", "άνθρωπο"),
    ("tr", "temsilci"),
    ("de", "Mensch"),
    ("es", "quiero hablar con una persona"),
    ("fr", "je veux parler à un conseiller"),
    ("it", "voglio parlare con un operatore"),
    ("pt", "quero falar com um atendente"),
    ("nl", "medewerker"),
    ("pl", "chcę rozmawiać z konsultantem"),
    ("ru", "оператор"),
    ("ar", "أريد التحدث مع موظف"),
]


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


@pytest.mark.parametrize(("language", "wish"), PERSON)
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
    ['/ask_human{"x": 1}', "/restart", "<script>alert(1)</script>", "👍👍👍", "\u202eabc\u202c?"],
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
    for visitor in visitors:
        visitor.say("How do I send something back?")
    product.brain().kill()

    outcomes = [visitor.await_reply() for visitor in visitors]

    assert all(o["kind"] in {"message", "handoff"} for o in outcomes)
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
        assert product.started_s < 60
        assert product.stop() == 0
