from __future__ import annotations

import pyarrow as pa

from kizuna.adapters.lake.compact import Work, compact_table
from kizuna.adapters.lake.core import LakeCore
from kizuna.kernel.lake import LOAD_APP
from tests.adapters.lake.rows import event, table_of


def known(core: LakeCore, source_id: int, *ids: str, months: tuple[str, ...] = ()) -> list[str]:
    return sorted(core.known_message_ids(1, source_id, pa.array(ids, pa.string()), months).to_pylist())


def test_ids_of_a_source_that_the_lake_holds(core: LakeCore) -> None:
    assert known(core, 1, "a") == []
    rows = [event("a"), event("a", load_id=1), event("b", day=40), event("c", source_id=2)]
    core.append(1, "events", table_of(rows), 1, LOAD_APP)
    compact_table(core.table(1, "events"), Work())
    core.append(1, "events", table_of([event("d")]), 2, LOAD_APP)
    assert known(core, 1, "a", "b", "c", "d", "e") == ["a", "b", "d"]
    assert known(core, 2, "a", "c") == ["c"]
    assert known(core, 1, "a", "b", months=("2026-02",)) == ["b"]
    assert known(core, 1) == []
