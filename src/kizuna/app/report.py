"""``kizuna report``: the questions of analytics from the command line."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text  # what customers wrote is no markup

from kizuna.app.build import build_runtime
from kizuna.domains.analytics import api as analytics
from kizuna.domains.analytics.contracts import Answer
from kizuna.domains.workspace.api import find_workspace
from kizuna.kernel.context import SYSTEM
from kizuna.kernel.errors import Invalid
from kizuna.kernel.settings import Settings

_UNITS = {"h": "hour", "d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year"}
_LAST = re.compile(r"([1-9]\d{0,3})([hdwmqy])")
WIDTH_UNBOUND = 10_000


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What was said on the command line."""

    file: str | None = None
    metric: str | None = None
    params: str | None = None
    events: tuple[str, ...] = ()
    last: str | None = None
    until_last: bool = False
    first_day: str | None = None
    last_day: str | None = None
    interval: str | None = None
    by: str | None = None
    compare: str | None = None
    zone: str | None = None
    slug: str | None = None
    rows: int = 100
    language: str = "en"
    as_json: bool = False
    as_csv: bool = False


def run_report(settings: Settings, request: ReportRequest) -> None:
    """Prints an answer as a table, as JSON or as CSV. Raises ``Invalid`` for what is no question."""
    query = read_query(request)
    try:
        answer = asyncio.run(_ask(settings, query, request.slug))
    except Invalid as error:
        raise _with_hint(error, str(query["metric"])) from error
    if request.as_json:
        sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
        return
    if request.as_csv:
        sys.stdout.write(analytics.write_csv(answer, _language(request)))
    else:
        print_answer(answer, request)
    for caveat in answer.caveats:
        sys.stderr.write(f"kizuna: {caveat.text[_language(request)]}\n")


def _with_hint(error: Invalid, metric: str) -> Invalid:
    """The same with the place, and for params with where they are explained."""
    place = next(iter(error.fields), "")
    if len(error.fields) != 1 or not place.startswith("params"):
        return error
    return Invalid(error.code, f"{place}: {error.message} `kizuna report --describe {metric}` explains the params.")


def list_metrics() -> None:
    """Prints which metrics there are, and what each says."""
    console = _console()
    for group, metrics in analytics.list_metrics_by_group().items():
        console.print(Text(group, style="bold"))
        table = Table(box=None, show_header=False, padding=(0, 2))
        for key, title in metrics:
            table.add_row(Text(key), Text(title))
        console.print(table)


def describe_metric(key: str) -> None:
    """Prints a metric's definition and the JSON schema of its params. Raises ``Invalid`` for one there is not."""
    title, definition, schema = analytics.describe_metric(key)
    sys.stdout.write(f"{title}\n\n{definition}\n\n{json.dumps(schema, ensure_ascii=False, indent=2)}\n")


def read_query(request: ReportRequest) -> dict[str, Any]:
    """The question that the file or the options ask; options go before the file."""
    query = _read_file(request.file) if request.file is not None else {}
    if request.metric is not None:
        query["metric"] = request.metric
    if not query.get("metric"):
        raise Invalid(
            "no_question",
            "Name a file that holds a query, or a metric with --metric; `kizuna report --list` says which there are.",
        )
    if request.params is not None:
        query["params"] = _read_json(request.params, "--params")
    elif request.events:
        if query["metric"] != "trend":
            raise Invalid(
                "params_needed",
                f"--event is short for trends; give {query['metric']} its --params, which "
                f"`kizuna report --describe {query['metric']}` explains.",
            )
        query["params"] = {"series": [{"event": {"name": name}} for name in request.events]}
    given = {"interval": request.interval, "compare": request.compare, "zone": request.zone}
    query |= {name: value for name, value in given.items() if value is not None}
    if (range_ := _range(request)) is not None:
        query["range"] = range_
    if request.by is not None:
        query["breakdown"] = _breakdown(request.by)
    return query


