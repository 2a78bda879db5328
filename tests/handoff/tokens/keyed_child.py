"""A gateway that takes one call with an Idempotency-Key and is killed at a named moment.

`python -m tests.handoff.tokens.keyed_child` reads orders from its input, one JSON object a line,
and forks a child for each, because importing takes longer than the call. The answer to an order
is the child's end (0, or the signal's number), the status of its answer, and the moments it saw.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import httpx

from bot.settings import build_settings
from bot.wiring import Assembly, build_gateway
from handoff.crash_points import watch
from handoff.ports import WordTriage


@functools.cache
def gateway_on(url: str, home: str) -> Assembly:
    """A gateway that has not touched anything yet, so that it survives a fork."""
    settings = build_settings(
        {
            "BABELDESK_HOME": home,
            "BABELDESK_DATABASE_URL": url,
            "BABELDESK_BRAIN_URL": "http://127.0.0.1:1",
            "BABELDESK_BRAIN_SECRET": "nobody is asked anything",
            "BABELDESK_LOG_LEVEL": "error",
        }
    )
    return build_gateway(settings, triage=WordTriage())


async def call(assembly: Assembly, order: dict[str, Any]) -> httpx.Response:
    transport = httpx.ASGITransport(app=assembly.app)
    headers = {"Authorization": f"Bearer {order['token']}", "Idempotency-Key": order["key"]}
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as http:
        answer = await http.post(order["path"], json=order["body"], headers=headers)
    await assembly.gateway.database.dispose()
    return answer


def work(assembly: Assembly, order: dict[str, Any]) -> None:
    seen: list[str] = []

    def look(name: str) -> None:
        seen.append(name)
        if len(seen) == order.get("die_at"):
            os.kill(os.getpid(), signal.SIGKILL)

    watch(look)
    answer = asyncio.run(call(assembly, order))
    Path(order["report"]).write_text(json.dumps({"status": answer.status_code, "seen": seen}))


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        report = Path(order["report"])
        report.unlink(missing_ok=True)
        assembly = gateway_on(order["url"], order["home"])
        child = os.fork()
        if child == 0:
            work(assembly, order)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        told = json.loads(report.read_text()) if report.exists() else {"status": None, "seen": []}
        print(json.dumps({"end": os.waitstatus_to_exitcode(status), **told}), flush=True)


if __name__ == "__main__":
    main()
