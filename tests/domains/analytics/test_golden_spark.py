"""Every metric answers as its cases say on a cluster, too: over the same lake, by Spark."""

import pytest
from tests.domains.analytics.golden import Case, compute, differences, fill_lake, read_cases
from tests.spark import Engines

CASES = read_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_answers_as_the_case_says(engines: Engines, case: Case) -> None:
    await fill_lake(engines.lake, engines.workspace_id, case)
    found, ask = await compute(engines.spark, engines.workspace_id, case)
    assert differences(case, found, ask) == []
