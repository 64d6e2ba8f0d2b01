"""What others may ask of analytics: questions, and answers in words."""

from __future__ import annotations

from typing import Any

from kizuna.domains.analytics.contracts import Answer
from kizuna.domains.analytics.rules.letters import write_span as _write_span
from kizuna.domains.analytics.rules.written import Language, shown_columns, write_figure_title, write_value
from kizuna.domains.analytics.rules.written import write_table as _write_table
from kizuna.domains.analytics.service import answers as _answers
from kizuna.domains.analytics.service import metrics as _metrics
from kizuna.domains.analytics.service.ahead import ask_ahead, make_happenings
from kizuna.domains.analytics.service.export import write_csv
from kizuna.kernel.context import Actor, Runtime

__all__ = [
    "Language",
    "answer",
    "ask_ahead",
    "describe_metric",
    "list_metrics_by_group",
    "make_happenings",
    "write_csv",
    "write_figures",
    "write_span",
    "write_table",
]


async def answer(
    runtime: Runtime, workspace_id: int, actor: Actor, query: dict[str, Any], *, max_age_s: float = 0
) -> Answer:
    """The answer to a question as JSON says it. Raises ``Invalid`` with the place of what is wrong, and ``Limit``."""
    return await _answers.answer(runtime, workspace_id, actor, query, max_age_s=max_age_s)


def list_metrics_by_group() -> dict[str, list[tuple[str, str]]]:
    """(key, English title) of every metric, by group."""
    found: dict[str, list[tuple[str, str]]] = {}
    for one in _metrics.describe_metrics():
        found.setdefault(one.metric.group, []).append((one.metric.key, one.metric.title["en"]))
    return found


def describe_metric(key: str) -> tuple[str, str, dict[str, Any]]:
    """English title and definition, and the JSON schema of its params. Raises ``Invalid`` for one there is not."""
    metric = _metrics.find_metric(key)
    return metric.title["en"], metric.definition["en"], _metrics.describe_params(metric.params)


def write_span(answer: Answer, language: Language) -> str:
    """First and last day of what was asked, in its zone."""
    return _write_span(answer.span, answer.zone, language)


def write_figures(answer: Answer, language: Language) -> list[tuple[str, str]]:
    """Titles and values of the numbers that stand above the rest."""
    return [
        (write_figure_title(figure, answer, language), write_value(figure.value, figure.kind, language, answer))
        for figure in answer.figures
    ]


def write_table(
    answer: Answer, language: Language, rows_max: int
) -> tuple[list[tuple[str, bool]], list[list[str]], int]:
    """Titles and whether they are of numbers, rows in words, and how many were left out."""
    titles, rows, left_out = _write_table(answer, language, rows_max)
    numbers = [answer.columns[place].kind not in ("time", "label") for place in shown_columns(answer)]
    return list(zip(titles, numbers, strict=True)), rows, left_out
