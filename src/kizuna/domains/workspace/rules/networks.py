"""Networks from which a workspace may be used."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from kizuna.domains.workspace.rules.inputs import FieldError

NETWORKS_MAX = 100

Network = IPv4Network | IPv6Network


def check_network(text: str) -> str:
    """A network in its usual form: ``203.0.113.0/24``, ``2001:db8::/32``; a single address stands for itself."""
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError as error:
        raise FieldError(
            f"Write networks as 203.0.113.0/24 or 2001:db8::/32; {text.strip()[:60]!r} is none."
        ) from error


def check_networks(texts: list[str]) -> list[str]:
    if len(texts) > NETWORKS_MAX:
        raise FieldError(f"Name at most {NETWORKS_MAX} networks.")
    return sorted({check_network(text) for text in texts})


@lru_cache(maxsize=512)
def holds(networks: tuple[str, ...], ip: str) -> bool:
    """Whether ``ip`` is in one of ``networks``; what is no address is in none."""
    address = read_address(ip)
    return address is not None and any(address in network for network in _parse(networks))


@lru_cache(maxsize=128)
def _parse(networks: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(network) for network in networks)


def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """An address as servers and proxies write it: with a port, in brackets, or IPv4 inside IPv6."""
    plain = text.strip()
    if plain.startswith("["):
        plain = plain[1:].partition("]")[0]
    elif plain.count(":") == 1:
        plain = plain.partition(":")[0]
    try:
        address = ip_address(plain.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
