"""Reports: kept questions, with who may see what they read."""

from typing import Any

from tests.cast import Person
from tests.domains.analytics.test_api import ask, figure, orders
from tests.domains.segments.shop import Shop

REPORTS = "/api/analytics/reports"


async def make(person: Person, name: str = "Orders", **more: Any) -> dict[str, Any]:
    made = await person.post(REPORTS, json={"name": name, "query": orders(), **more})
    assert made.status_code == 201, made.text
    return made.json()


async def test_a_question_is_kept_and_asked_again(shop: Shop, ben: Person, cleo: Person) -> None:
    view = {"chart": "bar", "targets": [{"value": 100, "title": "Goal"}]}
    made = await make(ben, " Orders  by month ", description="What we sell", view=view)
    assert (made["name"], made["metric"], made["shape"]) == ("Orders by month", "trend", "series")
    read = (await cleo.get(f"{REPORTS}/{made['id']}")).json()
    assert read["view"]["targets"] == [{"value": 100, "title": "Goal"}]
    assert (read["created_by"], read["own"]) == ("Ben", False)
    assert figure(await ask(cleo, read["query"])) == 3


async def test_reports_are_found_changed_copied_and_removed(shop: Shop, ben: Person, cleo: Person) -> None:
    first, second = await make(ben, "Orders 100%"), await make(ben, "Buyers")
    listed = (await cleo.get(REPORTS, params={"limit": 1})).json()
    assert ([one["name"] for one in listed["items"]], listed["total"]) == (["Buyers"], 2)
    rest = (await cleo.get(REPORTS, params={"limit": 1, "cursor": listed["next_cursor"]})).json()
    assert [one["name"] for one in rest["items"]] == ["Orders 100%"]
    found = (await cleo.get(REPORTS, params={"search": "100%"})).json()["items"]
    assert [one["id"] for one in found] == [first["id"]]
    renamed = await ben.patch(f"{REPORTS}/{first['id']}", json={"name": "Orders"})
    assert renamed.json()["query"] == first["query"]
    copy = (await ben.post(f"{REPORTS}/{first['id']}/duplicate", json={})).json()
    assert copy["name"] == "Orders (2)"
    assert (await cleo.delete(f"{REPORTS}/{second['id']}")).status_code == 403
    assert (await ben.delete(f"{REPORTS}/{second['id']}")).status_code == 204
    assert (await cleo.get(f"{REPORTS}/{second['id']}")).json()["code"] == "report_not_found"


async def test_what_is_no_question_is_not_kept(shop: Shop) -> None:
    wrong = orders(params={"series": [{"event": {"name": "Order Completed"}, "measure": "sum"}]})
    answer = await shop.owner.post(REPORTS, json={"name": "Sum", "query": wrong})
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == ["params.series.0.property"]
    assert (await shop.owner.get(REPORTS)).json()["items"] == []


async def test_a_report_does_not_tell_what_a_role_does_not_see(shop: Shop, ben: Person) -> None:
    by_email = {"kind": "trait", "name": "email", "test": {"op": "is", "value": "hanako@example.jp"}}
    of_one = await make(shop.owner, "Hanako's", query=orders(people=by_email))
    by_mail = await make(shop.owner, "By mail", query=orders(breakdown={"by": "trait", "trait": "email"}))
    for report in (of_one, by_mail):
        assert report["query"] is not None
        read = await ben.get(f"{REPORTS}/{report['id']}")
        assert read.json()["query"] is None
        assert "email" in read.json()["hidden"]
        assert "hanako@" not in read.text
        assert (await ben.post("/api/analytics/query", json={"query": report["query"]})).status_code == 422
        copied = await ben.post(f"{REPORTS}/{report['id']}/duplicate", json={})
        assert copied.json()["code"] == "field_hidden"


EMAIL = {"property": "email", "test": {"op": "contains", "value": "hanako"}}
MAIL_IS = {"kind": "trait", "name": "email", "test": {"op": "is", "value": "hanako@example.jp"}}
STAGES = [{"name": name, "condition": {"kind": "all", "of": [MAIL_IS]}} for name in ("Known", "Loyal")]
SLY: list[dict[str, Any]] = [
    orders(breakdown={"by": "property", "property": "email"}),
    orders(breakdown={"by": "trait", "trait": "email", "at": "event"}),
    orders(people=MAIL_IS),
    orders(params={"series": [{"event": {"name": "Order Completed", "where": [EMAIL]}}]}),
    orders(params={"series": [{"event": {"name": "A"}, "measure": "greatest", "property": "phone"}]}),
    {"metric": "baskets", "params": {"item_property": "email"}},
    {"metric": "paths", "params": {"name_property": "email"}},
    {"metric": "journey", "params": {"stages": STAGES}},
]


async def test_what_a_role_does_not_see_it_cannot_count_by(shop: Shop, ben: Person) -> None:
    for query in SLY:
        for path, body in (
            ("query", {}),
            ("query.csv", {}),
            ("people", {}),
            ("people/segment", {"name": "Sly"}),
            ("runs", {}),
            ("reports", {"name": "Sly"}),
        ):
            answer = await ben.post(f"/api/analytics/{path}", json={"query": query, **body})
            assert (answer.status_code, answer.json()["code"]) == (422, "field_hidden"), (path, query, answer.text)
            assert "hanako" not in answer.text


async def test_a_segment_is_not_taken_away_under_a_report(shop: Shop) -> None:
    segment = await shop.upload("Guests", "hanako")
    inside = {"kind": "segment", "id": segment["id"]}
    by_segment = {"by": "segment", "segments": [segment["id"]]}
    await make(shop.owner, "Guests' orders", query=orders(people=inside))
    await make(shop.owner, "By segment", query=orders(breakdown=by_segment))
    refused = await shop.owner.delete(f"/api/segments/{segment['id']}")
    assert refused.status_code == 409
    assert "Guests' orders" in refused.json()["detail"]
    assert "By segment" in refused.json()["detail"]


async def test_pins_are_ones_own(shop: Shop, ben: Person, cleo: Person) -> None:
    report = await make(ben)
    assert (await cleo.put(f"{REPORTS}/{report['id']}/pin")).status_code == 204
    assert (await cleo.get(f"{REPORTS}/{report['id']}")).json()["pinned"]
    assert not (await ben.get(f"{REPORTS}/{report['id']}")).json()["pinned"]
    await cleo.delete(f"{REPORTS}/{report['id']}/pin")
    assert not (await cleo.get(f"{REPORTS}/{report['id']}")).json()["pinned"]


async def test_a_stranger_finds_no_report(shop: Shop, dan: Person) -> None:
    report = await make(shop.owner)
    assert (await dan.get(REPORTS)).json()["items"] == []
    for method, path in (("GET", ""), ("PUT", "/pin"), ("DELETE", "")):
        assert (await dan.request(method, f"{REPORTS}/{report['id']}{path}")).status_code == 404
