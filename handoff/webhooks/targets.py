"""Which addresses a webhook may go to. Pure: names are resolved by the caller.

Webhooks are calls that somebody else directs, from inside the operator's network. They go to public
addresses only, unless the operator allows a network by name; the check is made on every try, on the
very address that is then connected to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

from handoff.errors import WebhookInvalid

URL_CHARS: Final = 2000
HTTPS_PORT: Final = 443
HTTP_PORT: Final = 80
# Lower ports belong to mail, shells and the like, which a crafted request could talk to.
LOWEST_OTHER_PORT: Final = 1024

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IPv6 networks that carry an IPv4 address: NAT64 (RFC 6052).
_NAT64: Final = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a URL leads. `path` is the request target with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """The value of `Host`."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        usual = HTTPS_PORT if self.scheme == "https" else HTTP_PORT
        return shown if self.port == usual else f"{shown}:{self.port}"


def parse_target(url: str) -> Target:
    """Reads a URL.

    Raises:
        WebhookInvalid: Says what is wrong with it.
    """
    if len(url) > URL_CHARS:
        raise WebhookInvalid("url", f"has more than {URL_CHARS} characters")
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise WebhookInvalid("url", "must be written in printable ASCII without spaces")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise WebhookInvalid("url", "cannot be read as a URL") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise WebhookInvalid("url", "must begin with https:// and name a host")
    if parts.username is not None or parts.password is not None:
        raise WebhookInvalid("url", "must not hold a user name or password")
    if parts.fragment:
        raise WebhookInvalid("url", "must not have a fragment")
    usual = HTTPS_PORT if parts.scheme == "https" else HTTP_PORT
    port = usual if port is None else port
    if port != usual and port < LOWEST_OTHER_PORT:
        raise WebhookInvalid("url", f"must use port {usual} or one above 1023")
    query = f"?{parts.query}" if parts.query else ""
    return Target(
        scheme=parts.scheme, host=parts.hostname, port=port, path=(parts.path or "/") + query
    )


def why_forbidden(target: Target, address: str, *, allowed: Sequence[Network]) -> str | None:
    """Says why a target must not be called at an address; None if it may.

    Args:
        target: Where the URL leads.
        address: One of the addresses that its host has now.
        allowed: Networks that the operator opened; in them plain HTTP is fine as well.
    """
    try:
        found = real_address(ip_address(address.partition("%")[0]))
    except ValueError:
        return "has no usable address"
    if any(found.version == network.version and found in network for network in allowed):
        return None
    if not is_public(found):
        return "leads to an address that is not public; see BABELDESK_WEBHOOK_PRIVATE"
    if target.scheme != "https":
        return "must begin with https://"
    return None


def real_address(address: Address) -> Address:
    """Gives the IPv4 address that an IPv6 one stands for, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def is_public(address: Address) -> bool:
    """Whether an address is reached over the open internet and by one host."""
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )
