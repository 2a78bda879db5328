"""The bodies of the API for tokens."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bot.api.bodies import Moment, PersonView, UserView
from handoff.tokens.model import NAME_CHARS


class TokenBody(BaseModel):
    """A new API token. `owner_id` other than oneself takes the scope `tokens:admin`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "nightly export",
                    "scopes": ["tickets:read"],
                    "expires_at": "2030-01-01T00:00:00Z",
                }
            ]
        },
    )

    name: Annotated[str, Field(min_length=1, max_length=NAME_CHARS)]
    scopes: Annotated[
        list[Annotated[str, Field(max_length=40)]], Field(min_length=1, max_length=50)
    ]
    expires_at: Moment | None = None
    owner_id: Annotated[str | None, Field(max_length=26)] = None


class TokenView(BaseModel):
    """An API token; its secret was shown when it was made and never again.

    `state` is `active`, `expired`, `revoked`, or `locked` with its owner. `last_used_at` is exact
    to a minute.
    """

    id: str
    prefix: str
    name: str
    scopes: list[str]
    owner: PersonView
    state: str
    created_at: str
    expires_at: str | None
    last_used_at: str | None
    revoked_at: str | None


class NewTokenView(BaseModel):
    """A new token with its secret. Keep the secret: it is not shown again."""

    token: TokenView
    secret: str


class CallerView(BaseModel):
    """Who calls and what she may do now; `token` when she comes with one."""

    user: UserView
    scopes: list[str]
    token: TokenView | None
