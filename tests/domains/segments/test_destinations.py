"""Destinations as people make and change them: who may, what is refused, what is kept secret."""

import csv
import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

import psycopg
import pytest
from tests.cast import Person
from tests.domains.segments.receivers import PURPOSE, Outpost
from tests.receiver import receiving

from kizuna.domains.segments.service.destinations import list_kinds
from kizuna.kernel.context import Runtime
from kizuna.kernel.settings import Settings


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, outbound_private=True)


@pytest.fixture
async def outpost(ada: Person, runtime: Runtime, database_url: str) -> AsyncIterator[Outpost]:
    async with receiving() as receiver:
        made = Outpost(ada, runtime, database_url, receiver)
        await made.open("yuki", "ken")
        yield made


async def test_kinds_bring_a_form_in_the_readers_language(ada: Person) -> None:
    kinds = {one["key"]: one for one in (await ada.get("/api/segments/destination-kinds")).json()}
    assert set(kinds) == set(list_kinds()) >= {"webhook", "http", "customer_match"}
    url = kinds["webhook"]["schema"]["properties"]["url"]
    assert (kinds["webhook"]["schema"]["required"], url["type"], url["title"]) == (["url"], "string", "Address")
    assert kinds["http"]["schema"]["properties"]["secret_header"]["writeOnly"] is True
    assert kinds["http"]["schema"]["properties"]["success"]["default"] == ["200-299"]
    await ada.patch("/api/me", json={"language": "ja"})
    kinds = {one["key"]: one for one in (await ada.get("/api/segments/destination-kinds")).json()}
    assert kinds["webhook"]["schema"]["properties"]["url"]["title"] == "送信先URL"


async def test_a_secret_is_shown_once_and_nowhere_readable(outpost: Outpost, owner_db: psycopg.Connection[Any]) -> None:
    made = await outpost.make()
    assert made["secret"].startswith("kzwh_")
    listed = (await outpost.ada.get(f"/api/segments/{outpost.segment_id}/destinations")).json()
    assert (listed["total"], "secret" in listed["items"][0]) == (1, False)
    rows = owner_db.execute("SELECT to_jsonb(one)::text FROM segments_destinations AS one").fetchall()
    audit = owner_db.execute("SELECT to_jsonb(one)::text FROM workspace_audit AS one").fetchall()
    text = " ".join(row for (row,) in (*rows, *audit))
    assert made["secret"] not in text
    assert made["secret"].encode().hex() not in text
    assert "/hook" not in " ".join(row for (row,) in audit), "an address may be a secret, too"


AT_EXAMPLE = {"url": "https://example.com/"}
WRONG: list[tuple[dict[str, Any], list[str]]] = [
    ({"settings": {}}, ["settings.url"]),
    ({"settings": {"url": "http://example.com/"}}, ["settings.url"]),
    ({"settings": {"url": "https://10.0.0.1/", "people_per_request": 5_000}}, ["settings.people_per_request"]),
    ({"settings": {"url": "https://169.254.169.254/"}}, ["settings.url"]),
    ({"settings": {"url": "https://example.com/", "colour": "red"}}, ["settings.colour"]),
    ({"kind": "fax"}, []),
    ({"purpose": "spying"}, []),
    ({"basis": "because"}, ["basis"]),
    ({"kind": "customer_match", "settings": {}}, ["purpose"]),
    ({"kind": "http", "settings": {"url": "https://example.com/", "body": "{{ people }}"}}, ["settings.body"]),
    (
        {"kind": "http", "settings": {"url": "https://example.com/", "send": "person"}},
        ["settings.body"],
    ),
    (
        {"kind": "http", "settings": {"url": "https://example.com/", "headers": ["Host: other"]}},
        ["settings.headers"],
    ),
    (
        {"kind": "http", "settings": {"url": "https://example.com/", "headers": ["A: b\r\nC: d"]}},
        ["settings.headers"],
    ),
    ({"kind": "http", "settings": {"url": "https://example.com/", "success": ["ok"]}}, ["settings.success"]),
]


async def test_what_cannot_work_is_refused_with_its_field(outpost: Outpost) -> None:
    good = {"kind": "webhook", "name": "Till", "purpose": PURPOSE, "settings": AT_EXAMPLE}
    for body, fields in WRONG:
        refused = await outpost.ada.post(f"/api/segments/{outpost.segment_id}/destinations", json=good | body)
        assert refused.status_code == 422, (body, refused.text)
        assert [one["field"] for one in refused.json().get("errors") or ()] == fields, body
    assert (await outpost.ada.get(f"/api/segments/{outpost.segment_id}/destinations")).json()["items"] == []


