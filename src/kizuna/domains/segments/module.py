"""What segments contribute."""

from kizuna.kernel.module import Module, Permission

STAFF = frozenset({"marketer", "analyst", "agent", "viewer"})
MAKERS = frozenset({"marketer", "analyst"})

MODULE = Module(
    name="segments",
    permissions=(
        Permission("segments.read", "See segments and who is in them", STAFF),
        Permission("segments.manage", "Make, change and archive segments", MAKERS),
        Permission("segments.export", "Export segments and send them to destinations", MAKERS),
    ),
)
