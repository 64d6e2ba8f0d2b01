"""Answers, what is withheld because of them, and the counts of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from kizuna.domains.privacy.contracts import Answer, Place, Withheld
from kizuna.kernel.context import Context

# An answer that says what the same node said last is not written again: clients repeat them with each event.
# A knowing one is always written: it is proof.
INSERT_ANSWERS = """
    INSERT INTO privacy_answers (
        workspace_id, key, purpose, channel, granted, knowing, at, recorded_at, source,
        text_version, language, proof, actor_kind, actor_id, actor_name)
    SELECT %(workspace_id)s, new.key, new.purpose, new.channel, new.granted, new.knowing, new.at, %(now)s,
        new.source, new.text_version, new.language, new.proof, %(actor_kind)s, %(actor_id)s, %(actor_name)s
    FROM unnest(
        %(keys)s::integer[], %(purposes)s::text[], %(channels)s::text[], %(granted)s::boolean[],
        %(knowing)s::boolean[], %(ats)s::timestamptz[], %(sources)s::text[], %(versions)s::integer[],
        %(languages)s::text[], %(proofs)s::jsonb[]
    ) AS new (key, purpose, channel, granted, knowing, at, source, text_version, language, proof)
    WHERE new.knowing OR new.granted IS DISTINCT FROM (
        SELECT granted FROM privacy_answers AS known
        WHERE known.workspace_id = %(workspace_id)s AND known.key = new.key
            AND known.purpose = new.purpose AND known.channel = new.channel AND known.at <= new.at
        ORDER BY known.at DESC, known.granted
        LIMIT 1)
    RETURNING key
"""

# The latest of each node and question is all that decides.
READ_LATEST = """
    SELECT DISTINCT ON (key, purpose, channel)
        key, purpose, channel, granted, knowing, at, source, text_version, language, proof
    FROM privacy_answers
    WHERE workspace_id = %(workspace_id)s AND key = ANY (%(keys)s)
    ORDER BY key, purpose, channel, at DESC, granted
"""

READ_LOG = """
    SELECT id, key, purpose, channel, granted, knowing, at, recorded_at, source, text_version, language, proof,
        actor_name
    FROM privacy_answers
    WHERE workspace_id = %(workspace_id)s AND key = ANY (%(keys)s) AND (%(before)s::bigint IS NULL OR id < %(before)s)
    ORDER BY id DESC
    LIMIT %(limit)s
"""

READ_STATES = """
    SELECT key, state FROM privacy_node_states WHERE workspace_id = %(workspace_id)s AND key = ANY (%(keys)s)
"""

READ_STATES_SINCE = """
    SELECT key, state FROM privacy_node_states WHERE workspace_id = %(workspace_id)s AND version > %(version)s
"""

WRITE_STATES = """
    INSERT INTO privacy_node_states (workspace_id, key, state, version)
    SELECT %(workspace_id)s, key, state, %(version)s
    FROM unnest(%(keys)s::integer[], %(states)s::smallint[]) AS new (key, state)
    ORDER BY key
    ON CONFLICT (workspace_id, key) DO UPDATE SET state = excluded.state, version = excluded.version
"""

# One index scan: the latest of each node and question comes first.
COUNT_ANSWERED = """
    SELECT purpose, channel, count(*) FILTER (WHERE granted), count(*) FILTER (WHERE NOT granted)
    FROM (
        SELECT DISTINCT ON (key, purpose, channel) purpose, channel, granted
        FROM privacy_answers
        WHERE workspace_id = %(workspace_id)s
        ORDER BY key, purpose, channel, at DESC, granted
    ) AS latest
    GROUP BY purpose, channel
    ORDER BY purpose, channel
"""

COUNT_WITHHELD = """
    INSERT INTO privacy_withheld_counts AS known (workspace_id, hour, place, reason, number)
    SELECT %(workspace_id)s, date_trunc('hour', %(now)s::timestamptz), %(place)s, reason, number
    FROM unnest(%(reasons)s::text[], %(numbers)s::bigint[]) AS new (reason, number)
    ORDER BY reason
    ON CONFLICT (workspace_id, hour, place, reason) DO UPDATE SET number = known.number + excluded.number
"""

READ_WITHHELD_COUNTS = """
    SELECT hour, place, reason, number FROM privacy_withheld_counts
    WHERE workspace_id = %(workspace_id)s AND hour >= %(since)s
    ORDER BY hour, place, reason
