"""Public holidays by country, from the `holidays` library, read in a process of its own.

The library keeps some 26 MB in memory for good, a quarter of a gateway, to tell a dozen days. As a
program, `python -m handoff.sla.public_holidays COUNTRY SUBDIVISION FIRST LAST` prints the days as a
JSON list, or one sentence on standard error.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import subprocess
import sys
from typing import Final

LIMIT_S: Final = 60.0


class UnknownHolidays(ValueError):
    """The library does not know the country or its subdivision; the text says which it knows."""


@functools.lru_cache(maxsize=64)
def public_holidays(
    country: str, subdivision: str | None, first: int, last: int
) -> frozenset[dt.date]:
    """Gives the public holidays of some years.

    Args:
        country: ISO 3166 code.
        subdivision: Code of a state or region within it.
        first: First year.
        last: Last year, included.

    Raises:
        UnknownHolidays: If nothing is known of that place.
    """
    command = [sys.executable, "-m", __name__, country, subdivision or "", str(first), str(last)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        raise UnknownHolidays(lines[-1] if lines else f"exit status {done.returncode}")
    return frozenset(dt.date.fromisoformat(day) for day in json.loads(done.stdout))


def main() -> int:
    """Prints the days; returns the exit status."""
    import holidays

    country, subdivision, first, last = sys.argv[1:5]
    try:
        found = holidays.country_holidays(
            country, subdiv=subdivision or None, years=range(int(first), int(last) + 1)
        )
    except NotImplementedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(sorted(day.isoformat() for day in found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
