"""The article and its file form: Markdown with a YAML head.

Parsing is strict, because a silent mistake in a head becomes a wrong answer later: every fault
names its line. Rendering gives back a text that parses to the same article.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal, NoReturn

import yaml

from kb_index.errors import ArticleError

Audience = Literal["public", "agents"]
AUDIENCES: tuple[Audience, ...] = ("public", "agents")
MAX_TITLE_CHARS = 160
MAX_QUESTION_CHARS = 300
MAX_QUESTIONS = 200
MAX_BODY_CHARS = 200_000

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?")
_MARKET = re.compile(r"[A-Z]{2}|[0-9]{3}")
_CATEGORY = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BARE = re.compile(r"[^\W_](?:[\w ,.;?!()/’'–-]*[\w.;?!)’'])?")
_REQUIRED = ("id", "language", "title", "questions", "category", "updated")
_LISTS = ("questions", "market", "keywords")
_KNOWN = {*_REQUIRED, "audience", "market", "keywords"}
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One help text in one language; translations share the id.

    Attributes:
        questions: How visitors ask for it, in the article's language.
        body: Markdown; links to other articles are written `article:order-track`.
        markets: Country codes it is meant for; empty means everywhere.
        keywords: Extra search words that need not stand in the text.
    """

    id: str
    language: str
    title: str
    questions: tuple[str, ...]
    body: str
    category: str
    audience: Audience
    markets: tuple[str, ...]
    updated: dt.date
    keywords: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of everything that the article says; equal articles have equal digests."""
        parts = [
            self.id, self.language, self.title, list(self.questions), self.body, self.category,
            self.audience, list(self.markets), self.updated.isoformat(), list(self.keywords),
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        return {
            "id": self.id,
            "language": self.language,
            "title": self.title,
            "questions": self.questions,
            "body": self.body,
            "category": self.category,
            "audience": self.audience,
            "markets": self.markets,
            "updated": self.updated.isoformat(),
            "keywords": self.keywords,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Article:
        """Reads what `as_json` gave."""
        return cls(
            id=data["id"],
            language=data["language"],
            title=data["title"],
            questions=tuple(data["questions"]),
            body=data["body"],
            category=data["category"],
            audience=data["audience"],
            markets=tuple(data["markets"]),
            updated=dt.date.fromisoformat(data["updated"]),
            keywords=tuple(data["keywords"]),
        )


@dataclass(frozen=True, slots=True)
class _Field:
    line: int
    values: tuple[str, ...]
    lines: tuple[int, ...]
    is_list: bool


def parse_article(text: str, *, path: str) -> Article:
    """Reads one article.

    Args:
        text: The whole file.
        path: Its name, for messages; when it ends in `<language>/<id>.md`, both must agree with
            the head.

    Raises:
        ArticleError: With the line of the first fault found.
    """
    head, body, body_line = _split(text, path)
    fields = _read_head(head, path)
    for key in _REQUIRED:
        if key not in fields:
            _fail(path, 1, f"missing_{key}", f"The head has no {key!r}.")
    article = Article(
        id=_matching(fields, "id", _ID, path, "lower-case words joined by hyphens"),
        language=_matching(fields, "language", _LANGUAGE, path, "a language tag such as el"),
        title=_short_text(fields, "title", MAX_TITLE_CHARS, path),
        questions=_questions(fields["questions"], path),
        body=_body(body, body_line, path),
        category=_matching(fields, "category", _CATEGORY, path, "one lower-case word"),
        audience=_audience(fields, path),
        markets=_markets(fields, path),
        updated=_date(fields["updated"], path),
        keywords=fields["keywords"].values if "keywords" in fields else (),
    )
    _check_place(article, fields, path)
    return article


def validate_article(article: Article) -> None:
    """Checks an article that was put together by a form instead of a file.

    Raises:
        ArticleError: As `parse_article`; the path is `<language>/<id>.md`.
    """
    parse_article(render_article(article), path=f"{article.language}/{article.id}.md")


def render_article(article: Article) -> str:
    """Gives the article's file form; parsing it gives the same article."""
    lines = [
        "---",
        f"id: {_quoted(article.id)}",
        f"language: {_quoted(article.language)}",
        f"title: {_quoted(article.title)}",
        *_listed("questions", article.questions),
        f"category: {_quoted(article.category)}",
        f"audience: {_quoted(article.audience)}",
        *_listed("market", article.markets),
        *(_listed("keywords", article.keywords) if article.keywords else ()),
        f"updated: {article.updated.isoformat()}",
        "---",
        "",
        article.body,
        "",
    ]
    return "\n".join(lines)


def _split(text: str, path: str) -> tuple[str, str, int]:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    bad = _FORBIDDEN.search(text)
    if bad is not None:
        message = f"Character U+{ord(bad[0]):04X} is not allowed."
        _fail(path, text.count("\n", 0, bad.start()) + 1, "control_character", message)
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        _fail(path, 1, "no_head", "The file must begin with a head between two lines of ---.")
    for end, line in enumerate(lines[1:], start=1):
        if line.rstrip() == "---":
            return "\n".join(lines[1:end]), "\n".join(lines[end + 1 :]), end + 2
    _fail(path, 1, "open_head", "The head is not closed by a line of ---.")


