"""What the domain contributes."""

from kizuna.domains.collect.contracts import SEALED_FOR
from kizuna.domains.collect.endpoints.catalogue import router as catalogue
from kizuna.domains.collect.endpoints.flow import router as flow
from kizuna.domains.collect.endpoints.imports import router as imports
from kizuna.domains.collect.endpoints.sources import router as sources
from kizuna.domains.collect.endpoints.tracking import HANDLERS as TRACKING
from kizuna.domains.collect.endpoints.webhooks import HANDLERS as WEBHOOKS
from kizuna.domains.collect.jobs.drain import run_drain
from kizuna.domains.collect.jobs.imports import REMOVE_OLD_UPLOADS, RUN_IMPORT
from kizuna.domains.collect.jobs.upkeep import UPKEEP
from kizuna.domains.collect.repository.drain import LAST_LOADS
from kizuna.domains.collect.service.erase import PERSON_STORES
from kizuna.domains.collect.service.fields import find_fields
from kizuna.domains.collect.service.sight import show_live
from kizuna.kernel.lake import LOAD_APP
from kizuna.kernel.module import LakeMark, Module, Permission, Service

STAFF = frozenset({"marketer", "analyst", "viewer"})

MODULE = Module(
    name="collect",
    routers=(*TRACKING, *WEBHOOKS, sources, flow, catalogue, imports),
    services=(Service("drain", run_drain),),
    person_stores=PERSON_STORES,
    jobs=(RUN_IMPORT, REMOVE_OLD_UPLOADS, *UPKEEP),
    field_finders=(find_fields,),
    live_views={"tail": show_live, "profile": show_live},
    sealed_columns=(("collect_sources", "sealed_secret", SEALED_FOR),),
    lake_marks=(LakeMark(("events",), LOAD_APP, LAST_LOADS),),
    permissions=(
        Permission("collect.read", "See what comes in: sources, live events, catalogue, refusals", STAFF),
        Permission("collect.manage", "Add and change sources, release what was set aside", frozenset()),
        Permission("imports.run", "Import files", frozenset({"marketer"})),
    ),
)
