"""Figures about each customer: written, previewed, made, and found at the customer and in conditions."""

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.browser.conftest import DESK, PHONE, Send, Visitor
from tests.browser.test_access import AXE, check_screens
from tests.installation import wait_for

People = dict[str, str]
FIGURE = {"kind": "sum", "event": {"name": "Lesson Taken"}, "property": "fee"}


@pytest.fixture(scope="module")
def learners(browser: Browser, address: str, owner_state: StorageState, send: Send, people: People) -> People:
    """Two customers of this file alone, with one lesson and two."""
    for number in (1, 2):
        who = {"userId": f"m-800{number}"}
        send({"type": "identify", "traits": {"name": f"習い {number}子"}} | who)
        send(*[{"event": "Lesson Taken", "properties": {"fee": 1500}} | who for _ in range(number)])
    visitor = Visitor(browser, address, owner_state)
    wait_for(lambda: preview(visitor)["found"] == 2)
    wait_for(lambda: not check(visitor)["problems"])  # the event stands in the catalogue
    visitor.close()
    return people


def preview(visitor: Visitor) -> dict[str, int]:
    return visitor.call("POST", "/api/segments/traits/preview", {"figure": FIGURE})


def check(visitor: Visitor) -> dict[str, list[object]]:
    condition = {"version": 1, "where": {"kind": "did", "event": {"name": "Lesson Taken"}}}
    return visitor.call("POST", "/api/segments/check", {"condition": condition})


def make(visitor: Visitor, name: str) -> int:
    """A live trait of which everybody has their value."""
    made = visitor.call("POST", "/api/segments/traits", {"name": name, "figure": FIGURE})["id"]
    wait_for(lambda: visitor.call("GET", f"/api/segments/traits/{made}")["state"] == "ready")
    return made


def test_a_figure_is_written_previewed_and_stands_at_the_customer(page: Page, ada: Visitor, learners: People) -> None:
    page.goto("/customers/traits/new")
    page.get_by_label("属性の名前").fill("lesson_fees")
    event = page.get_by_role("combobox", name="行動", exact=True)
    event.fill("Leson Taken")
    page.get_by_role("button", name="「Lesson Taken」にする").click()
    expect(event).to_have_value("Lesson Taken")
    page.get_by_role("combobox", name="計算の種類").click()
    page.get_by_role("option", name="合計").click()
    page.get_by_role("button", name="作成", exact=True).click()
    expect(page.get_by_text("対象の項目を選んでください。")).to_be_visible()
    page.get_by_role("combobox", name="項目", exact=True).fill("fee")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="計算してみる").click()
    expect(page.get_by_text("対象の項目を選んでください。")).to_have_count(0)
    expect(page.get_by_text("値がある人：2人")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="習い 2子")).to_contain_text("3,000")
    page.get_by_role("button", name="作成", exact=True).click()

    row = page.get_by_role("row").filter(has_text="lesson_fees")
    expect(row).to_contain_text("「Lesson Taken」の「fee」の合計")
    expect(row).to_contain_text("ライブ")
    wait_for(lambda: [one["people"] for one in ada.call("GET", "/api/segments/traits")["items"]] == [2])
    (person,) = ada.call("GET", "/api/profiles?search=m-8002")["items"]
    page.goto(f"/customers/profiles/{person['id']}?tab=traits")
    value = page.get_by_role("row").filter(has_text="lesson_fees")
    expect(value).to_contain_text("3000")
    value.get_by_role("link", name="計算").click()
    expect(page.get_by_role("heading", name="計算属性")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="lesson_fees")).to_be_visible()


def test_a_kind_that_no_event_tells_of_is_worked_out_daily(page: Page, learners: People) -> None:
    page.goto("/customers/traits/new")
    expect(page.get_by_role("radio", name="ライブ")).to_be_checked()
    page.get_by_role("combobox", name="計算の種類").click()
    page.get_by_role("option", name="最後の行動からの日数").click()
    expect(page.get_by_role("radio", name="毎日")).to_be_checked()
    expect(page.get_by_role("radio", name="ライブ")).to_be_disabled()
    page.get_by_role("button", name="作成", exact=True).click()
    expect(page.get_by_label("属性の名前")).to_be_focused()
    expect(page.get_by_text("行動を選んでください。")).to_be_visible()


def test_one_in_use_names_its_users_and_another_goes(page: Page, ada: Visitor, learners: People) -> None:
    used, free = make(ada, "fees_used"), make(ada, "fees_free")
    asks = {"kind": "trait", "name": "fees_used", "test": {"op": "between", "low": 2000}}
    body = {"name": "よく習う人", "condition": {"version": 1, "where": asks}}
    segment = ada.call("POST", "/api/segments", body)["id"]
    wait_for(lambda: ada.call("GET", f"/api/segments/{segment}")["size"] == 1)

    page.goto(f"/customers/traits/{used}")
    page.get_by_role("button", name="その他").click()
    page.get_by_role("menuitem", name="削除").click()
    expect(page.get_by_role("dialog").get_by_role("link", name="よく習う人")).to_be_visible()
    page.get_by_role("dialog").get_by_role("button", name="閉じる").last.click()

    page.goto(f"/customers/traits/{free}")
    page.get_by_role("button", name="その他").click()
    page.get_by_role("menuitem", name="削除").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("fees_free")
    dialog.get_by_role("button", name="削除").click()
    expect(page.get_by_role("heading", name="計算属性")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="fees_free")).to_have_count(0)


@pytest.mark.skipif(not AXE.exists(), reason="axe is not installed: run `make web`")
@pytest.mark.parametrize(
    ("language", "size", "scheme"),
    [("ja", DESK, "light"), ("en", PHONE, "light"), ("en", DESK, "dark"), ("ja", PHONE, "dark")],
)
def test_screens_of_computed_traits_are_for_everybody(
    browser: Browser,
    address: str,
    owner_state: StorageState,
    learners: People,
    language: str,
    size: dict[str, int],
    scheme: str,
) -> None:
    visitor = Visitor(browser, address, owner_state, viewport=size, color_scheme=scheme)
    made = make(visitor, f"fees_{language}_{scheme}")
    screens = ["/customers/traits", "/customers/traits/new", f"/customers/traits/{made}"]
    check_screens(visitor, language, screens, learners)
