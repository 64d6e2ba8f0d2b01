"""What a dashboard is made of."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct, field

from kizuna.domains.analytics.contracts import QueryBody, WrittenText

TEXT_CHARS_MAX = 5_000
TARGETS_MAX = 10


class Target(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A line to be reached, drawn across the chart; of one series, or of all."""

    value: float
    title: Annotated[str, Meta(max_length=100)] = ""
    series: Annotated[str, Meta(max_length=200)] | None = None


class ViewOptions(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """How an answer is looked at. ``options`` is what the drawing of a shape has of its own."""

    chart: Annotated[str, Meta(max_length=40)] | None = None
    targets: Annotated[list[Target], Meta(max_length=TARGETS_MAX)] = field(default_factory=list[Target])
    options: Annotated[dict[str, Any], Meta(max_length=50)] = field(default_factory=dict[str, Any])


class TileBody(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A report by its number, a query of the dashboard's own, or a text in Markdown: one of them. Tiles stand in the
    order of the list on a grid of 12 columns; ``height`` is in rows of about 80 pixels."""

    report_id: int | None = None
    query: QueryBody | None = None
    text: Annotated[str, Meta(max_length=TEXT_CHARS_MAX)] | None = None
    title: WrittenText | None = None
    width: Annotated[int, Meta(ge=1, le=12)] = 6
    height: Annotated[int, Meta(ge=1, le=12)] = 4
    view: ViewOptions = field(default_factory=ViewOptions)
