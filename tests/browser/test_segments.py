"""Whom a condition means: put together, checked, saved, followed, and who may do that."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.browser.conftest import DESK, PHONE, Send, Visitor
from tests.browser.test_access import AXE, check_screens
from tests.installation import wait_for

People = dict[str, str]
TABS_MAX = 80
FOCUSED = """() => {
    const one = document.activeElement;
    return one?.getAttribute("aria-label") || one?.labels?.[0]?.textContent || one?.textContent || "";
}"""


@pytest.fixture(scope="module")
def shoppers(browser: Browser, address: str, owner_state: StorageState, send: Send, people: People) -> People:
    """Three customers of this file alone, who bought once, twice and thrice."""
    for number in (1, 2, 3):
        who = {"userId": f"m-700{number}"}
        send({"type": "identify", "traits": {"name": f"買物 {number}子", "rank": "ABC"[number - 1]}} | who)
        send(*[{"event": "Ticket Bought", "properties": {"price": 1000 * number}} | who for _ in range(number)])
    visitor = Visitor(browser, address, owner_state)
    wait_for(lambda: len(visitor.call("GET", "/api/profiles?search=m-700")["items"]) == 3)
    wait_for(lambda: estimate(visitor, {"kind": "did", "event": {"name": "Ticket Bought"}}) == 3)
    visitor.close()
    return people


@pytest.fixture
def viewer(browser: Browser, address: str, ada: Visitor) -> Iterator[Visitor]:
    """Vera, who may look."""
    link = ada.call("POST", "/api/workspace/invitations", {"email": "vera@example.com", "role": "viewer"})["url"]
    visitor = Visitor(browser, address)
    visitor.page.goto(link)
    visitor.page.get_by_label("お名前").fill("Vera")
    visitor.page.get_by_label("パスワード", exact=True).fill("slow amber window seat")
    visitor.page.get_by_role("button", name="参加する").click()
    expect(visitor.page.get_by_role("heading", name="Veraさん、こんにちは")).to_be_visible()
    yield visitor
    visitor.close()


def estimate(visitor: Visitor, where: object) -> int:
    return visitor.call("POST", "/api/segments/estimate", {"condition": {"version": 1, "where": where}})["size"]


def bought(times: int, event: str = "Ticket Bought") -> dict[str, object]:
    return {"kind": "did", "event": {"name": event}, "value": times}


def make(visitor: Visitor, name: str, where: object) -> int:
    """A live segment whose members are worked out."""
    wanted = {"name": name, "kind": "live", "condition": {"version": 1, "where": where}}
    made = visitor.call("POST", "/api/segments", wanted)["id"]
    wait_for(lambda: visitor.call("GET", f"/api/segments/{made}")["state"] == "ready")
    return made


def tab_to(page: Page, name: str, back: bool = False) -> None:
    """Walks with the tabulator until what has this name has the focus."""
    for _ in range(TABS_MAX):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if name in page.evaluate(FOCUSED):
            return
    raise AssertionError(f"The keyboard does not reach “{name}”.")


def test_a_segment_is_made_by_keyboard_alone(page: Page, ada: Visitor, shoppers: People) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("e")
    expect(page.get_by_role("heading", name="セグメント", exact=True)).to_be_visible()
    page.goto("/customers/segments/new")
    tab_to(page, "名前")
    page.keyboard.type("三度目の正直")
    tab_to(page, "条件を追加")
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="行動した", exact=True)).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="行動した", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    row = page.get_by_role("group", name="条件1", exact=True)
    expect(row.get_by_role("combobox", name="条件の種類")).to_be_focused()
    tab_to(page, "行動")
    page.keyboard.type("Ticket Bought")
    page.keyboard.press("Escape")
    tab_to(page, "数")
    page.keyboard.press("Control+a")
    page.keyboard.type("3")
    tab_to(page, "いつ")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Control+Enter")
    second = page.get_by_role("group", name="条件2", exact=True)
    expect(second.get_by_role("combobox", name="条件の種類")).to_be_focused()
    page.keyboard.press("Alt+ArrowRight")
    nested = page.get_by_role("group", name="条件1.2", exact=True)
    expect(nested.get_by_role("combobox", name="条件の種類")).to_be_focused()
    page.keyboard.press("Control+z")
    expect(second).to_be_visible()
    page.keyboard.press("Alt+Delete")
    expect(second).to_have_count(0)
    expect(row.get_by_role("combobox", name="条件の種類")).to_be_focused()
    expect(page.get_by_text("1人", exact=True)).to_be_visible()
    tab_to(page, "セグメントを作る")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="三度目の正直")).to_be_visible()
    expect(page.get_by_role("table", name="メンバー").get_by_text("買物 3子")).to_be_visible()


def test_a_slip_is_pointed_out_and_the_suggestion_taken(page: Page, shoppers: People) -> None:
    page.goto("/customers/segments/new")
    page.get_by_role("button", name="条件を追加").click()
    page.get_by_role("menuitem", name="行動した", exact=True).click()
    row = page.get_by_role("group", name="条件1", exact=True)
    row.get_by_role("combobox", name="行動", exact=True).fill("Tiket Bought")
    expect(row.get_by_text("行動「Tiket Bought」はまだ届いていません")).to_be_visible()
    row.get_by_role("button", name="「Ticket Bought」にする").click()
    expect(row.get_by_role("combobox", name="行動", exact=True)).to_have_value("Ticket Bought")
    expect(row.get_by_text("まだ届いていません")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(row.get_by_role("combobox", name="行動", exact=True)).to_have_value("Tiket Bought")


def test_a_row_is_copied_pasted_turned_and_taken_back(page: Page, shoppers: People) -> None:
    page.goto("/customers/segments/new")
    paste(page, {"kind": "trait", "name": "rank", "test": {"op": "is", "value": "A"}})
    first = page.get_by_role("group", name="条件1", exact=True)
    first.get_by_role("combobox", name="条件の種類").focus()
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")
    second = page.get_by_role("group", name="条件2", exact=True)
    expect(second.get_by_role("combobox", name="値")).to_have_value("A")
    expect(second.get_by_text("同じ条件がこのグループにもうあります")).to_be_visible()
    page.keyboard.press("Alt+n")
    expect(second.get_by_role("combobox", name="比べ方")).to_have_value("が次と異なる")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(second).to_have_count(0)
    page.keyboard.press("Control+Shift+z")
    expect(second.get_by_role("combobox", name="値")).to_have_value("A")


def test_a_template_is_a_start(page: Page, shoppers: People) -> None:
    page.goto("/customers/segments/new")
    page.get_by_role("button", name="ひな型から始める").click()
    page.get_by_role("button", name="これを使う: 新規のお客様").click()
    first = page.get_by_role("group", name="条件1", exact=True)
    expect(first.get_by_role("combobox", name="行動", exact=True)).to_have_value("Order Completed")
    first.get_by_role("textbox", name="長さ").fill("90")
    expect(page.get_by_role("region", name="プレビュー")).to_contain_text("90日")


def test_what_contradicts_itself_cannot_be_saved_and_says_why(page: Page, shoppers: People) -> None:
    page.goto("/customers/segments/new")
    page.get_by_role("textbox", name="名前").fill("いない人")
    impossible = {
        "kind": "all",
        "of": [bought(3), {"kind": "not", "of": bought(1)}],
    }
    paste(page, impossible)
    second = page.get_by_role("group", name="条件2", exact=True)
    expect(second.get_by_text("両方に当てはまる人はいません")).to_be_visible()
    page.get_by_role("button", name="セグメントを作る").click()
    expect(page.get_by_role("alert").filter(has_text="条件に足りないところがあります")).to_be_visible()
    assert page.url.endswith("/customers/segments/new")
    page.get_by_role("button", name="かつ。「または」に変える").click()
    expect(second.get_by_text("両方に当てはまる人はいません")).to_have_count(0)


def paste(page: Page, where: object) -> None:
    """Puts a condition in by its JSON."""
    page.get_by_role("button", name="JSONで見る").click()
    page.get_by_role("textbox", name="JSON").fill(page.evaluate("(one) => JSON.stringify(one)", where))
    page.get_by_role("button", name="この内容にする").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_before_saving_it_says_who_comes_and_who_goes(page: Page, ada: Visitor, shoppers: People) -> None:
    made = make(ada, "一度は買った人", bought(1))
    page.goto(f"/customers/segments/{made}/edit")
    row = page.get_by_role("group", name="条件1", exact=True)
    row.get_by_role("textbox", name="数").fill("2")
    expect(page.get_by_text("2人", exact=True)).to_be_visible()
    page.get_by_role("button", name="保存", exact=True).click()
    dialogue = page.get_by_role("dialog", name="保存すると")
    expect(dialogue.get_by_text("入る人はいません")).to_be_visible()
    expect(dialogue.get_by_text("1人が出ます")).to_be_visible()
    expect(dialogue.get_by_text("たとえば 買物 1子")).to_be_visible()
    dialogue.get_by_role("button", name="保存", exact=True).click()
    table = page.get_by_role("table", name="メンバー")
    expect(table.get_by_text("買物 1子")).to_have_count(0)
    expect(table.get_by_text("買物 2子")).to_be_visible()
    page.get_by_role("tab", name="推移").click()
    moves = page.get_by_role("table", name="出入りの記録")
    expect(moves.get_by_role("row").filter(has_text="買物 1子").filter(has_text="出た")).to_be_visible()


def test_sizes_and_members_follow_what_happens(page: Page, ada: Visitor, send: Send, shoppers: People) -> None:
    made = make(ada, "催しに来た人", bought(1, "Fair Visited"))
    page.goto(f"/customers/segments/{made}")
    expect(page.get_by_role("heading", name="このセグメントには誰もいません")).to_be_visible()
    page.evaluate("window.notReloaded = true")
    send({"event": "Fair Visited", "userId": "m-7001"})
    expect(page.get_by_role("table", name="メンバー").get_by_text("買物 1子")).to_be_visible()
    assert page.evaluate("window.notReloaded")
    page.get_by_role("table", name="メンバー").get_by_role("link", name="買物 1子").click()
    chips = page.get_by_role("region", name="セグメント")
    expect(chips.get_by_role("link", name="催しに来た人")).to_be_visible()


def test_a_viewer_looks_and_changes_nothing(viewer: Visitor, ada: Visitor, shoppers: People) -> None:
    made = make(ada, "見るだけの人たち", bought(2))
    page = viewer.page
    page.goto("/customers/segments")
    expect(page.get_by_role("table", name="セグメント").get_by_text("見るだけの人たち")).to_be_visible()
    expect(page.get_by_role("link", name="セグメントを作る")).to_have_count(0)
    page.goto(f"/customers/segments/{made}?tab=condition")
    row = page.get_by_role("group", name="条件1", exact=True)
    expect(row.get_by_role("combobox", name="行動", exact=True)).to_be_disabled()
    expect(page.get_by_role("link", name="編集")).to_have_count(0)
    expect(page.get_by_role("button", name="その他", exact=True)).to_have_count(0)
    expect(page.get_by_role("tab", name="連携先")).to_have_count(0)
    page.goto(f"/customers/segments/{made}/edit")
    expect(page.get_by_text("segments.manage")).to_be_visible()


def test_a_segment_in_use_is_not_archived_and_names_its_users(page: Page, ada: Visitor, shoppers: People) -> None:
    inner = make(ada, "土台の人たち", bought(1))
    outer = make(ada, "その上の人たち", {"kind": "segment", "id": inner})
    page.goto(f"/customers/segments/{inner}")
    archive(page)
    dialogue = page.get_by_role("dialog", name="「土台の人たち」は使われています")
    dialogue.get_by_role("link", name="その上の人たち").click()
    expect(page.get_by_role("heading", name="その上の人たち")).to_be_visible()
    assert page.url.endswith(f"/customers/segments/{outer}")
    archive(page)
    page.get_by_role("dialog", name="「その上の人たち」を保管する").get_by_role("button", name="保管する").click()
    expect(page.get_by_text("セグメントを保管しました")).to_be_visible()
    table = page.get_by_role("table", name="セグメント")
    expect(table.get_by_text("土台の人たち")).to_be_visible()
    expect(table.get_by_text("その上の人たち")).to_have_count(0)


def archive(page: Page) -> None:
    page.get_by_role("button", name="その他", exact=True).click()
    page.get_by_role("menuitem", name="保管する").click()


def test_a_pasted_list_says_who_was_found(page: Page, shoppers: People) -> None:
    page.goto("/customers/segments/new")
    page.get_by_role("textbox", name="名前").fill("招待客")
    page.get_by_role("radio", name="一覧").check()
    page.get_by_role("textbox", name="識別子").fill("m-7001\nm-7002\nm-9999")
    page.get_by_role("button", name="一覧をアップロード").click()
    expect(page.get_by_text("2人が見つかりました")).to_be_visible()
    expect(page.get_by_text("3行目")).to_be_visible()
    page.get_by_role("link", name="セグメントを開く").click()
    expect(page.get_by_role("table", name="メンバー").get_by_text("買物 2子")).to_be_visible()


def test_people_leave_as_a_file_with_a_reason(page: Page, ada: Visitor, shoppers: People) -> None:
    made = make(ada, "案内状を送る人", bought(2))
    page.goto(f"/customers/segments/{made}")
    page.get_by_role("button", name="その他", exact=True).click()
    page.get_by_role("menuitem", name="書き出す").click()
    dialogue = page.get_by_role("dialog", name="書き出す")
    expect(dialogue.get_by_role("button", name="書き出す", exact=True)).to_be_disabled()
    dialogue.get_by_role("textbox", name="理由").fill("春の催しの案内状を送るため")
    dialogue.get_by_role("button", name="書き出す", exact=True).click()
    expect(page.get_by_text("書き出しを始めました")).to_be_visible()


def test_a_destination_shows_its_secret_once(page: Page, ada: Visitor, shoppers: People) -> None:
    made = make(ada, "会員サーバーへ送る人", bought(1))
    page.goto(f"/customers/segments/{made}?tab=destinations&add=destination")
    drawer = page.get_by_role("dialog", name="連携先を加える")
    drawer.get_by_role("button", name="加える", exact=True).click()
    expect(drawer.get_by_text("入力してください").first).to_be_visible()
    drawer.get_by_role("textbox", name="名前").fill("会員サーバー")
    drawer.get_by_role("combobox", name="送った先での利用目的").click()
    page.get_by_role("option", name="ご注文・サービスの提供").click()
    drawer.get_by_role("textbox", name="送信先URL").fill("https://members.example.com/kizuna")
    drawer.get_by_role("button", name="加える", exact=True).click()
    expect(drawer.get_by_text(re.compile("kzwh"))).to_be_visible()
    drawer.get_by_role("button", name="控えました").click()
    made_drawer = page.get_by_role("dialog", name="会員サーバー")
    expect(made_drawer.get_by_text("まだ何も送られていません")).to_be_visible()
    expect(page.get_by_text(re.compile("kzwh"))).to_have_count(0)


@pytest.mark.skipif(not AXE.exists(), reason="axe is not installed: run `make web`")
@pytest.mark.parametrize(
    ("language", "size", "scheme"),
    [("ja", DESK, "light"), ("en", PHONE, "light"), ("en", DESK, "dark"), ("ja", PHONE, "dark")],
)
def test_screens_of_segments_are_for_everybody(
    browser: Browser,
    address: str,
    owner_state: StorageState,
    shoppers: People,
    language: str,
    size: dict[str, int],
    scheme: str,
) -> None:
    visitor = Visitor(browser, address, owner_state, viewport=size, color_scheme=scheme)
    name = f"みんなの画面 {language} {scheme}"
    where = {
        "kind": "any",
        "of": [bought(1), {"kind": "not", "of": {"kind": "all", "of": [bought(2), bought(3)]}}],
    }
    made = make(visitor, name, where)
    screens = [
        "/customers/segments",
        "/customers/segments/new?template=new_customers",
        *(f"/customers/segments/{made}?tab={tab}" for tab in ("members", "history", "overlap", "condition")),
        f"/customers/segments/{made}?tab=destinations",
        f"/customers/segments/{made}/edit",
    ]
    check_screens(visitor, language, screens, shoppers)
