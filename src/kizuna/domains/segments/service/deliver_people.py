"""Whom a destination is told of, worked out when it is sent."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pyroaring import BitMap

from kizuna.domains.profiles import api as profiles
from kizuna.domains.profiles.api import OutgoingPerson
from kizuna.domains.segments.destinations.base import Person
from kizuna.domains.segments.repository import destinations as repository
from kizuna.domains.segments.repository.destinations import DestinationRow
from kizuna.domains.segments.service import sets
from kizuna.kernel.context import Context

Chosen = tuple[Sequence[str], Sequence[str]]
"""Types of identifiers, names of traits."""


@dataclass(frozen=True, slots=True)
class Group:
    """What one request is about: part of the people of a move, from the place ``start`` on. Places and not people
    decide where it ends, so that it is the same part when it is sent again."""

    start: int
    people: list[Person] = field(default_factory=list[Person])
    keys: list[int] = field(default_factory=list[int])
    old_keys: list[int] = field(default_factory=list[int])
    """Keys by which those who leave were known, before they were joined with others."""
    withheld: Counter[str] = field(default_factory=Counter[str])


@dataclass(frozen=True, slots=True)
class Prepared:
    """``told`` are those the destination may know of once it is sent; ``gone`` are keys of nobody any more."""

    groups: list[Group]
    told: BitMap
    gone: BitMap
    withheld_keys: BitMap = field(default_factory=BitMap)


async def prepare_entered(
    ctx: Context, row: DestinationRow, chosen: Chosen, keys: Sequence[int], start: int, size: int
) -> Prepared:
    """Those who may be told of, with their chosen identifiers and traits."""
    read = await profiles.read_outgoing(ctx, keys, row.purpose, contact=row.contact, sensitive=row.sensitive)
    groups: list[Group] = []
    told, withheld, seen = BitMap(), BitMap(), set[int]()
    for place in range(0, len(keys), size):
        group = Group(start + place)
        for key in keys[place : place + size]:
            profile_key = read.profiles.get(key)
            person = None if profile_key is None else read.people.get(profile_key)
            if profile_key is None or person is None or profile_key in seen:
                continue
            seen.add(profile_key)
            if profile_key in read.withheld:
                group.withheld[read.withheld[profile_key]] += 1
                withheld.add(profile_key)
                continue
            group.people.append(show_person(person, chosen))
            group.keys.append(profile_key)
            told.add(profile_key)
        groups.append(group)
    return Prepared(groups, told, BitMap(), withheld)


async def prepare_left(
    ctx: Context, row: DestinationRow, identifiers: Sequence[str], keys: Sequence[int], start: int, size: int
) -> Prepared:
    """Those the destination may know of, without traits. Consent does not matter: to be forgotten there is what
    somebody wants who withdrew it."""
    read = await profiles.read_outgoing(ctx, keys, row.purpose, contact=row.contact, sensitive=row.sensitive)
    told = await repository.read_told(ctx, row.id, [*keys, *read.profiles.values()])
    joined = any(read.profiles.get(key, key) != key for key in keys)
    members = await sets.read_members(ctx, row.segment_id) if joined else BitMap()
    groups: list[Group] = []
    gone, seen = BitMap(), set[int]()
    for place in range(0, len(keys), size):
        group = Group(start + place)
        for key in keys[place : place + size]:
            profile_key = read.profiles.get(key)
            person = None if profile_key is None else read.people.get(profile_key)
            if profile_key is None or person is None or (profile_key != key and profile_key in members):
                gone.add(key)  # erased, or joined with somebody who is in the segment
            elif (key in told or profile_key in told) and profile_key not in seen:
                seen.add(profile_key)
                group.people.append(show_person(person, (identifiers, ())))
                group.keys.append(profile_key)
                group.old_keys.append(key)
        groups.append(group)
    return Prepared(groups, BitMap(), gone & told)


def show_person(person: OutgoingPerson, chosen: Chosen) -> Person:
    identifiers, traits = chosen
    return Person(
        profile_id=person.profile_id,
        identifiers={type_: list(person.identifiers[type_]) for type_ in identifiers if type_ in person.identifiers},
        traits=_choose(person.traits, traits),
        given_name=person.given_name,
        family_name=person.family_name,
    )


def _choose(traits: Mapping[str, object], names: Iterable[str]) -> dict[str, object]:
    return {name: traits[name] for name in names if name in traits}
