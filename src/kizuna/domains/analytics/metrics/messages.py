"""Messages: what became of e-mails, pushes and LINE messages, with people and machines apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from kizuna.conditions.ast import EventMatch, Name
from kizuna.domains.analytics.contracts import Column, Figure
from kizuna.domains.analytics.metrics.base import Cell, Found, Metric
from kizuna.domains.analytics.queries.ask import Ask
from kizuna.domains.analytics.queries.labels import fold_labels
from kizuna.domains.analytics.queries.rows import Rows
from kizuna.domains.analytics.rules.words import LABEL, text

Step = Literal["sent", "delivered", "opened", "clicked", "bounced", "unsubscribed", "complained"]
STEPS: tuple[Step, ...] = ("sent", "delivered", "opened", "clicked", "bounced", "unsubscribed", "complained")


class Channel(Struct, frozen=True, forbid_unknown_fields=True):
    """A channel by the names of the events that tell of it; a step without a name is not known of it."""

    channel: Annotated[str, Meta(min_length=1, max_length=40)]
    sent: Name | None = None
    delivered: Name | None = None
    opened: Name | None = None
    clicked: Name | None = None
    bounced: Name | None = None
    unsubscribed: Name | None = None
    complained: Name | None = None


# The names of Segment's e-mail and mobile specs, and of LINE's webhooks as Kizuna takes them in.
CHANNELS = (
    Channel(
        "email",
        "Email Sent",
        "Email Delivered",
        "Email Opened",
        "Email Link Clicked",
        "Email Bounced",
        "Unsubscribed",
        "Email Marked as Spam",
    ),
    Channel(
        "push",
        "Push Notification Sent",
        "Push Notification Received",
        None,
        "Push Notification Tapped",
        "Push Notification Bounced",
    ),
    Channel("line", "LINE Message Sent", "LINE Message Delivered", "LINE Message Opened", "LINE Message Clicked"),
)


class MessageParams(Struct, frozen=True, forbid_unknown_fields=True):
    """A message to a person counts once in each step, however often it is opened: ``message_property`` tells messages
    apart. An open is a machine's where ``machine_property`` is true: programs that fetch pictures ahead."""

    channels: Annotated[list[Channel], Meta(min_length=1, max_length=8)] = field(default_factory=lambda: [*CHANNELS])
    message_property: Name = "message_id"
    machine_property: Name = "machine"


def _matches(params: MessageParams) -> list[tuple[str, Step, EventMatch]]:
    return [
        (one.channel, step, EventMatch(name))
        for one in params.channels
        for step in STEPS
        if (name := getattr(one, step)) is not None
    ]


def _rows(ask: Ask, params: MessageParams) -> Rows:
    rows = ask.rows([match for _, _, match in _matches(params)])
    rows.which("step")
    rows.label(params.message_property, "message")
    rows.label(params.machine_property, "machine")
    return rows


# An open of a person and one of a machine are one message that a person opened.
_COUNTED = """
    SELECT step, label, count(*) AS n, sum(by_person) AS people
    FROM (
        SELECT step, label, profile_key, message, max(CASE WHEN machine = 'true' THEN 0 ELSE 1 END) AS by_person
        FROM told WHERE step IS NOT NULL GROUP BY step, label, profile_key, message
    ) AS messages
    GROUP BY step, label
"""


async def compute(ask: Ask, params: MessageParams) -> Found:
    named = _matches(params)
    labels = await fold_labels(ask, ask.tell(_rows(ask, params)), "step IS NOT NULL")
    counted = (await ask.select(_COUNTED, labels.relations, labels.tables)).to_pylist()
    cells: dict[tuple[str, str | None], dict[str, int]] = {}
    for row in counted:
        channel, step, _ = named[row["step"]]
        cell = cells.setdefault((channel, row["label"]), {})
        cell[step] = int(row["n"])
        if step == "opened":
            cell["opened"], cell["machine"] = int(row["people"]), int(row["n"] - row["people"])
    rows = [
        _row(one, label, cells[one.channel, label])
        for one in params.channels
        for label in labels.values
        if (one.channel, label) in cells
    ]
    _note(ask, rows)
    return Found(COLUMNS, rows, [_figure(rows, "delivered"), _figure(rows, "clicked")])


def _row(channel: Channel, label: str | None, n: Mapping[str, int]) -> list[Any]:
    """Delivered is what was told; where no such event is known of the channel, what was sent and did not bounce."""
    known = lambda step: n.get(step, 0) if getattr(channel, step) is not None else None  # noqa: E731
    sent, delivered = known("sent"), known("delivered")
    if not delivered and sent:
        delivered = sent - (known("bounced") or 0)
    opened, clicked = known("opened"), known("clicked")
    machine = n.get("machine", 0) if channel.opened is not None else None
    bounced, gone, complained = known("bounced"), known("unsubscribed"), known("complained")
    of = lambda part, whole: None if part is None or not whole else part / whole  # noqa: E731
    return [
        channel.channel,
        label,
        sent,
        delivered,
        of(delivered, sent),
        opened,
        machine,
        of(opened, delivered),
        clicked,
        of(clicked, delivered),
        of(clicked, opened),
        bounced,
        of(bounced, sent),
        gone,
        of(gone, delivered),
        complained,
        of(complained, delivered),
    ]


