"""The reference page of metrics: what each means, what it takes, and on which engines it was proved."""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

CASES = Path(__file__).parents[1] / "spec" / "metrics"

GROUPS = {
    "behaviour": "Behaviour",
    "customers": "Customers",
    "products": "Products",
    "touchpoints": "Touchpoints",
}
SHAPES = {
    "series": "lines over time",
    "bars": "bars",
    "funnel": "funnel",
    "matrix": "table of cohorts",
    "flow": "flow",
    "table": "table",
    "scatter": "dots",
    "rfm": "RFM map",
    "map": "map of stages",
}

Table = Callable[[Sequence[str], Iterable[Sequence[str]]], str]


def metrics_page(table: Table) -> str:
    from kizuna.domains.analytics.service.metrics import describe_metrics

    described = describe_metrics()
    engines = sorted({engine for one in described for engine in one.engines})
    rows = [
        (
            f"[`{one.metric.key}`](#{one.metric.key})",
            one.metric.title["en"],
            one.metric.title["ja"],
            SHAPES[one.metric.shape],
            "●" if one.metric.breaks_down else "",
            "●" if one.metric.people is not None else "",
            *("●" if engine in one.engines else "" for engine in engines),
            str(_count_cases(one.metric.key)),
        )
        for one in described
    ]
    head = ("metric", "title", "日本語", "drawn as", "breakdown", "people behind it", *engines, "cases")
    parts = [
        "# Metrics and engines\n\nEvery metric is one file, written once for all engines. Its cases "
        "(`spec/metrics/`) say what it answers of a few people; they run on every engine, and the answers are equal to "
        "the row. How to ask: [Ask questions](../how-to/questions.md).\n",
        table(head, rows),
    ]
    for group, title in GROUPS.items():
        parts.append(f"## {title}\n")
        parts += [_describe(one.metric, one.params, table) for one in described if one.metric.group == group]
    return "\n".join(parts)


def _describe(metric: Any, params: dict[str, Any], table: Table) -> str:
    rows = [
        (f"`{name}`", _kind(schema, params), _default(name, schema, params))
        for name, schema in params.get("properties", {}).items()
    ]
    text = " ".join(params.get("description", "").split())
    parts = [f"### {metric.key}", f"**{metric.title['en']}**. {metric.definition['en']}", text]
    parts += [table(("param", "kind", "default"), rows)] if rows else []
    return "\n\n".join(part for part in parts if part).replace("``", "`")


def _kind(schema: dict[str, Any], whole: dict[str, Any]) -> str:
    if "$ref" in schema:
        return f"`{schema['$ref'].rpartition('/')[2]}`"
    if "anyOf" in schema:
        return " or ".join(_kind(one, whole) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}), whole)}"
    bounds = [f"from {schema['minimum']}"] if "minimum" in schema else []
    bounds += [f"to {schema['maximum']}"] if "maximum" in schema else []
    return " ".join([str(schema.get("type", "anything")), *bounds])


def _default(name: str, schema: dict[str, Any], whole: dict[str, Any]) -> str:
    if name in whole.get("required", ()):
        return "(needed)"
    if "default" not in schema:
        return "(see above)"
    return f"`{json.dumps(schema['default'], ensure_ascii=False)}`"


def _count_cases(key: str) -> int:
    path = CASES / f"{key}.json"
    return len(json.loads(path.read_text(encoding="utf-8"))["cases"]) if path.exists() else 0
