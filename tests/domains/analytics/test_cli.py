"""``kizuna report``: answers on the command line, and sentences where there is none."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.domains.analytics.test_api import orders
from tests.domains.segments.shop import Shop

from kizuna.app import report
from kizuna.app.build import build_runtime
from kizuna.app.cli import main
from kizuna.app.report import ReportRequest, read_query
from kizuna.kernel.errors import Invalid
from kizuna.kernel.settings import Settings


@pytest.fixture
def run(shop: Shop, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command beside a running workspace, in a thread: it has an event loop of its own."""
    monkeypatch.setattr("kizuna.app.cli.read_settings", lambda: settings)
    monkeypatch.setattr(report, "build_runtime", _with_clock(shop))

    async def run_it(*arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, main, ["report", *arguments])

    return run_it


def _with_clock(shop: Shop) -> Any:
    return lambda settings: build_runtime(settings, shop.runtime.clock)


async def test_an_answer_is_a_table(run: Any) -> None:
    done = await run("--metric", "trend", "--event", "Order Completed", "--last", "2m", "--interval", "month")
    assert done.exit_code == 0, done.output
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0] == ["Trend", "2026-02-01", "to", "2026-03-31"]
    assert ["2026-02", "A", "0"] in lines
    assert ["2026-03", "A", "3"] in lines


async def test_an_answer_is_json_or_csv(run: Any, tmp_path: Path) -> None:
    query = tmp_path / "query.json"
    query.write_text(json.dumps({"query": orders(), "max_age_s": 60}), encoding="utf-8")
    found = json.loads((await run(str(query), "--json")).stdout)
    assert found["figures"][0]["value"] == 3
    as_csv = (await run(str(query), "--csv", "--language", "ja", "--by", "trait:plan")).stdout
    assert as_csv.splitlines()[0] == "\ufeff期間,系列,内訳,値"
    assert "2026-03-01T00:00:00+09:00,A,gold,2" in as_csv.splitlines()


async def test_what_is_no_question_is_one_sentence(run: Any, tmp_path: Path) -> None:
    async def said(*arguments: str) -> str:
        done = await run(*arguments)
        assert (done.exit_code, done.stdout) == (1, ""), done.output
        assert "Traceback" not in done.stderr
        return done.stderr

    assert "Did you mean trend?" in await said("--metric", "trnd")
    assert "kizuna report --list" in await said()
    assert "kizuna report --describe trend" in await said("--metric", "trend")
    assert "cannot be read" in await said(str(tmp_path / "nothing.json"))
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    assert "is not JSON" in await said(str(broken))
    unknown = await run("--metric", "trend", "--event", "Order Complete")
    assert unknown.exit_code == 0
    assert "Did you mean “Order Completed”?" in unknown.stderr


async def test_metrics_are_listed_and_explained(run: Any) -> None:
    assert "trend" in (await run("--list")).stdout
    told = (await run("--describe", "trend")).stdout
    assert '"series"' in told


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"last": "30d"}, {"range": {"kind": "last", "n": 30, "unit": "day"}}),
        ({"last": "all"}, {"range": {"kind": "all"}}),
        ({"last": "12m", "until_last": True}, {"range": {"kind": "until_last", "n": 12, "unit": "month"}}),
        ({"until_last": True}, {"range": {"kind": "until_last"}}),
        (
            {"first_day": "2026-01-01", "last_day": "2026-01-31"},
            {"range": {"kind": "dates", "first": "2026-01-01", "last": "2026-01-31"}},
        ),
        ({"by": "property:products[].name"}, {"breakdown": {"by": "property", "property": "products[].name"}}),
        ({"by": "segment:1,2"}, {"breakdown": {"by": "segment", "segments": [1, 2]}}),
        ({"by": "touchpoint"}, {"breakdown": {"by": "touchpoint"}}),
        ({"params": '{"a": 1}', "compare": "previous_year"}, {"params": {"a": 1}, "compare": "previous_year"}),
    ],
)
def test_options_become_a_question(given: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert read_query(ReportRequest(metric="rfm", **given)) == {"metric": "rfm", **wanted}


@pytest.mark.parametrize(
    "given",
    [
        {"last": "0d"},
        {"last": "30"},
        {"by": "colour"},
        {"by": "segment:x"},
        {"first_day": "2026-01-01"},
        {"events": ("A",)},
        {"params": "[]"},
    ],
)
def test_options_that_say_nothing_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        read_query(ReportRequest(metric="rfm", **given))
