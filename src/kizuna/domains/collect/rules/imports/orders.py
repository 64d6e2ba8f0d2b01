"""Order lines to orders.

``read_lines`` reads a block of the file into a table of lines; the table is sorted by order elsewhere
(it may not fit into memory); ``group_lines`` makes events of whole orders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from kizuna.domains.collect.rules.imports.arrow import Strings, Table, pa, pc
from kizuna.domains.collect.rules.imports.columns import (
    Numbers,
    encode_floats,
    encode_json,
    join_object,
    read_ids,
    read_numbers,
    read_texts,
    read_times,
)
from kizuna.domains.collect.rules.imports.plans import (
    Block,
    EventColumns,
    Plan,
    Refusals,
    name_message,
    read_identifiers,
    refuse_shortened,
    refuse_times,
)

COMPLETED = "Order Completed"
REFUNDED = "Order Refunded"

LINES_PER_ORDER_MAX = 5_000
NUMBER_MAX = 1e12
UNIT = 10_000
"""Amounts are added up as whole ten-thousandths, so that 0.1 + 0.2 is 0.3."""

BOUGHT, RETURNED, CANCELLED = 0, 1, 2
"""What a line says: a cancelled one was ordered and then given back, so it counts in both events."""

_CANCELLED_WORDS = (
    *("cancelled", "canceled", "refunded", "returned", "void", "voided", "cancel", "refund", "return"),
    *(
        "キャンセル",
        "キャンセル済",
        "キャンセル済み",
        "返品",
        "返品済",
        "返品済み",
        "返金",
        "返金済み",
        "取消",
        "取消済み",
    ),
)
_ORDER_NUMBERS = ("total", "tax", "shipping", "discount")
_ORDER_TEXTS = ("coupon", "currency", "store")

IntArray = np.ndarray[Any, np.dtype[np.int64]]


def read_lines(block: Block, plan: Plan, refusals: Refusals) -> Table:
    """Lines that were not refused: ``order``, ``row``, ``us`` (time), ``status``, ``amount`` (units),
    ``product`` (JSON), ``id.<type>`` and ``o.<property>`` (JSON). Cells that only one line of an order
    fills, as many shops export them, may be null elsewhere."""
    columns: dict[str, Any] = {"order": _read_orders(block, plan, refusals), "row": pa.array(block.rows)}
    columns["us"] = _read_times(block, plan, refusals)
    for type_, texts in read_identifiers(block, plan, refusals).items():
        columns[f"id.{type_}"] = texts
    for name in _ORDER_NUMBERS:
        if name in plan.columns:
            columns[f"o.{name}"] = _amounts(_numbers(block, plan, name, refusals).values)
    for name in _ORDER_TEXTS:
        if name in plan.columns:
            columns[f"o.{name}"] = encode_json(block.column(plan.columns[name]))
    for name, column in plan.open_fields("property."):
        columns[f"o.{name}"] = encode_json(block.column(column), plan.types[column])
    columns |= _read_products(block, plan, refusals)
    lines = pa.table(columns)
    return lines.filter(pa.array(~refusals.bad)) if refusals.bad.any() else lines


def _read_orders(block: Block, plan: Plan, refusals: Refusals) -> Strings:
    column = plan.columns["order_id"]
    orders = read_ids(block.column(column))
    refusals.add(pc.is_null(orders).to_numpy(zero_copy_only=False), "no_order_id", column)
    refuse_shortened(orders, column, refusals)
    return orders


def _read_times(block: Block, plan: Plan, refusals: Refusals) -> Any:
    column = plan.columns["time"]
    times = read_times(block.column(column), plan.zone, day_first=plan.day_first)
    refuse_times(times, column, block.column(column), plan, refusals)
    return pa.array(times.us, pa.int64(), mask=~times.filled)


def _numbers(block: Block, plan: Plan, name: str, refusals: Refusals) -> Numbers:
    """A column of numbers; all NaN when none is mapped."""
    column = plan.columns.get(name)
    if column is None:
        nothing = np.full(len(block.rows), np.nan)
        return Numbers(nothing, np.zeros(len(nothing), dtype=np.bool_))
    numbers = read_numbers(block.column(column))
    refusals.add(numbers.bad, "bad_number", column, block.column(column))
    refusals.add(np.abs(numbers.values) > NUMBER_MAX, "number_too_large", column, block.column(column))
    return numbers


def _read_products(block: Block, plan: Plan, refusals: Refusals) -> dict[str, Any]:
    given = _numbers(block, plan, "quantity", refusals).values
    quantity = np.where(np.isnan(given), 1.0, given)
    price = _numbers(block, plan, "price", refusals).values
    amount = _numbers(block, plan, "amount", refusals).values
    amount = np.where(np.isnan(amount), price * quantity, amount)
    with np.errstate(divide="ignore", invalid="ignore"):
        price = np.where(np.isnan(price), np.round(np.abs(amount / quantity), 4), price)
    amount = np.nan_to_num(np.clip(amount, -NUMBER_MAX, NUMBER_MAX))
    status = np.where((quantity < 0) | (amount < 0), RETURNED, BOUGHT)
    status = np.where((status == BOUGHT) & _cancelled(block, plan), CANCELLED, status)
    return {
        "status": pa.array(status, pa.int8()),
        "amount": pa.array(np.abs(_to_units(amount))),
        "product": _product_json(block, plan, np.abs(quantity), np.abs(price)),
    }


def _product_json(block: Block, plan: Plan, quantity: Any, price: Any) -> Strings:
    parts: list[tuple[str, Strings]] = []
    for field, key in (
        ("product_id", "product_id"),
        ("product_name", "name"),
        ("category", "category"),
        ("brand", "brand"),
    ):
        if field in plan.columns:
            parts.append((key, encode_json(read_ids(block.column(plan.columns[field])))))
    parts += [("quantity", encode_floats(quantity)), ("price", encode_floats(price))]
    parts += [(name, encode_json(block.column(c), plan.types[c])) for name, c in plan.open_fields("product.")]
    return join_object(parts, len(block.rows))


def _cancelled(block: Block, plan: Plan) -> np.ndarray[Any, np.dtype[np.bool_]]:
    column = plan.columns.get("status")
    if column is None:
        return np.zeros(len(block.rows), dtype=np.bool_)
    words = pc.utf8_lower(read_texts(block.column(column)))
    return pc.is_in(words, pa.array(_CANCELLED_WORDS)).to_numpy(zero_copy_only=False).astype(np.bool_)


def _to_units(values: np.ndarray[Any, np.dtype[np.float64]]) -> IntArray:
    units: IntArray = np.round(values * UNIT).astype(np.int64)
    return units


def _amounts(values: Any) -> Any:
    """Units, null where nothing stands."""
    missing = np.isnan(values)
    return pa.array(_to_units(np.where(missing, 0.0, np.clip(values, -NUMBER_MAX, NUMBER_MAX))), mask=missing)


@dataclass(frozen=True)
class _Orders:
    """Whole orders: ``lines`` with the place where each order starts, and each order's first filled cells."""

    lines: Table
    starts: IntArray
    first: Table

    def __len__(self) -> int:
        return len(self.starts)


