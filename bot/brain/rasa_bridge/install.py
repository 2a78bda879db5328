"""`python -m bot.brain.rasa_bridge.install` activates the bridge in this Python environment.

It writes `babeldesk_rasa_bridge.pth` into site-packages: one line that puts the checkout on the
path, one that imports `activate`. Running it again changes nothing unless the checkout has moved.
"""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

PTH_NAME = "babeldesk_rasa_bridge.pth"
CHECKOUT = Path(__file__).resolve().parents[3]


def pth_text(checkout: Path) -> str:
    """Gives the content of the `.pth` file for a checkout.

    The import stands behind a check, so that a removed checkout does not print an error at every
    interpreter start.
    """
    marker = checkout / "bot" / "brain" / "rasa_bridge" / "activate.py"
    return (
        f"{checkout}\n"
        f"import os; os.path.isfile({str(marker)!r}) "
        f"and __import__('bot.brain.rasa_bridge.activate')\n"
    )


def install(*, site_packages: Path, checkout: Path = CHECKOUT) -> bool:
    """Writes the `.pth` file; gives True if it changed.

    Raises:
        OSError: If site-packages cannot be written.
    """
    path = site_packages / PTH_NAME
    wanted = pth_text(checkout)
    if path.is_file() and path.read_text(encoding="utf-8") == wanted:
        return False
    path.write_text(wanted, encoding="utf-8")
    return True


def main() -> int:
    """Installs into the environment of the running interpreter."""
    site_packages = Path(sysconfig.get_paths()["purelib"])
    try:
        changed = install(site_packages=site_packages)
    except OSError as error:
        sys.stderr.write(f"Cannot activate the Rasa bridge in {site_packages}: {error}\n")
        return 1
    sys.stdout.write(f"Rasa bridge {'activated' if changed else 'already active'}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
