"""Paths: what people do one after the other, and where they leave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec import field as setting

from kizuna.conditions.ast import EventMatch, Name
from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.contracts import Text as Words
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.metrics.sessions import DEEDS, HOUR_US, MINUTE_US
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.elements import is_of_elements
from kizuna.domains.analytics.queries.names import NAMES_MAX, count_names
from kizuna.domains.analytics.queries.rows import label_sql
from kizuna.domains.analytics.rules.words import OTHER, OTHER_LABEL, text
from kizuna.kernel.errors import Invalid
from kizuna.kernel.lake import ArrowTable

PATTERN_CHARS_MAX, PATTERNS_MAX, WILDCARDS_MAX = 200, 10, 50

LONGEST_US = 24 * HOUR_US
"""A path ends after that time, as a session does."""

SKIPPED_LABEL = "\ue000skipped"

Edge = tuple[int, int, int]
"""Step, source, target; as ``kizuna.measures.paths.EDGES`` has them."""
Node = tuple[int, int]
"""Step and code."""


Pattern = Annotated[str, Meta(min_length=1, max_length=PATTERN_CHARS_MAX)]


class Cleaning(Struct, frozen=True, forbid_unknown_fields=True):
    """Every part of a name that the regular expression (as RE2 knows them) finds is replaced; ``\\1`` is what its
    first group found."""

    pattern: Pattern
    replacement: Annotated[str, Meta(max_length=PATTERN_CHARS_MAX)] = ""


class PathParams(Struct, frozen=True, forbid_unknown_fields=True):
    """``events`` are the nodes. They are called as the event, or as ``name_property`` of it (``context.page.path``)
    where it has one. With ``tidy`` such a name loses its query, fragment and last slash; then ``clean`` replaces
    parts of it, then the first of ``groups`` (``/shop/*``) that fits takes its place.

    With ``start`` a path begins with the first such event, with ``end`` it ends with the first one (after the start).
    Paths are cut where nothing happens for ``pause_minutes`` or more. With ``collapse`` the same node several times
    running is one. ``edges`` is how many are shown at most; rare nodes stand together then.
    """

    events: Annotated[list[EventMatch], Meta(min_length=1, max_length=20)] = setting(
        default_factory=lambda: [EventMatch(None)]
    )
    name_property: Name | None = None
    tidy: bool = True
    clean: Annotated[list[Cleaning], Meta(max_length=PATTERNS_MAX)] = setting(default_factory=list[Cleaning])
    groups: Annotated[list[Pattern], Meta(max_length=WILDCARDS_MAX)] = setting(default_factory=list[Pattern])
    start: EventMatch | None = None
    end: EventMatch | None = None
    steps: Annotated[int, Meta(ge=3, le=10)] = 5
    pause_minutes: Annotated[int, Meta(ge=1, le=1_440)] = 30
    collapse: bool = False
    edges: Annotated[int, Meta(ge=5, le=500)] = 50


def check(params: PathParams) -> None:
    _check_cleanings(params.clean)
    if is_of_elements(params.name_property):
        raise Invalid(
            "name_of_list",
            "A node is called by one value, not by the elements of a list.",
            fields={"params.name_property": "Choose a property that is no list."},
        )


def _check_cleanings(cleanings: Sequence[Cleaning]) -> None:
    from kizuna.measures.node_names import clean_names

    for number, one in enumerate(cleanings):
        try:
            clean_names(["a"], tidy=False, cleanings=[(one.pattern, one.replacement)], wildcards=[])
        except ValueError as error:
            said = str(error).splitlines()[0].rstrip(".")
            raise Invalid(
                "pattern_unreadable",
                f"The pattern {one.pattern} cannot be used: {said}.",
                fields={f"params.clean.{number}": "Write a regular expression as RE2 knows them."},
            ) from error


@dataclass(frozen=True, slots=True)
class Steps:
    """What the kernels read, and what the codes of nodes are called."""

    relations: Mapping[str, str]
    tables: Mapping[str, ArrowTable]
    items: Sequence[str]
    walked: dict[str, Any]


_READ = """
    SELECT profile_key, time_us, coalesce(code, -2) AS node, is_start, is_end
    FROM told LEFT JOIN node_names ON known = named
    WHERE active
"""


@dataclass(slots=True)
class Counts:
    """``edges`` have paths, people and microseconds; so has ``whole``. ``kept`` are the nodes that stand for
    themselves; None: all."""

    edges: dict[Edge, tuple[int, int, int]] = field(default_factory=dict[Edge, tuple[int, int, int]])
    whole: tuple[int, int, int] = (0, 0, 0)
    kept: frozenset[Node] | None = None


async def _prepare(ask: Ask, params: PathParams) -> Steps:
    import pyarrow as pa

    from kizuna.measures.node_names import clean_names

    relations = {"told": _tell(ask, params)}
    often = await count_names(ask, relations, "named", "active")
    raw = [name for name in often if name is not None]
    if len(often) >= NAMES_MAX:
        ask.note(
            "too_many_names",
            f"There are more than {NAMES_MAX:,} names; the rare ones stand together. Group them with patterns.",
            f"名前が{NAMES_MAX:,}種類を超えるため、少ないものは「その他」にまとめています。パターンでまとめてください。",
            warning=True,
        )
    cleaned = clean_names(
        raw,
        tidy=params.tidy and params.name_property is not None,
        cleanings=[(one.pattern, one.replacement) for one in params.clean],
        wildcards=params.groups,
    )
    items = sorted(set(cleaned))
    codes = {item: code for code, item in enumerate(items)}
    named = {"known": pa.array(raw, pa.string()), "code": pa.array([codes[item] for item in cleaned], pa.int64())}
    walked = {
        "gap_us": params.pause_minutes * MINUTE_US,
        "longest_us": LONGEST_US,
        "since_us": ask.periods.since_us,
        "until_us": ask.periods.until_us,
        "now_us": ask.at.now_us,
        "steps": params.steps,
        "collapse": params.collapse,
        "from_start": params.start is not None,
        "to_end": params.end is not None,
    }
    return Steps(relations, {"node_names": pa.table(named)}, items, walked)


def _tell(ask: Ask, params: PathParams) -> str:
    """Every node, from a while before the range to a while after it, so that the paths at its ends are whole."""
    ends = [one for one in (params.start, params.end) if one is not None]
    matches = [*params.events, *ends]
    rows = ask.rows(matches, ask.periods.since_us - LONGEST_US, ask.periods.until_us + LONGEST_US)
    flags = [rows.flag(at) for at in range(len(matches))]
    rows.add(f"{DEEDS} AND ({' OR '.join(flags)})", "active")
    rows.add(flags[len(params.events)] if params.start is not None else "false", "is_start")
    rows.add(flags[-1] if params.end is not None else "false", "is_end")
    name = "name"
    if params.name_property is not None:
        name = f"coalesce({label_sql(ask.engine.name, rows.take(params.name_property))}, name)"
    rows.add(name, "named")
    return rows.write()


async def _count(ask: Ask, params: PathParams, steps: Steps) -> Counts:
    counts = await _reduce(ask, steps, None)
    kept = _choose(counts.edges, steps.items, params.edges)
    # People of what stands together are not the sum of people: they are counted anew.
    return counts if kept is None else await _reduce(ask, steps, kept)


async def _reduce(ask: Ask, steps: Steps, kept: frozenset[Node] | None) -> Counts:
    from kizuna.measures.paths import WHOLE, count_edges

    kernel = partial(count_edges, kept=kept, **steps.walked)
    found = await ask.reduce(kernel, _READ, steps.relations, steps.tables)
    counts = Counts(kept=kept)
    for row in found.to_pylist():
        place = (row["step"], row["source"], row["target"])
        before = counts.whole if row["step"] == WHOLE else counts.edges.get(place, (0, 0, 0))
        paths, people, us = before
        added = (paths + row["paths"], people + row["people"], us + row["us"])
        if row["step"] == WHOLE:
            counts.whole = added
        else:
            counts.edges[place] = added
    return counts


def _choose(edges: Mapping[Edge, tuple[int, int, int]], items: Sequence[str], most: int) -> frozenset[Node] | None:
    """As many of the most frequent nodes as leave at most ``most`` edges between nodes; None where all do.

    A node more can only part edges, so the number is found by halving.
    """
    often: dict[Node, int] = defaultdict(int)
    for (step, _, target), (paths, _, _) in edges.items():
        if target >= 0:
            often[step + 1, target] += paths
    ranked = sorted(often, key=lambda node: (-often[node], node[0], items[node[1]]))
    inner = [edge for edge in edges if _is_inner(edge)]
    if len(inner) <= most:
        return None
    low, high = 0, len(ranked)
    while high - low > 1:
        middle = (low + high) // 2
        kept = set(ranked[:middle])
        folded = {(step, _fold(kept, step, one), _fold(kept, step + 1, other)) for step, one, other in inner}
        low, high = (middle, high) if len(folded) <= most else (low, middle)
    return frozenset(ranked[:low])


def _is_inner(edge: Edge) -> bool:
    """Between two nodes: no entry, and nobody left."""
    from kizuna.measures.paths import ENTRY, LEFT, OPEN

    return edge[1] != ENTRY and edge[2] not in (LEFT, OPEN)


def _fold(kept: set[Node], step: int, code: int) -> int:
    return code if code < 0 or (step, code) in kept else -2


# --- the answer -------------------------------------------------------------------------------------


async def compute(ask: Ask, params: PathParams) -> Found:
    from kizuna.measures.paths import LEFT, OPEN

    steps = await _prepare(ask, params)
    counts = await _count(ask, params, steps)
    at_node: dict[Node, int] = defaultdict(int)
    for (step, _, target), (paths, _, _) in counts.edges.items():
        at_node[step + 1, target] += paths
    rows: list[list[Any]] = []
    for (step, source, target), (paths, people, us) in counts.edges.items():
        if target == OPEN:
            continue
        inner = _is_inner((step, source, target))
        of = counts.whole[0] if step == 0 or not (inner or target == LEFT) else at_node[step, source]
        ends = _called(steps.items, step, source), _called(steps.items, step + 1, target)
        rows.append([step, *ends, paths, people, us / paths / 1e6 if inner else None, paths / of, of])
    rows.sort(key=lambda row: (row[0], -row[3], row[1] or "", row[2] is None, row[2] or ""))
    _note(ask, counts)
    figures = [
        Figure("paths", "count", text("Paths", "経路の数"), counts.whole[0]),
        Figure("people", "people", text("People", "人数"), counts.whole[1]),
    ]
    return Found(_columns(params), rows, figures)


def _called(items: Sequence[str], step: int, code: int) -> str | None:
    """A node's name; None for what is none."""
    from kizuna.measures.paths import OTHER as RARE
    from kizuna.measures.paths import SKIPPED

    special = {RARE: OTHER_LABEL, SKIPPED: SKIPPED_LABEL}
    if code < 0 and code not in special:
        return None
    return f"{step}_{items[code] if code >= 0 else special[code]}"


def _note(ask: Ask, counts: Counts) -> None:
    from kizuna.measures.paths import OPEN

    going_on = sum(paths for (_, _, target), (paths, _, _) in counts.edges.items() if target == OPEN)
    if not counts.whole[0]:
        ask.note("no_paths", "There is no such path in the range.", "期間中に該当する経路はありません。")
    if going_on:
        ask.note(
            "going_on",
            f"{going_on:,} paths may still go on, and are not counted as left.",
            f"{going_on:,}件の経路はまだ続く可能性があるため、離脱に数えていません。",
        )
    if counts.kept is not None:
        ask.note(
            "rare_together",
            "Nodes that are rare at their step stand together as “other”.",
            "各ステップで少ない行き先は「その他」にまとめています。",
        )


async def people(ask: Ask, params: PathParams, cell: Cell) -> Sequence[int]:
    """Whose paths have the edge; of an entry or where somebody left, the node; ``step`` is the source's."""
    from kizuna.measures.paths import ENTRY, LEFT, find_people

    steps = await _prepare(ask, params)
    counts = await _count(ask, params, steps)
    step = int(cell["step"])
    source = ENTRY if cell.get("source") is None else _code_of(steps.items, step, str(cell["source"]))
    target = LEFT if cell.get("target") is None else _code_of(steps.items, step + 1, str(cell["target"]))
    if (step, source, target) not in counts.edges:
        return []
    kernel = partial(find_people, step=step, source=source, target=target, kept=counts.kept, **steps.walked)
    found = await ask.reduce(kernel, _READ, steps.relations, steps.tables)
    return sorted(set(found.column("profile_key").to_pylist()))


def _code_of(items: Sequence[str], step: int, called: str) -> int | None:
    from kizuna.measures.paths import OTHER as RARE
    from kizuna.measures.paths import SKIPPED

    name = called.removeprefix(f"{step}_")
    special = {OTHER_LABEL: RARE, SKIPPED_LABEL: SKIPPED}
    if name in special:
        return special[name]
    return items.index(name) if name in items else None


def _columns(params: PathParams) -> list[Column]:
    words: dict[str, Words] = {}
    for step in range(1, params.steps + 1):
        words[f"{step}_{OTHER_LABEL}"] = OTHER
        words[f"{step}_{SKIPPED_LABEL}"] = text("…", "…")
    return [
        Column("step", "count", text("Step", "ステップ"), hidden=True),
        Column(
            "source",
            "label",
            text("From", "移動元"),
            text("Nothing stands where the path begins", "経路の最初は空欄です"),
            words=words,
        ),
        Column(
            "target",
            "label",
            text("To", "移動先"),
            text("Nothing stands where people left", "離脱した場合は空欄です"),
            words=words,
        ),
        Column("paths", "count", text("Paths", "経路の数")),
        Column("people", "people", text("People", "人数"), opens=True),
        Column(
            "seconds",
            "seconds",
            text("Time between, mean", "移動までの時間（平均）"),
            of="paths",
        ),
        Column(
            "share",
            "share",
            text("Share", "割合"),
            text("Of the paths at the node that it leads from", "移動元を通った経路に占める割合"),
            of="paths_there",
        ),
        Column("paths_there", "count", text("Paths at the node", "移動元を通った経路の数")),
    ]


PLUGIN = Metric(
    key="paths",
    group="behaviour",
    shape="flow",
    title=text("Paths", "経路"),
    definition=text(
        "What people do one after the other without a long pause; nodes are numbered by their place in the path. Of "
        "paths to an end without a start, places are counted from the end. A person may have several paths.",
        "長い間を空けずに続けて行った行動の順路です。行き先には経路内の順番が付きます。終点だけを指定した場合は、"
        "終点から数えます。1人に複数の経路があることもあります。",
    ),
    params=PathParams,
    compute=compute,
    check=check,
    people=people,
    events=lambda params: [*params.events, *(one for one in (params.start, params.end) if one is not None)],
    breaks_down=False,
    compares=False,
)
