"""Pages of long lists: cursors that nobody can make but us, and the shape of the answer.

A list is ordered by keys that are unique together; the cursor holds those of the last item given,
signed for this list alone, so that a use case may trust their number and types:

    after = gateway.cursors.read(cursor, of="customers")
    rows = await customers.list(after=after, limit=limit + 1)
    return page_of(rows, limit, request, response, gateway.cursors, of="customers",
                   keys=lambda row: (row.updated_at, row.id), view=customer_json)

`of` names the list with everything that changes its order or content: a cursor of one filter is
refused by another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Generic, TypeVar

from fastapi import Query
from itsdangerous import BadData, URLSafeSerializer
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from bot.errors import CursorInvalid

Item = TypeVar("Item")
Row = TypeVar("Row")
SortKey = str | int | float | datetime | None

CURSOR_CHARS: Final = 1000
Cursor = Annotated[
    str | None,
    Query(max_length=CURSOR_CHARS, description="`next_cursor` of the page before; none begins."),
]
Limit = Annotated[int, Query(ge=1, le=200, description="Items of a page, at most.")]


class Page(BaseModel, Generic[Item]):
    """A part of a list; `next_cursor` leads to the next part and is null at the end."""

    items: list[Item]
    next_cursor: Annotated[str | None, Field(max_length=CURSOR_CHARS)]


class Cursors:
    """Writes and reads cursors with the installation's key; alike in every gateway."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def write(self, keys: Sequence[SortKey], *, of: str) -> str:
        """A cursor behind the item with these sort keys."""
        return str(self._serializer(of).dumps([_tagged(key) for key in keys]))

    def read(self, cursor: str | None, *, of: str) -> tuple[SortKey, ...] | None:
        """The sort keys to go on behind; None at the beginning.

        Raises:
            CursorInvalid: Changed, cut, or of another list.
        """
        if cursor is None:
            return None
        try:
            keys = self._serializer(of).loads(cursor)
        except (BadData, ValueError):
            raise CursorInvalid from None
        return tuple(_untagged(key) for key in keys)

    def _serializer(self, of: str) -> URLSafeSerializer:
        return URLSafeSerializer(self._key, salt=f"babeldesk.cursor.v1.{of}")


def page_of(
    rows: Sequence[Row],
    limit: int,
    request: Request,
    response: Response,
    cursors: Cursors,
    *,
    of: str,
    keys: Callable[[Row], Sequence[SortKey]],
    view: Callable[[Row], Any],
) -> dict[str, Any]:
    """The answer of a list from up to `limit` + 1 rows; sets `Link` when there is a next page."""
    more = len(rows) > limit
    cursor = cursors.write(keys(rows[limit - 1]), of=of) if more else None
    if cursor is not None:
        # Relative: behind a proxy we need not know what we are called outside.
        url = request.url.include_query_params(cursor=cursor)
        response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    return {"items": [view(row) for row in rows[:limit]], "next_cursor": cursor}


def _tagged(key: SortKey) -> Any:
    return {"at": key.isoformat()} if isinstance(key, datetime) else key


def _untagged(key: Any) -> SortKey:
    return datetime.fromisoformat(key["at"]) if isinstance(key, dict) else key
