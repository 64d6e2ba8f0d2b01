"""Any order of events, merges, unmerges and late events gives the same profiles as a naive model.

The model keeps plain sets and asks the rules of the specification in its own words; the product runs
on the real database. Set KIZUNA_FAULT_EXAMPLES for a long run.
"""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.cast import make_workspace
from tests.conftest import START
from tests.domains.profiles.crowd import Crowd

from kizuna.domains.profiles.contracts import Trust
from kizuna.domains.profiles.service import merge, read
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime
from kizuna.kernel.settings import Settings

EXAMPLES = int(os.environ.get("KIZUNA_FAULT_EXAMPLES", "12"))
STEPS = 25

Id = tuple[str, str]

IDS: list[Id] = [
    *[("user_id", f"u{n}") for n in range(3)],
    *[("email", f"e{n}@example.jp") for n in range(4)],
    *[("device_id", f"d{n}") for n in range(2)],
    *[("anonymous_id", f"a{n}") for n in range(7)],
]
PRIORITY = {"user_id": 0, "email": 1, "device_id": 2, "anonymous_id": 3}
KNOWN = {"user_id", "email"}


@dataclass
class Model:
    """Identity as the specification says it, without a thought for speed."""

    links: list[tuple[Id, Id]] = field(default_factory=list[tuple[Id, Id]])
    blocks: list[tuple[frozenset[Id], frozenset[Id]]] = field(default_factory=list[tuple[frozenset[Id], frozenset[Id]]])
    nodes: list[Id] = field(default_factory=list[Id])
    """In the order they were first seen."""
    seen: set[Id] = field(default_factory=set[Id])
    """Identifiers whose profile an event belonged to, or that a member moved."""
    traits: dict[Id, dict[str, tuple[Any, int]]] = field(default_factory=dict[Id, dict[str, tuple[Any, int]]])

    def group(self, of: Id) -> frozenset[Id]:
        group = {of}
        while True:
            more = {end for link in self.links if group & set(link) for end in link} - group
            if not more:
                return frozenset(group)
            group |= more

    def partition(self) -> set[frozenset[Id]]:
        return {self.group(one) for one in self.nodes}

    def apart(self, one: frozenset[Id], other: frozenset[Id]) -> list[tuple[frozenset[Id], frozenset[Id]]]:
        return [
            (left, right)
            for left, right in self.blocks
            if (one & left and other & right) or (one & right and other & left)
        ]

    def may_join(self, group: frozenset[Id], newcomer: Id, trust: Trust, alias: bool) -> bool:
        other = self.group(newcomer)
        if self.apart(group, other):
            return False
        if alias and trust is not Trust.PUBLIC:
            return True
        for type_ in {one[0] for one in group} & {one[0] for one in other}:
            if sum(one[0] == type_ for one in group | other) > (1 if type_ == "user_id" else 5):
                return False
        both_known = any(one[0] in KNOWN for one in group) and any(one[0] in KNOWN for one in other)
        if both_known and newcomer[0] in ("device_id", "anonymous_id"):
            return False
        return not (both_known and trust is Trust.PUBLIC and other & self.seen)

    def event(self, ids: list[Id], traits: dict[str, Any], at: int, trust: Trust, alias: bool) -> None:
        ids = sorted(set(ids), key=lambda one: (PRIORITY[one[0]], one))
        self.nodes += sorted(set(ids) - set(self.nodes), key=lambda one: (one[1], one[0]))
        for newcomer in ids[1:]:
            group = self.group(ids[0])
            if newcomer not in group and self.may_join(group, newcomer, trust, alias):
                self.links.append((ids[0], newcomer))
                self.seen |= self.group(ids[0])
        self.seen |= self.group(ids[0])
        own = self.traits.setdefault(ids[0], {})
        for name, value in traits.items():
            if name not in own or (at, str(value)) > (own[name][1], str(own[name][0])):
                own[name] = (value, at)

    def profile_traits(self, group: frozenset[Id]) -> dict[str, Any]:
        best: dict[str, tuple[int, str, Any]] = {}
        for one in group:
            for name, (value, at) in self.traits.get(one, {}).items():
                best[name] = max(best.get(name, (-1, "", None)), (at, str(value), value))
        return {name: value for name, (_, _, value) in best.items()}

    def merge(self, one: Id, other: Id) -> None:
        left, right = self.group(one), self.group(other)
        if left == right:
            return
        for block in self.apart(left, right):
            self.blocks.remove(block)
        self.links.append((self.face(left), self.face(right)))
        self.seen |= left | right

    def face(self, group: frozenset[Id]) -> Id:
        return min(group, key=lambda one: (PRIORITY[one[0]], self.nodes.index(one)))

    def unmerge(self, index: int) -> None:
        one, other = self.links.pop(index)
        self.blocks.append((self.group(one), self.group(other)))


