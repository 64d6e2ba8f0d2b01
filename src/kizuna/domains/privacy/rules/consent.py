"""The one function that says whether something may be done with a customer's data.

A profile has many nodes, and each its own answers. The latest answer of each node is what that node says.
When nodes that came together disagree, the most restrictive answer wins, unless a later one was given
knowingly: a click in a preference centre overrules what an older device once refused, an import does not.
"""

from collections.abc import Iterable, Sequence

from kizuna.domains.privacy.contracts import Answer, Decision, Purpose, Region


def decide(
    purpose: Purpose, channel: str, region: Region, answers: Iterable[Answer], *, restricted: bool = False
) -> Decision:
    """Whether ``purpose`` may be served by ``channel`` for a person.

    ``answers`` are those of all nodes of the person, in any order, also to other purposes and channels.
    ``restricted`` is a restriction of processing (GDPR article 18, APPI article 35): it stops all but what
    is essential.
    """
    if purpose.essential(region):
        return Decision(True, "essential")
    if restricted:
        return Decision(False, "restricted")
    mine = [one for one in answers if one.purpose == purpose.key and one.channel == channel]
    answer = combine(mine)
    if answer is not None:
        return Decision(answer.granted, "granted" if answer.granted else "refused", answer)
    allowed = purpose.terms[region].default == "granted"
    return Decision(allowed, "default" if allowed else "not_asked")


def combine(answers: Sequence[Answer]) -> Answer | None:
    """The answer that counts, of all that the nodes of one person gave to one question."""
    latest = latest_by_key(answers)
    refused = [one for one in latest if not one.granted]
    granted = [one for one in latest if one.granted]
    if not refused:
        return max(granted, key=_time, default=None)
    refusal = max(refused, key=_time)
    later = [one for one in granted if one.knowing and one.at > refusal.at]
    return max(later, key=_time, default=refusal)


def latest_by_key(answers: Iterable[Answer]) -> list[Answer]:
    """What each node says now; of answers at the same moment the refusal."""
    found: dict[int, Answer] = {}
    for one in answers:
        known = found.get(one.key)
        if known is None or (one.at, not one.granted) > (known.at, not known.granted):
            found[one.key] = one
    return list(found.values())


def _time(answer: Answer) -> tuple[float, int]:
    return answer.at.timestamp(), -answer.key
