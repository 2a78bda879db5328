"""The child process of `training`: Rasa's command line with our bridge and encoder."""

from __future__ import annotations

import os
import sys

from bot.brain.rasa_bridge.activate import activate


def main() -> None:
    """Runs `rasa` with the arguments of this process."""
    activate()
    from nlu.components.resources import RESOURCES

    RESOURCES.use(encoder=os.environ.get("BABELDESK_ENCODER") or None)
    import rasa.__main__

    sys.argv[0] = "rasa"
    rasa.__main__.main()


if __name__ == "__main__":
    main()
