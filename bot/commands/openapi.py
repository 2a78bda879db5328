"""`babeldesk openapi`: the description of the API without a running gateway."""

from __future__ import annotations

import json
import tempfile
from typing import Any


def load_document() -> dict[str, Any]:
    """The OpenAPI document of the routes, whatever is configured here."""
    from bot.app import build_api
    from bot.settings import build_settings
    from bot.wiring import build_gateway

    with tempfile.TemporaryDirectory() as home:
        # A brain elsewhere: none is looked for, none is started.
        settings = build_settings(
            {
                "BABELDESK_HOME": home,
                "BABELDESK_BRAIN_URL": "http://127.0.0.1:1",
                "BABELDESK_BRAIN_SECRET": "not used for anything",
            }
        )
        return build_api(build_gateway(settings).gateway).openapi()


def document_text() -> str:
    """The document as it is kept in docs/openapi.json."""
    return json.dumps(load_document(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
