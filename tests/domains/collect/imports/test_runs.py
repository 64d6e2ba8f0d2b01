"""Imports end to end: from a file to the lake."""

import json

from tests.domains.collect.imports.conftest import Imports

ORDERS = """注文番号,注文日時,会員番号,商品コード,商品名,数量,単価
A-1,2026年3月1日 10:00,0012,00123,煎茶,2,"¥1,200"
A-2,2026/03/02 9:30,0013,00456,玉露,1,"¥3,000"
A-1,2026年3月1日 10:00,0012,00789,急須,1,4500
"""


async def test_order_lines_become_orders(imports: Imports) -> None:
    done = await imports.bring(ORDERS.replace("¥", "\\").encode("cp932"), "orders")
    assert done["state"] == "done", done
    assert (done["rows_read"], done["rows_accepted"], done["rows_refused"], done["events_sent"]) == (3, 3, 0, 2)
    rows = await imports.select("SELECT name, touchpoint, time, properties FROM events ORDER BY time")
    assert [row[0] for row in rows] == ["Order Completed", "Order Completed"]
    first = json.loads(rows[0][3])
    assert first["order_id"] == "A-1"
    assert first["total"] == 6900
    assert first["currency"] == "JPY"
    assert [product["product_id"] for product in first["products"]] == ["00123", "00789"]
    assert rows[0][2].startswith("2026-03-01T01:00")  # 10:00 in Tokyo