def split_orders(lines: Table, carried: Table | None) -> tuple[Table, Table]:
    """Whole orders of a sorted stream, and the last one, which may go on in the next batch."""
    joined = lines if carried is None else pa.concat_tables([carried, lines])
    starts = find_starts(joined.column("order"))
    last = int(starts[-1]) if len(starts) else 0
    return joined.slice(0, last), joined.slice(last)


def group_lines(lines: Table, plan: Plan) -> list[EventColumns]:
    """``Order Completed`` and ``Order Refunded`` of whole, sorted orders: at most one of each for an order."""
    lines = lines.combine_chunks()
    starts = find_starts(lines.column("order"))
    if not len(starts):
        return []
    orders = _Orders(lines, starts, _take_first(lines, starts))
    status = lines.column("status").to_numpy()
    made = [
        _make_events(orders, plan, COMPLETED, status != RETURNED),
        _make_events(orders, plan, REFUNDED, status != BOUGHT),
    ]
    return [events for events in made if len(events)]


def find_starts(orders: Any) -> IntArray:
    if not len(orders):
        return np.zeros(0, dtype=np.int64)
    flat = orders.combine_chunks() if isinstance(orders, pa.ChunkedArray) else orders
    changed = pc.not_equal(flat.slice(1), flat.slice(0, len(flat) - 1)).to_numpy(zero_copy_only=False)
    return np.concatenate(([0], np.flatnonzero(changed) + 1))