async def test_who_may_do_what(outpost: Outpost, ben: Person, cleo: Person, dan: Person) -> None:
    made = await outpost.make()
    path = f"/api/segments/destinations/{made['id']}"
    for person, status in ((cleo, 403), (dan, 404)):
        assert (await person.get(path)).status_code == status
        assert (await person.patch(path, json={"enabled": False})).status_code == status
        assert (await person.delete(path)).status_code == status
        assert (await person.post(f"{path}/test")).status_code == status
        assert (await person.post(f"{path}/sync")).status_code == status
        assert (await person.post(f"{path}/rotate-secret")).status_code == status
        assert (await person.get(f"{path}/deliveries")).status_code == status
        export = await person.post(f"/api/segments/{outpost.segment_id}/export", json={"reason": "to look"})
        assert export.status_code == status
    assert outpost.receiver.requests == []
    assert (await ben.get(path)).status_code == 200


async def test_nobody_sends_what_they_do_not_see(outpost: Outpost, ben: Person) -> None:
    """Ben sees no contact data: he can neither send it, nor turn what Ada sends to a server of his."""
    path = f"/api/segments/{outpost.segment_id}/destinations"
    url = f"{outpost.receiver.url}/ben"
    body = {"kind": "webhook", "name": "Mine", "purpose": PURPOSE, "settings": {"url": url, "identifiers": ["email"]}}
    refused = await ben.post(path, json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "fields_hidden")
    made = await outpost.make()
    turned = await ben.patch(
        f"/api/segments/destinations/{made['id']}", json={"settings": {"url": url, "identifiers": ["email"]}}
    )
    assert (turned.status_code, turned.json()["code"]) == (403, "fields_hidden")

    mine = await ben.post(path, json=body | {"settings": {"url": url, "identifiers": [], "traits": ["city"]}})
    assert mine.status_code == 201, mine.text
    changed = await ben.patch(f"/api/segments/destinations/{made['id']}", json={"name": "Renamed"})
    assert changed.status_code == 200
    await outpost.become("yuki")
    by_path = {got.path: got.json["people"][0] for got in outpost.receiver.requests}
    assert by_path["/hook"]["identifiers"]["email"] == ["yuki@example.jp"], "a new name changes no sight"
    assert by_path["/ben"] == {"profile_id": outpost.ids["yuki"], "identifiers": {}, "traits": {"city": "東京"}}


async def test_a_field_that_became_sensitive_leaves_no_more(outpost: Outpost, ben: Person, ada: Person) -> None:
    path = f"/api/segments/{outpost.segment_id}/destinations"
    settings = {"url": f"{outpost.receiver.url}/ben", "identifiers": [], "traits": ["city", "plan"]}
    body = {"kind": "webhook", "name": "Mine", "purpose": PURPOSE, "settings": settings}
    assert (await ben.post(path, json=body)).status_code == 201
    changed = await ada.put("/api/privacy/fields", json={"kind": "trait", "name": "city", "class": "contact"})
    assert changed.status_code in (200, 201, 204), changed.text
    await outpost.become("yuki")
    (got,) = outpost.receiver.requests
    assert got.json["people"][0]["traits"] == {"plan": "gold"}


async def test_settings_are_given_whole_and_secrets_stay(outpost: Outpost) -> None:
    settings = {"url": f"{outpost.receiver.url}/api", "secret_header": "X-Token: abc"}
    made = await outpost.make(kind="http", settings=settings)
    changed = await outpost.change(made, settings={"url": f"{outpost.receiver.url}/other"})
    assert (changed["secrets"], changed["settings"]["url"]) == (["secret_header"], f"{outpost.receiver.url}/other")
    await outpost.become("yuki")
    changed = await outpost.change(made, settings={"url": f"{outpost.receiver.url}/other", "secret_header": ""})
    assert changed["secrets"] == []
    await outpost.become("yuki", "ken")
    first, second = outpost.receiver.requests
    assert (first.headers.get("x-token"), second.headers.get("x-token")) == ("abc", None)


async def test_a_removed_destination_is_gone_with_what_waited(outpost: Outpost) -> None:
    made = await outpost.make()
    assert (await outpost.ada.delete(f"/api/segments/destinations/{made['id']}")).status_code == 204
    await outpost.become("yuki")
    assert outpost.receiver.requests == []
    assert (await outpost.ada.get(f"/api/segments/destinations/{made['id']}")).status_code == 404


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


