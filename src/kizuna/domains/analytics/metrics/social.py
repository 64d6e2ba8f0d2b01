"""SNS engagement: sums first, then one division, by a denominator that has a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from kizuna.conditions.ast import EventMatch, Name
from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.labels import fold_labels
from kizuna.domains.analytics.rules.words import LABEL, PERIOD, text

Denominator = Literal["impressions", "reach", "followers"]

DENOMINATORS: Mapping[Denominator, tuple[str, str]] = {
    "impressions": ("impressions", "表示回数"),
    "reach": ("people reached", "リーチ"),
    "followers": ("followers at the time", "その時点のフォロワー数"),
}


class SocialParams(Struct, frozen=True, forbid_unknown_fields=True):
    """Each event says how a post stands; figures of a post only grow, so its last event in a period counts there.
    ``engagements`` are the properties that are added up."""

    event: EventMatch = EventMatch("Post Measured")
    post_property: Name = "post_id"
    engagements: Annotated[list[Name], Meta(min_length=1, max_length=10)] = field(
        default_factory=lambda: ["likes", "comments", "shares", "saves"]
    )
    denominator: Denominator = "impressions"


async def compute(ask: Ask, params: SocialParams) -> Found:
    rows = ask.rows([params.event])
    rows.bucket(ask.periods.bounds_us)
    rows.add(rows.flag(0), "meant")
    rows.label(params.post_property, "post")
    for number, name in enumerate(params.engagements):
        rows.millionths(name, f"e{number}")
    rows.millionths(params.denominator, "base")
    labels = await fold_labels(ask, ask.tell(rows), "meant")
    added = " + ".join(f"coalesce(e{number}, 0)" for number in range(len(params.engagements)))
    last = f"""
        SELECT bucket, label, post, {added} AS engaged, base,
            row_number() OVER (PARTITION BY bucket, label, post ORDER BY time_us DESC, {added} DESC, base DESC) AS place
        FROM told WHERE meant AND post IS NOT NULL
    """
    # A post without the denominator is in neither sum: else the rate would be too high.
    text_ = f"""
        SELECT bucket, label, count(*) AS posts, count(base) AS measured,
            CAST(sum(CASE WHEN base IS NOT NULL THEN engaged END) AS DOUBLE) / 1000000 AS engaged,
            CAST(sum(base) AS DOUBLE) / 1000000 AS base
        FROM ({last}) AS posts WHERE place = 1 GROUP BY bucket, label
    """
    found = {
        (row["bucket"], row["label"]): row
        for row in (await ask.select(text_, labels.relations, labels.tables)).to_pylist()
    }
    out = [
        _row(start, label, found[number, label])
        for number, start in enumerate(ask.periods.starts)
        for label in labels.values
        if (number, label) in found
    ]
    _note(ask, out)
    return Found(_columns(params), out, _figures(params, out))


def _row(start: str, label: str | None, row: Mapping[str, Any]) -> list[Any]:
    engaged, base = row["engaged"] or 0, row["base"] or 0
    return [start, label, row["posts"], row["measured"], engaged, base, engaged / base if base else None]


def _note(ask: Ask, rows: list[list[Any]]) -> None:
    if not rows:
        ask.note("no_posts", "No post was measured in the range.", "期間中に計測された投稿はありません。", warning=True)
    if any(row[3] < row[2] for row in rows):
        ask.note(
            "denominator_missing",
            "Posts of which the denominator is not known are left out of the rate.",
            "分母が分からない投稿は、率の計算から除いています。",
        )


def _figures(params: SocialParams, rows: list[list[Any]]) -> list[Figure]:
    engaged, base = sum(row[4] for row in rows), sum(row[5] for row in rows)
    columns = _columns(params)
    return [
        Figure("engaged", "count", columns[4].title, engaged),
        Figure(
            "rate",
            "share",
            columns[6].title,
            engaged / base if base else None,
            n=int(base),
            definition=columns[6].definition,
        ),
    ]


def _columns(params: SocialParams) -> list[Column]:
    en, ja = DENOMINATORS[params.denominator]
    return [
        PERIOD,
        LABEL,
        Column("posts", "count", text("Posts", "投稿")),
        Column("measured", "count", text("Posts in the rate", "率に含む投稿")),
        Column("engaged", "count", text("Engagements", "反応数")),
        Column("base", "count", text(en.capitalize(), ja)),
        Column(
            "rate",
            "share",
            text(f"Engagement rate by {en}", f"エンゲージメント率（{ja}あたり）"),
            text(
                f"The sum of engagements over the sum of {en}; not the mean of the posts' rates",
                f"反応数の合計を{ja}の合計で割った値です。投稿ごとの率の平均ではありません。",
            ),
            of="base",
        ),
    ]


PLUGIN = Metric(
    key="social",
    group="touchpoints",
    shape="series",
    title=text("SNS engagement", "SNSのエンゲージメント"),
    definition=text(
        "Engagements with posts over a named denominator, added up before they are divided. Of each post the last "
        "measurement in a period counts.",
        "投稿への反応を、明示した分母で割ります。合計してから割り算をします。投稿ごとに、期間内の最後の計測値を使います。",
    ),
    params=SocialParams,
    compute=compute,
    events=lambda params: [params.event],
    periods=True,
)
