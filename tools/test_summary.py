"""Prints one plain line from a JUnit report: "tests: 2573 passed, 0 failed, 1 skipped".

Fails when the report holds no test that ran, so that an empty run cannot look green.
"""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree


def main() -> int:
    """Reads the report named on the command line; returns the exit status."""
    suites = ElementTree.parse(Path(sys.argv[1])).getroot().iter("testsuite")
    total = failed = skipped = 0
    for suite in suites:
        total += int(suite.get("tests", 0))
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped += int(suite.get("skipped", 0))
    passed = total - failed - skipped
    sys.stdout.write(f"tests: {passed} passed, {failed} failed, {skipped} skipped\n")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
