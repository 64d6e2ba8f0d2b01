"""What a mailing of figures says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from kizuna.domains.analytics.contracts import Answer, Span
from kizuna.domains.analytics.rules.words import text
from kizuna.domains.analytics.rules.written import Language, shown_columns, write_figure_title, write_table, write_value

FIGURES_MAX = 8
ROWS_MAX = 20

BUTTON = text("Open in Kizuna", "Kizunaで開く")
REASON = text(
    "You get this because {by} put you on the list of recipients in the workspace “{workspace}”. Whoever may manage "
    "reports there can take you off it.",
    "ワークスペース「{workspace}」で、{by}さんがあなたを宛先に設定したため、お送りしています。停止をご希望の場合は、レポートを管理できるメンバーにご依頼ください。",
)
NOT_COMPUTED = text("This could not be worked out: {why}", "この数値は計算できませんでした。")
_MORE = text("and {n:,} more rows", "ほか{n:,}行")
_BEFORE = text("(before: {value})", "（前：{value}）")
_SPAN = text("{since} to {until}", "{since}～{until}")


@dataclass(frozen=True, slots=True)
class Part:
    """A tile in words. Where ``sentence`` stands there are no figures; ``columns`` say whether they are of numbers."""

    title: str
    sentence: str = ""
    span: str = ""
    figures: Sequence[tuple[str, str, str]] = ()
    columns: Sequence[tuple[str, bool]] = ()
    rows: Sequence[Sequence[str]] = ()
    more: str = ""
    notes: Sequence[str] = field(default_factory=tuple)


def write_part(title: str, answer: Answer, language: Language) -> Part:
    titles, rows, left_out = write_table(answer, language, ROWS_MAX)
    kinds = [answer.columns[place].kind for place in shown_columns(answer)]
    figures = [
        (
            write_figure_title(figure, answer, language),
            write_value(figure.value, figure.kind, language, answer),
            ""
            if figure.previous is None
            else _BEFORE[language].format(value=write_value(figure.previous, figure.kind, language, answer)),
        )
        for figure in answer.figures[:FIGURES_MAX]
    ]
    return Part(
        title=title,
        span=write_span(answer.span, answer.zone, language),
        figures=figures,
        columns=[(name, kind not in ("time", "label")) for name, kind in zip(titles, kinds, strict=True)],
        rows=rows,
        more=_MORE[language].format(n=left_out) if left_out else "",
        notes=[caveat.text[language] for caveat in answer.caveats],
    )


def write_span(span: Span, zone: str, language: Language) -> str:
    """First and last day of a range, in its zone."""
    here = ZoneInfo(zone)
    since = datetime.fromisoformat(span.since).astimezone(here)
    # The end is not in the range any more: what ends at midnight has the day before as its last.
    until = datetime.fromtimestamp(datetime.fromisoformat(span.until).timestamp() - 1e-6, here)
    return _SPAN[language].format(since=f"{since:%Y-%m-%d}", until=f"{until:%Y-%m-%d}")
