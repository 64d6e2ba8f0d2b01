"""Finding a customer and reading, joining and parting what is known of them."""

import zipfile

from playwright.sync_api import Page, expect

from tests.browser.conftest import Send, Visitor
from tests.installation import wait_for

People = dict[str, str]


def test_one_or_two_characters_of_name_or_kana_find_a_customer(page: Page, people: People) -> None:
    page.goto("/customers/profiles")
    table = page.get_by_role("table", name="顧客一覧")
    search = page.get_by_role("searchbox", name="氏名・カナ・メール・電話・ID")
    for text in ("ハナ", "花", "佐藤", "はなこ", "hanako@"):
        search.fill(text)
        expect(table.get_by_role("row").filter(has_text="鈴木 太郎")).to_have_count(0)
        expect(table.get_by_role("row").filter(has_text="佐藤 花子")).to_be_visible()
        search.fill("")
        expect(table.get_by_role("row").filter(has_text="鈴木 太郎")).to_be_visible()
    search.fill("だれもいない")
    expect(page.get_by_text("「だれもいない」に当てはまる人はいません")).to_be_visible()


def test_a_new_event_comes_onto_the_open_timeline(page: Page, people: People, send: Send) -> None:
    page.goto(f"/customers/profiles/{people['m-1001']}")
    expect(page.get_by_role("heading", name="佐藤 花子")).to_be_visible()
    expect(page.get_by_role("button").filter(has_text="Order Completed")).to_be_visible()
    expect(page.get_by_role("button").filter(has_text="Product Viewed")).to_be_visible()
    page.evaluate("window.notReloaded = true")
    send({"event": "Wishlist Product Added", "userId": "m-1001"})
    expect(page.get_by_role("button").filter(has_text="Wishlist Product Added")).to_be_visible()
    assert page.evaluate("window.notReloaded")


def test_filters_of_the_timeline_live_in_the_address(page: Page, people: People) -> None:
    page.goto(f"/customers/profiles/{people['m-1001']}")
    page.get_by_role("combobox", name="行動").click()
    page.get_by_role("option", name="Cart Viewed").click()
    expect(page.get_by_role("button").filter(has_text="Order Completed")).to_have_count(0)
    assert "event=Cart" in page.url
    page.reload()
    expect(page.get_by_role("button").filter(has_text="Cart Viewed")).to_be_visible()
    expect(page.get_by_role("button").filter(has_text="Order Completed")).to_have_count(0)
    page.get_by_role("button", name="条件をすべて外す").click()
    expect(page.get_by_role("button").filter(has_text="Order Completed")).to_be_visible()


def test_a_trait_is_written_by_hand(page: Page, people: People) -> None:
    page.goto(f"/customers/profiles/{people['m-1002']}?tab=traits")
    page.get_by_role("button", name="属性を加える").click()
    page.get_by_role("textbox", name="属性", exact=True).fill("favourite_flower")
    page.get_by_role("textbox", name="値", exact=True).fill("薔薇")
    page.get_by_role("button", name="保存").click()
    row = page.get_by_role("row").filter(has_text="favourite_flower")
    expect(row).to_contain_text("薔薇")
    expect(row).to_contain_text("山田 絵多")


def test_two_profiles_are_merged_and_parted_again(page: Page, people: People) -> None:
    page.goto(f"/customers/profiles/{people['m-1001']}?tab=identity")
    page.get_by_role("button", name="ほかの顧客と統合").click()
    page.get_by_label("相手の顧客を探す").fill("太郎")
    page.get_by_role("button", name="鈴木 太郎").click()
    page.get_by_label("確認のため「統合」と入力してください").fill("統合")
    page.get_by_role("button", name="統合する").click()
    expect(page.get_by_text("統合しました。")).to_be_visible()
    graph = page.get_by_role("region", name="識別子のつながり")
    expect(graph.get_by_text("m-1002", exact=True)).to_be_visible()

    graph.get_by_role("button", name="の統合").last.press("Enter")
    page.get_by_role("button", name="この統合を取り消す").click()
    page.get_by_label("確認のため「取り消し」と入力してください").fill("取り消し")
    page.get_by_role("dialog", name="この統合を取り消す").get_by_role("button", name="この統合を取り消す").click()
    expect(page.get_by_text("統合を取り消しました。")).to_be_visible()
    page.goto("/customers/profiles")
    expect(page.get_by_role("row").filter(has_text="佐藤 花子")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="鈴木 太郎")).to_be_visible()


