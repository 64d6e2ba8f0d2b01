"""The events of a feed, to fill what the incremental form remembers with history."""

from __future__ import annotations

from kizuna.conditions.compile_sql.dialects import DIALECTS
from kizuna.conditions.compile_sql.events import Question, Scan
from kizuna.conditions.compile_sql.values import millionths_sql
from kizuna.conditions.live.feeds import Feed, Keep
from kizuna.conditions.moments import FAR_US, At


def is_plain(feed: Feed) -> bool:
    """Whether ``feed_sql`` gives entries. Values of lists and values that are told apart are read in Python."""
    return feed.values == "none" or (feed.values == "number" and "[]" not in (feed.path or ""))


def feed_sql(feed: Feed, keep: Keep, at: At, part: tuple[int, int] = (0, 1)) -> str:
    """SELECT of ``key``, ``time_us``, ``message_id`` and ``extra`` of the feed's entries that may be worth keeping, for
    DuckDB. ``part`` (n, of how many) is of the node keys. Needs ``is_plain``."""
    scan = _scan(feed, keep, at)
    flags = [scan.flag(match, scan.since_us, scan.until_us) for match in feed.matches]
    extra = " + ".join(f"CASE WHEN {flag} THEN {1 << place} ELSE 0 END" for place, flag in enumerate(flags))
    meant = " OR ".join(flags)
    if feed.values == "number":
        value = scan.value(feed.matches[0], scan.since_us, scan.until_us, feed.path or "").value
        extra = scan.add(millionths_sql(scan.question.sql, scan.question.sql.read(value, "number")))
        meant = f"({meant}) AND {extra} IS NOT NULL"
    return _wrap(scan, f"CAST({extra} AS BIGINT) AS extra", meant, part)


def feed_count_sql(feed: Feed, keep: Keep, at: At) -> str:
    """SELECT of ``n``, how many events may be the feed's."""
    return f"SELECT count(*) AS n FROM ({_scan(feed, keep, at).write()}) AS event"


def feed_events_sql(feed: Feed, keep: Keep, at: At, part: tuple[int, int] = (0, 1)) -> str:
    """SELECT of ``key``, ``time_us``, ``message_id``, ``name``, ``touchpoint`` and ``properties`` of the events that
    may be the feed's."""
    scan = _scan(feed, keep, at)
    return _wrap(scan, "name, touchpoint, properties", "true", part)


def _scan(feed: Feed, keep: Keep, at: At) -> Scan:
    names = feed.names
    since = -FAR_US if feed.since_us is None else feed.since_us
    if keep.age_us < FAR_US:
        since = max(since, at.now_us - keep.age_us)
    until = FAR_US if feed.until_us is None else feed.until_us
    question = Question(DIALECTS["duckdb"], at, None)
    return _FeedScan(question, None if names is None else tuple(sorted(names)), since, until)


def _wrap(scan: Scan, columns: str, meant: str, part: tuple[int, int]) -> str:
    number, of = part
    mine = f" AND key % {of:d} = {number:d}" if of > 1 else ""
    return (
        f"SELECT key, time_us, message_id, {columns} FROM ({scan.write()}) AS event WHERE ({meant}){mine}"
        " ORDER BY key, time_us"
    )


class _FeedScan(Scan):
    """Gives the node and the message, too."""

    def write(self) -> str:
        inner = ["key", "name", "touchpoint", "time_us", "message_id"]
        inner.append(
            self.document.item(f"({' OR '.join(dict.fromkeys(self.gates))})") if self.document.paths else "properties"
        )
        seen = f"SELECT {', '.join(inner)} FROM happenings{self._where()}"
        outer = ["key", "time_us", "message_id", *self.columns]
        outer += [] if self.document.paths else ["name", "touchpoint", "properties"]
        return f"SELECT {', '.join(outer)} FROM ({seen}) AS seen"