NAMES = [hashed("yuki"), hashed("yamada")]


@pytest.mark.parametrize(
    ("vendor", "header", "row"),
    [
        (
            "google",
            ["Email"] * 3 + ["Phone"] * 3 + ["First Name", "Last Name", "Country", "Zip"],
            [
                hashed("yuki@example.jp"),
                "",
                "",
                hashed("+819012345600"),
                "",
                "",
                hashed("yuki"),
                hashed("yamada"),
                "",
                "",
            ],
        ),
        (
            "meta",
            ["email"] * 3 + ["phone"] * 3 + ["fn", "ln", "country", "zip"],
            [
                hashed("yuki@example.jp"),
                "",
                "",
                hashed("819012345600"),
                "",
                "",
                hashed("yuki"),
                hashed("yamada"),
                "",
                "",
            ],
        ),
    ],
)
async def test_a_list_for_ads_holds_hashes_of_those_who_agreed(
    outpost: Outpost, ada: Person, ben: Person, vendor: str, header: list[str], row: list[str]
) -> None:
    await outpost.become("yuki", "ken")
    await outpost.answer("yuki", True, "marketing", "ads")
    settings = {"vendor": vendor, "names": True}
    made = await outpost.make(kind="customer_match", purpose="marketing.ads", settings=settings)
    assert (made["secret"], made["recipient"]) == (None, vendor.capitalize())
    job = await outpost.sync(made)
    assert job["result"] == {"rows": 1, "withheld": 1, "without": 0}, job
    text = (await ada.get(f"/api/jobs/{job['id']}/file")).content.decode()
    assert list(csv.reader(io.StringIO(text))) == [header, row]
    assert (await ben.get(f"/api/jobs/{job['id']}/file")).status_code == 403, "it was made by who sees contact data"
    (disclosed,) = (await ada.get("/api/privacy/disclosures")).json()["items"]
    assert (disclosed["recipient"], disclosed["people"]) == (vendor.capitalize(), 1)
    assert (await ada.post(f"/api/segments/destinations/{made['id']}/test")).status_code == 409


async def test_members_are_exported_with_a_note_masked_and_withheld(
    outpost: Outpost, ada: Person, ben: Person, runtime: Runtime
) -> None:
    await outpost.become("yuki", "ken")
    await outpost.answer("ken", False)
    body = {"reason": "a test of gifts", "purpose": PURPOSE, "columns": ["id", "email", "traits.plan"]}
    for person, email in ((ada, "yuki@example.jp"), (ben, None)):
        started = await person.post(f"/api/segments/{outpost.segment_id}/export", json=body)
        assert started.status_code == 202, started.text
        await outpost.work()
        job = (await person.get(f"/api/jobs/{started.json()['job_id']}")).json()
        assert job["result"] == {"rows": 1, "withheld": 1}, job
        packed = zipfile.ZipFile(io.BytesIO((await person.get(f"/api/jobs/{job['id']}/file")).content))
        note = packed.read("README.txt").decode("utf-8-sig")
        assert "List: Friends" in note
        assert "a test of gifts" in note
        head, line = csv.reader(io.StringIO(packed.read("profiles.csv").decode("utf-8-sig")))
        assert (head, line[0], line[2]) == (["id", "email", "traits.plan"], outpost.ids["yuki"], "gold")
        assert line[1] == email if email else "yuki@" not in line[1]
    entries = (await ada.get("/api/workspace/audit")).json()["items"]
    assert [one["action"] for one in entries].count("segment.exported") == 2


async def test_an_export_of_a_wrong_column_is_refused(outpost: Outpost, ada: Person) -> None:
    body = {"reason": "to look", "columns": ["password"]}
    refused = await ada.post(f"/api/segments/{outpost.segment_id}/export", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "columns_invalid")
    assert (await ada.post("/api/segments/999/export", json={"reason": "to look"})).status_code == 404


async def test_a_segment_that_is_sent_somewhere_is_not_archived_under_it(outpost: Outpost, ada: Person) -> None:
    made = await outpost.make()
    place = f"/api/segments/{outpost.segment_id}"
    refused = await ada.delete(place)
    assert (refused.status_code, refused.json()["code"]) == (409, "segment_in_use")
    assert made["name"] in refused.json()["detail"]
    assert (await ada.get(place)).json()["used_by"] == 1
    assert (await ada.delete(f"/api/segments/destinations/{made['id']}")).status_code == 204
    assert (await ada.delete(place)).status_code == 204
