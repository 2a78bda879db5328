"""What each kind of error means: the pages that `type` leads to, from the errors' own words."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Final

from bot.api.errors import STATUS_BY_CODE, TEXT_BY_STATUS, title_of
from bot.errors import AccessError, BotError
from handoff.errors import HandoffError

_OURS: Final[Mapping[str, str]] = {
    "bad_json": "The body is not valid JSON.",
    "invalid_request": "Some fields are missing or wrong; `fields` names them.",
    "internal_error": "Something broke on our side. It is in the log, with the X-Request-ID.",
    "http_error": "The request could not be served.",
}
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="/help.css">
</head>
<body>
<main><article><h1>{title}</h1>
<p><code>{code}</code>{status}</p>
{meaning}</article></main>
</body>
</html>
"""


@functools.cache
def meanings() -> Mapping[str, str]:
    """Code -> what it means, for every error that the API may answer."""
    found = dict(_OURS)
    found |= {code: text for code, text in TEXT_BY_STATUS.values()}
    found |= AccessError.TEXTS
    for base in (HandoffError, BotError):
        for kind in _leaves(base):
            found.setdefault(kind.code, _plain(kind.__doc__ or ""))
    return found


def problem_html(code: str) -> str | None:
    """The page about one code; None for a code that is not ours."""
    meaning = meanings().get(code)
    if meaning is None:
        return None
    status = STATUS_BY_CODE.get(code)
    paragraphs = "".join(f"<p>{escape(part)}</p>\n" for part in meaning.split("\n\n"))
    return _PAGE.format(
        title=escape(title_of(code)),
        code=escape(code),
        status=f" &middot; HTTP {status}" if status else "",
        meaning=paragraphs,
    )


def _leaves(base: type[HandoffError] | type[BotError]) -> Iterator[type[HandoffError | BotError]]:
    for kind in base.__subclasses__():
        if "code" in vars(kind):
            yield kind
        yield from _leaves(kind)


def _plain(docstring: str) -> str:
    paragraphs = docstring.strip().split("\n\n")
    return "\n\n".join(re.sub(r"\s+", " ", part.replace("`", "")) for part in paragraphs)
