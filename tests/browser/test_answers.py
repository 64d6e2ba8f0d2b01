"""Questions and what becomes of them: asked, opened to who is behind a number, kept, put on dashboards, shared."""

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.browser.conftest import DESK, PHONE, Send, Visitor
from tests.browser.test_access import AXE, check_screens
from tests.browser.test_segments import tab_to
from tests.installation import wait_for

BOUGHT = "Bouquet Bought"
FIRST_MS = 60_000
"""The first question of a process loads what all others use."""
TREND = {
    "metric": "trend",
    "params": {"series": [{"event": {"name": BOUGHT}, "measure": "people"}]},
    "range": {"kind": "last", "n": 7, "unit": "day", "current": True},
}
FUNNEL = {
    "metric": "funnel",
    "params": {"steps": [{"event": {"name": "Bouquet Seen"}}, {"event": {"name": BOUGHT}}]},
    "range": {"kind": "last", "n": 7, "unit": "day", "current": True},
}


def at(question: object) -> str:
    return f"/insight/explorer?q={quote(json.dumps(question))}"


@pytest.fixture(scope="module")
def buyers(
    browser: Browser, address: str, owner_state: StorageState, send: Send, people: dict[str, str]
) -> dict[str, str]:
    """Four customers of this file alone saw a bouquet, and three of them bought it."""
    for number in range(1, 5):
        who = {"userId": f"m-810{number}"}
        send({"type": "identify", "traits": {"name": f"花束 {number}子"}} | who)
        send(
            {"event": "Bouquet Seen"} | who, *([{"event": BOUGHT, "properties": {"price": 3000}} | who] * (number < 4))
        )
    visitor = Visitor(browser, address, owner_state)
    visitor.context.set_default_timeout(FIRST_MS)
    wait_for(lambda: ask(visitor, TREND) == 3 and ask(visitor, FUNNEL, "entered") == 4)
    visitor.close()
    return people


def ask(visitor: Visitor, question: object, figure: str = "A") -> float | None:
    answer = visitor.call("POST", "/api/analytics/query", {"query": question})
    return next((one["value"] for one in answer["figures"] if one["key"] == figure), None)


@pytest.fixture
def visitor(browser: Browser, address: str) -> Iterator[Visitor]:
    """Nobody who is known."""
    stranger = Visitor(browser, address)
    yield stranger
    stranger.close()


def test_a_number_leads_to_people_and_on_to_a_segment_by_keyboard(page: Page, buyers: dict[str, str]) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("x")
    expect(page.get_by_label("指標を検索")).to_be_visible()
    tab_to(page, "指標を検索")
    page.keyboard.type("推移")
    tab_to(page, "推移各期間の行動")
    page.keyboard.press("Enter")
    event = page.get_by_role("combobox", name="行動 A", exact=True)
    event.fill(BOUGHT)
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="測るもの A").click()
    page.get_by_role("option", name="人数", exact=True).click()
    page.get_by_role("button", name="期間: 過去30日").click()
    page.get_by_role("checkbox", name="まだ終わっていない期間も含める").check()
    page.keyboard.press("Escape")
    expect(page.get_by_text("3人", exact=True)).to_be_visible()
    page.get_by_title("表で見る").click()
    tab_to(page, "3人：該当する人を一覧で見る")
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("table", name="顧客").get_by_text("花束 3子")).to_be_visible()
    expect(drawer.get_by_text("花束 4子")).to_have_count(0)
    drawer.get_by_role("button", name="セグメントにする").click()
    drawer.get_by_label("セグメントの名前").fill("花束を買った人")
    page.keyboard.press("Enter")
    drawer.get_by_role("link", name="開く").click()
    expect(page.get_by_role("heading", name="花束を買った人")).to_be_visible()
    expect(page.get_by_role("table", name="メンバー").get_by_text("花束 1子")).to_be_visible()


def test_what_is_wrong_in_a_question_stands_at_its_field(page: Page, buyers: dict[str, str]) -> None:
    first, last = FUNNEL["params"]["steps"]
    page.goto(at(FUNNEL | {"params": {"steps": [first | {"optional": True}, last]}}))
    expect(page.get_by_role("heading", name="この質問のままでは計算できません")).to_be_visible()
    # In the answer's place, and beside the box that is to be unchecked.
    expect(page.get_by_text("最初のステップは飛ばせません。")).to_have_count(2)
    page.get_by_role("checkbox", name="飛ばしてもよい").first.uncheck()
    expect(page.get_by_text("75%").first).to_be_visible()
    expect(page.get_by_text("最初のステップは飛ばせません。")).to_have_count(0)
    page.goto(at(TREND | {"zone": "Mars/Olympus"}))
    expect(page.get_by_text("そのタイムゾーンはありません。")).to_have_count(2)
    page.get_by_role("button", name="数える対象").click()
    # The field itself says it as well.
    expect(page.get_by_text("そのタイムゾーンはありません。")).to_have_count(3)


