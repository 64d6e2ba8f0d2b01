"""What a benchmark found: printed as a table, kept as JSON in ``benchmarks/results/<area>.json``."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Result:
    """One figure. ``budget`` is what we promise; ``peer_value`` what another tool did in the same run."""

    name: str
    value: float
    unit: str
    better: Literal["higher", "lower"]
    budget: float | None = None
    peer: str | None = None
    peer_value: float | None = None

    @property
    def within_budget(self) -> bool | None:
        if self.budget is None:
            return None
        return self.value >= self.budget if self.better == "higher" else self.value <= self.budget


def write_results(area: str, results: list[Result]) -> None:
    """Prints the table of an area and replaces its file."""
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps([asdict(result) for result in results], indent=2, ensure_ascii=False)
    (RESULTS / f"{area}.json").write_text(text + "\n", encoding="utf-8")
    table = Table(title=area)
    for column in ("what", "value", "unit", "budget", "", "peer"):
        table.add_column(column, justify="right" if column in ("value", "budget") else "left")
    for result in results:
        mark = {True: "✓", False: "✗ over", None: ""}[result.within_budget]
        peer = f"{result.peer}: {show(result.peer_value)}" if result.peer and result.peer_value is not None else ""
        table.add_row(result.name, show(result.value), result.unit, show(result.budget), mark, peer)
    Console(width=140).print(table)


def show(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
