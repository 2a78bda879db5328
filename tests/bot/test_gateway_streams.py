"""Live delivery over real sockets: WebSocket, server-sent events and long poll show the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import structlog
import websockets
from websockets.client import connect

from bot.api.sending import FrameStream
from bot.realtime.hub import conversation_topic
from tests.bot.house import Agent, House, MakeHouse, Visitor, is_bot, is_handoff

pytestmark = pytest.mark.asyncio(loop_scope="module")


def socket_url(visitor: Visitor, *, after: int = 0) -> str:
    return f"{visitor.house.url.replace('http', 'ws')}{visitor.path}/ws?after={after}"


def open_socket(visitor: Visitor, *, after: int = 0, **more: Any) -> Any:
    protocols = ["babeldesk.v1", f"bearer.{visitor.token}"]
    return connect(socket_url(visitor, after=after), subprotocols=protocols, **more)


async def frame_where(socket: Any, **wanted: Any) -> dict[str, Any]:
    async with asyncio.timeout(15):
        while True:
            frame = json.loads(await socket.recv())
            if all(frame.get(key) == value for key, value in wanted.items()):
                return dict(frame)


async def event_where(socket: Any, **wanted: Any) -> dict[str, Any]:
    while True:
        event = (await frame_where(socket, type="event"))["event"]
        if all(event.get(key) == value for key, value in wanted.items()):
            return dict(event)


async def sse_frames(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    async for line in answer.aiter_lines():
        if line.startswith("data: "):
            yield json.loads(line[6:])


async def test_a_socket_shows_question_typing_answer_and_state(house: House) -> None:
    visitor = await house.open()

    async with open_socket(visitor) as socket:
        assert socket.subprotocol == "babeldesk.v1"
        assert (await frame_where(socket, type="state"))["owner"] == "bot"
        await visitor.send("hello")

        assert (await event_where(socket, author="visitor"))["text"] == "hello"
        await frame_where(socket, type="typing", author="bot", active=True)
        assert (await event_where(socket, author="bot"))["text"] == "You said: hello"
        await frame_where(socket, type="typing", author="bot", active=False)


async def test_a_socket_resumes_after_the_cursor_without_gap_or_repeat(house: House) -> None:
    visitor = await house.open()
    await visitor.send("one")
    await visitor.until(is_bot)
    await visitor.send("two")
    await visitor.until(lambda e: e["author"] == "bot" and e["text"].endswith("two"))

    async with open_socket(visitor, after=2) as socket:
        seqs = [(await frame_where(socket, type="event"))["event"]["seq"] for _ in range(2)]

    assert seqs == [3, 4]


async def test_two_pages_of_one_visitor_see_the_same(house: House) -> None:
    visitor = await house.open()

    async with open_socket(visitor) as first, open_socket(visitor) as second:
        await frame_where(first, type="state")
        await frame_where(second, type="state")
        await visitor.send("hello")

        assert await event_where(first, author="bot") == await event_where(second, author="bot")


@pytest.mark.parametrize(
    "protocols", [["babeldesk.v1"], ["babeldesk.v1", "bearer.forged"], ["bearer.x"], None]
)
async def test_a_socket_without_a_valid_token_is_refused(
    house: House, protocols: list[str] | None
) -> None:
    visitor = await house.open()

    with pytest.raises(websockets.exceptions.InvalidStatusCode) as refusal:
        async with connect(socket_url(visitor), subprotocols=protocols):
            pass

    assert refusal.value.status_code == 401


async def test_open_streams_are_counted_and_given_back(make_house: MakeHouse) -> None:
    async with make_house(STREAMS_VISITOR="2", STREAMS_ADDRESS="3") as house:
        visitor, other, third = [await house.open() for _ in range(3)]
        events = f"{visitor.path}/events"

        async with open_socket(visitor) as socket:
            await frame_where(socket, type="state")
            stream = f"{visitor.path}/stream"
            async with house.http.stream("GET", stream, headers=visitor.headers) as answer:
                frames = sse_frames(answer)
                await anext(frames)
                poll = await house.http.get(events, headers=visitor.headers)
                sse = await house.http.get(stream, headers=visitor.headers)
                with pytest.raises(websockets.exceptions.InvalidStatusCode) as refusal:
                    async with open_socket(visitor):
                        pass
                async with open_socket(other) as theirs:
                    await frame_where(theirs, type="state")
                    crowded = await house.http.get(f"{third.path}/stream", headers=third.headers)

        assert (poll.status_code, sse.status_code, crowded.status_code) == (429, 429, 429)
        assert refusal.value.status_code == 429
        assert int(refusal.value.headers["retry-after"]) >= 1
        assert int(sse.headers["retry-after"]) >= 1
        async with asyncio.timeout(15):
            while len(house.assembly.gateway.rates._streams):  # noqa: ASYNC110 - no event for it
                await asyncio.sleep(0.01)
        assert (await house.http.get(events, headers=visitor.headers)).status_code == 200


async def test_a_socket_to_another_visitors_conversation_is_refused(house: House) -> None:
    mine, hers = await house.open(), await house.open()

    with pytest.raises(websockets.exceptions.InvalidStatusCode) as refusal:
        protocols = ["babeldesk.v1", f"bearer.{mine.token}"]
        async with connect(socket_url(hers), subprotocols=protocols):
            pass

    assert refusal.value.status_code == 404


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "ftp://gateway.test", "http://[", "null"]
)
async def test_a_socket_from_a_foreign_origin_is_refused(house: House, origin: str) -> None:
    visitor = await house.open()

    with pytest.raises(websockets.exceptions.InvalidStatusCode) as refusal:
        async with open_socket(visitor, origin=origin):
            pass

    assert refusal.value.status_code == 403


async def test_an_event_stream_that_breaks_is_told_and_ended() -> None:
    sent: list[dict[str, Any]] = []
    ended: list[int] = []

    async def breaking() -> AsyncIterator[dict[str, Any]]:
        yield {"type": "ping"}
        raise LookupError("broke")

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    async def send(message: Any) -> None:
        sent.append(message)

    with structlog.testing.capture_logs() as logged:
        async with asyncio.timeout(10):
            await FrameStream(breaking(), on_end=lambda: ended.append(1))({}, receive, send)

    assert [entry["event"] for entry in logged] == ["stream_broke"]
    assert b"ping" in sent[-2]["body"]
    assert sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
    assert ended == [1]


@pytest.mark.parametrize("nonsense", ["{", "[" * 4000, "x" * 5000, b"\xff\xfe"])
async def test_nonsense_on_a_socket_closes_it(house: House, nonsense: str | bytes) -> None:
    visitor = await house.open()

    async with open_socket(visitor) as socket:
        await frame_where(socket, type="state")
        await socket.send(nonsense)
        with pytest.raises(websockets.exceptions.ConnectionClosed):
            async with asyncio.timeout(10):
                while True:
                    await socket.recv()

    assert socket.close_code in {1008, 1007}


async def test_a_flood_of_frames_closes_the_socket(house: House) -> None:
    visitor = await house.open()

    async with open_socket(visitor) as socket:
        with pytest.raises(websockets.exceptions.ConnectionClosed):
            async with asyncio.timeout(10):
                for _ in range(200):
                    await socket.send('{"type":"typing","active":true}')
                while True:
                    await socket.recv()

    assert socket.close_code == 1008


async def test_a_quiet_stream_sends_heartbeats(make_house: MakeHouse) -> None:
    async with make_house(look_s=0.05, heartbeat_s=0.1) as house:
        visitor = await house.open()
        async with open_socket(visitor) as socket:
            await frame_where(socket, type="ping")


async def test_server_sent_events_show_the_same_and_resume(house: House) -> None:
    visitor = await house.open()
    await visitor.send("hello")
    await visitor.until(is_bot)

    async with house.http.stream("GET", f"{visitor.path}/stream", headers=visitor.headers) as live:
        assert live.headers["content-type"].startswith("text/event-stream")
        frames = sse_frames(live)
        first = await anext(frames)
        assert first["event"]["text"] == "hello"
    resumed = {**visitor.headers, "Last-Event-ID": "1"}
    async with house.http.stream("GET", f"{visitor.path}/stream", headers=resumed) as live:
        assert (await anext(sse_frames(live)))["event"]["author"] == "bot"


async def test_a_stream_without_token_is_refused_before_it_begins(house: House) -> None:
    visitor = await house.open()

    answer = await house.http.get(f"{visitor.path}/stream")

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "bad_token"


async def test_long_poll_returns_as_soon_as_something_happens(house: House) -> None:
    visitor = await house.open()
    waiting = asyncio.create_task(visitor.events(after=0, wait=20))

    await visitor.send("hello")
    page = await asyncio.wait_for(waiting, 10)

    assert page["events"][0]["text"] == "hello"
    assert page["cursor"] == page["events"][-1]["seq"]


async def test_a_lost_hint_costs_one_look_and_no_event(make_house: MakeHouse) -> None:
    async with make_house(look_s=0.05) as house:
        visitor = await house.open()
        async with open_socket(visitor) as socket:
            await frame_where(socket, type="state")
            hub = house.assembly.gateway.hub
            hub.publish = lambda topic: None  # type: ignore[method-assign]
            # Typing would wake the stream as well.
            hub.send = lambda topic, frame: None  # type: ignore[method-assign]
            await visitor.send("hello")

            assert (await event_where(socket, author="visitor"))["text"] == "hello"
            # The dispatcher's hint was lost too: its sweep finds the message.
            assert await event_where(socket, author="bot")


def agent_socket(house: House, agent: Agent, *, after: int = 0, **more: Any) -> Any:
    headers = {"Cookie": agent.cookie}
    url = f"{house.url.replace('http', 'ws')}/api/v1/agent/ws?after={after}"
    return connect(url, extra_headers=headers, **more)


async def test_an_agent_sees_a_new_ticket_and_both_see_each_other_live(house: House) -> None:
    agent = await house.agent()
    visitor = await house.open()
    async with agent_socket(house, agent) as desk, open_socket(visitor) as page:
        roster = await frame_where(desk, type="presence")
        assert [entry["name"] for entry in roster["agents"]] == ["Ada"]
        config = await house.http.get("/api/v1/widget/config")
        assert config.json()["agents_online"] is True

        await visitor.send("handoff please")
        ticket = (await frame_where(desk, type="inbox"))["ticket"]
        notice = await event_where(page, kind="handoff")
        assert notice["payload"]["availability"] == "online"
        await desk.send(json.dumps({"type": "watch", "conversation_id": visitor.id, "after": 0}))
        assert (await frame_where(desk, type="event"))["event"]["text"] == "handoff please"

        number = ticket["number"]
        assert (await agent.http.post(f"/api/v1/agent/tickets/{number}/take")).status_code == 200
        await event_where(page, kind="agent_joined")
        await agent.http.post(f"/api/v1/agent/tickets/{number}/typing", json={"active": True})
        await frame_where(page, type="typing", author="agent", active=True)
        await agent.http.post(
            f"/api/v1/agent/tickets/{number}/reply", json={"client_id": "r1", "text": "Here I am"}
        )
        assert (await event_where(page, author="agent", kind="message"))["text"] == "Here I am"

        await page.send('{"type":"typing","active":true}')
        typing = await frame_where(desk, type="typing", author="visitor", active=True)
        assert typing["conversation_id"] == visitor.id
        await visitor.send("thank you")
        while (await frame_where(desk, type="event"))["event"]["text"] != "thank you":
            pass


async def test_a_lost_hint_is_found_while_a_busy_conversation_keeps_the_agent_awake(
    make_house: MakeHouse,
) -> None:
    async with make_house(look_s=0.2) as house:
        agent, busy, quiet = await house.agent(), await house.open(), await house.open()
        hub = house.assembly.gateway.hub
        frame = {"type": "typing", "author": "visitor", "active": True}

        async def keep_typing() -> None:
            while True:
                hub.send(conversation_topic(busy.id), frame)
                await asyncio.sleep(0.02)

        async with agent_socket(house, agent) as desk:
            await frame_where(desk, type="presence")
            typing = asyncio.create_task(keep_typing())
            try:
                await desk.send(json.dumps({"type": "watch", "conversation_id": busy.id}))
                await frame_where(desk, type="typing")
                hub.publish = lambda topic: None  # type: ignore[method-assign]
                await quiet.send("handoff please")

                ticket = (await frame_where(desk, type="inbox"))["ticket"]
            finally:
                typing.cancel()
        assert ticket["conversation_id"] == quiet.id


async def test_an_agent_who_is_away_or_gone_does_not_count(house: House) -> None:
    agent = await house.agent()
    async with agent_socket(house, agent) as desk:
        await frame_where(desk, type="presence")
        await desk.send('{"type":"presence","state":"away"}')
        while (await frame_where(desk, type="presence"))["agents"][0]["state"] != "away":
            pass
        assert (await house.http.get("/api/v1/widget/config")).json()["agents_online"] is False

    visitor = await house.open()
    await visitor.send("handoff")
    assert (await visitor.until(is_handoff))["payload"]["availability"] == "offline"


async def test_an_agent_socket_needs_the_cookie_and_the_own_origin(house: House) -> None:
    agent = await house.agent()

    with pytest.raises(websockets.exceptions.InvalidStatusCode) as unsigned:
        async with connect(f"{house.url.replace('http', 'ws')}/api/v1/agent/ws"):
            pass
    with pytest.raises(websockets.exceptions.InvalidStatusCode) as foreign:
        async with agent_socket(house, agent, origin="https://evil.example"):
            pass

    assert unsigned.value.status_code == 401
    assert foreign.value.status_code == 403


async def test_the_agents_event_stream_shows_inbox_and_a_watched_conversation(
    house: House,
) -> None:
    agent = await house.agent()
    visitor = await house.open()
    params = {"watch": visitor.id}

    async with agent.http.stream("GET", "/api/v1/agent/stream", params=params) as live:
        frames = sse_frames(live)
        assert (await anext(frames))["type"] == "presence"
        await visitor.send("handoff")
        kinds = set()
        async with asyncio.timeout(10):
            while kinds != {"event", "inbox"}:
                kinds |= {(await anext(frames))["type"]} & {"event", "inbox"}


async def test_editors_do_not_see_visitors_words(house: House) -> None:
    from handoff.model import Role

    editor = await house.agent(role=Role.EDITOR)

    answer = await editor.http.get("/api/v1/agent/stream")

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "role_not_allowed"


async def test_stopping_the_server_ends_streams_at_once(make_house: MakeHouse) -> None:
    async with make_house() as house:
        visitor = await house.open()
        async with open_socket(visitor) as socket:
            await frame_where(socket, type="state")
            house.assembly.gateway.hub.close()
            with pytest.raises(websockets.exceptions.ConnectionClosed):
                async with asyncio.timeout(5):
                    while True:
                        await socket.recv()

    assert socket.close_code == 1001
