"""docs/api.md: its examples run against a live gateway, its tables agree with the code."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path

import pytest

from bot.api.staff import SCOPES, SCOPES_OF
from handoff.model import Role
from handoff.tokens.claims import LEASE_FOR
from handoff.tokens.idempotency import LONGEST
from tests.bot.house import House, is_handoff

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
# The little of jq that the examples need, where there is none.
JQ = """
jq() { python3 -c 'import json, re, sys
value = json.load(sys.stdin)
for name in re.findall(r"[a-z_]+|[0-9]+", sys.argv[2]):
    value = value[int(name) if name.isdigit() else name]
print(value)' "$@"; }
"""


def script(address: str) -> str:
    """All examples as one script that ends at the first that does not do what it says."""
    lines = ["set -eu", *([] if shutil.which("jq") else [JQ])]
    for block in re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL):
        for line in block.replace("http://127.0.0.1:8080", address).splitlines():
            checked = re.fullmatch(r"(curl .*) # (\d{3})", line)
            if checked is None:
                lines.append(line)
                continue
            command, status = checked.groups()
            lines.append(f'got=$({command}); [ "$got" = {status} ] || {{')
            lines.append(f'  echo "got $got instead of {status}"; exit 1; }}')
    return "\n".join(lines)


async def test_the_examples_do_what_the_document_says(house: House, tmp_path: Path) -> None:
    await house.agent()
    visitor = await house.open()
    await visitor.send("handoff")
    await visitor.until(is_handoff)
    process = await asyncio.create_subprocess_exec(
        "bash", "-x", "-c", script(house.url), cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip

    output, _ = await process.communicate()

    assert process.returncode == 0, output.decode()
    assert "Sign in first." in (tmp_path / "page.html").read_text()


async def test_the_table_of_scopes_is_the_codes() -> None:
    rows = re.findall(
        r"^\| (`\w+:\w+`(?:, `\w+:\w+`)*) \| .* \| ([a-z, ]+) \|$", TEXT, re.MULTILINE
    )
    named = {
        scope: {role.value for role in Role} if roles == "all" else set(roles.split(", "))
        for scopes, roles in rows
        for scope in re.findall(r"\w+:\w+", scopes)
    }

    assert named == {
        scope: {role.value for role in Role if scope in SCOPES_OF[role]} for scope in SCOPES
    }


async def test_the_figures_are_the_codes() -> None:
    assert f"(1 to {LONGEST} printable ASCII characters" in TEXT
    assert f"at most {LEASE_FOR.seconds} seconds" in TEXT