def print_answer(answer: Answer, request: ReportRequest) -> None:
    language = _language(request)
    console = _console()
    console.print(Text(answer.title[language], style="bold"), Text(analytics.write_span(answer, language)))
    if answer.figures:
        figures = Table(box=None, show_header=False, padding=(0, 2))
        figures.add_column()
        figures.add_column(justify="right")
        for title, value in analytics.write_figures(answer, language):
            figures.add_row(Text(title), Text(value))
        console.print(figures)
    titles, rows, left_out = analytics.write_table(answer, language, request.rows)
    if not rows:
        return
    table = Table(box=None, padding=(0, 2), header_style="bold")
    for title, is_number in titles:
        table.add_column(Text(title), justify="right" if is_number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)
    if left_out:
        sys.stderr.write(f"kizuna: {left_out:,} more rows; ask for more with --rows, or for all with --csv\n")


async def _ask(settings: Settings, query: dict[str, Any], slug: str | None) -> Answer:
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # one sentence says it, at the end
    runtime, database = build_runtime(settings)
    try:
        async with database.transaction("auth") as db:
            workspace = await find_workspace(db, slug)
        return await analytics.answer(runtime, workspace.id, SYSTEM, query)
    finally:
        await runtime.engine.close()
        await runtime.lake.close()
        await database.close()


def _read_file(name: str) -> dict[str, Any]:
    if name == "-":
        return _read_object(sys.stdin.read(), "the standard input")
    try:
        text = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid("file_unreadable", f"{name} cannot be read: {error}. Name a file that holds a query.") from error
    return _read_object(text, name)


def _read_object(text: str, where: str) -> dict[str, Any]:
    found = _read_json(text, where)
    # What the API takes may be written down as it is.
    return found["query"] if set(found) <= {"query", "max_age_s"} and isinstance(found.get("query"), dict) else found


def _read_json(text: str, where: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Invalid("json_unreadable", f"{where} is not JSON: {error}.") from error
    if not isinstance(found, dict):
        raise Invalid("json_unreadable", f"{where} must hold a JSON object, as {{…}}.")
    return found


def _range(request: ReportRequest) -> dict[str, Any] | None:
    if request.first_day is not None or request.last_day is not None:
        if request.first_day is None or request.last_day is None:
            raise Invalid("range_open", "Give both days, --from and --to, as 2026-03-01.")
        return {"kind": "dates", "first": request.first_day, "last": request.last_day}
    if request.last is None:
        return {"kind": "until_last"} if request.until_last else None
    if request.last == "all":
        return {"kind": "until_last"} if request.until_last else {"kind": "all"}
    match = _LAST.fullmatch(request.last)
    if match is None:
        raise Invalid("range_unreadable", "--last takes a number and a unit, as 30d, 12w, 6m, 4q, 2y or 48h, or all.")
    number, unit = int(match[1]), _UNITS[match[2]]
    if request.until_last:
        return {"kind": "until_last", "n": number, "unit": unit}
    return {"kind": "last", "n": number, "unit": unit}


def _breakdown(text: str) -> dict[str, Any]:
    kind, _, name = text.partition(":")
    if kind == "touchpoint" and not name:
        return {"by": "touchpoint"}
    if kind in ("property", "trait") and name:
        return {"by": kind, kind: name}
    if kind == "segment" and name and all(one.isdecimal() for one in name.split(",")):
        return {"by": "segment", "segments": [int(one) for one in name.split(",")]}
    raise Invalid(
        "breakdown_unreadable",
        "--by takes property:NAME, trait:NAME, segment:NUMBER,NUMBER or touchpoint.",
    )


def _language(request: ReportRequest) -> analytics.Language:
    return "ja" if request.language == "ja" else "en"


def _console() -> Console:
    # Into a file or a pipe nothing is cut to the width of a screen.
    return Console(width=None if sys.stdout.isatty() else WIDTH_UNBOUND, highlight=False)
