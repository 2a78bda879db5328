"""Pages and files: policy, caching, help articles, health."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from starlette.datastructures import Headers

from bot.api.files import REVALIDATE, FileShelf
from bot.api.security import POLICY
from kb_index.article import Article
from tests.bot.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")


def article(**values: object) -> Article:
    base = {
        "id": "order-track",
        "language": "en",
        "title": "Track <b>it</b>",
        "questions": ("where is it", "track", "parcel"),
        "body": "Open **My orders**.\n\n<script>alert(1)</script>\n\n[more](article:refund-when)"
        "\n\n[bad](javascript:alert(1))",
        "category": "orders",
        "audience": "public",
        "markets": (),
        "updated": dt.date(2026, 11, 21),
        "keywords": (),
    }
    return Article(**{**base, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/console/", "/nothing", "/api/v1/widget/config"]
)
async def test_every_answer_carries_the_policy(house: House, path: str) -> None:
    answer = await house.http.get(path)

    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "unsafe" not in POLICY
    assert "server" not in answer.headers


async def test_conversations_and_tokens_are_kept_out_of_caches(house: House) -> None:
    session = await house.http.post("/api/v1/sessions", json={"locale": "en", "page_url": "/"})

    assert session.status_code == 201
    assert session.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("wanted", "language"),
    [("el-GR,el;q=0.9,en;q=0.5", "el"), ("ja,de;q=0.3,fr;q=0.8", "fr"), ("ja", "en"), ("", "en")],
)
async def test_the_shop_greets_in_the_browsers_language(
    house: House, wanted: str, language: str
) -> None:
    answer = await house.http.get("/", headers={"Accept-Language": wanted})

    assert answer.status_code == 302
    assert answer.headers["location"] == f"/shop/{language}/"


async def test_a_help_page_shows_the_article_without_scripts(house: House) -> None:
    store = house.assembly.gateway.articles
    await store.save(article(), author="test")
    await store.save(article(language="ar", title="تتبع"), author="test")

    page = await house.http.get("/help/en/order-track")
    arabic = await house.http.get("/help/ar/order-track")
    home = await house.http.get("/help/en/")

    assert page.status_code == 200
    assert "<strong>My orders</strong>" in page.text
    assert "Track &lt;b&gt;it&lt;/b&gt;" in page.text
    assert "<script" not in page.text
    assert 'href="javascript' not in page.text
    assert 'href="/help/en/refund-when"' in page.text
    assert 'hreflang="ar"' in page.text
    assert 'dir="rtl"' in arabic.text
    assert "/help/en/order-track" in home.text


@pytest.mark.parametrize(
    "path", ["/help/en/nothing", "/help/xx/order-track", "/help/en/x%00y", "/help/%3Cscript%3E/a"]
)
async def test_a_missing_help_page_says_so(house: House, path: str) -> None:
    answer = await house.http.get(path)

    assert answer.status_code == 404
    assert "<script" not in answer.text


async def test_articles_for_agents_are_no_help_pages(house: House) -> None:
    await house.assembly.gateway.articles.save(article(audience="agents"), author="test")

    assert (await house.http.get("/help/en/order-track")).status_code == 404


async def test_the_widget_may_be_loaded_from_any_site_and_is_cached(house: House) -> None:
    loader = await house.http.get("/widget/loader.js")
    again = await house.http.get(
        "/widget/loader.js", headers={"If-None-Match": loader.headers["etag"]}
    )
    named = await house.http.get("/widget/widget.js?v=1")

    assert loader.status_code == 200
    assert loader.headers["content-type"].startswith("text/javascript")
    assert loader.headers["access-control-allow-origin"] == "*"
    assert loader.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "max-age=300" in loader.headers["cache-control"]
    assert (again.status_code, again.content) == (304, b"")
    assert "immutable" in named.headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "/widget/..%2f..%2fsettings.py",
        "/widget/.hidden",
        "/widget//etc/passwd",
        "/shop/%00",
        "/widget/",
    ],
)
async def test_files_outside_the_folder_are_not_there(house: House, path: str) -> None:
    assert (await house.http.get(path)).status_code == 404


async def test_health_and_readiness(house: House) -> None:
    ready = await house.http.get("/readyz")

    assert (await house.http.get("/healthz")).json() == {"ok": True}
    assert ready.status_code == 200
    assert ready.json()["checks"]["brain"]["condition"] == "ready"
    assert ready.json()["checks"]["brain"]["model_id"] == "fake"


async def test_strangers_learn_no_details_of_readiness(house: House) -> None:
    ready = await house.http.get("/readyz", headers={"X-Forwarded-For": "203.0.113.7"})

    assert ready.json()["checks"] == {
        "database": "ok",
        "turns": "ok",
        "brain": {"condition": "ready"},
    }


async def test_a_changed_file_is_served_anew_and_links_out_are_not(tmp_path: Path) -> None:
    shelf = FileShelf(tmp_path)
    (tmp_path / "a.js").write_text("1")
    (tmp_path / "out").symlink_to("/etc/hostname")
    first = shelf.answer("a.js", Headers({}), cache=REVALIDATE)
    (tmp_path / "a.js").write_text("22")

    second = shelf.answer("a.js", Headers({}), cache=REVALIDATE)

    assert first is not None
    assert second is not None
    assert (first.body, second.body) == (b"1", b"22")
    assert first.headers["etag"] != second.headers["etag"]
    assert shelf.answer("out", Headers({}), cache=REVALIDATE) is None


async def test_large_texts_travel_compressed(tmp_path: Path) -> None:
    shelf = FileShelf(tmp_path)
    (tmp_path / "a.css").write_text("a{}" * 1000)

    answer = shelf.answer("a.css", Headers({"accept-encoding": "br, gzip"}), cache=REVALIDATE)

    assert answer is not None
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.body) < 200
