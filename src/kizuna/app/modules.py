"""The list of domains; a new one is one line here."""

from importlib import import_module

from kizuna.kernel.module import Module, Registry

DOMAINS = (
    "workspace",
    "privacy",
    "profiles",
    "collect",
    "segments",
    "analytics",
)


def load_registry() -> Registry:
    """All modules, in the order of their tiers, lowest first."""
    return Registry(tuple(_module(domain) for domain in DOMAINS))


def _module(domain: str) -> Module:
    return import_module(f"kizuna.domains.{domain}.module").MODULE
