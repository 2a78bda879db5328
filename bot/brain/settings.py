"""What the brain process is told: a secret by environment, the rest on the command line."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SECRET_KEY = "BABELDESK_BRAIN_SECRET"
ENCODER_KEY = "BABELDESK_ENCODER"
LOG_FORMAT_KEY = "BABELDESK_LOG_FORMAT"
MIN_SECRET_CHARS = 16


class BrainSettingsError(ValueError):
    """The brain cannot start like this; the text says what to set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrainSettings:
    """Everything the brain needs to start.

    Attributes:
        secret: Shared with the gateway; never shown.
        model: File name under `models_dir`; None takes the newest.
        encoder: sentence-transformers name or folder; None takes what config.yml says.
        log_json: Log lines as JSON, as the gateway's.
    """

    secret: str = field(repr=False)
    port: int = 8081
    host: str = "127.0.0.1"
    models_dir: Path = Path("models")
    kb_dir: Path = Path("var/kb")
    model: str | None = None
    encoder: str | None = None
    log_json: bool = False

    @classmethod
    def from_environ(
        cls, environ: Mapping[str, str], arguments: Sequence[str] = ()
    ) -> BrainSettings:
        """Reads the secret from the environment and the rest from the command line.

        Raises:
            BrainSettingsError: If the secret is missing or too short.
        """
        parsed = _parser().parse_args(list(arguments))
        secret = environ.get(SECRET_KEY, "")
        if len(secret) < MIN_SECRET_CHARS:
            raise BrainSettingsError(
                f"{SECRET_KEY} must hold at least {MIN_SECRET_CHARS} characters; "
                "`babeldesk run` sets it for the brain that it starts."
            )
        return cls(
            secret=secret,
            port=parsed.port,
            host=parsed.host,
            models_dir=parsed.models_dir,
            kb_dir=parsed.kb_dir,
            model=parsed.model,
            encoder=parsed.encoder or environ.get(ENCODER_KEY) or None,
            log_json=environ.get(LOG_FORMAT_KEY, "").strip() == "json",
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot.brain", description=__doc__)
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--models-dir", type=Path, default=Path("models"))
    parser.add_argument("--kb-dir", type=Path, default=Path("var/kb"))
    parser.add_argument("--model", help="file name under the models folder; default: the newest")
    parser.add_argument("--encoder", help="sentence-transformers name or folder")
    return parser
