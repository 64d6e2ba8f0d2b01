"""What customers agreed to and asked for: purposes, answers, requests, retention, disclosures."""

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.browser.conftest import DESK, PHONE, Send, Visitor
from tests.browser.test_access import AXE, check_screens
from tests.installation import wait_for

People = dict[str, str]


@pytest.fixture(scope="module")
def jiro(browser: Browser, address: str, owner_state: StorageState, send: Send) -> str:
    """A customer of this file alone: he goes."""
    send({"type": "identify", "userId": "m-4001", "traits": {"name": "次郎 消太", "email": "jiro@example.jp"}})
    send({"event": "Product Viewed", "userId": "m-4001"})
    visitor = Visitor(browser, address, owner_state)
    wait_for(lambda: visitor.call("GET", "/api/profiles?search=m-4001")["items"])
    (found,) = visitor.call("GET", "/api/profiles?search=m-4001")["items"]
    visitor.close()
    return str(found["id"])


def test_an_answer_on_the_phone_holds_and_is_kept_with_its_proof(page: Page, people: People) -> None:
    page.goto(f"/customers/profiles/{people['m-1002']}?tab=consent")
    expect(page.get_by_role("heading", name="この顧客の回答はまだありません")).to_be_visible()
    page.get_by_role("button", name="回答を記録").click()
    drawer = page.get_by_role("dialog", name="回答を記録")
    drawer.get_by_role("combobox", name="利用目的").click()
    page.get_by_role("option", name="お知らせ・特典のご案内").click()
    drawer.get_by_role("button", name="回答を記録する").click()
    expect(drawer.get_by_text("手段を一つ以上選んでください")).to_be_visible()
    drawer.get_by_role("checkbox", name="メール").check()
    drawer.get_by_role("checkbox", name="電話").check()
    drawer.get_by_text("同意する", exact=True).click()
    drawer.get_by_role("textbox", name="どのように回答されたか").fill("本日のお電話にて")
    drawer.get_by_role("button", name="回答を記録する").click()
    expect(page.get_by_text("回答を記録しました")).to_be_visible()
    channels = page.get_by_role("list", name="お知らせ・特典のご案内")
    expect(channels.get_by_role("listitem").filter(has_text="メール")).to_contain_text("同意")
    expect(channels.get_by_role("listitem").filter(has_text="SMS")).to_contain_text("未回答（利用不可）")
    log = page.get_by_role("list", name="回答の記録")
    expect(log.get_by_role("listitem").filter(has_text="本日のお電話にて")).to_have_count(2)
    page.goto("/customers/consent")
    expect(page.get_by_role("img", name="利用目的・手段ごとの回答。")).to_be_visible()
    page.get_by_role("radiogroup", name="利用目的・手段ごとの回答").get_by_title("表で見る").click()
    # Other stories of this installation answer, too.
    row = page.get_by_role("row").filter(has_text="お知らせ・特典のご案内 · メール")
    expect(row).to_contain_text(re.compile(r"メール[1-9]\d+%"))


def test_new_texts_of_a_purpose_become_a_version(page: Page) -> None:
    page.goto("/customers/consent")
    page.get_by_role("table", name="利用目的").get_by_role("button", name="お客様に合わせた表示").click()
    assert "purpose=personalisation" in page.url
    drawer = page.get_by_role("dialog", name="お客様に合わせた表示")
    drawer.get_by_role("textbox", name="見出し · 日本語").fill("お客様に合わせたおすすめ")
    expect(drawer.get_by_role("figure", name="見え方 · 日本語").first).to_contain_text("お客様に合わせたおすすめ")
    expect(drawer.get_by_text("第2版として公開されます")).to_be_visible()
    drawer.get_by_role("button", name="閉じる").first.click()
    expect(page.get_by_role("dialog", name="保存せずに移動しますか")).to_be_visible()
    page.get_by_role("button", name="キャンセル").click()
    drawer.get_by_role("button", name="利用目的を保存").click()
    row = page.get_by_role("row").filter(has_text="お客様に合わせたおすすめ")
    expect(row).to_contain_text("第2版")
    row.get_by_role("button").first.click()
    history = page.get_by_role("region", name="これまでの文面")
    history.get_by_role("button", name="第1版").click()
    expect(history.get_by_text("お客様に合わせた表示", exact=True)).to_be_visible()


