"""What privacy contributes."""

from kizuna.domains.privacy.endpoints import consent, purposes, regulations, requests, retention
from kizuna.domains.privacy.jobs import JOBS
from kizuna.domains.privacy.service.stores import PERSON_STORES
from kizuna.kernel.module import Module, Permission

STAFF = frozenset({"marketer", "analyst", "agent", "viewer"})

MODULE = Module(
    name="privacy",
    routers=(
        *purposes.HANDLERS,
        *consent.HANDLERS,
        *requests.HANDLERS,
        *regulations.HANDLERS,
        *retention.HANDLERS,
    ),
    jobs=JOBS,
    person_stores=PERSON_STORES,
    permissions=(
        Permission("privacy.read", "See purposes, consent and what was withheld", STAFF),
        Permission("privacy.manage", "Change purposes and retention; see and carry out requests", frozenset()),
        Permission("privacy.record", "Record an answer or a request a customer gave", frozenset({"agent"})),
        Permission("contact.read", "See contact data and identifiers unmasked", frozenset({"marketer", "agent"})),
        Permission("sensitive.reveal", "Reveal masked values, with a reason", frozenset({"marketer", "agent"})),
    ),
)
"""``contact.read`` shows identifiers and contact data; everything else that is masked is revealed one by one."""
