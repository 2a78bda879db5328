"""Signed session tokens of visitors: who she is and which conversation is hers, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from itsdangerous import BadData, URLSafeTimedSerializer

from bot.errors import TokenError

# A visitor who comes back within half a year finds her conversation.
MAX_AGE: Final = timedelta(days=180)
# Ours have about 120 characters; longer ones are not worth a signature check.
LONGEST: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorToken:
    """What a valid token proves."""

    visitor_id: str
    conversation_id: str


class TokenSigner:
    """Makes and checks tokens with one key."""

    def __init__(self, key: bytes) -> None:
        self._serializer = URLSafeTimedSerializer(key, salt="babeldesk.visitor.v1")

    def sign(self, token: VisitorToken) -> str:
        """The token's text: letters, digits, `-_.`, so it fits a WebSocket subprotocol."""
        return str(self._serializer.dumps({"v": token.visitor_id, "c": token.conversation_id}))

    def read(self, text: str | None, *, now: datetime | None = None) -> VisitorToken:
        """The proven content; `now` None stands for the host's time.

        A token from the future was made by a gateway whose clock is ahead: it is ours all the same.

        Raises:
            TokenError: If the text is missing, forged, too old or not a token of ours.
        """
        if not text or len(text) > LONGEST:
            raise TokenError
        try:
            content, signed_at = self._serializer.loads(text, return_timestamp=True)
        except (BadData, ValueError):
            raise TokenError from None
        if (now or datetime.now(UTC)) - signed_at > MAX_AGE:
            raise TokenError
        match content:
            case {"v": str(visitor_id), "c": str(conversation_id)}:
                return VisitorToken(visitor_id=visitor_id, conversation_id=conversation_id)
            case _:
                raise TokenError