"""


class LoggedAnswer(Answer, frozen=True, kw_only=True):
    """An answer as it stands in the log."""

    id: int
    recorded_at: datetime
    actor_name: str


async def insert_answers(ctx: Context, answers: Sequence[Answer]) -> set[int]:
    """Returns the nodes of those that were written: repetitions are not."""
    rows = await ctx.db.execute(
        INSERT_ANSWERS,
        {
            "workspace_id": ctx.workspace.id,
            "now": ctx.clock.now(),
            "actor_kind": ctx.actor.kind,
            "actor_id": ctx.actor.id,
            "actor_name": ctx.actor.name,
            "keys": [one.key for one in answers],
            "purposes": [one.purpose for one in answers],
            "channels": [one.channel for one in answers],
            "granted": [one.granted for one in answers],
            "knowing": [one.knowing for one in answers],
            "ats": [one.at for one in answers],
            "sources": [one.source for one in answers],
            "versions": [one.text_version for one in answers],
            "languages": [one.language for one in answers],
            "proofs": [Jsonb(dict(one.proof)) for one in answers],
        },
    )
    return {key for (key,) in await rows.fetchall()}


async def read_latest(ctx: Context, keys: Iterable[int]) -> list[Answer]:
    async with ctx.db.cursor(row_factory=kwargs_row(_answer)) as cursor:
        await cursor.execute(READ_LATEST, {"workspace_id": ctx.workspace.id, "keys": list(keys)})
        return await cursor.fetchall()


def _answer(**row: object) -> Answer:
    return Answer(**row)  # type: ignore[arg-type]


def _logged(**row: object) -> LoggedAnswer:
    return LoggedAnswer(**row)  # type: ignore[arg-type]


async def read_log(ctx: Context, keys: Iterable[int], before: int | None, limit: int) -> list[LoggedAnswer]:
    """Newest first."""
    parameters = {"workspace_id": ctx.workspace.id, "keys": list(keys), "before": before, "limit": limit}
    async with ctx.db.cursor(row_factory=kwargs_row(_logged)) as cursor:
        await cursor.execute(READ_LOG, parameters)
        return await cursor.fetchall()


async def read_states(ctx: Context, keys: Iterable[int]) -> dict[int, int]:
    parameters = {"workspace_id": ctx.workspace.id, "keys": list(keys)}
    return dict(await (await ctx.db.execute(READ_STATES, parameters)).fetchall())


async def read_states_since(ctx: Context, version: int) -> list[tuple[int, int]]:
    parameters = {"workspace_id": ctx.workspace.id, "version": version}
    return await (await ctx.db.execute(READ_STATES_SINCE, parameters)).fetchall()


async def write_states(ctx: Context, version: int, states: Mapping[int, int]) -> None:
    await ctx.db.execute(
        WRITE_STATES,
        {
            "workspace_id": ctx.workspace.id,
            "version": version,
            "keys": list(states),
            "states": list(states.values()),
        },
    )


async def count_withheld(ctx: Context, place: Place, counts: Mapping[str, int]) -> None:
    """Adds numbers by reason to the present hour's."""
    await ctx.db.execute(
        COUNT_WITHHELD,
        {
            "workspace_id": ctx.workspace.id,
            "now": ctx.clock.now(),
            "place": place,
            "reasons": list(counts),
            "numbers": list(counts.values()),
        },
    )


async def read_withheld_counts(ctx: Context, since: datetime) -> list[Withheld]:
    rows = await ctx.db.execute(READ_WITHHELD_COUNTS, {"workspace_id": ctx.workspace.id, "since": since})
    return [Withheld(*row) for row in await rows.fetchall()]


async def count_answered(ctx: Context) -> list[tuple[str, str, int, int]]:
    cursor = await ctx.db.execute(COUNT_ANSWERED, {"workspace_id": ctx.workspace.id})
    return await cursor.fetchall()


ERASE_ANSWERS = "SELECT privacy_erase_answers(%(keys)s::integer[])"


async def erase_answers(ctx: Context, keys: Iterable[int]) -> int:
    """Answers and what was withheld of erased nodes; returns how many rows went."""
    row = await (await ctx.db.execute(ERASE_ANSWERS, {"keys": list(keys)})).fetchone()
    return row[0] if row else 0
