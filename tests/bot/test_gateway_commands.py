"""The command line: useful output, JSON for scripts, and failures that say what to do."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot import cli, doctor
from bot.brain.training import PREFIX, sources_digest
from bot.commands.chat import _pressed
from bot.commands.core import open_core
from bot.commands.evaluate_index import load_rows
from bot.doctor import Level, locked_packages
from bot.errors import StartError
from bot.home import load_secret_key, prepare_home
from bot.model_store import find_model
from bot.processes import listen, sole_owner
from bot.settings import Settings
from tests.bot.house import make_settings

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command as the program does; gives exit code, output and complaints."""
    monkeypatch.setenv("BABELDESK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BABELDESK_MODELS_DIR", str(tmp_path / "models"))

    def run_command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["babeldesk", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), out, err

    return run_command


def test_version_for_scripts(run: Run) -> None:
    code, out, _err = run("version", "--json")

    assert code == 0
    assert set(json.loads(out)) == {"version", "python"}


def test_wrong_settings_are_said_all_at_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BABELDESK_PORT", "x")
    monkeypatch.setenv("BABELDESK_FORMALITY", "x")

    code, _out, err = run("tickets", "list")

    assert code == 1
    assert "BABELDESK_PORT" in err
    assert "BABELDESK_FORMALITY" in err
    assert "Traceback" not in err


def test_a_user_gets_a_one_time_link(run: Run) -> None:
    code, out, _err = run("users", "add", "ada@shop.example", "--name", "Ada", "--json")
    again, link, _err = run("users", "reset", "ada@shop.example")
    _code, users, _err = run("users", "list", "--json")

    assert code == again == 0
    assert "/console/#/reset/" in json.loads(out)["url"]
    assert "/console/#/reset/" in link
    assert [user["email"] for user in json.loads(users)] == ["ada@shop.example"]


def test_a_person_is_locked_out_and_let_in_again(run: Run, tmp_path: Path) -> None:
    run("users", "add", "ada@shop.example", "--name", "Ada")

    async def session_of(start: bool) -> str | None:
        async with open_core(make_settings(tmp_path / "home")) as core:
            if start:
                email, password = "ada@shop.example", "salty olive tree"
                await core.agents.reset_password(email, password)
                return (await core.agents.login(email, password, address="test")).token
            user = await core.agents.session(token)
            return user.email if user else None

    token = asyncio.run(session_of(start=True)) or ""

    code, out, _err = run("users", "lock", "Ada@shop.example")
    _code, listed, _err = run("users", "list")
    after_lock = asyncio.run(session_of(start=False))
    again, shape, _err = run("users", "unlock", "ada@shop.example", "--json")
    nobody, _out, complaint = run("users", "lock", "nobody@shop.example")

    assert (code, again, nobody) == (0, 0, 1)
    assert "locked out" in out
    assert "(locked)" in listed
    assert after_lock is None
    assert json.loads(shape)["active"] is True
    assert "Traceback" not in complaint


def test_an_unknown_user_is_a_sentence(run: Run) -> None:
    code, _out, err = run("users", "reset", "nobody@shop.example")

    assert code == 1
    assert "no active user" in err


def test_the_queue_is_listed_in_words(run: Run, tmp_path: Path) -> None:
    run("tickets", "list")
    asyncio.run(open_one_ticket(make_settings(tmp_path / "home")))
    number = json.loads(run("tickets", "list", "--json")[1])[0]["number"]

    listed = run("tickets", "list")[1]
    shown = run("tickets", "show", number)[1]

    assert listed.endswith("1 ticket.\n")
    assert "()" not in shown
    assert f"its number is {number}" in shown
    assert not [line for line in shown.splitlines() if line.rstrip().endswith((": handoff", ":"))]


async def open_one_ticket(settings: Settings) -> None:
    """What a gateway does when a visitor's message cannot be answered."""
    async with open_core(settings) as core:
        conversation = await core.visitors.open_session(
            visitor_id=None, conversation_id=None, locale="en-GB", page_url=None, channel="widget"
        )
        await core.visitors.accept_message(
            conversation.id,
            visitor_id=conversation.visitor_id,
            client_id="c1",
            text="My parcel is lost, this is urgent",
            choice=None,
        )
        claim = await core.turns.claim(conversation.id, lease_s=10)
        assert claim is not None
        await core.turns.fail(claim)


def test_a_view_for_one_agent_is_not_offered(run: Run) -> None:
    assert "mine" not in run("tickets", "list", "--help")[1]


def test_an_empty_queue(run: Run) -> None:
    assert json.loads(run("tickets", "list", "--json")[1]) == []
    assert run("tickets", "show", "BD-1001")[0] == 1


