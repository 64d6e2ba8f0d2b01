"""Every metric answers as its cases say, in the process: over a real lake, by DuckDB."""

import pytest
from tests.domains.analytics.golden import FOLDER, Case, compute, differences, fill_lake, read_cases

from kizuna.adapters.engines.local import LocalEngine
from kizuna.adapters.lake.delta import DeltaLake
from kizuna.domains.analytics.service.metrics import list_metrics

CASES = read_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_answers_as_the_case_says(lake: DeltaLake, case: Case) -> None:
    await fill_lake(lake, 1, case)
    found, ask = await compute(LocalEngine(lake), 1, case)
    assert differences(case, found, ask) == []


def test_every_metric_has_cases() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(list_metrics())
