"""Rules, macros and canned replies as they are kept: changed, ordered, applied, written out."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.rules_file import DEMO_DESK, read_desk_file, write_desk_text
from handoff.errors import (
    ActionRefused,
    InvalidTransition,
    MacroNotFound,
    ReplyHasGaps,
    ReplyNotFound,
    RuleInvalid,
    RuleNotFound,
    ShortcutTaken,
    VersionConflict,
)
from handoff.model import Author
from handoff.rules.macros import MOST_MACROS
from handoff.rules.replies import MOST_REPLIES
from handoff.rules.store import MOST_RULES
from handoff.ticket import TicketState
from nlu.languages import CODES
from tests.handoff.rules.conftest import Desk

NOBODY = "0" * 26
TEXTS = {"en": "Dear {visitor.name}", "el": "Γεια {visitor.name|σας}"}
HELLO: dict[str, Any] = {"shortcut": "hello", "texts": TEXTS}


async def test_a_rule_is_changed_by_version_and_keeps_the_rest(desk: Desk) -> None:
    rules = desk.services.rules
    rule_id = await desk.rule("a", when={"priority": 1})
    seen = frozenset({1})

    changed = await rules.change(rule_id, {"active": False}, actor_id=None, expected=seen)
    same = await rules.change(rule_id, {"active": False}, actor_id=None, expected=None)
    freed = await rules.change(rule_id, {"when": None}, actor_id=None, expected=None)

    assert (changed.rule.active, changed.rule.version) == (False, 2)
    assert changed.rule.definition["when"] == {"priority": 1}
    assert same.rule.version == 2
    assert "when" not in freed.rule.definition
    with pytest.raises(VersionConflict):
        await rules.change(rule_id, {"active": True}, actor_id=None, expected=seen)
    with pytest.raises(RuleInvalid, match="rule > then > 1"):
        await rules.change(rule_id, {"then": [{"explode": 1}]}, actor_id=None, expected=None)
    await rules.remove(rule_id, actor_id=None, expected=frozenset({3}))
    for late in (
        rules.get(rule_id),
        rules.change(rule_id, {}, actor_id=None, expected=None),
        rules.remove(rule_id, actor_id=None, expected=None),
    ):
        with pytest.raises(RuleNotFound):
            await late


async def test_rules_are_put_into_order(desk: Desk) -> None:
    ids = [await desk.rule(name) for name in "abc"]

    found = await desk.services.rules.order([ids[2], ids[0], ids[1]], actor_id=None)

    assert [one.rule.name for one in found] == ["c", "a", "b"]
    assert [one.rule.name for one in await desk.services.rules.list()] == ["c", "a", "b"]
    for wrong in ([ids[0]], [ids[0], ids[0], ids[1]], [*ids, NOBODY]):
        with pytest.raises(RuleInvalid, match="every rule once"):
            await desk.services.rules.order(wrong, actor_id=None)


async def test_a_rule_may_only_name_what_exists(desk: Desk) -> None:
    await desk.world.agent("Ann")

    await desk.rule("good", {"assign": "ann@shop.example"})

    for wrong in ({"assign": "eve@shop.example"}, {"reply": "hello"}, {"set_team": "Billing"}):
        with pytest.raises(RuleInvalid, match="not known"):
            await desk.rule("wrong", wrong)


async def test_canned_replies_are_searched_in_any_language(desk: Desk) -> None:
    replies = desk.services.replies
    refund: dict[str, Any] = {"shortcut": "refund_started", "texts": {"en": "Money is coming"}}
    first = await replies.create(HELLO, actor_id=None)
    await replies.create(refund, actor_id=None)

    async def found(search: str) -> list[str]:
        return [one.shortcut for one in await replies.list(search=search)]

    assert first.title == "Hello"
    assert await found("ΓΕΙΑ") == ["hello"]
    assert await found("mon com") == ["refund_started"]
    assert await found("refund") == ["refund_started"]
    assert await found("nothing") == []
    assert len(await found("")) == 2


async def test_a_shortcut_belongs_to_one_canned_reply(desk: Desk) -> None:
    replies = desk.services.replies
    first = await replies.create(HELLO, actor_id=None)
    other = await replies.create({**HELLO, "shortcut": "other"}, actor_id=None)

    with pytest.raises(ShortcutTaken):
        await replies.create(HELLO, actor_id=None)
    with pytest.raises(ShortcutTaken):
        await replies.change(other.id, {"shortcut": "hello"}, actor_id=None, expected=None)
    changed = await replies.change(
        first.id, {"title": "Hi"}, actor_id=None, expected=frozenset({1})
    )
    assert (changed.title, changed.version) == ("Hi", 2)
    same = await replies.change(first.id, {"title": "Hi"}, actor_id=None, expected=None)
    assert same.version == 2
    with pytest.raises(RuleInvalid, match="reply > colour"):
        await replies.create({**HELLO, "colour": "red"}, actor_id=None)
    await replies.remove(first.id, actor_id=None, expected=None)
    with pytest.raises(ReplyNotFound):
        await replies.get(first.id)


async def test_a_macro_does_everything_with_one_call(desk: Desk) -> None:
    world, ann = desk.world, await desk.world.agent("Ann")
    await desk.services.replies.create(HELLO, actor_id=None)
    macro = await desk.services.macros.create(
        {
            "name": "Help",
            "then": [
                {"assign": "me"},
                {"reply": "hello"},
                {"add_tag": "helped"},
                {"set_priority": {"level": 4, "reason": "calm"}},
                {"set_state": "on_hold"},
            ],
        },
        actor_id=None,
    )
    chat = await world.start()
    await desk.services.visitors.choose_language(chat.id, visitor_id=chat.visitor_id, language="el")
    number = await world.hand_off(chat)
    await desk.services.desk.override_priority(number, ann.id, level=2, reason="VIP")
    before = await desk.services.desk.find(number)

    preview = await desk.services.macros.preview(macro.id, number, ann.id)
    assert await desk.services.desk.find(number) == before
    assert preview.as_json()["possible"] is True
    act = await desk.services.macros.apply(macro.id, number, ann.id)

    ticket = act.ticket
    assert (ticket.assignee and ticket.assignee.id, ticket.owner.value) == (ann.id, "agent")
    assert (ticket.tags, ticket.priority, ticket.state) == (
        ("helped",), 4, TicketState.ON_HOLD,
    )  # fmt: skip
    assert ticket.first_reply_at is not None
    said = [e for e in await desk.log(number, "message") if e.author is Author.AGENT]
    assert [(one.text, one.author_name) for one in said] == [("Γεια σας", "Ann")]
    (line,) = await desk.log(number, "macro")
    assert (line.payload["macro_id"], line.payload["version"]) == (macro.id, 1)
    assert line.payload["steps"] == preview.as_json()["steps"]
    assert (await desk.services.macros.get(macro.id)).n_used == 1


async def test_a_macro_that_cannot_be_done_does_nothing(desk: Desk) -> None:
    world, ann = desk.world, await desk.world.agent("Ann")
    await desk.services.replies.create(HELLO, actor_id=None)
    macro = await desk.services.macros.create(
        {"name": "Tag and tell", "then": [{"add_tag": "x"}, {"reply": "hello"}]}, actor_id=None
    )
    chat = await world.start("en")
    number = await world.hand_off(chat)

    with pytest.raises(ActionRefused) as caught:
        await desk.services.macros.apply(macro.id, number, ann.id)
    assert (caught.value.action, caught.value.reason) == ("reply", "take_it_first")
    await desk.services.desk.take(number, ann.id)
    with pytest.raises(ActionRefused, match=r"no_value_for:visitor\.name"):
        await desk.services.macros.apply(macro.id, number, ann.id)
    assert (await desk.services.desk.find(number)).tags == ()

    await desk.services.desk.resolve(number, ann.id)
    await world.hand_off(chat)
    with pytest.raises(InvalidTransition):
        await desk.services.macros.apply(macro.id, number, ann.id)


async def test_a_macro_solves_and_reaches_others(desk: Desk) -> None:
    world, ann = desk.world, await desk.world.agent("Ann")
    bob = await world.agent("Bob")
    macros = desk.services.macros
    give = await macros.create(
        {"name": "Give", "then": [{"assign": "bob@shop.example"}, {"add_note": "Yours"}]},
        actor_id=None,
    )
    done = await macros.create({"name": "Done", "then": [{"set_state": "solved"}]}, actor_id=None)
    number = await world.hand_off(await world.start())

    given = (await macros.apply(give.id, number, ann.id)).ticket
    with pytest.raises(ActionRefused, match="an_agent_has_it"):
        await macros.apply(done.id, number, ann.id)
    solved = (await macros.apply(done.id, number, bob.id)).ticket

    assert (given.assignee and given.assignee.id, given.owner.value) == (bob.id, "queue")
    assert (solved.state, solved.owner.value) == (TicketState.SOLVED, "closed")
    (note,) = await desk.log(number, "note")
    assert note.author_name == "Ann"


async def test_macros_are_changed_by_version(desk: Desk) -> None:
    macros = desk.services.macros
    macro = await macros.create({"name": "m", "then": [{"add_tag": "x"}]}, actor_id=None)

    changed = await macros.change(
        macro.id, {"description": "d"}, actor_id=None, expected=frozenset({1})
    )
    same = await macros.change(macro.id, {"description": "d"}, actor_id=None, expected=None)

    assert (changed.description, changed.version, same.version) == ("d", 2, 2)
    with pytest.raises(RuleInvalid, match="macro > colour"):
        await macros.change(macro.id, {"colour": "red"}, actor_id=None, expected=None)
    await macros.remove(macro.id, actor_id=None, expected=frozenset({2}))
    assert await macros.list() == []
    with pytest.raises(MacroNotFound):
        await macros.get(macro.id)


async def test_a_reply_is_filled_for_a_ticket_or_says_what_is_missing(desk: Desk) -> None:
    ann = await desk.world.agent("Ann")
    reply = await desk.services.replies.create(HELLO, actor_id=None)
    only_xx = await desk.services.replies.create(
        {"shortcut": "xx", "texts": {"xx": "?"}}, actor_id=None
    )
    other = await desk.world.start()
    await desk.services.visitors.choose_language(
        other.id, visitor_id=other.visitor_id, language="el"
    )
    greek = await desk.world.hand_off(other)
    chat = await desk.world.start("en")
    english = await desk.world.hand_off(chat)

    filled = await desk.services.macros.fill(reply.id, greek, ann.id)
    assert (filled.text, filled.language) == ("Γεια σας", "el")
    with pytest.raises(ReplyHasGaps) as caught:
        await desk.services.macros.fill(reply.id, english, ann.id)
    assert caught.value.variables == ("visitor.name",)
    with pytest.raises(ReplyHasGaps, match="no text"):
        await desk.services.macros.fill(only_xx.id, english, ann.id)
    await desk.services.visitors.leave_contact(
        chat.id, visitor_id=chat.visitor_id, name="Ada L.", email=None
    )
    assert (await desk.services.macros.fill(reply.id, english, ann.id)).text == "Dear Ada L."
    assert (await desk.services.replies.get(reply.id)).n_used == 2


async def test_the_demo_desk_is_good_and_in_every_language(desk: Desk) -> None:
    data = read_desk_file(DEMO_DESK)

    counts = await desk.services.desk_files.load(data, actor_id=None, only_if_empty=True)

    assert counts == {"replies": 3, "macros": 2, "rules": 3}
    for reply in await desk.services.replies.list():
        assert set(reply.texts) == set(CODES)
    assert not any(one.rule.active for one in await desk.services.rules.list())
    again = desk.services.desk_files.load(data, actor_id=None, only_if_empty=True)
    assert await again is None


async def test_an_export_is_read_in_again_without_any_change(desk: Desk) -> None:
    files = desk.services.desk_files
    await files.load(read_desk_file(DEMO_DESK), actor_id=None)

    text = write_desk_text(dict(await files.export()))

    assert await files.load(yaml.safe_load(text), actor_id=None) == {
        "replies": 0, "macros": 0, "rules": 0,
    }  # fmt: skip
    assert dict(await files.export()) == yaml.safe_load(text)


async def test_what_has_the_same_name_is_replaced(desk: Desk) -> None:
    files = desk.services.desk_files
    await files.load(read_desk_file(DEMO_DESK), actor_id=None)
    await desk.rule("mine")

    data: Any = await files.export()
    data["ticket_rules"][0]["active"] = True
    data["macros"][0]["description"] = "New words"
    data["replies"][0]["texts"]["en"] = "New words"
    counts = await files.load(data, actor_id=None)

    assert counts == {"replies": 1, "macros": 1, "rules": 1}
    stored = await desk.services.rules.list()
    assert [one.rule.active for one in stored] == [True, False, False, True]
    assert stored[0].rule.version == 2


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ([], "desk"),
        ({"games": []}, "desk"),
        ({"ticket_rules": {}}, "desk > ticket_rules"),
        ({"replies": ["x"]}, "desk > replies > 1"),
        ({"macros": [{"name": "m", "then": []}]}, "desk > macros > 1 > then"),
        ({"ticket_rules": [{"name": "r"}]}, "desk > ticket_rules > 1 > events"),
        ({"replies": [HELLO, HELLO]}, "desk > replies > 2"),
    ],
)
async def test_a_mistake_in_a_file_is_named_and_nothing_is_read_in(
    desk: Desk, data: Any, place: str
) -> None:
    with pytest.raises(RuleInvalid) as caught:
        await desk.services.desk_files.load(data, actor_id=None)

    assert caught.value.where == place
    assert await desk.services.desk_files.export() == {
        "replies": [], "macros": [], "ticket_rules": [],
    }  # fmt: skip


def test_a_file_that_is_no_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "desk.yml"
    path.write_text("ticket_rules:\n  - {name: [}\n")
    with pytest.raises(RuleInvalid, match="line 2"):
        read_desk_file(path)
    with pytest.raises(RuleInvalid, match="cannot be read"):
        read_desk_file(tmp_path / "nothing.yml")


async def test_there_are_only_so_many(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (MOST_RULES, MOST_MACROS, MOST_REPLIES) == (200, 500, 1000)
    for module, name in (
        ("store", "MOST_RULES"), ("macros", "MOST_MACROS"), ("replies", "MOST_REPLIES"),
    ):  # fmt: skip
        monkeypatch.setattr(f"handoff.rules.{module}.{name}", 1)
    macro: Any = {"name": "m", "then": [{"add_tag": "x"}]}
    await asyncio.gather(
        desk.rule("a"),
        desk.services.macros.create(macro, actor_id=None),
        desk.services.replies.create(HELLO, actor_id=None),
    )

    for more in (
        desk.rule("b"),
        desk.services.macros.create(macro, actor_id=None),
        desk.services.replies.create({**HELLO, "shortcut": "b"}, actor_id=None),
    ):
        with pytest.raises(RuleInvalid, match="too many"):
            await more
