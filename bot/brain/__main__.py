"""`python -m bot.brain` starts the brain service; `babeldesk run` does that for you."""

from __future__ import annotations

import os
import sys

from bot.brain.lean import go_lean
from bot.brain.settings import BrainSettings, BrainSettingsError
from bot.logs import configure_logs
from bot.settings import LogSettings


def main() -> int:
    """Serves until SIGTERM or SIGINT; running turns are finished first."""
    try:
        settings = BrainSettings.from_environ(os.environ, sys.argv[1:])
    except BrainSettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    go_lean()
    # Rasa logs through structlog too, and some of its events hold what visitors write.
    configure_logs(
        LogSettings(form="json" if settings.log_json else "console", level="warning"),
        foreign_events=True,
    )
    import uvicorn

    from bot.brain.app import Brain, create_app
    from bot.brain.services import install_services
    from nlu.components.resources import RESOURCES

    RESOURCES.use(kb_dir=settings.kb_dir, encoder=settings.encoder)
    install_services()
    uvicorn.run(
        create_app(Brain(settings)),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        # Sanic holds `websockets` at a version that uvicorn's default cannot use.
        ws="wsproto",
        lifespan="on",
        access_log=False,
        log_level="warning",
        log_config=None,
        timeout_graceful_shutdown=10,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
