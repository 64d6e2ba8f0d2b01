"""What segments contribute."""

from kizuna.domains.segments.endpoints.audit import HANDLERS as AUDIT
from kizuna.domains.segments.endpoints.conditions import router as conditions
from kizuna.domains.segments.endpoints.destinations import HANDLERS as DESTINATIONS
from kizuna.domains.segments.endpoints.export import HANDLERS as EXPORTS
from kizuna.domains.segments.endpoints.members import HANDLERS as MEMBERS
from kizuna.domains.segments.endpoints.segments import router as segments
from kizuna.domains.segments.endpoints.traits import router as traits
from kizuna.domains.segments.jobs import JOBS
from kizuna.domains.segments.service.destinations import SEALED_FOR
from kizuna.domains.segments.service.destinations_told import TOLD
from kizuna.domains.segments.service.keeping import run_keeper
from kizuna.domains.segments.service.stores import PERSON_STORES
from kizuna.domains.segments.service.tap import hear_consent, hear_merges, hear_profiles, tap_stream
from kizuna.domains.segments.subscribers import SUBSCRIBERS
from kizuna.kernel.module import Module, Permission, Service

STAFF = frozenset({"marketer", "analyst", "agent", "viewer"})
MAKERS = frozenset({"marketer", "analyst"})

MODULE = Module(
    name="segments",
    routers=(*AUDIT, segments, conditions, traits, *MEMBERS, *DESTINATIONS, *EXPORTS),
    jobs=JOBS,
    person_stores=(TOLD, *PERSON_STORES),
    sealed_columns=(("segments_destinations", "secrets_sealed", SEALED_FOR),),
    subscribers=SUBSCRIBERS,
    services=(Service("segments", run_keeper),),
    merge_hooks=(hear_merges,),
    profile_hooks=(hear_profiles,),
    consent_hooks=(hear_consent,),
    stream_taps=(tap_stream,),
    permissions=(
        Permission("segments.read", "See segments, who is in them, and computed traits", STAFF),
        Permission("segments.manage", "Make, change and archive segments and computed traits", MAKERS),
        Permission("segments.export", "Export segments and send them to destinations", MAKERS),
    ),
)
