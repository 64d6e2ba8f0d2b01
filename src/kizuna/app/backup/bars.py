"""Progress on stderr, in bytes; nothing when JSON is asked for."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

Told = Callable[[int], None]
Begin = Callable[[str, int | None], Told]
"""Begins a stage of so many bytes, and gives who is told of those that are done."""


@contextmanager
def show_stages(*, quiet: bool) -> Generator[Begin]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as bars:

        def begin(name: str, total: int | None) -> Told:
            bar = bars.add_task(f"{name:<10}", total=total)
            return lambda done: bars.advance(bar, done)

        yield begin
