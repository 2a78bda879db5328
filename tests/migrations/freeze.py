"""Keeps a desk of the present revision, so that later releases can prove that they can read it.

Run once per released revision, before the next migration is written:

    python -m tests.migrations.freeze
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from bot.migrations.run import head_revision, upgrade
from bot.settings import build_settings
from bot.storage.backup import back_up
from tests.storage.desk import fill

RELEASED = Path(__file__).parent / "released"


def main() -> None:
    """Fills a desk with this code and keeps its back-up under the revision's name."""
    target = RELEASED / f"{head_revision()}.zip"
    with tempfile.TemporaryDirectory() as home:
        settings = build_settings({"BABELDESK_HOME": home})
        upgrade(settings.database_url)
        asyncio.run(fill(settings.database_url))
        asyncio.run(back_up(settings, target))
    target.chmod(0o644)
    sys.stdout.write(f"{target}\n")


if __name__ == "__main__":
    main()
