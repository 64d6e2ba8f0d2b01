"""Identity and profiles: bulk components, the identity step of the stream, lists and pages at a million profiles."""

import asyncio
import json
import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import psycopg
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from benchmarks.report import Result, write_results
from kizuna.adapters.postgres.embedded import EmbeddedPostgres
from kizuna.adapters.postgres.migrate import migrate
from kizuna.app.build import build_runtime
from kizuna.domains.profiles import api, queries
from kizuna.domains.profiles.contracts import Identifier, Observations, Trust
from kizuna.domains.profiles.rules import names, search
from kizuna.domains.profiles.rules.components import resolve_components
from kizuna.domains.profiles.service import merge, read, sight
from kizuna.domains.profiles.service.memory import StreamMemory
from kizuna.domains.workspace.api import create_workspace
from kizuna.domains.workspace.contracts import NewWorkspace
from kizuna.kernel.context import Runtime
from kizuna.kernel.settings import read_settings

EDGES = 1_000_000
PROFILES = int(os.environ.get("KIZUNA_BENCH_PROFILES", "1000000"))
BATCH = 5_000
ACTIVE = 100_000
STREAMED = 1_000_000
NEW = 50_000
START_S = 1_780_000_000.0
NAMES = (
    "佐藤/サトウ 鈴木/スズキ 高橋/タカハシ 田中/タナカ 伊藤/イトウ 渡辺/ワタナベ 山本/ヤマモト 中村/ナカムラ "
    "小林/コバヤシ 加藤/カトウ 吉田/ヨシダ 山田/ヤマダ 佐々木/ササキ 山口/ヤマグチ 松本/マツモト "
    "井上/イノウエ 木村/キムラ 林/ハヤシ 斎藤/サイトウ 清水/シミズ"
)
FAMILY, FAMILY_KANA = zip(*(name.split("/") for name in NAMES.split()), strict=True)
GIVEN_NAMES = "陽菜 結衣 蓮 湊 葵 凛 悠真 大翔 さくら 美咲 健太 翔太 花子 太郎 結菜 陽翔 莉子 颯太 杏 楓"
GIVEN = GIVEN_NAMES.split()
SEARCHES = (
    "田",
    "佐藤",
    "さと",
    "花子",
    "太",
    "佐々木 陽菜",
    "user123456",
    "user99",
    "090-1234",
    "example.jp",
    "ta",
    "@",
)


def run() -> None:
    results = [*measure_components(), *measure_rules()]
    results += asyncio.run(measure_database())
    write_results("profiles", results)


def fastest(action: Callable[[], object], rounds: int = 3) -> float:
    """Seconds of the fastest of some rounds."""
    times: list[float] = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def measure_components() -> list[Result]:
    """Random edges over as many nodes; the same edges for all three."""
    generator = np.random.default_rng(7)
    a = generator.integers(1, EDGES + 1, EDGES)
    b = generator.integers(1, EDGES + 1, EDGES)
    keys, profile_keys = resolve_components(a, b)

    def with_networkx() -> dict[int, int]:
        graph = nx.Graph()
        graph.add_edges_from(zip(a.tolist(), b.tolist(), strict=True))
        smallest: dict[int, int] = {}
        for members in nx.connected_components(graph):
            smallest |= dict.fromkeys(members, min(members))
        return smallest

    def with_scipy() -> object:
        graph = coo_array((np.ones(EDGES, np.int8), (a, b)), shape=(EDGES + 1, EDGES + 1))
        return connected_components(graph, directed=False)

    start = time.perf_counter()
    expected = with_networkx()
    networkx_s = time.perf_counter() - start
    assert dict(zip(keys.tolist(), profile_keys.tolist(), strict=True)) == expected
    ours_s = fastest(lambda: resolve_components(a, b))
    return [
        Result("1 M identifier edges to profiles", ours_s, "s", "lower", networkx_s, "networkx", networkx_s),
        Result("the same, labels only", ours_s, "s", "lower", None, "scipy", fastest(with_scipy)),
    ]


def measure_rules() -> list[Result]:
    pairs = [(("user_id", f"u-{n}"), ("anonymous_id", f"9192f1d4-9a3b-4c3e-8b4e-{n:012d}")) for n in range(50_000)]
    seconds = fastest(lambda: [api.accept_identifiers(pair, "JP") for pair in pairs])
    return [Result("normalise two identifiers", seconds / len(pairs) * 1e6, "µs", "lower")]


