"""Signed session tokens of visitors: who she is and which conversation is hers, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from itsdangerous import BadData, URLSafeTimedSerializer

from bot.errors import TokenError

# A visitor who comes back within half a year finds her conversation.
MAX_AGE_S: Final = 180 * 24 * 3600
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

    def read(self, text: str | None) -> VisitorToken:
        """The proven content.

        Raises:
            TokenError: If the text is missing, forged, too old or not a token of ours.
        """
        if not text or len(text) > LONGEST:
            raise TokenError
        try:
            content = self._serializer.loads(text, max_age=MAX_AGE_S)
        except (BadData, ValueError):
            raise TokenError from None
        match content:
            case {"v": str(visitor_id), "c": str(conversation_id)}:
                return VisitorToken(visitor_id=visitor_id, conversation_id=conversation_id)
            case _:
                raise TokenError
