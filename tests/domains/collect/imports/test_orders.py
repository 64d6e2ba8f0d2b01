"""Order lines to orders, with plain data."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from kizuna.domains.collect.rules.imports.orders import group_lines, read_lines, split_orders
from kizuna.domains.collect.rules.imports.plans import Block, EventColumns, Plan, Refusals

MAPPING = {
    "order_id": "order",
    "time": "at",
    "user_id": "user",
    "product_id": "sku",
    "quantity": "n",
    "price": "price",
}
EMPTY = {"order": "1", "at": "2026-01-01 10:00", "user": "u", "sku": "a", "n": "1", "price": "1"}


def read(lines: list[dict[str, Any]], **more: str) -> tuple[pa.Table, Refusals, Plan]:
    mapping = MAPPING | more
    names = mapping.values()
    table = pa.table({name: pa.array([line.get(name) for line in lines], pa.string()) for name in names})
    types = dict.fromkeys(names, "text")
    plan = Plan("orders", 7, mapping, types, ZoneInfo("Asia/Tokyo"), "JPY", 1_800_000_000_000_000)
    block = Block(np.arange(2, len(lines) + 2), table)
    refusals = Refusals(block.rows)
    return read_lines(block, plan, refusals).sort_by([("order", "ascending"), ("row", "ascending")]), refusals, plan


def group(lines: list[dict[str, Any]], **more: str) -> list[tuple[str, dict[str, Any], EventColumns]]:
    table, _, plan = read([EMPTY | line for line in lines], **more)
    return [
        (name, json.loads(text), columns)
        for columns in group_lines(table, plan)
        for name, text in zip(columns.names, columns.properties, strict=True)
    ]


def test_lines_of_an_order_need_not_stand_together() -> None:
    made = group([{"order": "1", "sku": "a"}, {"order": "2"}, {"order": "1", "sku": "b", "n": "3", "price": "0.1"}])
    assert [(name, order["order_id"], order["total"]) for name, order, _ in made] == [
        ("Order Completed", "1", 1.3),
        ("Order Completed", "2", 1),
    ]
    assert made[0][1]["products"] == [
        {"product_id": "a", "quantity": 1, "price": 1},
        {"product_id": "b", "quantity": 3, "price": 0.1},
    ]


def test_amounts_add_up_exactly() -> None:
    made = group([{"price": "0.1"}] * 3 + [{"price": "0.7"}])
    assert made[0][1]["total"] == 1


def test_returned_lines_are_a_refund() -> None:
    made = group([{"n": "2", "price": "5"}, {"n": "-1", "price": "5", "sku": "b"}])
    assert [(name, order["total"]) for name, order, _ in made] == [("Order Completed", 10), ("Order Refunded", 5)]
    assert made[1][1]["products"] == [{"product_id": "b", "quantity": 1, "price": 5}]
    assert len({columns.message_ids[0] for _, _, columns in made}) == 2


def test_an_order_of_returns_only_was_never_completed() -> None:
    assert [name for name, _, _ in group([{"n": "-1"}])] == ["Order Refunded"]


def test_a_cancelled_line_was_ordered_and_given_back() -> None:
    made = group([{"price": "5", "status": "キャンセル"}, {"price": "7", "status": "paid"}], status="status")
    assert [(name, order["total"]) for name, order, _ in made] == [("Order Completed", 12), ("Order Refunded", 5)]


def test_cells_that_one_line_alone_fills_count_for_the_order() -> None:
    lines = [
        {"total": "30", "tax": "2", "coupon": "SPRING", "shop": "青山"},
        {"at": None, "user": None, "total": None, "coupon": None},
    ]
    (_, order, columns), *rest = group(lines, total="total", tax="tax", coupon="coupon", store="shop")
    assert not rest
    assert (order["total"], order["revenue"], order["tax"]) == (30, 2, 2)
    assert (order["coupon"], order["store"], order["currency"]) == ("SPRING", "青山", "JPY")
    assert columns.identifiers["user_id"] == ["u"]


def test_amounts_may_come_without_prices_and_prices_without_quantities() -> None:
    (_, order, _), *_ = group([{"n": "4", "price": None, "sum": "10"}], amount="sum")
    assert order["products"] == [{"product_id": "a", "quantity": 4, "price": 2.5}]
    (_, order, _), *_ = group([{"n": None, "price": "3"}])
    assert order["total"] == 3


def test_message_ids_do_not_depend_on_the_mapping_of_the_rest() -> None:
    one = group([{"price": "5"}])[0][2].message_ids
    other = group([{"price": "9", "total": "1"}], total="total")[0][2].message_ids
    assert one == other


def test_lines_that_say_nothing_usable_are_refused() -> None:
    lines = [
        EMPTY,
        EMPTY | {"order": None},
        EMPTY | {"n": "many"},
        EMPTY | {"price": "1e300"},
        EMPTY | {"at": "yesterday"},
        EMPTY | {"at": "1970-01-01"},
        EMPTY | {"at": "2099-01-01"},
        EMPTY | {"user": "4.90123E+12"},
        EMPTY | {"order": "5.3E+5"},
    ]
    table, refusals, _ = read(lines)
    assert table.num_rows == 1
    assert [(one.row, one.code) for one in sorted(refusals.found, key=lambda one: one.row)] == [
        (3, "no_order_id"),
        (4, "bad_number"),
        (5, "number_too_large"),
        (6, "bad_time"),
        (7, "time_too_old"),
        (8, "time_in_future"),
        (9, "shortened_id"),
        (10, "shortened_id"),
    ]


def test_orders_are_whole_wherever_the_batches_end() -> None:
    lines = [EMPTY | {"order": str(n // 3), "sku": str(n)} for n in range(30)]
    table, _, plan = read(lines)
    whole = [text for columns in group_lines(table, plan) for text in columns.properties]
    for size in (1, 2, 4, 7, 29, 30):
        parts: list[str] = []
        carried = None
        for start in range(0, 30, size):
            complete, carried = split_orders(table.slice(start, size), carried)
            parts += [text for columns in group_lines(complete, plan) for text in columns.properties]
        parts += [text for columns in group_lines(carried, plan) for text in columns.properties]
        assert parts == whole
