"""Imports end to end: from a file to the lake."""

import csv
import io
import json
from typing import Any

import psycopg
import pytest
from tests.domains.collect.imports.conftest import Imports

ORDERS = """注文番号,注文日時,会員番号,商品コード,商品名,数量,単価
A-1,2026年3月1日 10:00,0012,00123,煎茶,2,"\\1,200"
A-2,2026/03/02 9:30,0013,00456,玉露,1,"\\3,000"
A-1,2026年3月1日 10:00,0012,00789,急須,1,4500
A-3,2026/03/02 9:30,,00456,玉露,1,3000
A-4,2026/03/02 9:30,guest,00456,玉露,x,3000
"""

PROFILES = """顧客ID,氏名,フリガナ,メール,メモ
0012,山田 太郎,ヤマダ タロウ,taro@example.com,=HYPERLINK("x")
guest,名無し,,,=1+1
0013,鈴木 花子,スズキ ハナコ,hanako@example.com,
"""

EVENTS = """user,event,when,campaign,rank
u1,Campaign Received,2026-03-01,spring,1
u2,Campaign Received,2026-03-02,spring,2
u1,Campaign Received,2026-03-01,spring,1
"""


ORDER_MAPPING = {
    "注文番号": "order_id",
    "注文日時": "time",
    "会員番号": "user_id",
    "商品コード": "product_id",
    "商品名": "product_name",
    "数量": "quantity",
    "単価": "price",
}


async def test_order_lines_become_orders(imports: Imports) -> None:
    done = await imports.bring(ORDERS.encode("cp932"), "orders", ORDER_MAPPING)
    assert done["state"] == "done", done
    assert (done["rows_read"], done["rows_accepted"], done["rows_refused"]) == (5, 3, 2)
    assert [(one["row"], one["code"]) for one in done["refusals"]] == [(6, "bad_number"), (5, "order_no_customer")]
    rows = await imports.select("SELECT name, touchpoint, time, properties FROM events ORDER BY time")
    assert [(row[0], row[1]) for row in rows] == [("Order Completed", "store")] * 2
    order = json.loads(rows[0][3])
    assert (order["order_id"], order["total"], order["currency"]) == ("A-1", 6900, "JPY")
    assert [product["product_id"] for product in order["products"]] == ["00123", "00789"]
    assert rows[0][2].startswith("2026-03-01T01:00")  # ten o'clock in Tokyo


async def test_profiles_get_traits_and_identifiers(imports: Imports) -> None:
    done = await imports.bring(PROFILES, "profiles")
    assert (done["events_sent"], done["rows_refused"]) == (2, 1)
    await imports.select("SELECT 1")
    found = (await imports.person.get("/api/profiles", params={"search": "hanako@example.com"})).json()["items"]
    assert [(one["user_id"], one["name"]) for one in found] == [("0013", "鈴木 花子")]


async def test_refused_rows_can_be_mended_in_a_spreadsheet(imports: Imports) -> None:
    done = await imports.bring(PROFILES, "profiles")
    answer = await imports.person.get(f"/api/collect/imports/{done['id']}/refused")
    assert answer.status_code == 200
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["row", "reason", "顧客ID", "氏名", "フリガナ", "メール", "メモ"]
    assert rows[1][0] == "3"
    assert "No customer" in rows[1][1]
    assert rows[1][2:] == ["guest", "名無し", "", "", "'=1+1"]
    assert (await imports.person.get(f"/api/jobs/{done['id']}/file")).status_code == 200


async def test_the_same_file_again_changes_nothing_ever(imports: Imports, owner_db: psycopg.Connection[Any]) -> None:
    first = await imports.bring(EVENTS, "events")
    assert (first["rows_accepted"], first["events_sent"], first["events_known"]) == (3, 2, 1)
    again = await imports.bring(EVENTS, "events")
    assert (again["events_sent"], again["events_known"]) == (0, 3)
    before = await imports.select("SELECT message_id, properties FROM events ORDER BY 1")
    # After days the intake has forgotten the message ids; the lake has not.
    owner_db.execute("TRUNCATE collect_seen_0")
    other_mapping = {"user": "user_id", "event": "event", "when": "time", "campaign": "property.mailing"}
    late = await imports.bring(EVENTS.replace("\n", "\r\n").encode("utf-16"), "events", other_mapping)
    assert (late["events_sent"], late["events_known"]) == (0, 3)
    assert await imports.select("SELECT message_id, properties FROM events ORDER BY 1") == before


async def test_a_dry_run_checks_everything_and_writes_nothing(
    imports: Imports, owner_db: psycopg.Connection[Any]
) -> None:
    done = await imports.bring(ORDERS.encode("cp932"), "orders", ORDER_MAPPING, dry_run=True)
    assert (done["state"], done["dry_run"]) == ("done", True)
    assert (done["rows_accepted"], done["rows_refused"], done["events_sent"]) == (3, 2, 2)
    assert done["samples"][0]["name"] == "Order Completed"
    assert done["samples"][0]["properties"]["order_id"] == "A-1"
    for table in ("collect_inbox", "profiles_nodes", "collect_seen_0"):
        assert owner_db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


