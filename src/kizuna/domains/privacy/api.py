"""What other domains may ask of privacy.

A person is given by all node keys of their profile. ``decide_people`` and ``read_state`` are the one way to
ask whether something may be done; whoever leaves something out because of them calls ``count_withheld``.
"""

from kizuna.domains.privacy.contracts import Answer, Decision, Purpose
from kizuna.domains.privacy.service.consent import (
    State,
    count_withheld,
    decide_people,
    read_state,
    record_answers,
    refresh_states,
)
from kizuna.domains.privacy.service.purposes import list_purposes

__all__ = [
    "Answer",
    "Decision",
    "Purpose",
    "State",
    "count_withheld",
    "decide_people",
    "list_purposes",
    "read_state",
    "record_answers",
    "refresh_states",
]
