"""What analytics contributes."""

from kizuna.domains.analytics.endpoints.questions import router as questions
from kizuna.domains.analytics.endpoints.sql import router as sql
from kizuna.kernel.module import Module, Permission

STAFF = frozenset({"marketer", "analyst", "agent", "viewer"})
MAKERS = frozenset({"marketer", "analyst"})

MODULE = Module(
    name="analytics",
    routers=(questions, sql),
    permissions=(
        Permission("reports.read", "See reports and dashboards, and ask questions of one's own", STAFF),
        Permission("reports.manage", "Make, change, share and schedule reports and dashboards", MAKERS),
        Permission("sql.run", "Run read-only SQL over events and profiles", frozenset({"analyst"})),
    ),
)