def _read_head(head: str, path: str) -> dict[str, _Field]:
    # Composed, not loaded: `language: no` must stay "no", and every value keeps its line.
    try:
        node = yaml.compose(head, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "unreadable"
        line = 2 + (mark.line if mark is not None else 0)
        _fail(path, line, "bad_yaml", f"The head is not valid YAML: {problem}.")
    if not isinstance(node, yaml.MappingNode):
        _fail(path, 2, "bad_yaml", "The head must be a list of 'key: value' lines.")
    fields: dict[str, _Field] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 2
        key = str(key_node.value)
        if key not in _KNOWN:
            _fail(path, line, "unknown_key", f"Unknown key {key!r} in the head.")
        if key in fields:
            _fail(path, line, "duplicate_key", f"Key {key!r} stands twice in the head.")
        fields[key] = _read_field(key, value_node, line, path)
    return fields


def _read_field(key: str, node: Any, line: int, path: str) -> _Field:
    wants_list = key in _LISTS
    if isinstance(node, yaml.ScalarNode):
        is_null = node.tag == "tag:yaml.org,2002:null"
        if is_null or not wants_list:
            value = "" if is_null else _clean(node.value)
            return _Field(line, () if wants_list else (value,), (line,), wants_list)
    if not wants_list:
        _fail(path, line, f"bad_{key}", f"{key!r} must be a single text.")
    if not isinstance(node, yaml.SequenceNode):
        _fail(path, line, f"bad_{key}", f"{key!r} must be a list.")
    values: list[str] = []
    lines: list[int] = []
    for item in node.value:
        item_line = item.start_mark.line + 2
        if not isinstance(item, yaml.ScalarNode) or not _clean(item.value):
            message = f"Every entry of {key!r} must be a text (quote it if it holds a colon)."
            _fail(path, item_line, f"bad_{key}", message)
        values.append(_clean(item.value))
        lines.append(item_line)
    return _Field(line, tuple(values), tuple(lines), True)


def _clean(value: str) -> str:
    return " ".join(unicodedata.normalize("NFC", value).split())


def _matching(
    fields: Mapping[str, _Field], key: str, pattern: re.Pattern[str], path: str, form: str
) -> str:
    field = fields[key]
    if not pattern.fullmatch(field.values[0]):
        _fail(path, field.line, f"bad_{key}", f"{key!r} must be {form}.")
    return field.values[0]


def _short_text(fields: Mapping[str, _Field], key: str, limit: int, path: str) -> str:
    field = fields[key]
    if not field.values[0]:
        _fail(path, field.line, f"empty_{key}", f"{key!r} is empty.")
    if len(field.values[0]) > limit:
        _fail(path, field.line, f"long_{key}", f"{key!r} is longer than {limit} characters.")
    return field.values[0]


def _questions(field: _Field, path: str) -> tuple[str, ...]:
    if not field.values:
        _fail(path, field.line, "no_questions", "There must be at least one example question.")
    if len(field.values) > MAX_QUESTIONS:
        message = f"There are more than {MAX_QUESTIONS} example questions."
        _fail(path, field.line, "many_questions", message)
    seen: set[str] = set()
    for line, question in zip(field.lines, field.values, strict=True):
        if len(question) > MAX_QUESTION_CHARS:
            message = f"A question is longer than {MAX_QUESTION_CHARS} characters."
            _fail(path, line, "long_question", message)
        if question.casefold() in seen:
            _fail(path, line, "repeated_question", f"The question {question!r} stands twice.")
        seen.add(question.casefold())
    return field.values


def _body(body: str, line: int, path: str) -> str:
    stripped = unicodedata.normalize("NFC", body).strip()
    if not stripped:
        _fail(path, line, "empty_body", "The article has no text.")
    if len(stripped) > MAX_BODY_CHARS:
        _fail(path, line, "long_body", f"The text is longer than {MAX_BODY_CHARS} characters.")
    return stripped


def _audience(fields: Mapping[str, _Field], path: str) -> Audience:
    if "audience" not in fields:
        return "public"
    field = fields["audience"]
    if field.values[0] not in AUDIENCES:
        _fail(path, field.line, "bad_audience", "'audience' must be public or agents.")
    return "agents" if field.values[0] == "agents" else "public"


def _markets(fields: Mapping[str, _Field], path: str) -> tuple[str, ...]:
    if "market" not in fields:
        return ()
    field = fields["market"]
    for line, market in zip(field.lines, field.values, strict=False):
        if not _MARKET.fullmatch(market):
            _fail(path, line, "bad_market", f"{market!r} is not a country code such as DE.")
    return field.values


def _date(field: _Field, path: str) -> dt.date:
    try:
        return dt.date.fromisoformat(field.values[0])
    except ValueError:
        _fail(path, field.line, "bad_updated", "'updated' must be a date such as 2026-03-31.")


def _check_place(article: Article, fields: Mapping[str, _Field], path: str) -> None:
    place = PurePosixPath(path.replace("\\", "/"))
    if place.suffix != ".md":
        return
    if place.stem != article.id:
        message = f"The id {article.id!r} differs from the file name {place.name!r}."
        _fail(path, fields["id"].line, "id_mismatch", message)
    folder = place.parent.name
    if _LANGUAGE.fullmatch(folder) and folder != article.language:
        message = f"The language {article.language!r} differs from the folder {folder!r}."
        _fail(path, fields["language"].line, "language_mismatch", message)


def _listed(key: str, values: tuple[str, ...]) -> list[str]:
    if not values:
        return [f"{key}: []"]
    return [f"{key}:", *(f"  - {_quoted(value)}" for value in values)]


def _quoted(value: str) -> str:
    # JSON strings are YAML strings; plain ones stay bare because people read these files.
    if _BARE.fullmatch(value) and value.casefold() != "null":
        return value
    return json.dumps(value, ensure_ascii=False)


def _fail(path: str, line: int, code: str, message: str) -> NoReturn:
    raise ArticleError(path=path, line=line, code=code, message=message)
