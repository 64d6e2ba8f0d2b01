"""How calls of other servers leave: a port that adapters fill, and where they may go.

Whoever lets people name an address calls it through here, so that no setting makes Kizuna ask servers of its
own network, or the cloud's own for its credentials.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Literal, Protocol
from urllib.parse import SplitResult, urlsplit

from kizuna.kernel.errors import Invalid

URL_CHARS_MAX = 2_000
TIMEOUT_S = 15.0
ANSWER_BYTES_MAX = 64_000

OutboundProblem = Literal["address", "unreachable", "timeout", "answer"]
"""Why there is no answer: the address may not be called, nobody is there, nothing came in time, or what came is
no HTTP."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last four bytes
METADATA = frozenset(map(ip_address, ("100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254")))
"""Where clouds hand out a machine's credentials, beside 169.254.169.254: never called, whatever is allowed."""


class OutboundError(Exception):
    """No answer came. ``permanent``: nor will one on a second try. ``message`` is a sentence about the server,
    without anything of what was sent."""

    def __init__(self, problem: OutboundProblem, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.problem: OutboundProblem = problem
        self.message = message
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class OutboundRequest:
    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    """May hold secrets."""
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class OutboundAnswer:
    """``headers`` have names in lower case. Redirects are answers like others. ``cut``: the body was longer than
    we read, and the rest was not waited for."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    cut: bool = False


class Outbound(Protocol):
    """Calls servers of others. Never call it inside a transaction: it talks to the network."""

    def check_url(self, url: str) -> str:
        """The address, if it is one that may be called as far as can be seen without looking its name up.

        Raises ``Invalid``.
        """
        ...

    async def send(
        self, request: OutboundRequest, *, timeout_s: float = TIMEOUT_S, answer_bytes_max: int = ANSWER_BYTES_MAX
    ) -> OutboundAnswer:
        """One request and its answer within the time, or ``OutboundError``. Follows no redirects."""
        ...


def check_url(url: str, *, private: bool) -> str:
    """An https address without a password in it; with ``private`` plain http to this machine, too.

    Raises ``Invalid``.
    """
    parts = _split(url)
    if parts is None or parts.username or parts.password or parts.fragment or not parts.hostname:
        raise _not_callable("Enter an address such as https://example.com/hook, without a password or # in it.")
    on_loopback = private and parts.hostname in LOOPBACK
    if parts.scheme != "https" and not (on_loopback and parts.scheme == "http"):
        raise _not_callable("Only https addresses are called; the data would be readable on its way.")
    try:
        address = ip_address(parts.hostname)
    except ValueError:
        return url  # a name: looked up when it is called
    if not may_connect(str(address), private=private):
        raise _not_callable("This address belongs to an inner network, which Kizuna does not call.")
    return url


def _split(url: str) -> SplitResult | None:
    if not url.isascii() or not url.isprintable() or len(url) > URL_CHARS_MAX or any(c in url for c in " \\"):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _not_callable(message: str) -> Invalid:
    return Invalid("url_invalid", message, fields={"url": message})


def may_connect(address: str, *, private: bool) -> bool:
    """Whether we may call this IP address. ``private`` opens inner networks and this machine; addresses of links,
    where clouds keep credentials, stay closed."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        inner = IPv4Address(ip.packed[-4:]) if ip in NAT64 else ip.ipv4_mapped or ip.sixtofour
        ip = inner or ip
    if ip in METADATA or ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return False
    return ip.is_global or (private and (ip.is_private or ip.is_loopback))
