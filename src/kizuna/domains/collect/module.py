"""What the domain contributes."""

from kizuna.domains.collect.endpoints.tracking import HANDLERS as TRACKING
from kizuna.kernel.module import Module, Permission

STAFF = frozenset({"marketer", "analyst", "viewer"})

MODULE = Module(
    name="collect",
    routers=(*TRACKING,),
    permissions=(
        Permission("collect.read", "See what comes in: sources, live events, catalogue, refusals", STAFF),
        Permission("collect.manage", "Add and change sources, release what was set aside", frozenset()),
        Permission("imports.run", "Import files", frozenset({"marketer"})),
    ),
)