def _take_first(lines: Table, starts: IntArray) -> Table:
    """The first filled cell of each order in each column that speaks of the order as a whole."""
    names = [name for name in lines.column_names if name == "us" or name.startswith(("id.", "o."))]
    places = np.arange(len(lines))
    taken: dict[str, Any] = {}
    for name in names:
        column = lines.column(name)
        filled = pc.is_valid(column).to_numpy(zero_copy_only=False)
        first = np.minimum.reduceat(np.where(filled, places, len(lines)), starts)
        taken[name] = column.take(pa.array(first, mask=first == len(lines)))
    return pa.table(taken) if taken else pa.table({"_": pa.nulls(len(starts))})


def _make_events(orders: _Orders, plan: Plan, name: str, wanted: Any) -> EventColumns:
    order_of_line = np.repeat(np.arange(len(orders)), np.diff(np.append(orders.starts, len(orders.lines))))[wanted]
    chosen = np.unique(order_of_line)
    lines = orders.lines.filter(pa.array(wanted)) if not wanted.all() else orders.lines
    starts = np.searchsorted(order_of_line, chosen)
    first = orders.first.take(pa.array(chosen))
    order_ids = orders.lines.column("order").take(pa.array(orders.starts[chosen]))
    ids = order_ids.to_pylist()
    return EventColumns(
        rows=orders.lines.column("row").to_numpy()[orders.starts[chosen]],
        type="track",
        names=[name] * len(chosen),
        message_ids=[name_message(plan.source_id, "orders", order, name) for order in ids],
        times_us=first.column("us").to_numpy() if len(chosen) else np.zeros(0, dtype=np.int64),
        identifiers={c[3:]: first.column(c).to_pylist() for c in first.column_names if c.startswith("id.")},
        properties=_order_json(order_ids, first, lines, starts, plan).to_pylist() if len(chosen) else [],
    )


def _order_json(order_ids: Any, first: Table, lines: Table, starts: IntArray, plan: Plan) -> Strings:
    revenue = np.add.reduceat(lines.column("amount").to_numpy(), starts)
    numbers = {name: _units(first, name) for name in _ORDER_NUMBERS if f"o.{name}" in first.column_names}
    total = revenue.copy()
    for name, sign in (("tax", 1), ("shipping", 1), ("discount", -1)):
        if name in numbers:
            total += sign * np.abs(np.nan_to_num(numbers[name])).astype(np.int64)
    given = numbers.get("total")
    shown = total if given is None else np.where(np.isnan(given), total, np.abs(np.nan_to_num(given))).astype(np.int64)
    parts = [
        ("order_id", encode_json(order_ids)),
        ("total", encode_floats(shown / UNIT)),
        ("revenue", encode_floats(revenue / UNIT)),
        *(
            (name, encode_floats(np.abs(numbers[name]) / UNIT))
            for name in ("tax", "shipping", "discount")
            if name in numbers
        ),
        ("currency", _currencies(first, plan)),
        *_open_parts(first),
        ("products", _join_products(lines.column("product"), starts)),
    ]
    return join_object(parts, len(order_ids))


def _units(first: Table, name: str) -> Any:
    return pc.cast(first.column(f"o.{name}"), pa.float64()).to_numpy(zero_copy_only=False)


def _currencies(first: Table, plan: Plan) -> Strings:
    default = msgspec.json.encode(plan.currency).decode()
    if "o.currency" not in first.column_names:
        return pa.array([default] * len(first))
    return pc.fill_null(_flat(first.column("o.currency")), default)


def _open_parts(first: Table) -> Sequence[tuple[str, Strings]]:
    known = {f"o.{name}" for name in (*_ORDER_NUMBERS, "currency")}
    names = [name for name in first.column_names if name.startswith("o.") and name not in known]
    return [(name[2:], _flat(first.column(name))) for name in names]


def _join_products(products: Any, starts: IntArray) -> Strings:
    offsets = pa.array(np.append(starts, len(products)), pa.int32())
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets, _flat(products)), ",")
    return pc.binary_join_element_wise("[", joined, "]", "")


def _flat(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
