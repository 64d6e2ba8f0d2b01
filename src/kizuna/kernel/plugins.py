"""Plug-ins are found by folder: adding one is adding one file.

Packages outside Kizuna offer theirs through the entry-point group ``kizuna.<folder>``.
"""

import importlib
import pkgutil
from importlib.metadata import entry_points
from types import ModuleType
from typing import Protocol, TypeVar

from kizuna.kernel.errors import Invalid


class Plugin(Protocol):
    @property
    def key(self) -> str:
        """Stable text by which the plug-in is stored and chosen; never a database enum."""
        ...


P = TypeVar("P", bound=Plugin)


def discover(folder: ModuleType, kind: type[P]) -> dict[str, P]:
    """Every ``PLUGIN`` of type ``kind`` in the modules of ``folder`` (``base`` aside) and in entry points.

    Raises ``Invalid`` when two plug-ins claim one key.
    """
    found: dict[str, P] = {}
    for info in pkgutil.iter_modules(folder.__path__):
        if info.name == "base":
            continue
        module = importlib.import_module(f"{folder.__name__}.{info.name}")
        _add(found, getattr(module, "PLUGIN", None), kind)
    for point in entry_points(group=f"kizuna.{folder.__name__.rpartition('.')[2]}"):
        _add(found, point.load(), kind)
    return found


def _add(found: dict[str, P], plugin: object, kind: type[P]) -> None:
    if not isinstance(plugin, kind):
        return
    if plugin.key in found:
        raise Invalid("plugin_key_taken", f"Two {kind.__name__} plug-ins use the key {plugin.key!r}; rename one.")
    found[plugin.key] = plugin
