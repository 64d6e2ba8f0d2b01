"""Which answer counts, and what holds without one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kizuna.domains.privacy.contracts import Answer, Purpose, Region
from kizuna.domains.privacy.rules.categories import match_answers, read_context_preferences, says_analytics
from kizuna.domains.privacy.rules.consent import combine, decide
from kizuna.domains.privacy.rules.purposes import REGIONS, STANDARD
from kizuna.domains.privacy.rules.regions import region_of

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
PURPOSES = {purpose.key: purpose for purpose in STANDARD}


def said(granted: bool, minute: int, *, key: int = 1, knowing: bool = True, channel: str = "") -> Answer:
    at = NOON + timedelta(minutes=minute)
    return Answer(key=key, purpose="analytics", channel=channel, granted=granted, knowing=knowing, at=at)


def test_the_latest_answer_of_one_device_counts() -> None:
    assert combine([said(True, 0), said(False, 1)]) == said(False, 1)
    assert combine([said(False, 0, knowing=False), said(True, 1, knowing=False)]) == said(True, 1, knowing=False)


def test_of_two_devices_that_disagree_the_refusal_counts() -> None:
    refusal = said(False, 0, key=1)

    assert combine([refusal, said(True, 5, key=2, knowing=False)]) == refusal
    assert combine([said(True, -5, key=2), refusal]) == refusal


def test_a_later_answer_given_knowingly_overrules_a_refusal_elsewhere() -> None:
    assert combine([said(False, 0, key=1), said(True, 5, key=2)]) == said(True, 5, key=2)


def test_of_two_answers_at_the_same_moment_the_refusal_counts() -> None:
    assert combine([said(True, 0), said(False, 0)]) == said(False, 0)
    assert combine([said(True, 0, key=1), said(False, 0, key=2)]) == said(False, 0, key=2)


answers = st.lists(
    st.builds(
        said,
        st.booleans(),
        st.integers(0, 6),
        key=st.integers(1, 3),
        knowing=st.booleans(),
    ),
    max_size=8,
)


@given(answers, st.randoms(use_true_random=False))
def test_the_order_in_which_answers_are_read_does_not_matter(given_: list[Answer], random) -> None:
    shuffled = list(given_)
    random.shuffle(shuffled)
    one, other = combine(given_), combine(shuffled)
    assert (one and one.granted) == (other and other.granted)


@given(answers, answers)
def test_joining_people_never_grants_what_both_refused(one: list[Answer], other: list[Answer]) -> None:
    moved = [said(a.granted, (a.at - NOON).seconds // 60, key=a.key + 10, knowing=a.knowing) for a in other]
    first, second, joined = combine(one), combine(moved), combine([*one, *moved])
    if first and second and not first.granted and not second.granted:
        assert joined is not None
        assert not joined.granted


@pytest.mark.parametrize(
    ("country", "purpose", "channel", "allowed", "reason"),
    [
        ("JP", "analytics", "", True, "default"),
        ("DE", "analytics", "", False, "not_asked"),
        ("GB", "personalisation", "", False, "not_asked"),
        ("US", "analytics", "", True, "default"),
        ("JP", "marketing", "email", False, "not_asked"),
        ("DE", "marketing", "email", False, "not_asked"),
        ("JP", "third_party", "", False, "not_asked"),
        ("DE", "service", "", True, "essential"),
    ],
)
def test_what_holds_while_nobody_was_asked(
    country: str, purpose: str, channel: str, allowed: bool, reason: str
) -> None:
    decision = decide(PURPOSES[purpose], channel, region_of(country), [])
    assert (decision.allowed, decision.reason) == (allowed, reason)


@pytest.mark.parametrize("region", REGIONS)
def test_a_restriction_stops_all_but_the_contract(region: Region) -> None:
    yes = [said(True, 0)]
    assert decide(PURPOSES["analytics"], "", region, yes, restricted=True).reason == "restricted"
    assert decide(PURPOSES["service"], "", region, yes, restricted=True).allowed


def test_an_answer_to_one_channel_says_nothing_of_another() -> None:
    marketing = PURPOSES["marketing"]
    mail = Answer(key=1, purpose="marketing", channel="email", granted=True, knowing=True, at=NOON)

    assert decide(marketing, "email", "GDPR", [mail]).allowed
    assert not decide(marketing, "sms", "GDPR", [mail]).allowed


@pytest.mark.parametrize(
    ("context", "found"),
    [
        (b'{"consent":{"categoryPreferences":{"Analytics":false,"Advertising":true}}}', False),
        (b'{"consent":{"categoryPreferences":{"Statistics":true,"Performance":true}}}', True),
        (b'{"consent":{"categoryPreferences":{"analytics":true,"performance":false}}}', False),
        (b'{"consent":{"categoryPreferences":{"C0003":true}}}', None),
        (b'{"consent":{"categoryPreferences":{"analytics":"yes"}}}', None),
        (b'{"consent":null}', None),
        (b'{"consent":[1]}', None),
        (b"{}", None),
    ],
)
def test_consent_tools_name_categories_as_they_like(context: bytes, found: bool | None) -> None:
    assert says_analytics(read_context_preferences(context)) is found


def test_a_banners_marketing_speaks_of_advertising_and_not_of_mail() -> None:
    assert list(match_answers({"Marketing": True}, STANDARD)) == [("marketing", "ads", True)]
    assert list(match_answers({"marketing.email": False}, STANDARD)) == [("marketing", "email", False)]
    assert list(match_answers({"marketing.fax": True, "C0003": True, "service.email": True}, STANDARD)) == []


def test_own_purposes_are_named_by_their_key() -> None:
    own = Purpose(key="loyalty", channels=(), terms=PURPOSES["analytics"].terms, texts={})
    assert list(match_answers({"loyalty": True}, [own])) == [("loyalty", "", True)]
