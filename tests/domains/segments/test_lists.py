"""Lists: uploaded, taken as a snapshot, compared; who is in them, and who may see what."""

from tests.cast import Person
from tests.domains.segments.shop import Shop


async def test_a_list_of_identifiers_finds_who_is_known(shop: Shop, ada: Person) -> None:
    table = "user_id,email\nhanako,\n,\n,KEN@example.jp\nnobody,nobody@example.jp\n\n"
    made = await ada.post("/api/segments/upload", json={"name": " Spring  event ", "csv": table})
    assert made.status_code == 201, made.text
    found = made.json()
    assert (found["matched"], found["unknown"], found["unknown_lines"]) == (2, 2, [2, 4])
    assert (found["name"], found["kind"], found["state"], found["size"]) == ("Spring event", "static", "ready", 2)
    assert await shop.names_in(found["id"]) == ["Hanako", "Ken"]


async def test_a_list_without_header_takes_a_type_and_profile_ids_too(shop: Shop, ada: Person) -> None:
    listed = (await ada.get("/api/profiles", params={"search": "Ken"})).json()["items"]
    body = {"name": "By mail", "csv": "hanako@example.jp\nken@example.jp\n", "type": "email"}
    assert (await ada.post("/api/segments/upload", json=body)).json()["matched"] == 2
    lines = [{"type": "profile_id", "value": listed[0]["id"]}, {"type": "profile_id", "value": "no id"}]
    made = (await ada.post("/api/segments/upload", json={"name": "By id", "identifiers": lines})).json()
    assert (made["matched"], made["unknown"]) == (1, 1)
    assert await shop.names_in(made["id"]) == ["Ken"]


async def test_an_upload_that_is_no_list_says_why(shop: Shop, ada: Person) -> None:
    empty = await ada.post("/api/segments/upload", json={"name": "Nothing"})
    assert (empty.status_code, empty.json()["code"]) == (422, "upload_empty")
    long = await ada.post("/api/segments/upload", json={"name": "Long", "csv": "x\n" * 100_002})
    assert (long.status_code, long.json()["code"]) == (422, "upload_long")
    assert (await ada.get("/api/segments")).json()["items"] == []


async def test_who_does_not_see_addresses_cannot_look_customers_up_by_them(shop: Shop, ben: Person) -> None:
    by_mail = {"name": "Guess", "csv": "email\nhanako@example.jp\n"}
    refused = await ben.post("/api/segments/upload", json=by_mail)
    assert (refused.status_code, refused.json()["code"]) == (403, "identifier_hidden")


async def test_members_come_in_pages_and_masked_by_sight(shop: Shop, ada: Person, ben: Person) -> None:
    made = await shop.upload("Some", "hanako", "ken", "ryo")
    path = f"/api/segments/{made['id']}/members"
    first = (await ada.get(path, params={"limit": 2})).json()
    assert [one["name"] for one in first["items"]] == ["Hanako", "Ken"]
    assert first["items"][0]["email"] == "hanako@example.jp"
    assert first["total"] == 3
    rest = (await ada.get(path, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [one["name"] for one in rest["items"]] == ["Ryo"]
    assert rest["next_cursor"] is None
    seen = (await ben.get(path)).json()["items"]
    assert "hanako@example.jp" not in str(seen)
    assert "email" in seen[0]["masked"]


async def test_a_snapshot_stays_as_it_was(shop: Shop, ada: Person) -> None:
    source = await shop.upload("Some", "hanako", "ken")
    taken = await ada.post(f"/api/segments/{source['id']}/snapshot", json={"name": "Some in April"})
    assert taken.status_code == 201, taken.text
    assert (taken.json()["kind"], taken.json()["size"]) == ("static", 2)
    await ada.delete(f"/api/segments/{source['id']}")
    assert await shop.names_in(taken.json()["id"]) == ["Hanako", "Ken"]


async def test_segments_are_compared_two_by_two_and_combined(shop: Shop, ada: Person) -> None:
    one = (await shop.upload("One", "hanako", "ken", "ryo"))["id"]
    two = (await shop.upload("Two", "ken", "ryo", "yui"))["id"]
    three = (await shop.upload("Three", "yui"))["id"]
    found = (await ada.post("/api/segments/overlap", json={"ids": [two, one, three]})).json()
    assert [each["name"] for each in found["segments"]] == ["Two", "One", "Three"]
    assert found["both"] == [[3, 2, 1], [2, 3, 0], [1, 0, 1]]
    sizes = {
        op: (await ada.post("/api/segments/combine", json={"op": op, "ids": [one, two]})).json()["size"]
        for op in ("union", "intersection", "difference")
    }
    assert sizes == {"union": 4, "intersection": 2, "difference": 1}
    missing = await ada.post("/api/segments/overlap", json={"ids": [one, 2**40]})
    assert missing.status_code == 404


async def test_a_customer_page_names_the_segments_they_are_in(shop: Shop, ada: Person) -> None:
    await shop.upload("B", "hanako")
    gone = await shop.upload("C", "hanako")
    await shop.upload("A", "hanako", "ken")
    await ada.delete(f"/api/segments/{gone['id']}")
    (hanako,) = (await ada.get("/api/profiles", params={"search": "Hanako"})).json()["items"]
    found = (await ada.get(f"/api/profiles/{hanako['id']}/segments")).json()
    assert [(one["name"], one["kind"]) for one in found["items"]] == [("A", "static"), ("B", "static")]
    nobody = await ada.get("/api/profiles/6f1c1c7e-9b0e-4c55-8a59-0d9f6f0c9d11/segments")
    assert nobody.status_code == 404


async def test_moves_tell_who_came_when_and_why(shop: Shop, ada: Person) -> None:
    made = await shop.upload("Some", "hanako", "ken", "ryo")
    path = f"/api/segments/{made['id']}/moves"
    first = (await ada.get(path, params={"limit": 2, "direction": "entered"})).json()
    rest = (await ada.get(path, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [one["name"] for one in first["items"] + rest["items"]] == ["Hanako", "Ken", "Ryo"]
    assert rest["next_cursor"] is None
    assert all(one["entered"] and one["cause"] for one in first["items"])
    assert len({one["id"] for one in first["items"] + rest["items"]}) == 3
    assert (await ada.get(path, params={"direction": "left"})).json()["items"] == []


async def test_sizes_begin_where_asked_and_end_now(shop: Shop, ada: Person) -> None:
    made = await shop.upload("Some", "hanako", "ken")
    found = (await ada.get(f"/api/segments/{made['id']}/sizes")).json()
    assert found["time_zone"] == "Asia/Tokyo"
    assert [(point["size"], point["entered"]) for point in found["points"]] == [(0, 0), (2, 2), (2, 0)]
    assert (await ada.get(f"/api/segments/{made['id']}/sizes", params={"days": 367})).status_code == 422
    by_day = (await ada.get(f"/api/segments/{made['id']}/sizes", params={"days": 90})).json()
    assert [point["entered"] for point in by_day["points"]] == [0, 2, 0]


async def test_a_stranger_meets_none_of_it(shop: Shop, dan: Person) -> None:
    made = await shop.upload("Some", "hanako")
    for path in ("", "/members", "/moves", "/sizes"):
        assert (await dan.get(f"/api/segments/{made['id']}{path}")).status_code == 404
    assert (await dan.get("/api/segments")).json()["items"] == []
