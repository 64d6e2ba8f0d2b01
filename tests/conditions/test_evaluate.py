"""Properties of the plain reading; what each rule means exactly is bound by ``spec/conditions``."""

from hypothesis import given, settings

from kizuna.conditions.ast import All, AnyOf, Did, EventMatch, Not, Occurrence, Sequence, Span, Unfollowed, leaves
from kizuna.conditions.evaluate import Event, Person, evaluate, matches
from kizuna.conditions.moments import At
from tests.conditions.strategies import World, event_matches_of, worlds

MINUTE = Span(1, "minute")


@given(worlds())
@settings(max_examples=60, deadline=None)
def test_not_turns_every_answer(world: World) -> None:
    node, person, at = world
    answer = evaluate(node, person, at)
    assert evaluate(Not(node), person, at) is not answer
    assert evaluate(All([node, Not(node)]), person, at) is False
    assert evaluate(AnyOf([node, Not(node)]), person, at) is True


@given(worlds())
@settings(max_examples=60, deadline=None)
def test_the_order_of_what_is_known_does_not_matter(world: World) -> None:
    node, person, at = world
    turned = Person(
        person.traits,
        person.identifiers[::-1],
        person.events[::-1],
        person.consents[::-1],
        person.segments[::-1],
        person.facts,
    )
    assert evaluate(node, turned, at) is evaluate(node, person, at)


@given(worlds())
@settings(max_examples=60, deadline=None)
def test_what_has_not_happened_yet_does_not_count(world: World) -> None:
    node, person, at = world
    past = [one for one in person.events if one.time_us <= at.now_us]
    known = Person(person.traits, person.identifiers, past, person.consents, person.segments, person.facts)
    assert evaluate(node, known, at) is evaluate(node, person, at)


@given(worlds())
@settings(max_examples=100, deadline=None)
def test_sequences_and_silence_are_found_as_by_trying_every_choice(world: World) -> None:
    """Against the sentence itself: every choice of one event for each step."""
    _, person, at = world
    past = [one for one in person.events if one.time_us <= at.now_us]
    a, b = EventMatch("A"), EventMatch("B", touchpoints=["web"])
    for steps in ([a, b], [a, a], [b, a, b], [a, a, a]):
        chosen = [
            [one for one in past if matches(step, one.name, one.touchpoint, one.properties, at)] for step in steps
        ]
        assert evaluate(Sequence(steps, MINUTE), person, at) is _some_chain(chosen, MINUTE.us)
    for first, then in ((a, b), (a, a), (b, EventMatch(None))):
        firsts, thens = (
            [one for one in past if matches(which, one.name, one.touchpoint, one.properties, at)]
            for which in (first, then)
        )
        silent = any(
            one.time_us + MINUTE.us < at.now_us
            and not any(0 <= other.time_us - one.time_us <= MINUTE.us for other in thens if other is not one)
            for one in firsts
        )
        assert evaluate(Unfollowed(first, then, MINUTE), person, at) is silent


def _some_chain(chosen: list[list[Event]], within_us: int, chain: tuple[Event, ...] = ()) -> bool:
    if not chosen:
        return chain[-1].time_us <= chain[0].time_us + within_us
    return any(
        _some_chain(chosen[1:], within_us, (*chain, one))
        for one in chosen[0]
        if not chain or (one is not chain[-1] and one.time_us >= chain[-1].time_us)
    )


def test_worlds_say_yes_and_no() -> None:
    """Random questions prove nothing when the answer is always the same."""
    answers: dict[str, set[bool]] = {}

    @given(worlds())
    @settings(max_examples=300, deadline=None, database=None, derandomize=True)
    def ask(world: World) -> None:
        for leaf in [world.node, *leaves(world.node)]:
            answers.setdefault(type(leaf).__name__, set()).add(evaluate(leaf, world.person, world.at))

    ask()
    assert {name for name, given_ in answers.items() if given_ == {True, False}} >= {
        "All", "AnyOf", "Not", "Trait", "Did", "Occurrence", "Sequence", "Unfollowed",
    }  # fmt: skip


def test_events_of_another_kind_do_not_count() -> None:
    person = Person(events=[Event("1", "A", 5, "store"), Event("2", "a", 5), Event("3", "A", 11)])
    at = At(10)
    assert evaluate(Did(EventMatch("A", touchpoints=["store"])), person, at)
    assert not evaluate(Did(EventMatch("A", touchpoints=["web"])), person, at)
    assert evaluate(Occurrence("last", EventMatch("A", touchpoints=["store"])), person, at)
    assert event_matches_of(Did(EventMatch("A"))) == [EventMatch("A")]
