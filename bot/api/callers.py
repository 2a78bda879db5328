"""Who is calling: the visitor by her bearer token, the agent by her session cookie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from bot.api.tokens import TokenSigner, VisitorToken
from bot.errors import AccessError, TokenError
from handoff.agents import Agents, check_csrf
from handoff.errors import ConversationNotFound
from handoff.model import User
from nlu.languages import CODES, primary_code

COOKIE: Final = "bd_session"
CSRF_HEADER: Final = "x-csrf-token"
PROTOCOL: Final = "babeldesk.v1"
_BEARER_PROTOCOL: Final = "bearer."


def client_address(connection: HTTPConnection) -> str:
    """The caller's address; the server has already put in what a trusted proxy says."""
    return connection.client.host if connection.client else "unknown"


def current_visitor(headers: Headers, signer: TokenSigner, conversation_id: str) -> VisitorToken:
    """The visitor of a request, checked against the conversation in its path.

    Raises:
        TokenError: Without a valid token.
        ConversationNotFound: If the token names another conversation; says nothing about this one.
    """
    scheme, _, text = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise TokenError
    return _checked(signer.read(text.strip()), conversation_id)


def socket_visitor(
    offered: Sequence[str], signer: TokenSigner, conversation_id: str
) -> VisitorToken:
    """The visitor of a WebSocket: browsers can only send a token as a subprotocol.

    Args:
        offered: The subprotocols that the client offers.
        signer: Checks the token.
        conversation_id: From the path.

    Raises:
        TokenError: Without a valid token.
        ConversationNotFound: If the token names another conversation.
    """
    tokens = [
        part.removeprefix(_BEARER_PROTOCOL) for part in offered if part.startswith(_BEARER_PROTOCOL)
    ]
    if PROTOCOL not in offered or len(tokens) != 1:
        raise TokenError
    return _checked(signer.read(tokens[0]), conversation_id)


async def current_agent(connection: HTTPConnection, agents: Agents) -> User:
    """The agent behind the session cookie.

    Raises:
        AccessError: `not_signed_in`.
    """
    token = connection.cookies.get(COOKIE)
    user = await agents.session(token) if token else None
    if user is None:
        raise AccessError("not_signed_in")
    return user


async def writing_agent(connection: HTTPConnection, agents: Agents) -> User:
    """The agent of a request that changes something: cookie and CSRF header must belong together.

    Raises:
        AccessError: `not_signed_in`.
        CsrfMismatch: If the header is missing or belongs to another session.
    """
    user = await current_agent(connection, agents)
    check_csrf(connection.cookies[COOKIE], connection.headers.get(CSRF_HEADER))
    return user


def locale_of(connection: HTTPConnection) -> str:
    """The language that the caller's interface wants: `?locale=`, else Accept-Language."""
    asked = primary_code(connection.query_params.get("locale"))
    return asked if asked in CODES else accepted_language(connection.headers, CODES, "en")


def accepted_language(headers: Headers, offered: Sequence[str], otherwise: str) -> str:
    """The offered language that Accept-Language wants most."""
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(headers.get("accept-language", "")[:500].split(",")):
        tag, _, weight = part.partition(";")
        code = primary_code(tag.strip())
        if code is not None and code in offered:
            wanted.append((-_weight(weight), place, code))
    return min(wanted)[2] if wanted else otherwise


def _weight(text: str) -> float:
    try:
        return float(text.strip().removeprefix("q="))
    except ValueError:
        return 1.0


def _checked(token: VisitorToken, conversation_id: str) -> VisitorToken:
    if token.conversation_id != conversation_id:
        raise ConversationNotFound(conversation_id)
    return token