def _note(ask: Ask, rows: Sequence[Sequence[Any]]) -> None:
    if not rows:
        ask.note(
            "no_messages",
            "No message was sent in the range.",
            "期間中に送信されたメッセージはありません。",
            warning=True,
        )
    if any(row[6] for row in rows):
        ask.note(
            "machine_opens",
            "Opens by programs that fetch pictures ahead are apart, and in no rate.",
            "画像を先読みするプログラムによる開封は別に数え、率には含めていません。",
        )
    if any(row[5] for row in rows):
        ask.note(
            "opens_are_uncertain",
            "Opens are seen only where pictures are shown: rely on clicks.",
            "開封は画像が表示された場合にしか分かりません。クリックを目安にしてください。",
        )


def _figure(rows: Sequence[Sequence[Any]], key: str) -> Figure:
    column = next(at for at, one in enumerate(COLUMNS) if one.key == key)
    return Figure(key, "count", COLUMNS[column].title, sum(row[column] or 0 for row in rows))


async def people(ask: Ask, params: MessageParams, cell: Cell) -> Sequence[int]:
    """Whose messages are in a step of a channel."""
    steps = [
        at
        for at, (channel, step, _) in enumerate(_matches(params))
        if channel == cell.get("channel") and step == cell.get("column")
    ]
    labels = await fold_labels(ask, ask.tell(_rows(ask, params)), "step IS NOT NULL")
    wanted = f"step IN ({', '.join(map(str, steps)) or 'NULL'})"
    if cell.get("column") == "opened":
        wanted += " AND (machine IS NULL OR machine <> 'true')"
    tables = dict(labels.tables)
    if ask.query.breakdown is not None:
        import pyarrow as pa

        wanted += (
            " AND label IS NULL" if cell.get("label") is None else " AND label IN (SELECT chosen FROM chosen_label)"
        )
        tables["chosen_label"] = pa.table({"chosen": pa.array([cell.get("label")], pa.string())})
    found = await ask.select(
        f"SELECT DISTINCT profile_key FROM told WHERE {wanted} ORDER BY profile_key", labels.relations, tables
    )
    return found.column("profile_key").to_pylist()


COLUMNS = [
    Column("channel", "label", text("Channel", "チャネル")),
    LABEL,
    Column("sent", "count", text("Sent", "送信"), opens=True),
    Column("delivered", "count", text("Delivered", "到達"), opens=True),
    Column("delivered_share", "share", text("Delivery rate", "到達率"), text("Of sent", "送信のうち"), of="sent"),
    Column("opened", "count", text("Opened by people", "人による開封"), opens=True),
    Column("machine", "count", text("Opened by machines only", "機械のみの開封")),
    Column("opened_share", "share", text("Open rate", "開封率"), text("Of delivered", "到達のうち"), of="delivered"),
    Column("clicked", "count", text("Clicked", "クリック"), opens=True),
    Column(
        "clicked_share", "share", text("Click rate", "クリック率"), text("Of delivered", "到達のうち"), of="delivered"
    ),
    Column(
        "click_to_open",
        "share",
        text("Click to open", "開封者クリック率"),
        text("Of those that people opened", "人が開封したもののうち"),
        of="opened",
    ),
    Column("bounced", "count", text("Bounced", "不達"), opens=True),
    Column("bounced_share", "share", text("Bounce rate", "不達率"), text("Of sent", "送信のうち"), of="sent"),
    Column("unsubscribed", "count", text("Unsubscribed", "配信停止"), opens=True),
    Column("unsubscribed_share", "share", text("Unsubscribe rate", "配信停止率"), text("Of delivered", "到達のうち")),
    Column("complained", "count", text("Marked as spam", "迷惑メール報告"), opens=True),
    Column("complained_share", "share", text("Complaint rate", "迷惑メール報告率"), text("Of delivered", "到達のうち")),
]

PLUGIN = Metric(
    key="messages",
    group="touchpoints",
    shape="table",
    title=text("Messages", "メッセージの反応"),
    definition=text(
        "Messages by channel and what became of them. A message to a person counts once in each step. An open that "
        "only a machine made is not counted as one.",
        "チャネルごとのメッセージと、その反応です。1人への1通は、各段階で1回だけ数えます。機械だけによる開封は開封に含めません。",
    ),
    params=MessageParams,
    compute=compute,
    people=people,
    events=lambda params: [],
)
