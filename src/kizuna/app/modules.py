"""The list of domains; a new one is one line here."""

from importlib import import_module

from kizuna.kernel.module import Module, Registry

DOMAINS = (
    "workspace",
    "profiles",
    "collect",
    "analytics",
)


def load_registry() -> Registry:
    """All modules, in the order of their tiers, lowest first."""
    modules: list[Module] = []
    for domain in DOMAINS:
        modules.append(import_module(f"kizuna.domains.{domain}.module").MODULE)
    return Registry(tuple(modules))
