"""A customer as every store may know them, and what a store must be able to do about one.

A module lists its stores in ``Module.person_stores``; access, erasure and the tests of both go through
all that are listed. Whoever keeps anything about customers lists it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from kizuna.kernel.context import Context, Runtime


@dataclass(frozen=True, slots=True)
class Person:
    """One customer, by everything that may name them in a store.

    ``keys`` are node keys, one for each identifier and in their order, which event rows carry for ever;
    ``identifiers`` are normalised (type, value); ``profile_ids`` are those of all profiles that were merged
    into this one. ``words`` are names, addresses and the like, by which free text may tell of them; they
    are given only where somebody is to be searched for in such text.
    """

    keys: tuple[int, ...]
    identifiers: tuple[tuple[str, str], ...] = ()
    profile_ids: tuple[UUID, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonStore:
    """One place that keeps something about customers: a table, a folder, a table of the lake.

    ``name`` is stable and stands in receipts: ``<domain>.<store>``. ``tell(runtime, workspace_id, person)``
    gives what is kept, as JSON-ready objects, a bounded number at a time in memory; None for a store whose
    content another one tells. ``erase(runtime, workspace_id, people)`` removes it and returns how many
    rows or files went; it opens its own units of work and may be called again for the same people.
    Stores are erased in the order of the modules, highest tier first, then in the order listed.
    """

    name: str
    title: str
    """For people, in English; the admin app has its own words for stores it knows."""
    erase: Callable[[Runtime, int, Sequence[Person]], Awaitable[int]]
    tell: Callable[[Runtime, int, Person], AsyncIterator[dict[str, Any]]] | None = None


@dataclass(frozen=True, slots=True)
class PersonFinder:
    """How the domain that owns identity answers who is meant, for domains below it.

    ``by_profiles``, ``by_identifiers`` and ``by_keys`` give one ``Person`` for each profile id, raw (type,
    value) or node key, None for those nobody has. ``normalise`` gives the normalised form of a raw
    identifier, None for one that names nobody. ``take_in`` gives the node key of each raw identifier, making
    what is new; call it once in a transaction. ``list_words`` gives the words of each person. ``walk`` goes
    through all nodes of the workspace, (key, type, value) in the order of keys, from above a key on.
    ``find_inactive`` gives profile ids of people who did nothing since a time, oldest first;
    ``count_inactive`` how many they are, and when the oldest was last seen. ``forget_trait`` removes what
    was said of a trait before a time, at most so much; ``count_trait`` says how much it would be.
    """

    by_profiles: Callable[[Context, Sequence[UUID]], Awaitable[list[Person | None]]]
    by_identifiers: Callable[[Context, Sequence[tuple[str, str]]], Awaitable[list[Person | None]]]
    by_keys: Callable[[Context, Sequence[int]], Awaitable[list[Person | None]]]
    take_in: Callable[[Context, Sequence[tuple[str, str]]], Awaitable[list[int | None]]]
    normalise: Callable[[Context, str, str], tuple[str, str] | None]
    list_words: Callable[[Context, Sequence[Person]], Awaitable[list[tuple[str, ...]]]]
    walk: Callable[[Context, int, int], Awaitable[list[tuple[int, str, str]]]]
    find_inactive: Callable[[Context, datetime, int], Awaitable[list[UUID]]]
    count_inactive: Callable[[Context, datetime], Awaitable[tuple[int, datetime | None]]]
    forget_trait: Callable[[Context, str, datetime, int], Awaitable[int]]
    count_trait: Callable[[Context, str, datetime], Awaitable[tuple[int, datetime | None]]]
