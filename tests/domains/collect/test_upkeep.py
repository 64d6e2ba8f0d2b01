"""What keeps collecting light makes way for collecting."""

from datetime import timedelta

import pytest
from tests.domains.collect.conftest import Sender, make_event

from kizuna.domains.collect.service import upkeep
from kizuna.domains.collect.service.drain import drain_all
from kizuna.kernel.clock import ManualClock
from kizuna.kernel.context import Runtime


async def count_unmerged(runtime: Runtime) -> int:
    state = await runtime.lake.table_state(1, "events")
    assert state is not None
    return state.unmerged_files


async def test_small_files_are_joined_once_it_is_quiet_or_there_are_too_many(
    shop: Sender, runtime: Runtime, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "BUSY_EVENTS_PER_MIN", 9)
    for number in range(9):
        await shop.batch(make_event(messageId=f"m-{number}"))
        await drain_all(runtime)
    assert await count_unmerged(runtime) == 9
    assert await upkeep.merge_small_files(runtime) == 0  # too few to be worth it
    monkeypatch.setattr(upkeep, "UNMERGED_FILES_MAX", 9)
    assert await upkeep.merge_small_files(runtime) == 0  # nine events this minute
    monkeypatch.setattr(upkeep, "UNMERGED_FILES_BUSY_MAX", 10)
    assert await upkeep.merge_small_files(runtime) == 0
    monkeypatch.setattr(upkeep, "UNMERGED_FILES_BUSY_MAX", 9)
    assert await upkeep.merge_small_files(runtime) == 1
    assert await count_unmerged(runtime) == 0
    for number in range(9, 18):
        await shop.batch(make_event(messageId=f"m-{number}"))
        await drain_all(runtime)
    monkeypatch.setattr(upkeep, "UNMERGED_FILES_BUSY_MAX", 100)
    assert await upkeep.merge_small_files(runtime) == 0
    clock.advance(timedelta(minutes=3))
    assert await upkeep.merge_small_files(runtime) == 1
    assert await count_unmerged(runtime) == 0
