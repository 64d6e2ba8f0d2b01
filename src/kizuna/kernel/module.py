"""How a domain says what it contributes: one declarative ``MODULE = Module(…)`` each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kizuna.kernel.conditions import ConditionFact, SegmentUsers
    from kizuna.kernel.context import Context, Runtime
    from kizuna.kernel.fields import FieldFinder, LiveView
    from kizuna.kernel.jobs import Job
    from kizuna.kernel.person import PersonFinder, PersonStore
    from kizuna.kernel.signals import Signal, Subscriber


TraitWords = Mapping[str, Mapping[str, str]]
"""By value of a trait, what it is called, by language."""


@dataclass(frozen=True, slots=True)
class Permission:
    """A right that roles and API keys may hold, e.g. ``profiles.read``."""

    name: str
    description: str
    roles: frozenset[str]
    """Roles that hold it besides ``owner`` and ``admin``, who hold all."""


@dataclass(frozen=True, slots=True)
class Service:
    """A loop that runs in every worker until cancelled, such as the drain."""

    name: str
    run: Callable[[Runtime], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class LakeMark:
    """How far the database knows of what was written to tables of the lake under ``app_id``.

    ``query`` gives (workspace id, load id) and runs past all policies. A backup takes of these tables the
    last version that holds no load above it: what came later is in the database's own snapshot still.
    """

    tables: tuple[str, ...]
    app_id: str
    query: str


@dataclass(frozen=True, slots=True)
class Module:
    """A domain's contribution to the application.

    ``routers`` are Litestar handlers, controllers or routers (typed loosely: the kernel knows no web).
    ``services`` run in the worker; ``server_services`` run in the web process.
    ``merge_hooks`` are called with (ctx, [(from_key, into_key) …]) after profiles became one.
    ``profile_hooks`` are called with (ctx, profile keys) in the transaction in which traits or identifiers of
    profiles changed, or profiles were made; ``consent_hooks`` with (ctx, node keys) where answers or restrictions
    of people changed, and with None where the terms for everybody did.
    ``stream_taps`` are called with (ctx, ``collect.contracts.StreamBatch``) for every batch of committed
    events, in the transaction that streams it.
    ``person_stores`` are all places in which the domain keeps anything about customers; ``person_finder``
    is given by the one domain that owns identity.
    ``field_finders`` tell which fields of customers' data there are. ``live_views`` say, by kind of topic,
    what of a live message each watcher may see; a kind without one is the same for all who may watch it.
    ``lake_marks`` say how the tables of the lake that the domain writes follow from the database.
    ``sealed_columns`` are (table, column, purpose) of everything that the vault sealed: ``kizuna keys rotate``
    seals it anew. The column is ``bytea``; the purpose is the one given to ``Vault.seal``.
    ``condition_facts`` are what conditions may ask about people beside events and traits. ``segment_users``
    name what of the domain builds on a segment, so that it is not taken away under them.
    ``computed_traits`` are traits that the domain works out: nobody else makes one of such a name. With each stands
    what its values are called, by language, where they are keys.
    """

    name: str
    routers: tuple[Any, ...] = ()
    jobs: tuple[Job, ...] = ()
    subscribers: tuple[Subscriber, ...] = ()
    permissions: tuple[Permission, ...] = ()
    services: tuple[Service, ...] = ()
    server_services: tuple[Service, ...] = ()
    merge_hooks: tuple[Callable[[Context, Sequence[tuple[int, int]]], Awaitable[None]], ...] = ()
    profile_hooks: tuple[Callable[[Context, Sequence[int]], Awaitable[None]], ...] = ()
    consent_hooks: tuple[Callable[[Context, Sequence[int] | None], Awaitable[None]], ...] = ()
    stream_taps: tuple[Callable[[Context, Any], Awaitable[None]], ...] = ()
    person_stores: tuple[PersonStore, ...] = ()
    person_finder: PersonFinder | None = None
    field_finders: tuple[FieldFinder, ...] = ()
    live_views: Mapping[str, LiveView] = field(default_factory=dict[str, "LiveView"])
    lake_marks: tuple[LakeMark, ...] = ()
    sealed_columns: tuple[tuple[str, str, str], ...] = ()
    condition_facts: tuple[ConditionFact, ...] = ()
    segment_users: tuple[SegmentUsers, ...] = ()
    computed_traits: Mapping[str, TraitWords] = field(default_factory=dict[str, "TraitWords"])


@dataclass(frozen=True)
class Registry:
    """All modules of the process, and what can be asked of them together."""

    modules: tuple[Module, ...]
    _subscribers: Mapping[type[Signal], tuple[Subscriber, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_signal: dict[type[Signal], tuple[Subscriber, ...]] = {}
        for module in self.modules:
            for subscriber in module.subscribers:
                by_signal[subscriber.signal] = (*by_signal.get(subscriber.signal, ()), subscriber)
        object.__setattr__(self, "_subscribers", by_signal)

    def subscribers_of(self, signal: type[Signal]) -> tuple[Subscriber, ...]:
        return self._subscribers.get(signal, ())

    def jobs(self) -> Iterable[Job]:
        return (job for module in self.modules for job in module.jobs)

    def subscribers(self) -> Iterable[Subscriber]:
        return (subscriber for module in self.modules for subscriber in module.subscribers)

    @cached_property
    def person_stores(self) -> tuple[PersonStore, ...]:
        """All stores, in the order in which a person is erased from them: highest tier first."""
        return tuple(store for module in reversed(self.modules) for store in module.person_stores)

    @cached_property
    def person_finder(self) -> PersonFinder:
        return next(module.person_finder for module in self.modules if module.person_finder is not None)

    @property
    def lake_marks(self) -> tuple[LakeMark, ...]:
        return tuple(mark for module in self.modules for mark in module.lake_marks)

    @property
    def sealed_columns(self) -> tuple[tuple[str, str, str], ...]:
        return tuple(column for module in self.modules for column in module.sealed_columns)

    @cached_property
    def condition_facts(self) -> Mapping[str, ConditionFact]:
        """By name."""
        return {fact.name: fact for module in self.modules for fact in module.condition_facts}

    @cached_property
    def trait_makers(self) -> Mapping[str, str]:
        """Which module works out the trait of a name."""
        return {name: module.name for module in self.modules for name in module.computed_traits}

    @cached_property
    def trait_words(self) -> Mapping[str, TraitWords]:
        """Of computed traits whose values are keys."""
        traits = (one for module in self.modules for one in module.computed_traits.items())
        return {name: words for name, words in traits if words}

    @cached_property
    def segment_users(self) -> tuple[SegmentUsers, ...]:
        return tuple(users for module in self.modules for users in module.segment_users)

    @cached_property
    def field_finders(self) -> tuple[FieldFinder, ...]:
        return tuple(finder for module in self.modules for finder in module.field_finders)

    @cached_property
    def live_views(self) -> Mapping[str, LiveView]:
        return {kind: view for module in self.modules for kind, view in module.live_views.items()}

    @cached_property
    def permissions(self) -> Mapping[str, Permission]:
        return {p.name: p for module in self.modules for p in module.permissions}

    def permissions_of_role(self, role: str) -> frozenset[str]:
        """Names of all permissions that ``role`` holds; owner and admin hold every one."""
        if role in ("owner", "admin"):
            return frozenset(self.permissions)
        return frozenset(name for name, p in self.permissions.items() if role in p.roles)
