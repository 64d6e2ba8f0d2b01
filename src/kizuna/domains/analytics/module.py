"""What analytics contributes."""

from kizuna.domains.analytics.endpoints.dashboards import router as dashboards
from kizuna.domains.analytics.endpoints.questions import router as questions
from kizuna.domains.analytics.endpoints.reports import router as reports
from kizuna.domains.analytics.endpoints.runs import router as runs
from kizuna.domains.analytics.endpoints.scores import router as scores
from kizuna.domains.analytics.endpoints.sharing import router as sharing
from kizuna.domains.analytics.endpoints.sql import router as sql
from kizuna.domains.analytics.jobs import JOBS
from kizuna.domains.analytics.service.reports import users_of_segment
from kizuna.domains.analytics.service.scores import SCORES
from kizuna.domains.analytics.service.stores import PERSON_STORES
from kizuna.kernel.module import Module, Permission

STAFF = frozenset({"marketer", "analyst", "agent", "viewer"})
MAKERS = frozenset({"marketer", "analyst"})

MODULE = Module(
    name="analytics",
    routers=(questions, reports, dashboards, sharing, scores, runs, sql),
    jobs=JOBS,
    person_stores=PERSON_STORES,
    segment_users=(users_of_segment,),
    computed_traits={key: score.words for key, score in SCORES.items()},
    permissions=(
        Permission("reports.read", "See reports and dashboards, and ask questions of one's own", STAFF),
        Permission("reports.manage", "Make, change, share and schedule reports and dashboards", MAKERS),
        Permission("sql.run", "Run read-only SQL over events and profiles", frozenset({"analyst"})),
    ),
)
