"""The browser's evaluator, as it is built, answers as Python's does, or leaves the answer to the server."""

import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kizuna.conditions.ast import (
    Consents,
    Dated,
    Did,
    EventMatch,
    Fact,
    HasIdentifier,
    InSegment,
    Node,
    OnDate,
    Trait,
    Window,
    leaves,
)
from kizuna.conditions.evaluate import Event, Person, evaluate
from kizuna.conditions.moments import At, day_start_us
from tests.conditions.strategies import World, worlds

ROOT = Path(__file__).parents[2]
NODE = (ROOT / "tools" / "node.sh", "node", Path(__file__).with_name("browser.mjs"))

Browser = Callable[[Node, Any, At], bool | str]
"""(condition, what it was told of the person, when) -> the answer."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not (ROOT / "sdk" / "dist" / "conditions.js").exists():
        pytest.skip("The SDK is not built: run `make sdk`.")
    with subprocess.Popen(NODE, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        asked, answered = process.stdin, process.stdout
        assert asked is not None
        assert answered is not None

        def ask(node: Node, person: Any, at: At) -> bool | str:
            asked.write(msgspec.json.encode({"node": node, "person": person, "at": at}) + b"\n")
            asked.flush()
            return msgspec.json.decode(answered.readline(), type=bool | str)

        yield ask
        asked.close()


@given(world=worlds())
@settings(deadline=None)
def test_told_everything_it_answers_as_the_server(browser: Browser, world: World) -> None:
    assert browser(*world) is evaluate(*world)


@given(world=worlds(), withheld=st.sets(st.sampled_from(Person.__struct_fields__), min_size=1))
@settings(deadline=None)
def test_told_less_it_answers_the_same_or_not_at_all(browser: Browser, world: World, withheld: set[str]) -> None:
    told = {key: value for key, value in msgspec.to_builtins(world.person).items() if key not in withheld}
    answer = browser(world.node, told, world.at)
    assert answer in ("server", evaluate(*world))
    if not withheld & needs(world.node):
        assert answer != "server", "what is not asked need not be told"


def needs(node: Node) -> set[str]:
    """What somebody must know of a person to answer."""
    fields: dict[type, str] = {
        Trait: "traits",
        HasIdentifier: "identifiers",
        Consents: "consents",
        InSegment: "segments",
        Fact: "facts",
    }
    needed = {fields.get(type(leaf), "events") for leaf in leaves(node)}
    theirs = any(getattr(getattr(leaf, "test", None), "zone", "") == "person" for leaf in leaves(node))
    return needed | {"traits"} if theirs else needed


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("America/Sao_Paulo", "2018-11-04"),  # begins at 01:00
        ("America/Sao_Paulo", "2018-02-18"),  # midnight comes after 23:00 came twice
        ("America/St_Johns", "2010-11-07"),  # begins, and a minute later it is yesterday again
        ("Pacific/Apia", "2011-12-30"),  # left out
        ("Pacific/Apia", "2011-12-31"),
        ("Asia/Kathmandu", "1986-01-01"),  # a quarter of an hour was left out
    ],
)
def test_a_day_begins_when_it_begins(browser: Browser, zone: str, day: str) -> None:
    start = day_start_us(date.fromisoformat(day), zone)
    at = At(start + 86_400_000_000, zone)
    since = Did(EventMatch("A"), window=Window(since=OnDate(day)))
    assert browser(since, Person(events=[Event("e", "A", start)]), at) is True
    assert browser(since, Person(events=[Event("e", "A", start - 1)]), at) is False


@pytest.mark.parametrize(
    ("zone", "day", "instant", "reached"),
    [
        ("UTC", "9999-12-31", "9999-12-31T00:00:00Z", True),
        ("UTC", "9999-12-31", "9999-12-30T23:59:59.999999Z", False),
        ("America/New_York", "9999-12-31", "9999-12-31T05:00:00Z", True),
        ("America/New_York", "9999-12-31", "9999-12-31T04:59:59.999999Z", False),
        ("America/New_York", "0001-01-01", "0001-01-01T04:56:02Z", True),
        ("America/New_York", "0001-01-01", "0001-01-01T04:56:01.999999Z", False),
    ],
)
def test_dates_at_the_ends_of_the_calendar_are_exact(
    browser: Browser, zone: str, day: str, instant: str, reached: bool
) -> None:
    node, at = Trait("d", Dated(since=OnDate(day))), At(0, zone)
    assert browser(node, Person({"d": instant}), at) is reached is evaluate(node, Person({"d": instant}), at)
    assert browser(node, Person({"d": day}), at) is True
