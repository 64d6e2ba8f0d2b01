"""What analytics contributes."""

from kizuna.domains.analytics.endpoints import router
from kizuna.kernel.module import Module, Permission

MODULE = Module(
    name="analytics",
    routers=(router,),
    permissions=(Permission("sql.run", "Run read-only SQL over events and profiles", frozenset({"analyst"})),),
)
