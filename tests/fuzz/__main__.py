"""`python -m tests.fuzz PROGRAM`: Schemathesis against a gateway on a fresh home, one run per role.

The gateway is the real one with a small brain; it is given a conversation, a ticket, a webhook and
tokens first, and half of the ids that are tried are theirs. Streams are left out, because they do
not end; the tests of streams have them. `make schemathesis` installs the program and runs this.
"""

from __future__ import annotations

import argparse
import asyncio
import copy
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.api.idempotency import HEADER
from bot.api.staff import SCOPES
from handoff.model import Role
from tests.bot.conftest import maker
from tests.bot.house import House, is_handoff

# They do not end by themselves.
STREAMS = "_stream"
# It ends the session with which the run goes on.
ENDS_THE_SESSION = {"agent_logout"}
# The operation whose Idempotency-Key is fuzzed as well.
KEYED = "agent_note"
# What no schema can say is refused with a code of its own: a text of spaces, a URL inside the
# network, a key that was used, a link that is over.
ACCEPTED = ["2xx", "3xx", 401, 403, 404, 409, 410, 412, 422, 428, 429, "5xx"]
WIDE = "99999/10s"
LIMITS = {
    f"RATE_{name}": WIDE for name in ("VISITOR", "ADDRESS", "SESSIONS", "LOGIN", "READS", "TOKEN")
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """As whom one run calls: secrets by the name of their security scheme."""

    name: str
    secrets: dict[str, str]


async def seed(house: House) -> tuple[list[Caller], dict[str, str]]:
    """Gives the callers, and ids that exist by the name of their parameter."""
    visitor = await house.open()
    await visitor.send("handoff")
    number = str((await visitor.until(is_handoff))["payload"]["ticket_number"])
    callers = [Caller(name="visitor", secrets={"visitor": visitor.token})]
    for role in Role:
        person = await house.agent(role=role, email=f"{role.value}@shop.example")
        secrets = {
            "session": person.http.cookies["bd_session"],
            "csrf": person.http.headers["X-CSRF-Token"],
        }
        callers.append(Caller(name=role.value, secrets=secrets))
        if role is Role.ADMIN:
            body = {"name": "fuzz", "scopes": sorted(SCOPES)}
            made = (await person.http.post("/api/v1/tokens", json=body)).json()
            spare = (await person.http.post("/api/v1/tokens", json=body)).json()
            hook = await person.http.post(
                "/api/v1/admin/webhooks",
                json={"url": "https://93.184.216.34/hook", "events": ["ticket.created"]},
            )
            view = await person.http.post("/api/v1/views", json={"name": "fuzz", "filter": {}})
            team = await person.http.post("/api/v1/teams", json={"name": "fuzz"})
            admin_id = str(person.user["id"])
        await person.http.aclose()
    callers.append(Caller(name="token", secrets={"token": made["secret"]}))
    ids = {
        "conversation_id": visitor.id,
        "number": number,
        "token_id": spare["token"]["id"],
        "webhook_id": hook.json()["webhook"]["id"],
        "view_id": view.json()["id"],
        "team_id": team.json()["id"],
        "agent_id": admin_id,
    }
    return callers, ids


def document_for(caller: Caller, document: dict[str, Any]) -> dict[str, Any]:
    """The document with the operations that a caller can prove herself for, by her means alone."""
    paths: dict[str, Any] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            name, security = operation["operationId"], operation["security"]
            fitting = [one for one in security if set(one) <= set(caller.secrets)]
            if name.endswith(STREAMS) or name in ENDS_THE_SESSION or (security and not fitting):
                continue
            kept_one = {**operation, "security": fitting}
            if name != KEYED:
                # With the same key again and again nearly every call would be refused for it.
                kept_one["parameters"] = [
                    one for one in operation.get("parameters", []) if one["name"] != HEADER
                ]
            paths.setdefault(path, {})[method] = kept_one
    kept = {one["operationId"] for operations in paths.values() for one in operations.values()}
    for operations in paths.values():
        for operation in operations.values():
            for answer in operation["responses"].values():
                links = answer.get("links", {})
                for link in [name for name, to in links.items() if to["operationId"] not in kept]:
                    del links[link]
    return {**document, "paths": paths}


def configuration(caller: Caller, ids: dict[str, str]) -> str:
    """Ids that exist, the caller's secrets, and what a refusal may look like."""
    lines = ["[parameters]"]
    lines += [f'"path.{name}" = {json.dumps(known)}' for name, known in ids.items()]
    lines.append('"query.wait" = 0')  # a long poll would wait for what never comes
    for scheme, secret in caller.secrets.items():
        kind = "bearer" if scheme in {"token", "visitor"} else "api_key"
        lines += [f"[auth.openapi.{scheme}]", f"{kind} = {json.dumps(secret)}"]
    lines += ["[checks.positive_data_acceptance]", f"expected-statuses = {json.dumps(ACCEPTED)}"]
    return "\n".join(lines) + "\n"


async def run_for(
    program: str, house: House, caller: Caller, folder: Path, options: argparse.Namespace
) -> int:
    """Runs the program as one caller; gives its exit code."""
    command = [program, "--config-file", "schemathesis.toml", "run", "openapi.json"]
    command += ["--url", house.url, "--max-examples", str(options.examples), "--mode", "all"]
    command += ["--phases", "examples,coverage,fuzzing,stateful", "--continue-on-failure"]
    command += ["--seed", str(options.seed), "--request-timeout", "20", "--no-shrink"]
    command += ["--generation-database", "none", "--workers", "1"]
    if options.operation:
        command += ["--include-operation-id-regex", options.operation]
    process = await asyncio.create_subprocess_exec(*command, cwd=folder)
    return await process.wait()


async def main() -> int:
    """Runs all roles, or those that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("program", help="the schemathesis to run")
    parser.add_argument("--examples", type=int, default=400, help="per operation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--role", action="append", help="may be given several times; else all")
    parser.add_argument("--operation", metavar="REGEX", help="only those whose id holds this")
    options = parser.parse_args()
    failed = []
    with tempfile.TemporaryDirectory(prefix="babeldesk-fuzz-") as name:
        folder = Path(name)
        async with maker(folder / "home")(**LIMITS) as house:
            callers, ids = await seed(house)
            document = (await house.http.get("/api/v1/openapi.json")).json()
            for caller in callers:
                if options.role and caller.name not in options.role:
                    continue
                print(f"\n=== {caller.name}", flush=True)
                settings = configuration(caller, ids)
                (folder / "schemathesis.toml").write_text(settings, encoding="utf-8")
                text = json.dumps(document_for(caller, copy.deepcopy(document)))
                (folder / "openapi.json").write_text(text, encoding="utf-8")
                began = time.monotonic()
                code = await run_for(options.program, house, caller, folder, options)
                print(f"=== {caller.name}: exit {code}, {time.monotonic() - began:.0f} s")
                if code:
                    failed.append(caller.name)
    print("\nNothing found." if not failed else f"\nFound something as: {', '.join(failed)}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
