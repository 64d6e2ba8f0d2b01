"""The brand's look, and what consent banners on any site read."""

from typing import Any

import pytest
from tests.cast import Person, Visitor

BANNER = {"ja": {"title": "Cookieについて", "body": "ご確認ください。"}, "en": {"title": "Cookies", "body": "Choose."}}


@pytest.fixture
async def write_key(ada: Person) -> str:
    source = {"name": "Site", "kind": "browser", "touchpoint": "web"}
    return (await ada.post("/api/collect/sources", json=source)).json()["write_key"]


async def test_a_brand_is_changed_by_those_who_may(ada: Person, ben: Person, dan: Person) -> None:
    change = {"name": "青山茶舗", "color": "#0a7f5a", "radius": 0, "privacy_url": "https://tea.example.com/privacy"}

    changed = await ada.patch("/api/privacy/brand", json=change | {"banner": BANNER})

    assert changed.status_code == 200, changed.text
    seen = (await ben.get("/api/privacy/brand")).json()
    assert (seen["name"], seen["color"], seen["radius"]) == ("青山茶舗", "#0A7F5A", 0)
    assert (seen["banner"], seen["version"]) == (BANNER, 2)
    assert seen["page_url"].endswith("/p/preferences?brand=aoyama-tea")
    assert (await ben.patch("/api/privacy/brand", json=change)).status_code == 403
    assert (await dan.get("/api/privacy/brand")).json()["name"] == "Dan's Diner"
    entries = (await ada.get("/api/workspace/audit?action=brand")).json()["items"]
    assert entries[0]["after"]["name"] == "青山茶舗"


@pytest.mark.parametrize(
    "change",
    [
        {"color": "red"},
        {"color": "#12345G"},
        {"radius": 99},
        {"name": " "},
        {"logo_url": "https://elsewhere.example.com/logo.png"},
        {"logo_url": "http://localhost:8100.evil.example/logo.png"},
        {"privacy_url": "javascript:alert(1)"},
        {"banner": {"fr": {"title": "x", "body": "y"}}},
        {"banner": {"en": {"title": "", "body": "y"}}},
        {"unknown": 1},
    ],
)
async def test_what_would_break_the_page_is_refused(ada: Person, change: dict[str, Any]) -> None:
    answer = await ada.patch("/api/privacy/brand", json=change)

    assert answer.status_code in (400, 422), answer.text


async def test_any_site_reads_what_its_banner_says(visitor: Visitor, write_key: str) -> None:
    answer = await visitor.get(f"/v1/consent/{write_key}?language=ja", headers={"Origin": "https://tea.example.com"})

    assert answer.status_code == 200
    assert answer.headers.get_list("access-control-allow-origin") == ["*"]
    assert answer.headers["cache-control"] == "public, max-age=300"
    said = answer.json()
    assert (said["version"], said["language"], said["preference_url"]) == (1, "ja", None)
    assert said["theme"] == {"color": "#3B3A8F", "radius": 8}
    assert set(said["labels"]) == {"accept", "reject", "choose", "save"}
    asked = {one["key"]: (one["required"], one["default"]) for one in said["purposes"]}
    assert asked == {
        "service": (True, True),
        "analytics": (False, True),
        "personalisation": (False, True),
        "third_party": (False, False),
    }
    again = await visitor.get(f"/v1/consent/{write_key}?language=ja", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    english = await visitor.get(f"/v1/consent/{write_key}", headers={"Accept-Language": "en"})
    assert english.json()["title"] == "Your privacy"


async def test_a_new_wording_has_a_new_version(
    ada: Person, visitor: Visitor, write_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kizuna.domains.collect.endpoints.consent.FRESH_S", 0.0)
    await ada.patch("/api/privacy/brand", json={"banner": BANNER})
    await ada.patch("/api/privacy/brand", json={"color": "#112233"})

    said = (await visitor.get(f"/v1/consent/{write_key}?language=en")).json()

    assert (said["version"], said["title"], said["theme"]["color"]) == (2, "Cookies", "#112233")


async def test_an_unknown_key_gets_a_sentence(visitor: Visitor) -> None:
    answer = await visitor.get("/v1/consent/nobody")

    assert answer.status_code == 404
    assert answer.json()["code"] == "write_key_unknown"
