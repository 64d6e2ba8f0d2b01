"""One version of a workspace's lake as relations of Spark.

Spark reads the Parquet files that our own reading of the Delta log names: it needs no library of Delta's, and sees
exactly the version that was looked at. The cluster must see the lake under the same address as Kizuna does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from kizuna.adapters.engines.messages import LakeView
from kizuna.adapters.engines.views import TABLES, has_aliases
from kizuna.kernel.lake import TableName, table_schema

_SCHEMES = {"s3": "s3a", "s3a": "s3a", "gs": "gs", "gcs": "gs", "abfs": "abfss", "abfss": "abfss"}
_DDL = {"int64": "BIGINT", "int32": "INT", "string": "STRING", "bool": "BOOLEAN", "double": "DOUBLE"}


def read_tables(session: Any, view: LakeView, number: int) -> dict[TableName, str]:
    """Makes a temporary view of each table that has rows; gives their names."""
    made: dict[TableName, str] = {}
    for table in TABLES:
        source = view.sources.get(table)
        if source is None or not source.files:
            continue
        columns = ", ".join(f"{name} {kind}" for name, kind in _columns(table))
        reader = session.read.schema(columns).option("basePath", spark_path(view, f"{view.folder}/{table}", glob=False))
        made[table] = name = f"kizuna_{number}_{table}"
        paths = [spark_path(view, path if view.local else f"{view.folder}/{table}/{path}") for path in source.files]
        reader.parquet(*paths).createOrReplaceTempView(name)
    return made


def spark_path(view: LakeView, path: str, *, glob: bool = True) -> str:
    """A path of the lake as Hadoop's file systems call it."""
    if view.local:
        path = f"file://{path}"
    else:
        scheme, _, rest = path.partition("://")
        path = f"{_SCHEMES.get(scheme, scheme)}://{rest}"
    return re.sub(r"([{}\[\]*?\\])", r"\\\1", path) if glob else path


def write_relations(view: LakeView, made: Mapping[TableName, str], texts: Sequence[str]) -> dict[str, str]:
    """``people`` and ``happenings`` as ``Lake.select`` has them, as SELECTs in Spark's dialect, where any of the
    texts names them."""
    found: dict[str, str] = {}
    if _named("people", texts):
        found["people"] = _people(view, made)
    if _named("happenings", texts):
        if has_aliases(view):
            found["kizuna_alias"] = (
                f"SELECT key, max_by(profile_key, version) AS profile_key FROM {made['aliases']} GROUP BY key"
            )
        found["happenings"] = _happenings(view, made)
    return found


def _people(view: LakeView, made: Mapping[TableName, str]) -> str:
    rows = made.get("profiles") or _nobody("profiles")
    source = view.sources.get("profiles")
    latest = ""
    if source is not None and not source.tidy:
        # Not by a window, which would sort the traits of everybody.
        versions = f"SELECT profile_key, max(version) AS version FROM {rows} GROUP BY profile_key"
        latest = f"LEFT SEMI JOIN ({versions}) AS l ON l.profile_key = p.profile_key AND l.version = p.version "
    columns = "profile_key, profile_id, name, identified, first_seen, last_seen, traits, identifiers"
    return f"SELECT {columns} FROM {rows} AS p {latest}WHERE NOT deleted"


def _happenings(view: LakeView, made: Mapping[TableName, str]) -> str:
    joined = has_aliases(view)
    key = "coalesce(a.profile_key, e.key)" if joined else "e.key"
    join = " LEFT JOIN kizuna_alias AS a ON a.key = e.key" if joined else ""
    return (
        f"SELECT {key} AS profile_key, e.key, e.name, e.type, e.time, unix_micros(e.time) AS time_us, e.month, "
        "e.received_at, e.touchpoint, e.source_id, e.message_id, e.session_id, e.properties, e.context, e.load_id "
        f"FROM {made.get('events') or _nobody('events')} AS e{join}"
    )


def _nobody(table: TableName) -> str:
    columns = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in _columns(table))
    return f"(SELECT {columns} WHERE false)"


def _columns(table: TableName) -> list[tuple[str, str]]:
    return [(field.name, _DDL.get(str(field.type), "TIMESTAMP")) for field in table_schema(table)]


def _named(name: str, texts: Sequence[str]) -> bool:
    return any(re.search(rf"\b{name}\b", text, re.IGNORECASE) for text in texts)
