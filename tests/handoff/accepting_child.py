"""A process that accepts messages until it is killed and prints what it acknowledged.

Arguments: database URL, conversation id, visitor id, prefix of the client ids.
"""

from __future__ import annotations

import asyncio
import sys

from handoff.ports import Ports
from handoff.service import build_services
from handoff.store.engine import open_database


async def main(url: str, conversation_id: str, visitor_id: str, prefix: str) -> None:
    """Accepts, prints and flushes, several at a time."""
    services = build_services(open_database(url), Ports())

    async def accept(lane: int) -> None:
        number = 0
        while True:
            number += 1
            client_id = f"{prefix}-{lane}-{number}"
            await services.visitors.accept_message(
                conversation_id, visitor_id=visitor_id, client_id=client_id, text=client_id
            )
            sys.stdout.write(f"{client_id}\n")
            sys.stdout.flush()

    await asyncio.gather(*(accept(lane) for lane in range(3)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
