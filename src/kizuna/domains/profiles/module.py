"""What profiles contribute."""

from kizuna.domains.profiles.endpoints import router
from kizuna.domains.profiles.jobs import JOBS
from kizuna.domains.profiles.repository.identity import HEAD_VERSIONS
from kizuna.domains.profiles.service.erase import PERSON_STORES
from kizuna.domains.profiles.service.fields import find_fields
from kizuna.domains.profiles.service.people import FINDER
from kizuna.domains.profiles.service.sync import SYNC_APP
from kizuna.kernel.module import LakeMark, Module, Permission

STAFF = frozenset({"marketer", "analyst", "agent", "viewer"})

MODULE = Module(
    name="profiles",
    routers=(router,),
    jobs=JOBS,
    person_finder=FINDER,
    field_finders=(find_fields,),
    lake_marks=(LakeMark(("profiles", "aliases"), SYNC_APP, HEAD_VERSIONS),),
    person_stores=PERSON_STORES,
    permissions=(
        Permission("profiles.read", "See profiles and their timelines", STAFF),
        Permission("profiles.edit", "Change traits of profiles", frozenset({"marketer", "agent"})),
        Permission("profiles.merge", "Merge profiles and take them apart", frozenset()),
        Permission("profiles.export", "Export lists of profiles", frozenset({"marketer", "analyst"})),
    ),
)
