"""``kizuna compile``: the kernels of metrics, compiled before the first question."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from kizuna.domains.analytics import api as analytics
from kizuna.kernel.lake import month_of, table_schema

WORKSPACE_ID = 1


def compile_kernels() -> int | None:
    """Asks questions of every kind of a made-up lake; how many, or None where that was done already or is being done.

    What was compiled stands where numba keeps it: in ``NUMBA_CACHE_DIR``, else beside the code, else in the user's
    cache.
    """
    stamp = _stamp()
    with open(stamp.with_suffix(".lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        if stamp.exists():
            return None
        with tempfile.TemporaryDirectory(prefix="kizuna-kernels-") as folder:
            answered = asyncio.run(_ask(folder))
        stamp.touch()
        return answered


def _stamp() -> Path:
    """Stands for this code, compiled by this numba for this processor."""
    import llvmlite.binding  # numba itself takes a second to load, for nothing where all is there

    import kizuna.measures

    sources = Path(kizuna.measures.__path__[0])
    digest = hashlib.sha256(f"{version('numba')} {llvmlite.binding.get_host_cpu_name()}".encode())
    for path in sorted(sources.rglob("*.py")):
        digest.update(path.read_bytes())
    return _folder(sources) / f"kernels-{digest.hexdigest()[:16]}"


def _folder(sources: Path) -> Path:
    named = os.environ.get("NUMBA_CACHE_DIR")
    for folder in (Path(named) if named else sources / "__pycache__", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return Path.cwd()


async def _ask(folder: str) -> int:
    from kizuna.adapters.engines.local import LocalEngine
    from kizuna.adapters.lake.delta import DeltaLake

    lake = DeltaLake(folder)
    try:
        await lake.append(WORKSPACE_ID, "profiles", _profiles())
        await lake.append(WORKSPACE_ID, "events", _events())
        return await analytics.ask_ahead(LocalEngine(lake), WORKSPACE_ID)
    finally:
        await lake.close()


def _profiles() -> Any:
    keys = sorted({key for key, *_ in analytics.make_happenings()})
    rows = [
        {
            "profile_key": key,
            "profile_id": f"00000000-0000-0000-0000-{key:012d}",
            "identified": True,
            "traits": json.dumps({"age": 20 + key % 50}),
            "identifiers": "[]",
            "deleted": False,
            "version": 1,
        }
        for key in keys
    ]
    return _table(rows, "profiles")


def _events() -> Any:
    told = list(analytics.make_happenings())
    names = sorted({name for _, name, _, _ in told})
    rows = [
        {
            "name": name,
            "name_id": names.index(name) + 1,
            "type": "track",
            "key": key,
            "time": time,
            "received_at": time,
            "original_time": time,
            "message_id": f"m-{number}",
            "source_id": 1,
            "touchpoint": "web",
            "session_id": f"{key}-{time.date()}",
            "properties": json.dumps(properties),
            "context": "{}",
            "load_id": 0,
            "month": month_of(time),
        }
        for number, (key, name, time, properties) in enumerate(told)
    ]
    return _table(rows, "events")


def _table(rows: list[dict[str, Any]], name: str) -> Any:
    import pyarrow as pa

    return cast(Any, pa).Table.from_pylist(rows, table_schema(cast(Any, name)))
