"""What a provider of sign-in may be, and which of its people may come in."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from kizuna.domains.workspace.rules.inputs import FieldError, check_email

URL_CHARS_MAX = 500
ID_CHARS_MAX = 500
SUBJECT_CHARS_MAX = 255  # OpenID Connect Core, section 2
DOMAINS_MAX = 50
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last four bytes
LOOPBACK = ("localhost", "127.0.0.1", "::1")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


def is_development(public_url: str) -> bool:
    """Whether this is a developer's own machine: only there may the provider be one, too."""
    return urlsplit(public_url).hostname in LOOPBACK


def check_url(url: str, *, development: bool) -> str:
    """An address that we may call and send browsers to: https, or plain loopback in development."""
    parts = _split(url)
    if parts is None or parts.username or parts.password or parts.fragment or not parts.hostname:
        raise FieldError("Enter the issuer as its provider shows it, such as https://accounts.example.com.")
    on_loopback = development and parts.hostname in LOOPBACK
    if parts.scheme != "https" and not (on_loopback and parts.scheme == "http"):
        raise FieldError("The provider must be reached by https.")
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


def check_issuer(text: str, *, development: bool) -> str:
    issuer = check_url(text.strip(), development=development)
    if "?" in issuer:
        raise FieldError("An issuer has no question mark; enter it as the provider shows it.")
    return issuer


def may_connect(address: str, *, development: bool) -> bool:
    """Whether we may call this IP address: a public one, so that no setting makes us call inner servers."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        inner = IPv4Address(ip.packed[-4:]) if ip in NAT64 else ip.ipv4_mapped or ip.sixtofour
        ip = inner or ip
    return (development and ip.is_loopback) or (ip.is_global and not ip.is_multicast)


def check_domains(texts: list[str]) -> list[str]:
    domains = sorted({text.strip().lower().removeprefix("@") for text in texts if text.strip()})
    if not domains:
        raise FieldError("Name at least one e-mail domain, such as example.com.")
    if len(domains) > DOMAINS_MAX:
        raise FieldError(f"Name at most {DOMAINS_MAX} domains.")
    for domain in domains:
        if len(domain) > 253 or not _DOMAIN.fullmatch(domain):
            raise FieldError(f"Write domains as example.com; {domain[:60]!r} is none.")
    return domains


def check_client_text(text: str) -> str:
    plain = text.strip()
    if not plain or len(plain) > ID_CHARS_MAX or not plain.isprintable():
        raise FieldError("Copy this from the provider's page.")
    return plain


def read_email(claims: Mapping[str, Any]) -> str | None:
    """The person's address in the form under which it is kept, if the provider has verified it."""
    email, verified = claims.get("email"), claims.get("email_verified")
    if not isinstance(email, str) or verified not in (True, "true"):
        return None
    try:
        return check_email(email)
    except FieldError:
        return None


def domain_of(email: str) -> str:
    return email.rpartition("@")[2]