def make_machine(runtime: Runtime, loop: asyncio.AbstractEventLoop) -> type[RuleBasedStateMachine]:
    """A machine whose steps run on ``runtime``; each example has a workspace of its own."""

    class IdentityMachine(RuleBasedStateMachine):
        @initialize()
        def start(self) -> None:
            self.model = Model()
            made = loop.run_until_complete(make_workspace(runtime, "Machine", f"ada-{id(self)}-{os.urandom(4).hex()}"))
            self.crowd = Crowd(runtime, made.workspace_id)

        @rule(
            ids=st.lists(st.sampled_from(IDS), min_size=1, max_size=4),
            trust=st.sampled_from(list(Trust)),
            at=st.integers(0, 5),
            traits=st.dictionaries(st.sampled_from(["plan", "city"]), st.sampled_from(["x", "y", "z"]), max_size=2),
            alias=st.sampled_from([False, False, False, True]),
        )
        def event(self, ids: list[Id], trust: Trust, at: int, traits: dict[str, str], alias: bool) -> None:
            """Identify, track and alias alike; ``at`` makes many of them late."""
            self.model.event(ids, traits, at, trust, alias)
            time = START + timedelta(minutes=at)
            loop.run_until_complete(self.crowd.see(ids, traits=traits, at=time, trust=trust, alias=alias))

        @precondition(lambda self: len(self.model.seen) > 1)
        @rule(data=st.data())
        def merge(self, data: st.DataObject) -> None:
            seen = sorted(self.model.seen)
            one, other = data.draw(st.sampled_from(seen)), data.draw(st.sampled_from(seen))
            self.model.merge(one, other)
            loop.run_until_complete(self._merge(one, other))

        async def _merge(self, one: Id, other: Id) -> None:
            into, source = await self.crowd.profile_id(*one), await self.crowd.profile_id(*other)
            async with self.crowd.unit() as ctx:
                await merge.merge_profiles(ctx, into, source)

        @precondition(lambda self: self.model.links)
        @rule(data=st.data())
        def unmerge(self, data: st.DataObject) -> None:
            index = data.draw(st.integers(0, len(self.model.links) - 1))
            one = self.model.links[index][0]
            self.model.unmerge(index)
            loop.run_until_complete(self._unmerge(one, index))

        async def _unmerge(self, one: Id, index: int) -> None:
            profile_id = await self.crowd.profile_id(*one)
            async with self.crowd.unit() as ctx:
                cursor = await ctx.db.execute(
                    """
                    SELECT seq FROM profiles_log AS link WHERE kind = 'link' AND NOT EXISTS (
                        SELECT FROM profiles_log AS undone WHERE undone.ref = link.seq AND undone.kind = 'unlink')
                    ORDER BY seq
                    """
                )
                links = [seq for (seq,) in await cursor.fetchall()]
                assert len(links) == len(self.model.links) + 1
                await merge.unmerge_profile(ctx, profile_id, links[index])

        @invariant()
        def profiles_are_those_of_the_model(self) -> None:
            if not hasattr(self, "model"):
                return
            expected = {frozenset(":".join(one) for one in group) for group in self.model.partition()}
            assert loop.run_until_complete(self.crowd.partition()) == expected

        @invariant()
        def traits_are_those_of_the_model(self) -> None:
            if hasattr(self, "model"):
                loop.run_until_complete(self._compare_traits())

        async def _compare_traits(self) -> None:
            for group in self.model.partition():
                if not group & self.model.seen:
                    continue
                profile_id = await self.crowd.profile_id(*min(group))
                async with self.crowd.unit() as ctx:
                    profile = await read.read_profile(ctx, profile_id)
                assert {one.name: one.value for one in profile.traits} == self.model.profile_traits(group)
                assert profile.head.traits == self.model.profile_traits(group)
                assert profile.head.identified == any(type_ in KNOWN for type_, _ in group)

    return IdentityMachine


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


def test_identity_equals_a_naive_model(settings_: Settings, loop: asyncio.AbstractEventLoop) -> None:
    from kizuna.app.build import build_runtime

    runtime, database = build_runtime(settings_, ManualClock(START))
    try:
        run_state_machine_as_test(
            make_machine(runtime, loop),
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                derandomize=EXAMPLES <= 50,
                # Shrinking replays steps on the database for minutes; the steps of a failure are printed anyway.
                phases=(Phase.generate,),
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        loop.run_until_complete(database.close())


@pytest.fixture
def settings_(settings: Settings) -> Settings:
    """Under another name: Hypothesis has ``settings`` too."""
    return settings
