"""What other domains may ask of privacy.

A person is given by all node keys of their profile. ``decide_people`` and ``read_state`` are the one way to
ask whether something may be done; whoever leaves something out because of them calls ``count_withheld``.
"""

from kizuna.domains.privacy.contracts import Answer, Decision, Purpose
from kizuna.domains.privacy.rules.categories import (
    UPDATED,
    read_context_preferences,
    read_preferences,
    says_analytics,
)
from kizuna.domains.privacy.service.consent import (
    State,
    count_withheld,
    decide_people,
    is_asked,
    read_state,
    record_answers,
    refresh_states,
)
from kizuna.domains.privacy.service.purposes import list_purposes
from kizuna.domains.privacy.service.statements import Statement, record_stated
from kizuna.domains.privacy.service.terms import ASKS, SAYS_NO, SAYS_YES, SUPPRESSED, Terms, TermsMemory

__all__ = [
    "ASKS",
    "SAYS_NO",
    "SAYS_YES",
    "SUPPRESSED",
    "UPDATED",
    "Answer",
    "Decision",
    "Purpose",
    "State",
    "Statement",
    "Terms",
    "TermsMemory",
    "count_withheld",
    "decide_people",
    "is_asked",
    "list_purposes",
    "read_context_preferences",
    "read_preferences",
    "read_state",
    "record_answers",
    "record_stated",
    "refresh_states",
    "says_analytics",
]