def test_a_question_becomes_a_report_a_tile_and_a_link(
    page: Page, ada: Visitor, visitor: Visitor, buyers: dict[str, str]
) -> None:
    page.goto(at(FUNNEL))
    expect(page.get_by_text("75%").first).to_be_visible()
    page.get_by_role("button", name="レポートとして保存").click()
    page.get_by_label("名前", exact=True).fill("花束のファネル")
    page.get_by_role("dialog").get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("heading", name="花束のファネル", level=1)).to_be_visible()
    page.get_by_role("button", name="その他の操作", exact=True).click()
    page.get_by_role("menuitem", name="ダッシュボードに追加").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("ダッシュボードの名前").fill("朝会")
    dialog.get_by_role("button", name="ダッシュボードに追加").click()
    expect(page.get_by_text("「朝会」に追加しました")).to_be_visible()
    [made] = [one for one in ada.call("GET", "/api/analytics/dashboards")["items"] if one["title"]["ja"] == "朝会"]
    ada.call(
        "PATCH",
        f"/api/analytics/dashboards/{made['ref']}",
        {"tiles": [{"query": TREND, "title": {"en": "Buyers", "ja": "購入者"}, "width": 6, "height": 4}]},
    )
    page.goto(f"/insight/dashboards/{made['ref']}?edit=true")
    page.get_by_role("button", name="タイルを追加").click()
    page.get_by_role("menuitem", name="文章").click()
    page.get_by_role("textbox", name="文章").fill("# 今週の話題")
    page.get_by_role("dialog").get_by_role("button", name="タイルを追加").click()
    tab_to(page, "今週の話題")
    page.keyboard.press("Alt+ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("heading", name="今週の話題")).to_be_visible()
    first = ada.call("GET", f"/api/analytics/dashboards/{made['ref']}")["tiles"][0]
    assert (first["text"]["ja"], first["width"]) == ("# 今週の話題", 8)
    expect(page.get_by_text("3人", exact=True)).to_be_visible()

    page.get_by_role("button", name="その他の操作", exact=True).click()
    page.get_by_role("menuitem", name="共有").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("リンクを知っている人全員").check()
    dialog.get_by_role("button", name="リンクを作る").click()
    expect(dialog.get_by_role("button", name="無効にする")).to_be_visible()
    [share] = ada.call("GET", f"/api/analytics/shares?kind=dashboard&ref={made['ref']}")["items"]
    path = "/shared/" + share["url"].rpartition("/shared/")[2]
    visitor.page.goto(path)
    expect(visitor.page.get_by_role("heading", name="朝会", level=1)).to_be_visible()
    expect(visitor.page.get_by_text("3人", exact=True)).to_be_visible()
    expect(visitor.page.get_by_text("花束 1子")).to_have_count(0)
    ada.call("DELETE", f"/api/analytics/shares/{share['id']}")
    visitor.page.reload()
    expect(visitor.page.get_by_text("このリンクは開けません")).to_be_visible()


SCREENS = (
    "/insight/explorer",
    at(TREND).replace("{", "{{").replace("}", "}}"),
    at(FUNNEL).replace("{", "{{").replace("}", "}}"),
    "/insight/dashboards",
    "/insight/reports",
    "/insight/journey",
    "/insight/scores?score=rfm_group",
)


@pytest.mark.skipif(not AXE.exists(), reason="axe is not installed: run `make web`")
@pytest.mark.parametrize(
    ("language", "size", "scheme", "screens"),
    [("ja", DESK, "light", SCREENS), ("en", PHONE, "dark", SCREENS[1:])],
)
def test_answers_are_for_everybody(
    browser: Browser,
    address: str,
    owner_state: StorageState,
    people: dict[str, str],
    buyers: dict[str, str],
    language: str,
    size: dict[str, int],
    scheme: str,
    screens: tuple[str, ...],
) -> None:
    visitor = Visitor(browser, address, owner_state, viewport=size, color_scheme=scheme)
    check_screens(visitor, language, screens, people)
