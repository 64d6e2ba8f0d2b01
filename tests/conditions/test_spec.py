"""``spec/conditions`` is the truth: the plain reading answers every case as it says."""

import pytest

from kizuna.conditions.evaluate import evaluate
from tests.conditions.cases import Case, read_cases

CASES = read_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_answers_as_the_case_says(case: Case) -> None:
    assert evaluate(case.node, case.person, case.at) is case.expected


def test_there_are_cases_of_both_answers_for_everything() -> None:
    kinds = {type(case.node).__name__: set() for case in CASES}  # type: dict[str, set[bool]]
    for case in CASES:
        kinds[type(case.node).__name__].add(case.expected)
    assert [name for name, answers in kinds.items() if answers != {True, False}] == []
    assert len({case.id for case in CASES}) == len(CASES)
