"""The first-start wizard."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from tests.cast import PASSWORD, Person, Visitor, started

from kizuna.domains.workspace.rules import inputs
from kizuna.domains.workspace.rules.codes import COUNTRIES, CURRENCIES
from kizuna.domains.workspace.rules.inputs import FieldError
from kizuna.kernel.settings import Settings

ANSWERS: dict[str, Any] = {
    "workspace_name": "青山茶舗",
    "owner_name": "田中 花",
    "email": "Hana@Example.com",
    "password": PASSWORD,
    "time_zone": "Asia/Tokyo",
    "currency": "JPY",
    "week_start": "monday",
    "language": "ja",
    "country": "JP",
}


async def test_the_wizard_makes_the_workspace_and_signs_in(visitor: Visitor) -> None:
    state = (await visitor.get("/api/setup")).json()
    assert state["needed"] is True
    assert "Asia/Tokyo" in state["time_zones"]
    assert "JPY" in state["currencies"]

    answer = await visitor.post("/api/setup", json=ANSWERS)
    assert answer.status_code == 201
    assert answer.json()["workspace"]["slug"].startswith("workspace-")
    me = (await visitor.get("/api/me")).json()
    assert me["member"] | {"id": 0} == {
        "id": 0, "name": "田中 花", "email": "hana@example.com", "role": "owner", "language": "ja",
            "totp": False, "has_password": True,
    }  # fmt: skip
    assert (await visitor.get("/api/setup")).json()["needed"] is False


async def test_it_works_once(visitor: Visitor, ada: Person) -> None:
    answer = await visitor.post("/api/setup", json=ANSWERS)
    assert answer.status_code == 409
    assert answer.json()["code"] == "setup_done"


async def test_two_at_once_make_one_workspace(visitor: Visitor) -> None:
    answers = await asyncio.gather(*(visitor.post("/api/setup", json=ANSWERS) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("workspace_name", "  "),
        ("workspace_name", "a\x00b"),
        ("owner_name", "x" * 121),
        ("email", "hana"),
        ("email", "hana@localhost"),
        ("email", "a b@example.com"),
        ("password", "short"),
        ("password", "aaaaaaaaaaaaaaa"),
        ("password", "hana@example.com"),
        ("password", "x" * 100_000),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("currency", "ZZZ"),
        ("country", "Japan"),
    ],
)
async def test_each_wrong_field_is_named(visitor: Visitor, field: str, value: str) -> None:
    answer = await visitor.post("/api/setup", json=ANSWERS | {field: value})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("field", ["week_start", "language"])
async def test_choices_outside_the_list_are_refused(visitor: Visitor, field: str) -> None:
    answer = await visitor.post("/api/setup", json=ANSWERS | {field: "someday"})
    assert answer.status_code == 400


async def test_the_cookie_is_secure_on_https(settings: Settings) -> None:
    from kizuna.app.asgi import create_app

    app = create_app(replace(settings, public_url="https://kizuna.example"))
    async with started(app), Visitor(app) as visitor:
        answer = await visitor.post("/api/setup", json=ANSWERS)
    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize("email", ["a@b.jp", "hana+shop@sub.example.co.jp", "ｈａｎａ@example.com", "花@例え.jp"])
def test_addresses_people_have(email: str) -> None:
    assert inputs.check_email(email)


@pytest.mark.parametrize("email", ["", "@b.jp", "a@", "a@b", "a@b..jp", "a@-b.jp", "a@b.1", "a@b.jp\n x", "a\x00@b.jp"])
def test_addresses_nobody_has(email: str) -> None:
    with pytest.raises(FieldError):
        inputs.check_email(email)


def test_slugs_are_ascii() -> None:
    assert inputs.make_slug("Café Kizuna!", "0123456789") == "cafe-kizuna"
    assert inputs.make_slug("青山茶舗", "0123456789") == "workspace-01234567"


def test_codes_look_like_codes() -> None:
    assert len(COUNTRIES) == len(set(COUNTRIES)) == 249
    assert {"JPY", "USD", "EUR"} <= set(CURRENCIES)
    assert all(len(code) == 3 for code in CURRENCIES)
