"""Rules, macros and canned replies over HTTP and from the command line, on a running gateway."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from bot.cli import app
from bot.commands.core import open_core
from bot.settings import load_settings
from handoff.model import Role
from tests.bot.house import House, MakeHouse, is_handoff
from tests.bot.test_routing_gateway import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

RULES, MACROS, REPLIES = "/api/v1/rules", "/api/v1/macros", "/api/v1/replies"
HELLO = {"shortcut": "hello", "texts": {"en": "Hello, {ticket.number}", "el": "{visitor.name}"}}


async def a_ticket(house: House) -> tuple[Any, str]:
    visitor = await house.open()
    await visitor.send("handoff")
    number = (await visitor.until(is_handoff))["payload"]["ticket_number"]
    return visitor, str(number)


async def test_a_rule_is_written_tried_and_then_works(house: House) -> None:
    lead = await house.agent(role=Role.SUPERVISOR)
    await lead.http.post(REPLIES, json=HELLO)
    _, before = await a_ticket(house)
    rule = {
        "name": "Greet",
        "events": ["ticket_opened"],
        "when": {"state": ["new"]},
        "then": [{"reply": "hello"}, {"add_tag": "greeted"}],
    }

    tried = await lead.http.post(f"{RULES}/dry_run", json={"rule": rule, "ticket": before})
    (trial,) = tried.json()["trials"]
    assert [step["refused"] for step in trial["firings"][0]["steps"]] == [None, None]
    assert trial["firings"][0]["steps"][0]["detail"]["text"] == f"Hello, {before}"

    made = await lead.http.post(RULES, json=rule)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    visitor, number = await a_ticket(house)
    said = await visitor.until(lambda e: e["kind"] == "message" and e["author"] == "system")
    assert said["text"] == f"Hello, {number}"
    page = await visitor.events()
    assert {event["kind"] for event in page["events"]} == {"message", "handoff"}
    fired = (await lead.http.get(f"{RULES}/firings", params={"ticket": number})).json()
    assert [one["rule_id"] for one in fired["items"]] == [made.json()["id"]]

    path = f"{RULES}/{made.json()['id']}"
    off = await lead.http.patch(path, json={"active": False}, headers={"If-Match": '"1"'})
    assert (off.json()["active"], off.json()["version"]) == (False, 2)
    late = await lead.http.patch(path, json={"active": True}, headers={"If-Match": '"1"'})
    assert late.status_code == 412
    assert (await lead.http.delete(path, headers={"If-Match": "*"})).status_code == 204


async def test_a_rule_acts_when_a_promise_is_broken(make_house: MakeHouse, tmp_path: Path) -> None:
    """The timer, the breach, the rule and its acts happen by themselves, one after the other."""
    service = {
        "calendars": {"default": {"zone": "UTC", "hours": {"daily": ["00:00-24:00"]}}},
        "sla": [{"name": "At once", "first_response": "0.02 minutes"}],
    }
    path = tmp_path / "service.yml"
    path.write_text(yaml.safe_dump(service), encoding="utf-8")
    async with make_house(SERVICE_FILE=str(path)) as house:
        lead = await house.agent(role=Role.SUPERVISOR)
        rule = {
            "name": "Late",
            "events": ["sla_breached"],
            "then": [{"set_priority": {"level": 1, "reason": "Late."}}, {"add_tag": "late"}],
        }
        assert (await lead.http.post(RULES, json=rule)).status_code == 201
        _, number = await a_ticket(house)

        async def firings() -> Any:
            return (await lead.http.get(f"{RULES}/firings", params={"ticket": number})).json()

        found = await until(house, firings, lambda found: found["items"])
        ticket = (await lead.http.get(f"/api/v1/tickets/{number}")).json()["ticket"]
        await lead.http.aclose()

    (fired,) = found["items"]
    assert fired["trigger"] == "sla_breached"
    assert (ticket["priority"], ticket["tags"]) == (1, ["late"])


async def test_a_mistake_is_named_with_its_place(house: House) -> None:
    lead = await house.agent(role=Role.EDITOR)
    rule = {"name": "r", "events": ["ticket_opened"], "then": [{"set_team": "Biling"}]}

    wrong = await lead.http.post(RULES, json=rule)

    assert (wrong.status_code, wrong.json()["code"]) == (422, "rule_invalid")
    assert wrong.json()["detail"].startswith("rule > then > 1 > set_team: ")


async def test_rules_are_put_into_order(house: House) -> None:
    lead = await house.agent(role=Role.SUPERVISOR)
    ids = []
    for name in "ab":
        rule = {"name": name, "events": ["agent_reply"], "then": [{"add_tag": name}]}
        ids.append((await lead.http.post(RULES, json=rule)).json()["id"])

    turned = await lead.http.post(f"{RULES}/order", json={"ids": ids[::-1]})

    assert [rule["name"] for rule in turned.json()["rules"]] == ["b", "a"]
    assert (await lead.http.get(RULES)).json() == turned.json()


async def test_an_agent_applies_a_macro_and_fills_a_reply(house: House) -> None:
    lead = await house.agent(role=Role.SUPERVISOR, email="lead@shop.example")
    agent = await house.agent()
    reply = (await lead.http.post(REPLIES, json=HELLO)).json()
    macro = {"name": "Hello", "then": [{"reply": "hello"}]}
    made = (await lead.http.post(MACROS, json=macro)).json()
    _, number = await a_ticket(house)
    on = {"ticket": number}

    preview = (await agent.http.post(f"{MACROS}/{made['id']}/preview", json=on)).json()
    refused = await agent.http.post(f"{MACROS}/{made['id']}/apply", json=on)
    assert (preview["possible"], preview["steps"][0]["refused"]) == (False, "take_it_first")
    assert (refused.status_code, refused.json()["code"]) == (409, "action_refused")

    change = {"then": [{"assign": "me"}, *macro["then"]]}
    path = f"{MACROS}/{made['id']}"
    await lead.http.patch(path, json=change, headers={"If-Match": "*"})
    applied = await agent.http.post(f"{path}/apply", json=on)
    assert applied.json()["ticket"]["assignee"]["id"] == agent.user["id"]
    filled = await agent.http.post(f"{REPLIES}/{reply['id']}/fill", json=on)
    assert filled.json() == {"text": f"Hello, {number}", "language": "en"}
    listed = (await agent.http.get(REPLIES, params={"q": "hel"})).json()["replies"]
    assert [one["n_used"] for one in listed] == [2]
    assert (await agent.http.get(MACROS)).json()["macros"][0]["n_used"] == 1
    assert (await agent.http.post(MACROS, json=macro)).status_code == 403


async def test_canned_replies_are_kept_by_version(house: House) -> None:
    lead = await house.agent(role=Role.EDITOR)
    made = await lead.http.post(REPLIES, json=HELLO)
    taken = await lead.http.post(REPLIES, json=HELLO)
    path = f"{REPLIES}/{made.json()['id']}"

    changed = await lead.http.patch(
        path, json={"texts": {"en": "Hi"}}, headers={"If-Match": made.headers["etag"]}
    )

    assert (taken.status_code, taken.json()["code"]) == (409, "shortcut_taken")
    assert changed.json()["texts"] == {"en": "Hi"}
    assert (await lead.http.get(path)).headers["etag"] == '"2"'
    assert (await lead.http.delete(path, headers={"If-Match": '"2"'})).status_code == 204
    assert (await lead.http.get(path)).json()["code"] == "reply_not_found"


def test_the_command_line_reads_checks_tries_and_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BABELDESK_HOME", str(tmp_path))
    runner, file = CliRunner(), tmp_path / "desk.yml"

    def call(*words: str) -> str:
        result = runner.invoke(app, list(words))
        assert result.exit_code == 0, result.output or result.exception
        return result.output

    assert "3 replies, 2 macros, 3 rules in the file" in call("rules", "check", "data/desk.yml")
    assert "3 replies, 2 macros, 3 rules new" in call("rules", "import", "data/desk.yml")
    assert "something already" in call("rules", "import", "data/desk.yml", "--if-empty")
    call("rules", "export", str(file))
    assert "0 replies, 0 macros, 0 rules new" in call("rules", "import", str(file))
    assert call("rules", "export") == file.read_text("utf-8")
    assert "Nobody is here is on." in call("rules", "on", "Nobody is here")
    assert " on  " in call("rules", "list")
    assert "Nobody is here is off." in call("rules", "off", "Nobody is here")
    assert "0 of 0 would change." in call("rules", "dry-run", "--file", str(file))
    file.write_text("ticket_rules: [{name: r}]", "utf-8")
    wrong = runner.invoke(app, ["rules", "check", str(file)])
    assert "desk.yml > ticket_rules > 1 > events" in str(wrong.exception)


async def leave_contacts(n: int) -> None:
    async with open_core(load_settings()) as core:
        for _ in range(n):
            chat = await core.visitors.open_session(
                visitor_id=None, conversation_id=None, locale="en", page_url=None
            )
            await core.visitors.leave_contact(
                chat.id, visitor_id=chat.visitor_id, name="Ada", email="ada@shop.example"
            )


def test_the_command_line_keeps_customers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BABELDESK_HOME", str(tmp_path))
    runner = CliRunner()

    def call(*words: str) -> str:
        result = runner.invoke(app, ["customers", *words])
        assert result.exit_code == 0, result.output or result.exception
        return result.output

    asyncio.run(leave_contacts(1))
    shown = call("show", "ada@shop.example")
    assert "Ada  tier: -" in shown and "(claimed)" in shown and "conversation" in shown
    assert "has the tier gold" in call("set-tier", "ada@shop.example", "gold")
    assert "has the tier none" in call("set-tier", "ada@shop.example", "none")

    asyncio.run(leave_contacts(1))
    both = runner.invoke(app, ["customers", "show", "ada@shop.example"])
    assert "not only one" in str(both.exception)
    found = call("show", shown.split()[0])
    other = next(line.split()[2] for line in found.splitlines() if "may be" in line)
    merged = call("merge", shown.split()[0], other)
    assert f"undo {merged.split()[-1]}" in call("show", shown.split()[0])
    assert "two records again" in call("undo", merged.split()[-1])
    assert '"tier": null' in call("show", other, "--json")
