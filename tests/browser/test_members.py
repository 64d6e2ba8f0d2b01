"""Who may come in, with what rights, and the record of it."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Visitor

BENS_PASSWORD = "quiet harbour seven kites"


def test_an_invited_viewer_comes_in_and_is_told_what_is_missing(page: Page, browser: Browser, address: str) -> None:
    page.goto("/settings/members")
    page.get_by_role("button", name="招待する").click()
    page.get_by_label("メールアドレス").fill("ben@example.com")
    page.get_by_role("button", name="招待を作る").click()
    link = page.get_by_role("dialog").get_by_text("/invitations/").inner_text()

    ben = Visitor(browser, address)
    ben.page.goto(link)
    expect(ben.page.get_by_role("heading", name="青山フラワーへようこそ")).to_be_visible()
    ben.page.get_by_label("お名前").fill("Ben")
    ben.page.get_by_label("パスワード", exact=True).fill(BENS_PASSWORD)
    ben.page.get_by_role("button", name="参加する").click()
    expect(ben.page.get_by_role("heading", name="Benさん、こんにちは")).to_be_visible()
    expect(ben.page.get_by_role("link", name="SQL")).to_have_count(0)
    ben.page.goto("/insight/sql")
    expect(ben.page.get_by_text("この画面は今の役割では見られません")).to_be_visible()
    expect(ben.page.get_by_text("sql.run")).to_be_visible()

    ask_for_a_new_password(ben.page)
    page.goto("/settings/members")
    row = page.get_by_role("row").filter(has_text="ben@example.com")
    expect(row).to_contain_text("パスワードの再設定を希望")
    row.get_by_role("button", name="Benさんへの操作").click()
    page.get_by_role("menuitem", name="パスワード用リンクを発行").click()
    reset = page.get_by_role("dialog").get_by_text("/reset/").inner_text()
    ben.page.goto(reset)
    ben.page.get_by_label("新しいパスワード").fill("nine slow green boats")
    ben.page.get_by_role("button", name="保存してサインインへ").click()
    expect(ben.page.get_by_text("新しいパスワードを保存しました")).to_be_visible()
    ben.close()


def ask_for_a_new_password(page: Page) -> None:
    page.goto("/reset")
    page.get_by_label("メールアドレス").fill("ben@example.com")
    page.get_by_role("button", name="再設定を頼む").click()
    expect(page.get_by_text("オーナーか管理者に")).to_be_visible()


def test_a_key_is_shown_once_and_the_audit_log_knows_it(page: Page) -> None:
    page.goto("/settings/keys")
    page.get_by_role("button", name="キーを作る").click()
    page.get_by_label("名前", exact=True).fill("夜間の書き出し")
    page.get_by_role("checkbox", name=re.compile("顧客を見る")).check()
    page.get_by_role("dialog").get_by_role("button", name="キーを作る").click()
    secret = page.get_by_role("dialog").locator("code").inner_text()
    assert secret.startswith("kz_")
    page.get_by_role("button", name="コピーしました").click()
    expect(page.get_by_role("row").filter(has_text="夜間の書き出し")).to_be_visible()
    page.reload()
    expect(page.get_by_role("row").filter(has_text="夜間の書き出し")).to_be_visible()
    assert secret not in page.content()

    page.goto("/settings/audit")
    row = page.get_by_role("table").get_by_role("row").filter(has_text="夜間の書き出し")
    expect(row.first).to_be_visible()
    expect(row.first).to_contain_text("山田 絵多")
    row.first.get_by_role("button").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("profiles.read")