def test_a_purpose_is_added_and_its_use_ended(page: Page) -> None:
    page.goto("/customers/consent?add=true")
    drawer = page.get_by_role("dialog", name="利用目的を加える")
    drawer.get_by_role("textbox", name="キー").fill("research")
    drawer.get_by_role("button", name="利用目的を保存").click()
    expect(drawer.get_by_text("入力してください").first).to_be_visible()
    for language, title in (("日本語", "商品開発の調査"), ("英語", "Product research")):
        drawer.get_by_role("textbox", name=f"見出し · {language}").fill(title)
        drawer.get_by_role("textbox", name=f"説明 · {language}").fill(title)
    drawer.get_by_role("combobox", name="根拠 · 日本（個人情報保護法）").click()
    page.get_by_role("option", name="正当な利益").click()
    drawer.get_by_role("button", name="利用目的を保存").click()
    row = page.get_by_role("row").filter(has_text="商品開発の調査")
    expect(row).to_contain_text("正当な利益")
    row.get_by_role("button").first.click()
    page.get_by_role("dialog", name="商品開発の調査").get_by_role("button", name="使用を終える").click()
    page.get_by_role("dialog", name="「商品開発の調査」の使用を終える").get_by_role(
        "button", name="使用を終える"
    ).click()
    expect(row).to_contain_text("使用終了")


def test_an_archive_is_made_and_its_link_brings_it(page: Page, jiro: str) -> None:
    page.goto(f"/customers/profiles/{jiro}")
    page.get_by_role("button", name="顧客からの請求").click()
    page.get_by_role("menuitem", name="開示").click()
    page.get_by_role("button", name="記録して実行する").click()
    drawer = page.get_by_role("dialog", name="開示・第")
    drawer.get_by_role("button", name="開示ファイルのリンクを作る").click()
    expect(drawer.get_by_text("サインインせずに開けます")).to_be_visible()
    with page.expect_download() as download:
        drawer.get_by_role("link", name="開示ファイルをダウンロード").click()
    names = zipfile.ZipFile(download.value.path()).namelist()
    assert any(name.endswith(".html") for name in names), names
    expect(drawer.get_by_role("row").filter(has_text="同意とその証拠")).to_be_visible()


def test_use_is_stopped_and_the_page_says_so(page: Page, jiro: str) -> None:
    page.goto(f"/customers/profiles/{jiro}")
    page.get_by_role("button", name="顧客からの請求").click()
    page.get_by_role("menuitem", name="利用停止").click()
    page.get_by_role("button", name="記録して実行する").click()
    expect(page.get_by_role("dialog", name="利用停止・第")).to_contain_text("完了")
    page.goto(f"/customers/profiles/{jiro}?tab=consent")
    expect(page.get_by_text("この顧客のデータは利用停止中です")).to_be_visible()
    analytics = page.get_by_role("list", name="サイト・アプリの利用状況の分析")
    expect(analytics.get_by_role("listitem")).to_contain_text("利用停止中")


def test_erasure_says_what_goes_and_asks_for_the_name(page: Page, jiro: str) -> None:
    page.goto(f"/customers/profiles/{jiro}")
    page.get_by_role("button", name="顧客からの請求").click()
    page.get_by_role("menuitem", name="消去").click()
    page.get_by_role("button", name="記録して実行する").click()
    question = page.get_by_role("dialog", name="次郎 消太を消去")
    expect(question).to_contain_text("行動2件、識別子2件、属性2件")
    expect(question.get_by_role("button", name="消去する")).to_be_disabled()
    question.get_by_label("確認のため「次郎 消太」と入力してください").fill("次郎 消太")
    question.get_by_role("button", name="消去する").click()
    drawer = page.get_by_role("dialog", name="消去・第")
    expect(drawer.get_by_role("region", name="処理の結果")).to_contain_text("鍵つきハッシュ")
    expect(drawer).to_contain_text("この人の顧客情報はもうありません。")
    page.goto(f"/customers/profiles/{jiro}")
    expect(page.get_by_text("この顧客は見つかりません。")).to_be_visible()


