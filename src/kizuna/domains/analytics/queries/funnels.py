"""What the kernel of funnels reads of the lake: see ``kizuna.measures.funnel``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from kizuna.conditions.ast import EventMatch
from kizuna.domains.analytics.contracts import BySegment
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.breakdown import is_by_elements
from kizuna.domains.analytics.queries.history import LONG_AGO_US
from kizuna.domains.analytics.queries.labels import Labels, fold_labels
from kizuna.domains.analytics.queries.rows import DEEDS, Rows
from kizuna.domains.analytics.rules.words import OTHER_LABEL
from kizuna.kernel.errors import Invalid
from kizuna.kernel.lake import ArrowTable

if TYPE_CHECKING:
    from kizuna.measures.funnel import Attribution, Order

Start = Literal["every", "first_ever", "first_matching"]


@dataclass(frozen=True, slots=True)
class Funnel:
    """Steps, in which order and within which time, as the kernel has them: numbers of steps are from 0.

    ``start`` says which events of step 0 may begin: every one; only the first event that is called so that a person
    ever sent, if it is one of step 0; or the first one of step 0.
    """

    steps: Sequence[EventMatch]
    window_us: int
    order: Order = "ordered"
    optional: Sequence[int] = ()
    exclusions: Sequence[tuple[EventMatch, int, int]] = ()
    start: Start = "every"

    @property
    def matches(self) -> list[EventMatch]:
        """One for each bit."""
        found = [*self.steps, *(event for event, _, _ in self.exclusions)]
        if self.start != "every":
            found.append(self.steps[0] if self.start == "first_matching" else EventMatch(self.steps[0].name))
        return found


@dataclass(frozen=True, slots=True)
class FunnelRows:
    """``text`` over ``relations`` and ``tables`` is what the kernel reads, ``followed`` what it is told."""

    text: str
    relations: Mapping[str, str]
    labels: Labels
    followed: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def tables(self) -> Mapping[str, ArrowTable]:
        return self.labels.tables


async def read_funnel(
    ask: Ask, funnel: Funnel, attribution: Attribution = "first", *, by_session: bool = False
) -> FunnelRows:
    """Everybody's events of the steps: of the range, and as long after it as an attempt may last."""
    if is_by_elements(ask.query.breakdown):
        raise Invalid(
            "breakdown_by_list",
            "An event has one label here, and that must be one value.",
            fields={"breakdown.property": "Choose a property that is no list."},
        )
    rows = rows_of(ask, funnel)
    if by_session:
        rows.add("session_id", "session_id")
    told = ask.tell(rows)
    steps_only = f"bits % {1 << len(funnel.steps)} <> 0"
    labels = await fold_labels(ask, told, steps_only)
    # Labels are folded by the kernel: step by step they must be the same, although they are shown together.
    values = tuple(labels.values)
    columns = ["profile_key", "time_us", "bits"]
    columns += ["label"] if ask.query.breakdown is not None else []
    columns += ["session_id AS part"] if by_session else []
    wanted = _wanted(ask, funnel, by_session)
    where = f" WHERE {' AND '.join(wanted)}" if wanted else ""
    followed = followed_of(ask, funnel) | {
        "labels": values,
        "other": values.index(OTHER_LABEL) if OTHER_LABEL in values else -1,
        # Who is in several segments has each event once for each of them.
        "attribution": "all" if isinstance(ask.query.breakdown, BySegment) else attribution,
    }
    return FunnelRows(f"SELECT {', '.join(columns)} FROM told{where}", told.relations, labels, followed)


def rows_of(ask: Ask, funnel: Funnel) -> Rows:
    """With ``bits``, and where other events end an attempt, all of these, with ``is_deed``."""
    since_us = ask.periods.since_us if funnel.start == "every" else LONG_AGO_US
    # The bit of any event means nothing to the kernel.
    matches = [*funnel.matches, *([EventMatch(None)] if funnel.order == "strict" else [])]
    rows = ask.rows(matches, since_us, ask.periods.until_us + funnel.window_us)
    rows.steps("bits")
    if funnel.order == "strict":
        rows.add(DEEDS, "is_deed")
    return rows


def followed_of(ask: Ask, funnel: Funnel) -> dict[str, Any]:
    return {
        "steps": len(funnel.steps),
        "window_us": funnel.window_us,
        "since_us": ask.periods.since_us,
        "until_us": ask.periods.until_us,
        "now_us": ask.at.now_us,
        "order": funnel.order,
        "optional": tuple(funnel.optional),
        "exclusions": tuple((low, high) for _, low, high in funnel.exclusions),
        "first": funnel.start != "every",
    }


def _wanted(ask: Ask, funnel: Funnel, by_session: bool) -> list[str]:
    bits = f"bits % {1 << len(funnel.matches)}"
    wanted: list[str] = []
    if funnel.order == "strict":
        wanted.append(f"({bits} <> 0 OR is_deed)")
    elif any(one.name is None or one.where or one.touchpoints for one in funnel.matches):
        # Otherwise every event is of a step, by its name: engines need not look.
        wanted.append(f"{bits} <> 0")
    if funnel.start != "every":
        # What was before the range only matters where it is the first of its kind.
        wanted.append(f"(time_us >= {ask.periods.since_us} OR {bits} >= {1 << (len(funnel.matches) - 1)})")
    if by_session:
        wanted.append("session_id IS NOT NULL")
    return wanted
