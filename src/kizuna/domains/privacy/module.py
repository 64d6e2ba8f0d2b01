"""What privacy contributes."""

from kizuna.domains.privacy.endpoints import consent, purposes, regulations, requests, retention
from kizuna.domains.privacy.endpoints.centre import router as centre
from kizuna.domains.privacy.endpoints.fields import router as fields
from kizuna.domains.privacy.jobs import JOBS
from kizuna.domains.privacy.pages import HANDLERS as PAGES
from kizuna.domains.privacy.service.addresses import SEAL
from kizuna.domains.privacy.service.letter_store import LETTERS
from kizuna.domains.privacy.service.stores import PERSON_STORES
from kizuna.domains.privacy.service.subjects import SEALED_FOR
from kizuna.domains.privacy.service.wishes import run_replay
from kizuna.kernel.module import Module, Permission, Service

STAFF = frozenset({"marketer", "analyst", "agent", "viewer"})

MODULE = Module(
    name="privacy",
    routers=(
        *purposes.HANDLERS,
        *consent.HANDLERS,
        *requests.HANDLERS,
        *regulations.HANDLERS,
        *retention.HANDLERS,
        fields,
        centre,
        *PAGES,
    ),
    jobs=JOBS,
    server_services=(Service("privacy-queue", run_replay),),
    person_stores=(LETTERS, *PERSON_STORES),
    sealed_columns=(("privacy_requests", "subjects", SEALED_FOR), ("privacy_letters", "address", SEAL)),
    permissions=(
        Permission("privacy.read", "See purposes, consent and what was withheld", STAFF),
        Permission("privacy.manage", "Change purposes and retention; see and carry out requests", frozenset()),
        Permission("privacy.record", "Record an answer or a request a customer gave", frozenset({"agent"})),
        Permission("contact.read", "See contact data and identifiers unmasked", frozenset({"marketer", "agent"})),
        Permission("sensitive.read", "See sensitive data and free text unmasked", frozenset()),
        Permission("sensitive.reveal", "Reveal masked values, with a reason", frozenset({"marketer", "agent"})),
    ),
)
"""``contact.read`` shows identifiers and contact data, ``sensitive.read`` the rest; what a role does not see is
masked wherever it leaves, and ``sensitive.reveal`` shows it one customer at a time, with a reason."""