def test_a_request_is_written_down_extended_and_refused(page: Page) -> None:
    page.goto("/settings/privacy/requests")
    page.get_by_role("button", name="請求を記録").click()
    form = page.get_by_role("dialog", name="請求を記録")
    form.get_by_text("識別子", exact=True).click()
    form.get_by_role("button", name="記録する").click()
    expect(form.get_by_text("対象の人を指定してください")).to_be_visible()
    form.get_by_role("textbox", name="識別子").fill("someone@example.jp")
    form.get_by_role("button", name="記録する").click()
    drawer = page.get_by_role("dialog", name="開示・第")
    expect(drawer).to_contain_text("あと14日")
    drawer.get_by_role("button", name="期限を延ばす").click()
    drawer.get_by_role("textbox", name="理由").fill("資料を集めるため")
    drawer.get_by_role("button", name="期限を延ばす").click()
    expect(drawer).to_contain_text("あと44日")
    drawer.get_by_role("button", name="お断りする").click()
    drawer.get_by_role("textbox", name="理由").fill("本人と確認できないため")
    drawer.get_by_role("button", name="お断りする").click()
    expect(drawer).to_contain_text("お断りの理由")
    drawer.get_by_role("button", name="閉じる").click()
    page.get_by_role("combobox", name="状態").click()
    page.get_by_role("option", name="お断り").click()
    assert "state=refused" in page.url
    expect(page.get_by_role("table", name="請求").get_by_role("row").filter(has_text="開示")).to_have_count(1)


def test_retention_is_tried_before_it_is_saved(page: Page, people: People) -> None:
    page.goto("/settings/privacy/requests?tab=retention")
    page.get_by_role("button", name="決まりを加える").click()
    page.get_by_role("button", name="何が消えるかを確かめる").click()
    expect(page.get_by_text("名前を入力してください")).to_be_visible()
    page.get_by_role("combobox", name="行動の名前").fill("Cart Viewed")
    page.get_by_role("combobox", name="行動の名前").press("Escape")
    page.get_by_role("button", name="何が消えるかを確かめる").click()
    expect(page.get_by_text("いま消えるものはありません。")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Cart Viewed")).to_contain_text("0")
    page.get_by_role("button", name="決まりを保存").click()
    question = page.get_by_role("dialog", name="この決まりを保存")
    expect(question).to_contain_text("オンの決まりはありません")
    question.get_by_role("button", name="決まりを保存").click()
    expect(page.get_by_text("保存しました")).to_be_visible()
    page.reload()
    expect(page.get_by_role("combobox", name="行動の名前")).to_have_value("Cart Viewed")


def test_a_disclosure_is_written_down(page: Page) -> None:
    page.goto("/settings/privacy/requests?tab=disclosures")
    expect(page.get_by_role("heading", name="第三者への提供はありません")).to_be_visible()
    page.get_by_role("button", name="提供を記録").click()
    form = page.get_by_role("dialog", name="提供を記録")
    form.get_by_label("提供先", exact=True).fill("例示保険株式会社")
    form.get_by_role("button", name="記録に加える").click()
    expect(form.get_by_text("項目を一つ以上入力してください")).to_be_visible()
    items = form.get_by_label("提供した項目", exact=True)
    for item in ("氏名", "住所"):
        items.fill(item)
        items.press("Enter")
    form.get_by_label("人数", exact=True).fill("120")
    form.get_by_role("button", name="記録に加える").click()
    row = page.get_by_role("table", name="第三者提供の記録").get_by_role("row").filter(has_text="例示保険")
    expect(row).to_contain_text("氏名、住所")
    expect(row).to_contain_text("120")


SCREENS = (
    "/customers/consent",
    "/customers/consent?purpose=marketing",
    "/customers/profiles/{person}?tab=consent",
    "/settings/privacy/requests",
    "/settings/privacy/requests?add=true",
    "/settings/privacy/requests?tab=retention",
    "/settings/privacy/requests?tab=disclosures",
)


@pytest.mark.skipif(not Path(AXE).exists(), reason="axe is not installed: run `make web`")
@pytest.mark.parametrize(
    ("language", "size", "scheme"), [("ja", PHONE, "light"), ("en", PHONE, "dark"), ("ja", DESK, "dark")]
)
def test_privacy_is_for_everybody(
    browser: Browser,
    address: str,
    owner_state: StorageState,
    people: People,
    language: str,
    size: dict[str, int],
    scheme: str,
) -> None:
    visitor = Visitor(browser, address, owner_state, viewport=size, color_scheme=scheme)
    check_screens(visitor, language, SCREENS, people)
