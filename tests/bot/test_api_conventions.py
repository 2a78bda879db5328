"""What all routes share: problems, pages with cursors, ETags and preconditions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.requests import Request
from starlette.responses import Response

from bot.api.errors import STATUS_BY_CODE, answer_error
from bot.api.paging import Cursors, page_of
from bot.api.problems import meanings, problem_html
from bot.api.versions import etag_of, expected_versions, has_tag, tagged
from bot.errors import CursorInvalid, PreconditionRequired
from handoff.errors import AlreadyTaken, IdempotencyInProgress, VersionConflict
from tests.bot.house import House

CURSORS = Cursors(b"k" * 32)
AT = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)


def request(query: str = "", **headers: str) -> Request:
    named = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return Request(
        {
            "type": "http", "method": "GET", "path": "/api/v1/things", "headers": named,
            "query_string": query.encode(), "scheme": "http", "server": ("desk", 80),
        }
    )  # fmt: skip


def test_a_cursor_gives_back_its_keys_with_their_types() -> None:
    keys = (AT, 7, "name \u05d0", None, 0.5)

    assert CURSORS.read(CURSORS.write(keys, of="things"), of="things") == keys
    assert CURSORS.read(None, of="things") is None


@pytest.mark.parametrize("of", ["thing", "other"])
def test_a_cursor_of_another_list_is_refused(of: str) -> None:
    with pytest.raises(CursorInvalid):
        CURSORS.read(CURSORS.write((1,), of="things"), of=of)


def test_a_cursor_that_was_changed_is_refused() -> None:
    cursor = CURSORS.write((1, "a"), of="things")
    made_elsewhere = Cursors(b"x" * 32).write((1, "a"), of="things")

    for wrong in ("", "x", cursor[:-1], cursor + "A", "A" + cursor, cursor.upper(), made_elsewhere):
        with pytest.raises(CursorInvalid):
            CURSORS.read(wrong, of="things")


def test_pages_lead_to_the_next_and_end() -> None:
    rows, seen, cursor = list(range(7)), [], None
    for _ in range(4):
        after = CURSORS.read(cursor, of="n")
        begin = 0 if after is None else rows.index(int(str(after[0]))) + 1
        response = Response()
        page = page_of(
            rows[begin : begin + 3], 2, request("limit=2&q=a%20b"), response, CURSORS,
            of="n", keys=lambda n: (n,), view=str,
        )  # fmt: skip
        seen += page["items"]
        cursor = page["next_cursor"]
        link = response.headers.get("link")
        assert (link is None) == (cursor is None)
        if cursor is not None:
            assert link == f'</api/v1/things?limit=2&q=a+b&cursor={cursor}>; rel="next"'

    assert seen == [str(n) for n in rows]
    assert cursor is None


def test_etags_tell_versions_and_variants_apart() -> None:
    assert (etag_of(7), etag_of(7, variant="el")) == ('"7"', '"7.el"')
    assert has_tag('"6", W/"7"', '"7"')
    assert has_tag("*", '"7"')
    assert not has_tag('"7"', '"7.el"')
    assert not has_tag(None, '"7"')


def test_whoever_has_the_version_gets_no_body() -> None:
    fresh = tagged(request(), 7, {"a": 1}, variant="el")
    known = tagged(request(if_none_match='"7.el"'), 7, {"a": 1}, variant="el")

    assert (fresh.status_code, fresh.headers["etag"], fresh.body) == (200, '"7.el"', b'{"a":1}')
    assert (known.status_code, known.headers["etag"], known.body) == (304, '"7.el"', b"")
    assert fresh.headers["vary"] == "Accept-Language"


@pytest.mark.parametrize(
    ("condition", "versions"),
    [
        ('"7"', {7}),
        ('"7.el", "8"', {7, 8}),
        ('W/"7"', set()),
        ('"seven"', set()),
        ("7", set()),
        ("", set()),
        ('"99999999999999999999"', set()),
    ],
)
def test_if_match_names_versions(condition: str, versions: set[int]) -> None:
    assert expected_versions(request(if_match=condition)) == versions


def test_a_change_without_if_match_is_refused_where_it_is_required() -> None:
    assert expected_versions(request(if_match="*")) is None
    assert expected_versions(request(), required=False) is None
    with pytest.raises(PreconditionRequired):
        expected_versions(request())


@pytest.mark.parametrize(
    ("error", "status", "facts"),
    [
        (VersionConflict(9), 412, {"code": "precondition_failed", "current_version": 9}),
        (PreconditionRequired(), 428, {"code": "precondition_required"}),
        (CursorInvalid(), 422, {"code": "cursor_invalid"}),
        (IdempotencyInProgress(retry_after_s=2.5), 409, {"code": "idempotency_in_progress"}),
        (AlreadyTaken(agent_id="a", agent_name="Ann"), 409, {"by": "Ann"}),
    ],
)
def test_errors_are_problems_with_their_facts(
    error: Exception, status: int, facts: dict[str, object]
) -> None:
    import json

    given = answer_error(error)
    body = json.loads(bytes(given.body))

    assert given.status_code == body["status"] == status
    assert given.headers["content-type"] == "application/problem+json"
    assert body["type"] == f"/problems/{body['code']}"
    assert body["title"] and body["detail"]
    assert facts.items() <= body.items()
    assert body["error"]["code"] == body["code"]
    if status == 409 and "by" in facts:
        assert body["error"]["fields"] == {"by": "Ann"}  # where the console looks


@pytest.mark.parametrize("code", sorted(STATUS_BY_CODE))
def test_every_code_has_a_page_that_says_what_it_means(code: str) -> None:
    page = problem_html(code)

    assert page is not None and f"<code>{code}</code>" in page
    assert len(meanings()[code]) > 10


@pytest.mark.asyncio(loop_scope="module")
async def test_the_type_of_a_problem_leads_to_its_page(house: House) -> None:
    refused = await house.http.get("/api/v1/agent/tickets")
    page = await house.http.get(refused.json()["type"])
    unknown = await house.http.get("/problems/no_such_thing")

    assert refused.headers["content-type"] == "application/problem+json"
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Sign in first." in page.text
    assert unknown.status_code == 404


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/v1/tokens", "GET, POST"),
        ("/api/v1/admin/webhooks/x", "DELETE, GET, PATCH"),
        ("/api/v1/sessions", "POST"),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_wrong_method_is_told_all_right_ones(house: House, path: str, allowed: str) -> None:
    answer = await house.http.request("PUT", path)

    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_moment_in_a_query_has_a_date_and_a_zone(house: House) -> None:
    agent = await house.agent()
    statuses = {
        moment: {
            (await agent.http.get(f"/api/v1{path}{moment}")).status_code
            for path in ("/sla/report?since=", "/tickets?opened_from=")
        }
        for moment in ("0.5", "1764540437", "2026-11-21T21:47:15", "2026-11-21T21:47:15Z")
    }
    await agent.http.aclose()

    assert list(statuses.values()) == [{422}, {422}, {422}, {200}]
