"""What a rule of retention may look like."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from kizuna.domains.privacy.contracts import RetentionRule

RULES_MAX = 200
DAYS_MAX = 36_500
INACTIVE_DAYS_MIN = 30
"""A customer who has been away for less is no former customer; a slip of the hand must not erase them."""
NAME_CHARS_MAX = 200


def check_rules(rules: Sequence[RetentionRule]) -> Mapping[str, str]:
    """What is wrong, by place."""
    wrong: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for place, rule in enumerate(rules):
        where = f"rules[{place}]"
        if not 1 <= rule.days <= DAYS_MAX:
            wrong[where] = f"days must be from 1 to {DAYS_MAX:,}"
        elif rule.kind == "inactive_profile" and rule.days < INACTIVE_DAYS_MIN:
            wrong[where] = f"inactive profiles are kept for {INACTIVE_DAYS_MIN} days at least"
        elif (rule.name == "") != (rule.kind == "inactive_profile"):
            wrong[where] = "a rule for events or a trait needs its name; one for inactive profiles has none"
        elif len(rule.name) > NAME_CHARS_MAX or "\x00" in rule.name:
            wrong[where] = f"a name has {NAME_CHARS_MAX} characters at most"
        elif (rule.kind, rule.name) in seen:
            wrong[where] = "there is another rule for the same"
        seen.add((rule.kind, rule.name))
    return wrong


def cut_off(rule: RetentionRule, now: datetime) -> datetime:
    """What is older goes."""
    return now - timedelta(days=rule.days)