def test_articles_go_in_and_come_out(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "kb" / "en"
    folder.mkdir(parents=True)
    text = (
        "---\nid: order-track\nlanguage: en\ntitle: Track\nquestions: [a b, c d, e f]\n"
        "category: orders\naudience: public\nmarket: []\nupdated: 2026-11-21\n---\n\nOpen it.\n"
    )
    (folder / "order-track.md").write_text(text, encoding="utf-8")

    code, out, _err = run("kb", "import", str(tmp_path / "kb"), "--no-build", "--json")
    _code, exported, _err = run("kb", "export", str(tmp_path / "out"), "--json")

    assert code == 0
    assert json.loads(out)["added"] == ["en/order-track"]
    assert json.loads(exported)["articles"] == 1
    assert "Open it." in (tmp_path / "out/en/order-track.md").read_text(encoding="utf-8")


def test_a_missing_folder_is_a_sentence(run: Run, tmp_path: Path) -> None:
    code, _out, err = run("kb", "check", str(tmp_path / "nothing"))

    assert code == 1
    assert "There is no folder" in err


def test_a_broken_database_is_a_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/babeldesk.db").write_bytes(b"this is no database" * 100)

    code, _out, err = run("tickets", "list")

    assert code == 1
    assert "damaged" in err
    assert "Traceback" not in err


def test_a_gateway_without_a_brain_says_what_to_set(run: Run) -> None:
    code, _out, err = run("gateway")

    assert code == 1
    assert "BABELDESK_BRAIN_URL" in err


def test_a_brain_without_secret_or_model_says_what_to_do(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "BABELDESK_BRAIN_SECRET" in run("brain")[2]
    monkeypatch.setenv("BABELDESK_BRAIN_SECRET", "sixteen-characters")

    assert "babeldesk train" in run("brain")[2]


def test_a_chat_without_gateway_says_how_to_start_it(run: Run) -> None:
    code, _out, err = run("chat", "--url", "http://127.0.0.1:1", "--ask", "hello")

    assert code == 1
    assert "babeldesk run" in err


def test_the_doctor_reports_for_scripts(run: Run) -> None:
    code, out, _err = run("doctor", "--json")

    report = json.loads(out)
    levels = {check["name"]: check["level"] for check in report["checks"]}
    assert code == 1
    assert report["ok"] is False
    assert levels["python"] == "ok"
    assert levels["database"] == "warn"
    assert levels["model"] == "fail"
    assert all(check["todo"] for check in report["checks"] if check["level"] == "fail")


def test_the_doctor_sees_a_taken_port_and_a_broken_database(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        settings = make_settings(tmp_path, BABELDESK_PORT=port)
        (tmp_path / "babeldesk.db").write_bytes(b"this is no database" * 100)

        found = doctor.check_port(settings)
        database = doctor.check_database(settings)

    assert found.level is Level.FAIL
    assert port in found.found
    assert (database.level, bool(database.todo)) == (Level.FAIL, True)


def test_only_pins_that_hold_here_are_compared() -> None:
    lock = "# a\nuvicorn==0.1 \\\n    --hash=sha256:1\npywin32==3 ; sys_platform == 'win32' \\\n"

    assert locked_packages(lock) == [("uvicorn", "0.1")]


def test_a_taken_port_is_said_with_its_holder() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        with pytest.raises(StartError) as refused:
            listen("127.0.0.1", taken.getsockname()[1])

    assert refused.value.code == "port_taken"
    assert "BABELDESK_PORT" in str(refused.value)


def test_an_address_of_another_machine_is_said() -> None:
    with pytest.raises(StartError) as refused:
        listen("192.0.2.1", 0)

    assert refused.value.code == "bad_address"


def test_one_home_has_one_owner(tmp_path: Path) -> None:
    with sole_owner(tmp_path / "lock"):
        with pytest.raises(StartError) as refused, sole_owner(tmp_path / "lock"):
            pass
        assert refused.value.code == "already_running"
    with sole_owner(tmp_path / "lock"):
        pass


def test_a_home_that_is_a_file_is_said(tmp_path: Path) -> None:
    settings = make_settings(tmp_path / "x")
    (tmp_path / "file").write_text("")
    blocked = make_settings(tmp_path / "y", BABELDESK_KB_DIR=str(tmp_path / "file" / "kb"))

    prepare_home(settings.paths)
    with pytest.raises(StartError) as refused:
        prepare_home(blocked.paths)

    assert refused.value.code == "home_unusable"


def test_too_little_room_is_said(tmp_path: Path) -> None:
    with pytest.raises(StartError) as refused:
        prepare_home(make_settings(tmp_path).paths, needed_bytes=2**60)

    assert refused.value.code == "no_disk_space"


def test_the_signing_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    key = load_secret_key(tmp_path / "secret.key")

    assert load_secret_key(tmp_path / "secret.key") == key
    assert len(key) >= 32
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_a_damaged_signing_key_is_said(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("short")

    with pytest.raises(StartError) as refused:
        load_secret_key(tmp_path / "secret.key")

    assert refused.value.code == "bad_secret_key"


def test_the_newest_model_is_known_and_whether_it_fits_the_data(tmp_path: Path) -> None:
    assert find_model(tmp_path) is None
    expected = f"{PREFIX}{sources_digest()}.tar.gz"
    found: list[tuple[str, bool]] = []
    for age, name in enumerate(("babeldesk-0000.tar.gz", expected, "by-hand.tar.gz")):
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, (age, age))
        model = find_model(tmp_path)
        assert model is not None
        found.append((model.name, model.fits))

    assert found == [("babeldesk-0000.tar.gz", False), (expected, True), ("by-hand.tar.gz", True)]


@pytest.mark.parametrize("line", ["{", "[]", '{"question": "x"}'])
def test_wrong_rows_are_said_with_their_line(tmp_path: Path, line: str) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(f'{{"question": "q", "language": "en", "article_id": null}}\n{line}\n')

    with pytest.raises(StartError) as refused:
        load_rows(rows)

    assert "rows.jsonl:2" in str(refused.value)


def test_a_number_presses_a_button() -> None:
    buttons: list[dict[str, Any]] = [{"title": "A"}, {"title": "B"}]

    assert _pressed("2", buttons) == {"title": "B"}
    assert _pressed("3", buttons) is None
    assert _pressed("two", buttons) is None