@asynccontextmanager
async def running() -> AsyncIterator[tuple[Runtime, int, str]]:
    """A runtime on an embedded PostgreSQL with its usual settings, in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="kz-bench-"))
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder / "pg")
    try:
        server.start()
        migrate(server.url)
        settings = read_settings({"KIZUNA_DATA_DIR": str(folder / "data")})
        runtime, database = build_runtime(replace(settings, database_url=server.url))
        made = await create_workspace(
            runtime,
            NewWorkspace("Bench", "Ada", "ada@example.com", "correct horse", "Asia/Tokyo", "JPY", "monday", "ja", "JP"),
        )
        yield runtime, made.workspace_id, server.url
        await database.close()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def measure_database() -> list[Result]:
    async with running() as (runtime, workspace_id, url):
        results = await measure_stream(runtime, workspace_id)
        results += await measure_new(runtime, workspace_id)
        (highest,) = await resolve(runtime, workspace_id, [Identifier("user_id", "the last before")])
        fill(url, workspace_id, highest + 1)
        results += await measure_reads(runtime, workspace_id)
        results += await measure_merges(runtime, workspace_id)
        return results


async def resolve(runtime: Runtime, workspace_id: int, identifiers: list[Identifier]) -> list[int]:
    async with runtime.unit(workspace_id) as ctx:
        return await api.resolve_keys(ctx, identifiers)


async def measure_stream(runtime: Runtime, workspace_id: int) -> list[Result]:
    """Known visitors with two identifiers each, in a stream of 30,000 events a second."""
    identifiers = [
        [Identifier("user_id", f"s-{n}"), Identifier("anonymous_id", f"9192f1d4-{n:012d}")] for n in range(ACTIVE)
    ]
    start = time.perf_counter()
    keys: list[tuple[int, ...]] = []
    for at in range(0, ACTIVE, BATCH):
        flat = [one for pair in identifiers[at : at + BATCH] for one in pair]
        found = await resolve(runtime, workspace_id, flat)
        keys += zip(found[::2], found[1::2], strict=True)
    new_us = (time.perf_counter() - start) / (2 * ACTIVE) * 1e6
    start = time.perf_counter()
    for at in range(0, ACTIVE, BATCH):
        await resolve(runtime, workspace_id, [one for pair in identifiers[at : at + BATCH] for one in pair])
    known_us = (time.perf_counter() - start) / (2 * ACTIVE) * 1e6

    memory = StreamMemory()
    order = random.Random(3)
    batches = [[order.randrange(ACTIVE) for _ in range(BATCH)] for _ in range(STREAMED // BATCH)]

    async def take(people: list[int], second: float) -> float:
        batch = make_batch([keys[n] for n in people], START_S + second, "web")
        begin = time.perf_counter()
        with memory.staged():
            async with runtime.unit(workspace_id) as ctx:
                await api.observe(ctx, batch, memory)
        return time.perf_counter() - begin

    first = [await take(list(range(at, at + BATCH)), 0.0) for at in range(0, ACTIVE, BATCH)]
    await take(list(range(BATCH)), 0.0)
    for at in range(0, ACTIVE, BATCH):  # the second look finds them joined
        await take(list(range(at, at + BATCH)), 1.0)
    # At 30,000 events a second a batch lasts a sixth of a second.
    steady = [await take(people, 2.0 + number * BATCH / 30_000) for number, people in enumerate(batches)]
    return [
        Result("identifier to key, new", new_us, "µs", "lower"),
        Result("identifier to key, known", known_us, "µs", "lower"),
        Result("identity step, first event of a person", sum(first) / ACTIVE * 1e6, "µs", "lower"),
        Result("identity step, 100 k active people", sum(steady) / STREAMED * 1e6, "µs/event", "lower", 5.0),
    ]


def make_batch(
    keys: list[tuple[int, ...]], time_s: float, touchpoint: str, traits: dict[int, dict[str, Any] | None] | None = None
) -> Observations:
    """Events of a server at one moment, as the stream brings them."""
    count = len(keys)
    return Observations(
        keys=np.array(keys, np.int64).ravel(),
        ends=np.cumsum([len(one) for one in keys], dtype=np.int64),
        times_s=np.full(count, time_s),
        touchpoints=[touchpoint],
        touchpoint_index=np.zeros(count, np.int64),
        sources=np.ones(count, np.int32),
        trusts=np.full(count, int(Trust.SERVER)),
        aliases=np.zeros(count, np.bool_),
        active=np.ones(count, np.bool_),
        message_ids=[""] * count,
        traits=traits or {},
    )


async def measure_new(runtime: Runtime, workspace_id: int) -> list[Result]:
    """Customers nobody knew, each with three identifiers and four traits, as an import brings them."""
    memory = StreamMemory()
    seconds = 0.0
    for at in range(0, NEW, BATCH):
        people = range(at, at + BATCH)
        flat = [
            Identifier(type_, value)
            for n in people
            for type_, value in (("user_id", f"n{n}"), ("email", f"n{n}@example.com"), ("phone", f"+8180{n:08d}"))
        ]
        start = time.perf_counter()
        keys = await resolve(runtime, workspace_id, flat)
        traits = {
            i: {
                "last_name": FAMILY[n % 20],
                "first_name": GIVEN[n // 20 % 20],
                "last_name_kana": FAMILY_KANA[n % 20],
                "plan": "gold",
            }
            for i, n in enumerate(people)
        }
        batch = make_batch([tuple(keys[3 * i : 3 * i + 3]) for i in range(BATCH)], START_S + at, "store", traits)
        with memory.staged():
            async with runtime.unit(workspace_id) as ctx:
                await api.observe(ctx, batch, memory)
        seconds += time.perf_counter() - start
    return [Result("new customers with 3 identifiers and 4 traits", NEW / seconds, "1/s", "higher")]


COPIES = {
    "profiles_nodes": "workspace_id, key, profile_key, first_seen, type, value",
    "profiles_profiles": "workspace_id, key, version, first_seen, last_seen, alive, identified, "
    "name, kana, sort_name, email, phone, user_id, traits",
    "profiles_search": "workspace_id, key, tokens, text",
    "profiles_traits": "workspace_id, key, name, value, at, source_id",
    "profiles_activity": "workspace_id, key, touchpoint, first_seen, last_seen",
    "profiles_log": "workspace_id, seq, kind, a, b, at, reason, actor_kind, actor_name",
}


@cache
def name_of(workspace_id: int, family: int, given: int) -> tuple[str, str, list[str], frozenset[int]]:
    """A name, its reading, their search fields and tokens."""
    name, kana = f"{FAMILY[family]} {GIVEN[given]}", FAMILY_KANA[family]
    fields = search.search_fields(name, kana, [], [])
    return name, kana, fields, frozenset(search.search_tokens(workspace_id, fields))


def rows_of(w: int, first_key: int, n: int) -> dict[str, list[tuple[Any, ...]]]:
    """What stands in each table for the n-th customer, with three identifiers."""
    name, kana, fields, tokens = name_of(w, n % 20, n // 20 % 20)
    user, email, phone = f"user{n}", f"user{n}@example.jp", f"+8190{n:08d}"
    own = search.search_fields(None, None, [phone], [user, email])
    key, seen = first_key + 3 * n, datetime.fromtimestamp(START_S + n, UTC)
    traits = json.dumps({"name": name, "plan": "gold"}, ensure_ascii=False)
    ids = (("user_id", user), ("email", email), ("phone", phone))
    return {
        "profiles_nodes": [(w, key + i, key, seen, *identifier) for i, identifier in enumerate(ids)],
        "profiles_profiles": [
            (w, key, 1, seen, seen, True, True, name, kana, names.sort_name(name, kana), email, phone, user, traits)
        ],
        "profiles_search": [
            (w, key, list(tokens.union(search.search_tokens(w, own))), search.search_text([*fields, *own]))
        ],
        "profiles_traits": [(w, key, "name", json.dumps(name), seen, 1), (w, key, "plan", '"gold"', seen, 1)],
        "profiles_activity": [(w, key, ("web", "store", "line")[n % 3], seen, seen)],
        "profiles_log": [
            (w, first_key + 2 * n + i, "link", key, key + 1 + i, seen, "event", "system", "Kizuna") for i in (0, 1)
        ],
    }


def fill(url: str, workspace_id: int, first_key: int) -> None:
    """A million known customers, written past the application: the usual path is measured above.

    Indexes are made afterwards; that takes a third of the time.
    """
    start = time.perf_counter()
    with psycopg.connect(url) as db:
        indexes = db.execute(
            "SELECT indexname, indexdef FROM pg_indexes "
            "WHERE tablename = ANY (%s) AND indexdef NOT LIKE 'CREATE UNIQUE%%'",
            (list(COPIES),),
        ).fetchall()
        for name, _ in indexes:
            db.execute(f"DROP INDEX {name}")
        for at in range(0, PROFILES, 20_000):
            tables: dict[str, list[tuple[Any, ...]]] = {table: [] for table in COPIES}
            for n in range(at, min(at + 20_000, PROFILES)):
                for table, rows in rows_of(workspace_id, first_key, n).items():
                    tables[table] += rows
            for table, rows in tables.items():
                with db.cursor() as cursor, cursor.copy(f"COPY {table} ({COPIES[table]}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
        db.execute("SET maintenance_work_mem = '512MB'")
        for _, definition in indexes:
            db.execute(definition)
        db.execute(f"SELECT setval('profiles_keys_{workspace_id}', {first_key + 3 * PROFILES})")
        db.execute("UPDATE profiles_heads SET last_seq = %s", (first_key + 2 * PROFILES,))
        db.commit()
        db.autocommit = True
        db.execute("VACUUM (ANALYZE)")
    print(f"{PROFILES:,} profiles written in {time.perf_counter() - start:.0f} s")


async def percentile(actions: list[Callable[[], Awaitable[object]]]) -> float:
    """The 95th percentile in milliseconds."""
    times: list[float] = []
    for action in actions:
        start = time.perf_counter()
        await action()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]


async def measure_reads(runtime: Runtime, workspace_id: int) -> list[Result]:
    async def page(search: str | None, sort: queries.SortColumn, descending: bool, after: object = None) -> object:
        """As somebody sees it who may search, and sees nothing sensitive."""
        async with runtime.unit(workspace_id) as ctx:
            seen = await sight.restore_profile_sight(ctx, contact=search is not None, sensitive=False)
            found = await read.search_profiles(ctx, search, seen)
            query = queries.ListQuery(sort, descending, None, found, after, 51)  # type: ignore[arg-type]
            rows = await read.list_profiles(ctx, query)
            await read.count_profiles(ctx, query)
            return [seen.show_row(row) for row in rows]

    lists = [lambda s=s, d=d: page(None, s, d) for s in ("last_seen", "first_seen", "name") for d in (True, False)]
    searches = [lambda text=text: page(text, "last_seen", True) for text in SEARCHES]
    for action in (*lists, *searches):
        await action()
    results = [
        Result(f"masked list of {PROFILES:,} profiles, p95", await percentile(lists * 10), "ms", "lower", 300.0),
        Result(f"search in {PROFILES:,} profiles, p95", await percentile(searches * 5), "ms", "lower", 300.0),
    ]
    for text in SEARCHES:
        value = await percentile([lambda text=text: page(text, "last_seen", True)] * 5)
        results.append(Result(f"search “{text}”, p95", value, "ms", "lower", 300.0))
    ids = await sample_ids(runtime, workspace_id, 300)

    async def show(index: int) -> object:
        async with runtime.unit(workspace_id) as ctx:
            await read.read_identity(ctx, ids[index])
            return await read.read_profile(ctx, ids[index])

    shows = [lambda index=index: show(index) for index in range(len(ids))]
    results.append(
        Result(
            f"page of one of {PROFILES:,} profiles with its graph, p95", await percentile(shows), "ms", "lower", 300.0
        )
    )
    return results


async def sample_ids(runtime: Runtime, workspace_id: int, count: int) -> list:
    async with runtime.unit(workspace_id) as ctx:
        identifiers = [Identifier("user_id", f"user{n}") for n in random.Random(5).sample(range(PROFILES), count)]
        keys = await api.find_keys(ctx, identifiers)
        return [ref.profile_id for ref in (await api.profile_ids(ctx, keys.values())).values()]


async def measure_merges(runtime: Runtime, workspace_id: int) -> list[Result]:
    ids = await sample_ids(runtime, workspace_id, 200)

    async def join(index: int) -> object:
        async with runtime.unit(workspace_id) as ctx:
            return await merge.merge_profiles(ctx, ids[2 * index], ids[2 * index + 1])

    joins = [lambda index=index: join(index) for index in range(len(ids) // 2)]
    return [Result(f"merge two of {PROFILES:,} profiles, p95", await percentile(joins), "ms", "lower")]