async def test_events_of_one_name_and_options(imports: Imports) -> None:
    answer = await imports.upload("user;when;x\nu1;01/02/2026 08:00;1,5\nu2;03/02/2026 08:00;2\n", "a;b.csv")
    upload = answer.json()
    assert upload["ambiguous_dates"]
    mapping = {"user": "user_id", "when": "time", "x": "property.x"}
    options = {"event_name": "Visit", "time_zone": "America/New_York", "day_first": False, "touchpoint": "call_center"}
    started = await imports.start(upload, "events", mapping, options=options)
    await imports.run(started["id"])
    rows = await imports.select("SELECT name, touchpoint, time, properties FROM events ORDER BY time")
    assert [row[:2] for row in rows] == [["Visit", "call_center"]] * 2
    assert rows[0][2].startswith("2026-01-02T13:00")
    assert json.loads(rows[0][3]) == {"x": 1.5}


async def test_nul_characters_go_and_the_rest_comes_in(imports: Imports) -> None:
    line = r'{"user":"u\u00001","event":"Vis\u0000it","when":"2026-03-01","x":"a\u0000b","deep":{"d":"\u0000"}}'
    mapping = {"user": "user_id", "event": "event", "when": "time", "x": "property.x", "deep.d": "property.d"}
    done = await imports.bring(line, "events", mapping)
    assert (done["state"], done["rows_accepted"], done["rows_refused"]) == ("done", 1, 0), done
    rows = await imports.select("SELECT user_id, name, properties FROM events")
    assert rows == [["u1", "Visit", '{"x":"ab"}']]


async def test_what_cannot_be_started_says_why(imports: Imports) -> None:
    assert (await imports.upload(b"")).json()["detail"] == "The file is empty."
    upload = (await imports.upload(EVENTS)).json()
    wanted = {"upload_id": upload["id"], "kind": "events", "mapping": upload["suggestions"]["events"]}
    for change, statuses in (
        ({"mapping": {"user": "user_id"}}, (400, 422)),
        ({"mapping": {"user": "nonsense"}}, (400, 422)),
        ({"kind": "coffee"}, (400, 422)),
        ({"source_id": 999_999}, (404,)),
        ({"upload_id": "00000000-0000-0000-0000-000000000000"}, (404,)),
        ({"options": {"time_zone": "Mars/Olympus"}}, (400, 422)),
    ):
        answer = await imports.person.post("/api/collect/imports", json=wanted | change)
        assert answer.status_code in statuses, (change, answer.text)
        assert answer.json()["detail"]


async def test_mappings_are_saved_replaced_and_deleted(imports: Imports) -> None:
    body = {"name": "till", "kind": "orders", "mapping": {"a": "order_id"}}
    saved = (await imports.person.post("/api/collect/mappings", json=body)).json()
    body["mapping"] = {"b": "order_id"}
    assert (await imports.person.post("/api/collect/mappings", json=body)).json()["id"] == saved["id"]
    items = (await imports.person.get("/api/collect/mappings")).json()["items"]
    assert [one["mapping"] for one in items] == [{"b": "order_id"}]
    assert (await imports.person.delete(f"/api/collect/mappings/{saved['id']}")).status_code == 204
    assert (await imports.person.delete(f"/api/collect/mappings/{saved['id']}")).status_code == 404


async def test_strangers_and_agents_stay_out(imports: Imports, dan: Any, cleo: Any) -> None:
    upload = (await imports.upload(EVENTS)).json()
    started = await imports.start(upload, "events", upload["suggestions"]["events"])
    for path in (f"uploads/{upload['id']}", f"imports/{started['id']}", f"imports/{started['id']}/refused"):
        assert (await dan.get(f"/api/collect/{path}")).status_code == 404
        assert (await cleo.get(f"/api/collect/{path}")).status_code == 403
    assert (await dan.get("/api/collect/imports")).json()["items"] == []
    body = {"upload_id": upload["id"], "kind": "events", "mapping": upload["suggestions"]["events"]}
    assert (await dan.post("/api/collect/imports", json=body)).status_code == 404
    assert (await cleo.post("/api/collect/uploads?filename=x", content=b"a,b\n1,2\n")).status_code == 403


@pytest.mark.parametrize("kind", ["events", "orders"])
async def test_a_list_of_imports_is_paged(imports: Imports, kind: str) -> None:
    data = EVENTS if kind == "events" else ORDERS
    upload = (await imports.upload(data)).json()
    for _ in range(3):
        await imports.start(upload, kind, upload["suggestions"][kind], dry_run=True)
    page = (await imports.person.get("/api/collect/imports", params={"limit": 2})).json()
    rest = (await imports.person.get("/api/collect/imports", params={"cursor": page["next_cursor"]})).json()
    assert [one["id"] for one in page["items"] + rest["items"]] == [3, 2, 1]
    assert rest["next_cursor"] is None
