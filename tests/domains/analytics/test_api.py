"""Questions by HTTP: answers, people behind numbers, and what is said instead of an error."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest
from litestar import Litestar
from tests.cast import Person, Visitor
from tests.domains.segments.shop import Shop

from kizuna.domains.analytics.contracts import Answer
from kizuna.domains.analytics.rules.words import TOUCHPOINTS
from kizuna.domains.analytics.service.answers import answer
from kizuna.domains.analytics.service.metrics import list_metrics
from kizuna.domains.collect.contracts import Touchpoint
from kizuna.kernel.clock import ManualClock


def orders(**more: Any) -> dict[str, Any]:
    """How many orders in the last 30 days, by the week."""
    params = {"series": [{"event": {"name": "Order Completed"}}]}
    return {"metric": "trend", "params": params, "interval": "month", **more}


async def ask(person: Person, query: dict[str, Any], **more: Any) -> dict[str, Any]:
    got = await person.post("/api/analytics/query", json={"query": query, **more})
    assert got.status_code == 200, got.text
    return got.json()


def figure(answer: dict[str, Any], key: str = "A") -> Any:
    return next(one["value"] for one in answer["figures"] if one["key"] == key)


def codes(answer: dict[str, Any]) -> list[str]:
    return [one["code"] for one in answer["caveats"]]


async def test_a_question_is_answered_with_its_definition_and_how_it_was_computed(shop: Shop) -> None:
    answer = await ask(shop.owner, orders(range={"kind": "last", "n": 30, "unit": "day", "current": True}))
    assert figure(answer) == 3
    assert answer["zone"] == "Asia/Tokyo"
    assert set(answer["definition"]) == {"en", "ja"}
    assert "FROM told" in answer["statements"][-1]
    assert answer["incomplete_since"] == "2026-04-01T00:00:00+09:00"


async def test_every_metric_describes_itself(shop: Shop, cleo: Person) -> None:
    listed = (await cleo.get("/api/analytics/metrics")).json()["items"]
    trend = next(one for one in listed if one["key"] == "trend")
    assert trend["params"]["required"] == ["series"]
    assert trend["opens_people"]
    for one in listed:
        assert one["title"]["en"] != one["title"]["ja"], one["key"]
        assert all(one["definition"].values()), one["key"]
        assert "components" not in str(one["params"]), one["key"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"metric": "trends"}, "metric"),
        ({"zone": "Asia/Tokio"}, "zone"),
        ({"params": {"series": []}}, "params.series"),
        (
            {"params": {"series": [{"event": {"name": "Order Completed"}, "measure": "sum"}]}},
            "params.series.0.property",
        ),
        ({"range": {"kind": "dates", "first": "2026-02-30", "last": "2026-03-01"}}, "range.first"),
        ({"range": {"kind": "dates", "first": "2000-01-01", "last": "2026-03-01"}, "interval": "hour"}, "interval"),
        ({"people": {"kind": "did"}}, "people"),
    ],
)
async def test_what_is_no_question_is_said_with_its_place(shop: Shop, wrong: dict[str, Any], field: str) -> None:
    answer = await shop.owner.post("/api/analytics/query", json={"query": orders(**wrong)})
    assert answer.status_code == 422, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert answer.json()["detail"].endswith((".", "?"))


async def test_an_unknown_event_gives_a_sentence_and_an_empty_answer(shop: Shop) -> None:
    query = orders(params={"series": [{"event": {"name": "Order Complete"}}]})
    answer = await ask(shop.owner, query)
    assert figure(answer) == 0
    [said] = [one["text"]["en"] for one in answer["caveats"] if one["code"] == "event_unknown"]
    assert said == "No event was ever called “Order Complete”. Did you mean “Order Completed”?"


async def test_a_workspace_without_data_is_answered_too(dan: Person) -> None:
    for kind in ("all", "until_last"):
        answer = await ask(dan, orders(range={"kind": kind}))
        assert figure(answer) == 0
        assert "event_unknown" in codes(answer)


async def test_what_was_not_recorded_is_not_compared_with(shop: Shop) -> None:
    await shop.send(shop.did("ken", days_ago=17))

    async def ask_days(n: int, event: str = "Order Completed") -> dict[str, Any]:
        params = {"series": [{"event": {"name": event}}]}
        days = {"kind": "last", "n": n, "unit": "day", "current": True}
        return await ask(shop.owner, orders(params=params, range=days, interval="day", compare="previous_period"))

    whole = await ask_days(9)
    assert (whole["figures"][0]["previous"], len(whole["compared"])) == (1, 9)
    assert not {"partly_compared", "nothing_compared"} & {*codes(whole)}
    partly = await ask_days(15)
    assert "partly_compared" in codes(partly)
    assert partly["figures"][0].get("previous") is None, "some of these days nobody counted"
    # The first event came on the tenth day, which is known from its morning on.
    assert [row[3] for row in partly["compared"]] == [None] * 9 + [1, 0, 0, 1, 0, 0]
    for nothing in (await ask_days(40), await ask_days(15, "Product Viewed")):
        assert "nothing_compared" in codes(nothing)
        assert (nothing.get("compared"), nothing["figures"][0].get("previous")) == (None, None)
    days = {"kind": "last", "n": 15, "unit": "day", "current": True}
    repeat = {"metric": "repeat", "params": {}, "range": days, "compare": "previous_period"}
    assert "partly_recorded" in codes(await ask(shop.owner, repeat))
    none = await ask_days(9, "Product Viewed")
    assert (none["figures"][0]["previous"], len(none["compared"])) == (0, 9), "none is a number where all is known"


async def test_a_range_may_end_with_the_last_event(shop: Shop, clock: ManualClock) -> None:
    clock.advance(timedelta(days=3_000))

    async def ask_late(**more: Any) -> Answer:
        return await answer(shop.runtime, shop.owner.workspace_id, shop.owner.actor, orders(**more))

    month = await ask_late(range={"kind": "until_last", "n": 1, "unit": "month"})
    assert month.figures[0].value == 3
    assert (month.span.since, month.span.until) == ("2026-02-28T15:00:00Z", "2026-03-30T15:00:00Z")
    assert [row[0] for row in month.rows] == ["2026-03-01T00:00:00+09:00"]
    assert month.incomplete_since is not None
    [told] = [one.text["en"] for one in month.caveats if one.code == "as_of_last"]
    assert told == "As of 2026-03-30, when the last event happened."
    day = await ask_late(range={"kind": "until_last", "n": 2, "unit": "day"}, interval="day")
    assert [row[3] for row in day.rows] == [0, 2]
    assert day.incomplete_since is None, "the day of the last event is over"
    whole = await ask_late(range={"kind": "until_last", "n": 1, "unit": "month", "current": False})
    assert [row[0] for row in whole.rows] == ["2026-02-01T00:00:00+09:00"]
    lately = {
        "kind": "did",
        "event": {"name": "Product Viewed"},
        "window": {"since": {"at": "ago", "span": {"n": 5, "unit": "day"}}},
    }
    looked = await ask_late(range={"kind": "until_last"}, people=lately)
    assert looked.figures[0].value == 0, "Ryo looked, five days before the last event, and bought nothing"
    bought = {
        "kind": "did",
        "event": {"name": "Order Completed"},
        "window": {"since": {"at": "ago", "span": {"n": 5, "unit": "day"}}},
    }
    assert (await ask_late(range={"kind": "until_last"}, people=bought)).figures[0].value == 3


async def test_people_behind_a_number_open_as_the_list_of_customers(shop: Shop, ben: Person, cleo: Person) -> None:
    query = orders(range={"kind": "last", "n": 30, "unit": "day", "current": True})
    body = {"query": query, "cell": {"period": "2026-03-01T00:00:00+09:00", "series": "A", "column": "value"}}
    first = (await shop.owner.post("/api/analytics/people", json={**body, "limit": 1})).json()
    assert ([one["name"] for one in first["items"]], first["total"]) == (["Hanako"], 2)
    assert first["items"][0]["email"] == "hanako@example.jp"
    more = {**body, "limit": 1, "cursor": first["next_cursor"]}
    second = (await shop.owner.post("/api/analytics/people", json=more)).json()
    assert ([one["name"] for one in second["items"]], second["next_cursor"]) == (["Ken"], None)
    seen = (await ben.post("/api/analytics/people", json=body)).json()["items"][0]
    assert "email" in seen["masked"]
    assert seen["email"] != "hanako@example.jp"


async def test_whoever_turns_pages_does_not_ask_again(
    shop: Shop, dan: Person, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    known = list_metrics()
    people = known["trend"].people
    assert people is not None

    async def count(ask: Any, params: Any, cell: Any) -> Any:
        asked.append(ask.workspace_id)
        return await people(ask, params, cell)

    monkeypatch.setitem(known, "trend", replace(known["trend"], people=count))
    body = {"query": orders(), "cell": {}, "limit": 1}
    first = (await shop.owner.post("/api/analytics/people", json=body)).json()
    second = (await shop.owner.post("/api/analytics/people", json=body | {"cursor": first["next_cursor"]})).json()
    assert ([one["name"] for one in (*first["items"], *second["items"])]) == ["Hanako", "Ken"]
    assert asked == [shop.owner.workspace_id]
    assert (await dan.post("/api/analytics/people", json=body)).json()["total"] == 0
    await shop.send(shop.did("ryo", days_ago=3))
    assert (await shop.owner.post("/api/analytics/people", json=body)).json()["total"] == 3


async def test_people_behind_a_number_become_a_segment(shop: Shop, ben: Person, cleo: Person) -> None:
    body = {"query": orders(), "cell": {}, "name": "Bought in March"}
    assert (await cleo.post("/api/analytics/people/segment", json=body)).status_code == 403
    made = await ben.post("/api/analytics/people/segment", json=body)
    assert made.status_code == 201, made.text
    assert made.json()["size"] == 2
    assert await shop.names_in(made.json()["id"]) == ["Hanako", "Ken"]
    assert (await ben.post("/api/analytics/people/segment", json=body)).status_code == 409
    nobody = {**body, "name": "Nobody", "query": orders(params={"series": [{"event": {"name": "Never"}}]})}
    answer = await ben.post("/api/analytics/people/segment", json=nobody)
    assert answer.json()["code"] == "nobody_there"


async def test_an_answer_is_a_file_for_spreadsheets(shop: Shop, ben: Person, owner_db: Any) -> None:
    await shop.send(
        shop.knows("eve", name="Eve", plan='=HYPERLINK("https://evil.example.com")'),
        shop.did("eve", days_ago=3, total=-50.5),
    )
    query = orders(
        params={
            "series": [{"event": {"name": "Order Completed"}, "measure": "sum", "property": "total", "money": True}]
        },
        breakdown={"by": "trait", "trait": "plan"},
        range={"kind": "dates", "first": "2026-03-01", "last": "2026-03-31"},
    )
    answer = await ben.post("/api/analytics/query.csv", json={"query": query})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="trend-2026-03-01.csv"'
    lines = answer.content.decode("utf-8-sig").split("\r\n")
    assert lines[0] == "Period,Series,Group,Value"
    assert "2026-03-01T00:00:00+09:00,A,gold,8000.0" in lines
    assert '2026-03-01T00:00:00+09:00,A,"\'=HYPERLINK(""https://evil.example.com"")",-50.5' in lines
    [entry] = owner_db.execute("SELECT actor_name, summary FROM workspace_audit WHERE action = 'answer.exported'")
    assert entry == ("Ben", "Exported an answer of “Trend”")


def test_every_touchpoint_has_a_name() -> None:
    assert set(TOUCHPOINTS) == set(get_args(Touchpoint))


async def test_labels_that_are_keys_have_names(app: Litestar, shop: Shop) -> None:
    await shop.send(shop.knows("hanako", rfm_group="champions"))
    guests = await shop.upload("Guests", "hanako")

    async def names(**by: Any) -> dict[str, Any]:
        answer = await ask(shop.owner, orders(breakdown=by))
        return next(column["words"] for column in answer["columns"] if column["key"] == "label")

    assert (await names(by="touchpoint"))["web"] == {"en": "Web", "ja": "ウェブ"}
    by_segment = {"by": "segment", "segments": [guests["id"]]}
    assert await names(**by_segment) == {str(guests["id"]): {"en": "Guests", "ja": "Guests"}}
    assert (await names(by="trait", trait="rfm_group"))["champions"]["en"] == "Champions"
    best = {"where": {"kind": "trait", "name": "rfm_group", "test": {"op": "is", "value": "champions"}}}
    made = await shop.owner.post("/api/segments", json={"name": "Best", "kind": "scheduled", "condition": best})
    assert made.json()["sentence"] == "“rfm_group” is “Champions”", made.text
    renamed = await shop.owner.patch(f"/api/segments/{guests['id']}", json={"name": "Best guests"})
    assert renamed.status_code == 200, renamed.text
    assert (await names(**by_segment))[str(guests["id"])]["ja"] == "Best guests", "an answer that is kept knows it"
    key = await shop.owner.post("/api/workspace/keys", json={"name": "BI", "scopes": ["reports.read"]})
    async with Visitor(app, headers={"Authorization": f"Bearer {key.json()['secret']}"}) as program:
        told = await program.post("/api/analytics/query", json={"query": orders(breakdown=by_segment)})
    assert (told.status_code, "Best guests" in told.text) == (200, False), "it may not read segments"
    file = await shop.owner.post("/api/analytics/query.csv", json={"query": orders(breakdown=by_segment)})
    assert "2026-03-01T00:00:00+09:00,A,Best guests,2" in file.text


async def test_programs_and_people_marked_as_a_test_are_not_counted(shop: Shop) -> None:
    program = shop.did("crawler", days_ago=3) | {"context": {"userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}}
    await shop.send(shop.knows("ben", is_test=True), shop.did("ben", days_ago=2), program)
    asked = orders(range={"kind": "last", "n": 30, "unit": "day", "current": True})
    assert figure(await ask(shop.owner, asked)) == 3
    assert figure(await ask(shop.owner, asked | {"leave_out": {"bots": True, "tests": False}})) == 4
    assert figure(await ask(shop.owner, asked | {"leave_out": {"bots": False, "tests": False}})) == 5
