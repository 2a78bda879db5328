"""The pure parts of webhooks: signatures, targets, events, what an answer means."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.webhook_answers import Verdict, judge_status, retry_after_s
from handoff.errors import WebhookInvalid
from handoff.webhooks.model import EventType, NewSecret, OutgoingEvent, SigningKey
from handoff.webhooks.signing import check_of, derive_secret, headers_of, sign, verify
from handoff.webhooks.targets import is_public, parse_target, real_address, why_forbidden

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SECRET = derive_secret(b"master" * 8, webhook_id="w", key_id="k")


def test_a_signature_is_what_the_specification_says() -> None:
    # Standard Webhooks: base64(hmac_sha256(base64decode(secret), "{id}.{timestamp}.{body}")).
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    signed = hmac.new(key, b'evt_1.1777636800.{"a":1}', hashlib.sha256).digest()
    expected = f"v1,{base64.b64encode(signed).decode()}"

    assert len(key) == 32
    assert sign(SECRET, event_id="evt_1", at=NOW, body=b'{"a":1}') == expected


@pytest.mark.parametrize(
    ("subscribed", "name"),
    [
        (["ticket.merged", "ticket.updated"], EventType.TICKET_MERGED),
        (["ticket.updated"], EventType.TICKET_UPDATED),
        (["ticket.created"], None),
        ([], None),
    ],
)
def test_a_receiver_gets_an_event_by_the_most_telling_name_it_knows(
    subscribed: list[str], name: EventType | None
) -> None:
    event = OutgoingEvent(
        id="e", type=EventType.TICKET_MERGED, wider=(EventType.TICKET_UPDATED,), at=NOW, data={}
    )

    assert event.type_for(subscribed) == name
    assert event.as_json(name)["type"] == (name or EventType.TICKET_MERGED).value


def test_secrets_differ_by_installation_webhook_and_key() -> None:
    made = {
        derive_secret(master, webhook_id=webhook, key_id=key)
        for master in (b"one", b"two")
        for webhook in ("w1", "w2")
        for key in ("k1", "k2")
    }

    assert len(made) == 8
    assert derive_secret(b"one", webhook_id="w1", key_id="k1") in made
    assert check_of(SECRET) not in SECRET


@given(st.binary(max_size=200), st.integers(-299, 299))
def test_a_fresh_delivery_with_the_right_secret_is_verified(body: bytes, late_s: int) -> None:
    headers = headers_of([("k2", "whsec_bmV3"), ("k", SECRET)], event_id="e", at=NOW, body=body)

    assert verify(SECRET, headers, body, now=NOW + timedelta(seconds=late_s))
    assert headers["webhook-key-id"] == "k2 k"


@pytest.mark.parametrize(
    ("changed", "body", "late_s"),
    [
        ({}, b"other", 0),
        ({"webhook-id": "evt_2"}, b"body", 0),
        ({"webhook-timestamp": "1777636801"}, b"body", 0),
        ({"webhook-timestamp": "soon"}, b"body", 0),
        ({"webhook-timestamp": "²"}, b"body", 0),
        ({"webhook-signature": ""}, b"body", 0),
        ({"webhook-signature": "v1,é"}, b"body", 0),
        ({}, b"body", 301),
        ({}, b"body", -301),
    ],
)
def test_whatever_was_changed_or_recorded_is_refused(
    changed: dict[str, str], body: bytes, late_s: int
) -> None:
    headers = headers_of([("k", SECRET)], event_id="evt_1", at=NOW, body=b"body") | changed

    assert not verify(SECRET, headers, body, now=NOW + timedelta(seconds=late_s))


def test_the_snippet_for_receivers_verifies_what_is_sent() -> None:
    document = Path(__file__).resolve().parents[3] / "docs" / "integrators.md"
    (snippet,) = re.findall(r"```python\n(.*?)```", document.read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(snippet, names)
    now, body = datetime.now(UTC), b'{"id":"evt_1"}'
    headers = headers_of([("n", "whsec_bmV3"), ("k", SECRET)], event_id="evt_1", at=now, body=body)
    old = headers_of([("k", SECRET)], event_id="evt_1", at=NOW, body=body)

    assert names["verify"](SECRET, headers, body)
    assert not names["verify"](SECRET, headers, body + b" ")
    assert not names["verify"](SECRET, old, body)


def test_a_key_signs_until_it_ends_and_tells_nothing_of_itself() -> None:
    ending = SigningKey(id="k", check="c", created_at=NOW, expires_at=NOW + timedelta(hours=1))

    assert ending.is_live(NOW)
    assert not ending.is_live(NOW + timedelta(hours=1))
    assert "check" not in ending.as_json()
    assert "secret" not in repr(NewSecret(webhook=_Named(), key_id="k", secret="secret")).replace(  # type: ignore[arg-type]
        "secret=***", ""
    )


class _Named:
    id = "w"


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "header"),
    [
        ("https://shop.example", "shop.example", 443, "/", "shop.example"),
        ("https://Shop.example/a?b=c", "shop.example", 443, "/a?b=c", "shop.example"),
        ("https://shop.example:8443/", "shop.example", 8443, "/", "shop.example:8443"),
        ("http://[::1]:8080/x", "::1", 8080, "/x", "[::1]:8080"),
    ],
)
def test_a_url_is_read(url: str, host: str, port: int, path: str, header: str) -> None:
    target = parse_target(url)

    assert (target.host, target.port, target.path, target.host_header) == (host, port, path, header)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("ftp://shop.example/", "must begin with https"),
        ("file:///etc/passwd", "must begin with https"),
        ("shop.example/hook", "must begin with https"),
        ("https:///hook", "must begin with https"),
        ("https://user@shop.example/", "must not hold a user name"),
        ("https://:word@shop.example/", "must not hold a user name"),
        ("https://shop.example/#part", "must not have a fragment"),
        ("https://shop.example:25/", "must use port 443 or one above 1023"),
        ("https://shop.example:99999/", "cannot be read"),
        ("https://[shop.example/", "cannot be read"),
        ("https://shop.example/a b", "must be written in printable ASCII"),
        ("https://shop.example\\@10.0.0.1/", "must be written in printable ASCII"),
        ("https://shop.example/\r\nX: y", "must be written in printable ASCII"),
        ("https://müller.example/", "must be written in printable ASCII"),
        ("https://shop.example/" + "a" * 2000, "has more than 2000"),
    ],
)
def test_a_url_that_is_none_for_us_is_refused_with_the_reason(url: str, problem: str) -> None:
    with pytest.raises(WebhookInvalid, match=problem):
        parse_target(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.1.2", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255",
        "240.0.0.1", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:db8::1", "100::1",
    ],
)  # fmt: skip
def test_addresses_inside_are_never_called(address: str) -> None:
    why = why_forbidden(parse_target("https://shop.example"), address, allowed=())

    assert why is not None and "not public" in why


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
)
def test_public_addresses_are_called_with_tls_only(address: str) -> None:
    allowed = (ip_network("10.0.0.0/8"),)

    assert why_forbidden(parse_target("https://a.example"), address, allowed=allowed) is None
    why = why_forbidden(parse_target("http://a.example"), address, allowed=allowed)
    assert why == "must begin with https://"


def test_an_operator_opens_networks_one_by_one() -> None:
    allowed = (ip_network("10.1.0.0/16"), ip_network("fd00::/64"))
    plain = parse_target("http://crm.internal:8080/hook")

    for address in ("10.1.2.3", "::ffff:10.1.2.3", "fd00::7"):
        assert why_forbidden(plain, address, allowed=allowed) is None
    for address in ("10.2.0.1", "fd00:0:0:1::1", "127.0.0.1"):
        assert why_forbidden(plain, address, allowed=allowed) is not None
    assert why_forbidden(plain, "nonsense", allowed=allowed) == "has no usable address"


@given(st.ip_addresses())
def test_an_address_is_judged_by_where_it_really_leads(address: Any) -> None:
    real = real_address(address)

    assert real_address(real) == real
    if real.is_private or real.is_loopback or real.is_link_local or real.is_multicast:
        assert not is_public(real)


def test_embedded_addresses_are_unpacked() -> None:
    assert real_address(ip_address("2002:0a00:0001::")) == ip_address("10.0.0.1")
    assert real_address(ip_address("2606::1")) == ip_address("2606::1")


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.DELIVERED), (204, Verdict.DELIVERED), (299, Verdict.DELIVERED),
        (301, Verdict.REFUSED), (302, Verdict.REFUSED), (400, Verdict.REFUSED),
        (401, Verdict.REFUSED), (404, Verdict.REFUSED), (408, Verdict.LATER), (410, Verdict.GONE),
        (425, Verdict.LATER), (429, Verdict.LATER), (500, Verdict.LATER), (503, Verdict.LATER),
        (101, Verdict.REFUSED),
    ],
)  # fmt: skip
def test_what_an_answer_means(status: int, verdict: Verdict) -> None:
    assert judge_status(status) is verdict


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("Fri, 01 May 2026 12:01:00 GMT", 60.0),
        ("Fri, 01 May 2026 12:01:00 -0000", 60.0),
        ("Fri, 01 May 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("²", None),
    ],
)
def test_how_long_a_receiver_wants_to_be_left_alone(
    header: str | None, seconds: float | None
) -> None:
    assert retry_after_s(header, now=NOW) == seconds


def test_an_event_is_its_id_type_time_and_data() -> None:
    event = OutgoingEvent(id="evt_1", type=EventType.TEST, at=NOW, data={"a": 1})

    assert event.as_json() == {
        "id": "evt_1",
        "type": "webhook.test",
        "timestamp": "2026-05-01T12:00:00.000Z",
        "data": {"a": 1},
    }
