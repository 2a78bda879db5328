"""The visitor API on good and on hard days."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import event

from bot.votes import Vote, vote_of
from handoff.model import Author, EventView
from tests.bot.house import House, MakeHouse, Visitor, is_bot, is_handoff
from tests.kb_index.factory import make_article

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def own_house(make_house: MakeHouse) -> AsyncIterator[House]:
    async with make_house() as running:
        yield running


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])


async def test_a_question_is_answered(house: House) -> None:
    visitor = await house.open()

    sent = await visitor.send("Where is my parcel?")

    assert sent.status_code == 201
    assert sent.json()["duplicate"] is False
    assert sent.json()["event"]["author"] == "visitor"
    answer = await visitor.until(is_bot)
    assert answer["text"] == "You said: Where is my parcel?"
    assert answer["payload"]["sources"][0]["article_id"] == "order-track"
    assert "internal" not in answer


async def test_who_speaks_of_suicide_reads_whom_to_call_and_no_bot(make_house: MakeHouse) -> None:
    async with make_house(triage=None) as house:
        visitor = await house.open(locale="el-GR")

        await visitor.send("handoff please, δεν θέλω να ζω άλλο")
        await visitor.until(is_handoff)

        events = (await visitor.events())["events"]
    (given,) = [event for event in events if event["kind"] == "safety"]
    assert "112" in given["text"]
    assert "1018" in given["text"]
    assert given["author"] == "system"
    assert not any(is_bot(event) for event in events)


async def test_asking_for_a_person_opens_one_ticket_and_silences_the_bot(house: House) -> None:
    visitor = await house.open()

    await visitor.send("handoff please")
    notice = await visitor.until(is_handoff)
    await visitor.send("are you there?")

    page = await visitor.events()
    assert notice["payload"]["ticket_number"] == page["state"]["ticket_number"]
    assert page["state"]["owner"] == "queue"
    assert [e["kind"] for e in page["events"]].count("handoff") == 1
    assert len(house.brain.seen) == 1


async def test_the_brain_gets_the_message_with_its_context(house: House) -> None:
    visitor = await house.open(locale="el-GR")
    await house.http.post(
        f"{visitor.path}/language", json={"language": "el"}, headers=visitor.headers
    )

    await visitor.send("Πού είναι;", choice={"kind": "article", "value": "order-track"})
    await visitor.until(is_bot)
    await visitor.send("again")
    await visitor.until(lambda e: is_bot(e) and e["text"].endswith("again"))

    first, second = house.brain.seen
    assert first["message"]["text"] == "Πού είναι;"
    assert first["message"]["choice"] == {"kind": "article", "value": "order-track"}
    assert first["context"]["language_choice"] == "el"
    assert first["context"]["locale"] == "el-GR"
    assert first["context"]["brand"] == "Meltemi"
    assert second["events"] == [{"event": "user", "text": "Πού είναι;"}]
    assert second["context"]["language_state"] == {"n": 1}


async def test_a_valid_token_resumes_the_conversation(house: House) -> None:
    visitor = await house.open()
    await visitor.send("hello")

    again = await house.open(token=visitor.token)

    assert again.id == visitor.id
    assert again.session["visitor_id"] == visitor.session["visitor_id"]


@pytest.mark.parametrize("token", ["forged", "", "a.b.c"])
async def test_a_wrong_token_starts_a_new_session(house: House, token: str) -> None:
    visitor = await house.open()

    again = await house.open(token=token)

    assert again.id != visitor.id


async def test_sending_twice_stores_once(house: House) -> None:
    visitor = await house.open()

    answers = await asyncio.gather(*(visitor.send("hello", client_id="same") for _ in range(5)))

    assert sorted(a.status_code for a in answers) == [200, 200, 200, 200, 201]
    await visitor.until(is_bot)
    texts = [e["text"] for e in (await visitor.events())["events"]]
    assert texts == ["hello", "You said: hello"]


async def test_a_client_id_cannot_be_used_for_another_text(house: House) -> None:
    visitor = await house.open()
    await visitor.send("hello", client_id="same")

    answer = await visitor.send("other", client_id="same")

    assert (answer.status_code, code_of(answer)) == (409, "client_id_reused")


async def test_another_visitors_conversation_looks_as_if_it_did_not_exist(house: House) -> None:
    mine, hers = await house.open(), await house.open()
    body = {"client_id": "c", "text": "hi"}

    real = await house.http.post(f"{hers.path}/messages", json=body, headers=mine.headers)
    made_up = await house.http.post(
        "/api/v1/conversations/nothing/messages", json=body, headers=mine.headers
    )

    assert real.status_code == made_up.status_code == 404
    assert code_of(real) == code_of(made_up) == "conversation_not_found"
    assert (await hers.events())["events"] == []


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic x"}]
)
async def test_no_token_no_access(house: House, header: dict[str, str]) -> None:
    visitor = await house.open()

    answer = await house.http.get(f"{visitor.path}/events", headers=header)

    assert (answer.status_code, code_of(answer)) == (401, "bad_token")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "message_empty"),
        (" \t\n ", "message_empty"),
        ("\u200f\u202e\u2066", "message_empty"),
        ("\u0000", "message_empty"),
        ("x" * 4001, "message_too_long"),
    ],
)
async def test_texts_that_cannot_be_stored_are_refused(house: House, text: str, code: str) -> None:
    visitor = await house.open()

    answer = await visitor.send(text)

    assert (answer.status_code, code_of(answer)) == (422, code)
    assert (await visitor.events())["events"] == []


@pytest.mark.parametrize(
    "text",
    [
        "😀😀😀",
        "\u202eabc\u202c",
        "a\u0000b",
        '<script>alert(1)</script><img src=x onerror="alert(1)">',
        '/ask_human{"name": "x"}',
        "'; DROP TABLE events; --",
        "${jndi:ldap://x} {{7*7}} %s %n",
    ],
)
async def test_odd_texts_are_ordinary_messages(house: House, text: str) -> None:
    visitor = await house.open()

    assert (await visitor.send(text)).status_code == 201

    await visitor.until(is_bot)
    assert house.brain.seen[0]["message"]["text"] == text.replace("\u0000", "")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"client_id": "c", "text": "\xff\xfe"}', 400, "bad_body"),
        (b'{"client_id": "c", "text": ', 400, "bad_json"),
        (b"[" * 30000, 400, "bad_body"),
        (b'{"client_id": "c", "text": "' + b"x" * 100_000 + b'"}', 413, "body_too_large"),
        (b'{"client_id": "c", "text": 5}', 422, "invalid_request"),
        (b'{"client_id": "c"}', 422, "invalid_request"),
        (b"[]", 422, "invalid_request"),
        (b"null", 422, "invalid_request"),
        (b"", 422, "invalid_request"),
    ],
)
async def test_bodies_that_are_no_messages_are_refused(
    house: House, body: bytes, status: int, code: str
) -> None:
    visitor = await house.open()
    headers = {**visitor.headers, "Content-Type": "application/json"}

    answer = await house.http.post(f"{visitor.path}/messages", content=body, headers=headers)

    assert (answer.status_code, code_of(answer)) == (status, code)
    assert "xxx" not in answer.text


async def test_half_a_character_is_repaired(house: House) -> None:
    visitor = await house.open()
    headers = {**visitor.headers, "Content-Type": "application/json"}

    body = b'{"client_id": "c", "text": "half \\ud83d"}'
    answer = await house.http.post(f"{visitor.path}/messages", content=body, headers=headers)

    assert answer.status_code == 201
    assert answer.json()["event"]["text"] == "half \ufffd"


async def test_a_body_that_hides_its_length_is_cut_off(house: House) -> None:
    visitor = await house.open()

    async def endless() -> object:
        for _ in range(100):
            yield b"x" * 1024

    headers = {**visitor.headers, "Content-Type": "application/json"}
    answer = await house.http.post(f"{visitor.path}/messages", content=endless(), headers=headers)

    assert (answer.status_code, code_of(answer)) == (413, "body_too_large")


async def test_a_thousand_messages_in_a_minute_are_slowed_down(house: House) -> None:
    visitor = await house.open()

    answers: list[httpx.Response] = []
    for _ in range(20):
        answers += await asyncio.gather(*(visitor.send("again and again") for _ in range(50)))

    accepted = [a for a in answers if a.status_code == 201]
    refused = [a for a in answers if a.status_code == 429]
    assert len(accepted) + len(refused) == 1000
    # 20 in any 10 seconds; on a slow machine the rush itself takes some of them.
    assert 20 <= len(accepted) <= 150
    assert code_of(refused[0]) == "too_many_requests"
    assert 1 <= int(refused[0].headers["retry-after"]) <= 10
    other = await house.open()
    assert (await other.send("hello")).status_code == 201


async def test_reading_in_a_loop_is_slowed_down(make_house: MakeHouse) -> None:
    async with make_house(RATE_READS="3/60s") as house:
        visitor, other = await house.open(), await house.open()

        answers = [
            await house.http.get(f"{visitor.path}/events", headers=visitor.headers)
            for _ in range(4)
        ]

        assert [a.status_code for a in answers] == [200, 200, 200, 429]
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert (await other.events())["events"] == []


async def test_feedback_counts_once_for_the_article_of_the_answer(own_house: House) -> None:
    house = own_house
    articles = house.assembly.gateway.articles
    await articles.save(make_article("order-track", "en"), author="ada")
    visitor = await house.open()
    await visitor.send("Where is my parcel?")
    await visitor.until(is_bot)

    async def votes() -> tuple[int, int]:
        stored = await articles.get("order-track", "en")
        return stored.helpful_votes, stored.unhelpful_votes

    async def press(value: str, client_id: str) -> httpx.Response:
        choice = {"kind": "feedback", "value": value}
        answer = await visitor.send("pressed", client_id=client_id, choice=choice)
        await visitor.until(lambda e: is_bot(e) and e["seq"] > answer.json()["event"]["seq"])
        return answer

    assert (await press("helpful", "once")).status_code == 201
    assert (await press("helpful", "once")).status_code == 200
    async with asyncio.timeout(10):
        while await votes() != (1, 0):  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0.01)
    # The little brain asks for feedback on every answer, so this press is about another one.
    await press("not_helpful", "twice")
    async with asyncio.timeout(10):
        while await votes() != (1, 1):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_second_press_about_one_answer_is_no_vote() -> None:
    def event(seq: int, author: Author, payload: dict[str, Any]) -> EventView:
        return EventView(
            conversation_id="c", seq=seq, kind="message", author=author, author_id=None,
            author_name=None, client_id=None, text="x", language="en", payload=payload,
            internal={}, agents_only=False, created_at=datetime.now(UTC),
        )  # fmt: skip

    source = {"article_id": "order-track", "language": "el"}
    press = {"choice": {"kind": "feedback", "value": "not_helpful"}}
    events = [
        event(1, Author.BOT, {"feedback": True, "sources": [source]}),
        event(2, Author.VISITOR, press),
        event(3, Author.BOT, {"feedback": False, "sources": []}),
        event(4, Author.VISITOR, press),
        event(5, Author.VISITOR, {}),
    ]

    expected = Vote(article_id="order-track", language="el", helpful=False)
    assert vote_of(events, seq=2) == expected
    assert vote_of(events, seq=4) is None
    assert vote_of(events, seq=5) is None
    assert vote_of(events[1:], seq=2) is None


async def test_a_rush_is_stored_in_order_and_served_one_at_a_time(make_house: MakeHouse) -> None:
    async with make_house(
        RATE_VISITOR="5000/10s", RATE_ADDRESS="5000/10s", RATE_READS="5000/10s"
    ) as house:
        visitor = await house.open()

        for n in range(60):
            assert (await visitor.send(f"m{n}")).status_code == 201
        await visitor.until(lambda e: e["text"] == "You said: m59", limit_s=60)

        events = (await visitor.events())["events"]
        assert [e["seq"] for e in events] == list(range(1, len(events) + 1))
        assert [r["message"]["text"] for r in house.brain.seen] == [f"m{n}" for n in range(60)]
        assert set(house.brain.most_at_once.values()) == {1}


async def test_a_locked_database_refuses_and_the_same_message_is_taken_later(house: House) -> None:
    visitor = await house.open()
    path = house.assembly.gateway.settings.paths.home / "babeldesk.db"
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")

    refused = await visitor.send("hello", client_id="kept")
    blocker.execute("ROLLBACK")
    blocker.close()
    accepted = await visitor.send("hello", client_id="kept")

    assert (refused.status_code, code_of(refused)) == (503, "store_unavailable")
    assert int(refused.headers["retry-after"]) >= 1
    assert accepted.status_code == 201
    assert await visitor.until(is_bot)


async def test_a_full_disk_refuses_and_the_same_message_is_taken_later(own_house: House) -> None:
    house = own_house
    visitor = await house.open()
    engine = house.assembly.gateway.database.engine
    limit = {"pages": 1}  # SQLite raises it to the present size: there is no room for more

    @event.listens_for(engine.sync_engine, "begin")
    def _fill(connection: object) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {limit['pages']}")  # type: ignore[attr-defined]

    refused = None
    for n in range(30):
        answer = await visitor.send("x" * 4000, client_id=f"big{n}")
        if answer.status_code != 201:
            refused = answer
            break
        house.assembly.gateway.rates._limiter.storage.reset()
    limit["pages"] = 1_000_000
    ready = await house.http.get("/readyz")
    accepted = await visitor.send("x" * 4000, client_id=f"big{n}")

    assert refused is not None
    assert (refused.status_code, code_of(refused)) == (503, "store_unavailable")
    assert accepted.status_code == 201
    assert ready.status_code == 200
    stored = [
        e["client_id"] for e in (await visitor.events())["events"] if e["author"] == "visitor"
    ]
    assert stored == [f"big{k}" for k in range(n + 1)]


async def test_language_and_contact_are_kept(house: House) -> None:
    visitor = await house.open()

    chosen = await house.http.post(
        f"{visitor.path}/language", json={"language": "de"}, headers=visitor.headers
    )
    unknown = await house.http.post(
        f"{visitor.path}/language", json={"language": "ja"}, headers=visitor.headers
    )
    contact = await house.http.post(
        f"{visitor.path}/contact",
        json={"name": "Eva", "email": "eva@post.example"},
        headers=visitor.headers,
    )
    wrong = await house.http.post(
        f"{visitor.path}/contact", json={"name": "", "email": "no"}, headers=visitor.headers
    )

    assert chosen.json()["language"] == "de"
    assert (unknown.status_code, code_of(unknown)) == (422, "language_not_offered")
    assert "en, el, tr" in unknown.json()["error"]["message"]
    assert contact.status_code == 200
    assert (wrong.status_code, code_of(wrong)) == (422, "contact_invalid")


async def test_the_widget_learns_what_it_needs(house: House) -> None:
    config = (await house.http.get("/api/v1/widget/config", params={"locale": "ar-EG"})).json()

    assert config["brand"] == "Meltemi"
    assert config["default_language"] == "ar"
    assert {"code": "ar", "name": "العربية", "rtl": True} in config["languages"]
    assert config["limits"] == {"message_chars": 4000}
    assert config["agents_online"] is False


@pytest.mark.parametrize("page", ["https://u:p@shop.example/a?token=1#x", "javascript:alert(1)"])
async def test_the_page_is_kept_without_secrets(house: House, page: str) -> None:
    visitor = await house.open(page_url=page)

    stored = await house.assembly.gateway.core.visitors.get(visitor.id, visitor_id=None)

    assert stored.page_url in {"https://shop.example/a", None}


async def test_other_sites_may_call_only_if_they_are_configured(make_house: MakeHouse) -> None:
    async with make_house(ORIGINS="https://shop.example") as house:
        ask = {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization",
        }

        good = await house.http.options(
            "/api/v1/sessions", headers={"Origin": "https://shop.example", **ask}
        )
        bad = await house.http.options(
            "/api/v1/sessions", headers={"Origin": "https://evil.example", **ask}
        )
        agent = await house.http.get("/api/v1/agent/me", headers={"Origin": "https://shop.example"})

    assert good.headers["access-control-allow-origin"] == "https://shop.example"
    assert "access-control-allow-origin" not in bad.headers
    assert "access-control-allow-origin" not in agent.headers


async def test_nothing_that_people_wrote_gets_into_the_log(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    visitor: Visitor = await house.open()

    await visitor.send("my-secret-question")
    await visitor.send("error my-secret-question")
    await visitor.until(is_handoff)

    out, err = capfd.readouterr()
    assert "my-secret-question" not in out + err
    assert visitor.token not in out + err


async def test_the_openapi_document_describes_the_api(house: House) -> None:
    document = (await house.http.get("/api/v1/openapi.json")).json()

    paths = document["paths"]
    assert "/api/v1/conversations/{conversation_id}/messages" in paths
    assert "/api/v1/agent/tickets/{number}/reply" in paths
    assert not [path for path in paths if not path.startswith("/api/v1/")]
    assert "ErrorAnswer" in json.dumps(document)
