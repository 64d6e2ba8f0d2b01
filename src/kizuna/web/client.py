"""Where a request comes from."""

from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from kizuna.kernel.errors import Forbidden

Connection = ASGIConnection[Any, Any, Any, Any]


def client_ip(connection: Connection) -> str:
    """The address of the client. ``X-Forwarded-For`` counts only as far as our own proxies wrote it:
    the entries before theirs are the client's to invent."""
    peer = connection.client.host if connection.client else "unknown"
    proxies = connection.app.state.runtime.settings.trusted_proxies
    return read_forwarded(peer, connection.headers.getall("x-forwarded-for", []), proxies)


def read_forwarded(peer: str, headers: list[str], proxies: int) -> str:
    """The client's address among the ``X-Forwarded-For`` headers of a request that came from ``peer``."""
    if not proxies:
        return peer
    hops = [hop.strip() for line in headers for hop in line.split(",")]
    hops = [hop for hop in hops if hop]
    return hops[-min(proxies, len(hops))][:64] if hops else peer


def from_our_page(connection: Connection, public_url: str) -> bool:
    """False when a browser says that another site's page made the request."""
    site = connection.headers.get("sec-fetch-site")
    if site is not None and site != "cross-site":
        return site in ("same-origin", "none")
    origin = connection.headers.get("origin")
    if origin is None:
        return site is None  # not a browser
    return is_our_origin(origin, connection.headers.get("host", ""), public_url)


def is_our_origin(origin: str, host: str, public_url: str) -> bool:
    """Whether ``Origin`` names this server, as it was asked for or as it is known to the public."""
    try:
        asking = urlsplit(origin).netloc
    except ValueError:  # such as http://[::1
        return False
    return asking != "" and asking in (host, urlsplit(public_url).netloc)


async def forbid_other_sites(connection: Connection, _: BaseRouteHandler) -> None:
    """A guard for what needs no session: another site must not sign its visitors in here."""
    if not from_our_page(connection, connection.app.state.runtime.settings.public_url):
        raise Forbidden("other_site", "Open Kizuna at its own address and try again.")