def test_two_people_of_one_tablet_are_merged_by_hand(page: Page, send: Send, ada: Visitor) -> None:
    for user, name in (("m-3001", "高橋 健"), ("m-3002", "中村 葵")):
        send({"type": "identify", "userId": user, "traits": {"name": name}})
        send({"event": "Checked In", "userId": user, "context": {"device": {"id": "counter-tablet"}}})
    wait_for(lambda: find_refused(ada, "m-3002") == ["limit:user_id"])
    (found,) = ada.call("GET", "/api/profiles?search=m-3002")["items"]
    page.goto(f"/customers/profiles/{found['id']}?tab=identity")
    row = page.get_by_role("region", name="識別の記録").get_by_role("row").filter(has_text="統合の見送り")
    expect(row).to_contain_text("会員IDが異なるため、別の会員とみなします")
    expect(row.get_by_role("link", name="counter-tablet")).to_be_visible()

    row.get_by_role("button", name="高橋 健 と手作業で統合").click()
    expect(page.get_by_role("dialog").get_by_text("高橋 健")).to_be_visible()
    page.get_by_label("確認のため「統合」と入力してください").fill("統合")
    page.get_by_role("button", name="統合する").click()
    expect(page.get_by_text("統合しました。")).to_be_visible()
    expect(row).to_contain_text("その後、統合されました。")


def find_refused(ada: Visitor, user_id: str) -> list[str]:
    """Why other identifiers were not joined to a person."""
    found = ada.call("GET", f"/api/profiles?search={user_id}")["items"]
    logs = [ada.call("GET", f"/api/profiles/{item['id']}/identity")["log"] for item in found]
    return [entry["reason"] for log in logs for entry in log if entry["kind"] == "refuse"]


def test_the_list_is_exported_and_downloaded_from_the_bell(page: Page, people: People) -> None:
    page.goto("/customers/profiles")
    expect(page.get_by_role("row").filter(has_text="佐藤 花子")).to_be_visible()
    page.get_by_role("button", name="CSVで書き出す").click()
    dialog = page.get_by_role("dialog", name="CSVで書き出す")
    expect(dialog.get_by_role("button", name="書き出す")).to_be_disabled()
    dialog.get_by_role("textbox", name="理由").fill("春の催しの案内状を送るため")
    dialog.get_by_role("button", name="書き出す").click()
    page.get_by_role("button", name="実行中の処理").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="ダウンロード").first.click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert "佐藤 花子" in archive.read("profiles.csv").decode("utf-8-sig")
        assert "理由: 春の催しの案内状を送るため" in archive.read("README.txt").decode("utf-8-sig")


def test_the_keyboard_alone_reaches_a_customer(page: Page, people: People) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="こんにちは")).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("textbox", name="ページ・操作・顧客を検索")).to_be_focused()
    page.keyboard.type("花子")
    expect(page.locator("[role=option][data-combobox-selected]")).to_contain_text("佐藤 花子")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="佐藤 花子")).to_be_visible()


def test_sql_reads_events_and_profiles(page: Page, people: People, ada: Visitor) -> None:
    page.goto("/insight/sql")
    editor = page.get_by_role("textbox", name="SQL")
    editor.fill("SELECT count(*) AS people, 'ok' AS word FROM profiles")
    editor.press("Control+Enter")
    expect(page.get_by_text("1行（")).to_be_visible()
    expect(page.get_by_role("cell", name="ok").or_(page.get_by_role("gridcell", name="ok"))).to_be_visible()
    editor.fill("SELECT nothing FROM nowhere")
    editor.press("Control+Enter")
    expect(page.get_by_text("nowhere").last).to_be_visible()
