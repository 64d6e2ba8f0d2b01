"""Bringing data in: files, sources, webhooks."""

import hashlib
import hmac
import time

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor

CUSTOMERS = """会員番号,氏名,カナ,メール
2001,高橋 さくら,タカハシ サクラ,sakura@example.jp
2002,田中 健,タナカ ケン,ken@example.jp
"""


def test_a_shift_jis_file_becomes_customers(page: Page) -> None:
    page.goto("/data/imports/new")
    page.locator("input[type=file]").set_input_files(
        {"name": "会員名簿.csv", "mimeType": "text/csv", "buffer": CUSTOMERS.encode("cp932")}
    )
    expect(page.get_by_text("高橋 さくら").first).to_be_visible()
    page.get_by_role("combobox", name="会員番号: 取り込み先").click()
    page.get_by_role("option", name="会員ID").click()
    page.get_by_role("button", name="この対応づけを保存").click()
    page.get_by_label("対応づけの名前").fill("会員名簿")
    page.get_by_role("button", name="保存", exact=True).click()

    page.get_by_role("button", name="試しに読む").click()
    expect(page.get_by_text("2行が取り込まれ、0行が拒否される見込みです。")).to_be_visible()
    page.get_by_role("button", name="約2行を取り込む").click()
    row = page.get_by_role("table", name="取り込み").get_by_role("row").filter(has_text="会員名簿.csv")
    expect(row.filter(has_text="完了").first).to_be_visible()
    page.goto("/customers/profiles?q=さくら")
    expect(page.get_by_role("row").filter(has_text="高橋 さくら")).to_be_visible()


def test_a_new_write_key_leaves_the_old_one_its_hours(page: Page, ada: Visitor) -> None:
    made = ada.call("POST", "/api/collect/sources", {"name": "回転", "kind": "browser", "touchpoint": "web"})
    page.goto(f"/data/sources/{made['id']}")
    page.get_by_role("button", name="キーを新しくする").click()
    page.get_by_role("dialog").get_by_role("button", name="キーを新しくする").click()
    expect(page.get_by_text("以前のキーは")).to_be_visible()
    now = next(one for one in ada.call("GET", "/api/collect/sources")["items"] if one["id"] == made["id"])
    assert now["previous_key"] == made["write_key"]
    assert now["write_key"] != made["write_key"]


def test_the_console_shows_what_a_webhook_became(page: Page, ada: Visitor) -> None:
    source = ada.call("POST", "/api/collect/sources", {"name": "予約", "kind": "webhook", "touchpoint": "store"})
    page.goto(f"/data/sources/{source['id']}?tab=console")
    page.get_by_role("textbox", name="リクエスト").fill('{"guest": "m-1001"}')
    page.get_by_role("textbox", name="対応づけ", exact=True).fill('{"event": "\'Booking Made\'", "userId": "guest"}')
    page.get_by_role("button", name="試す").click()
    expect(page.get_by_text("行動 1件")).to_be_visible()
    page.get_by_role("button", name="対応づけを保存").click()
    expect(page.get_by_text("保存しました").first).to_be_visible()

    body = '{"guest":"m-1001"}'
    at = int(time.time())
    secret = ada.call("GET", f"/api/collect/sources/{source['id']}/secret")["signing_secret"]
    sign = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    answer = ada.context.request.post(
        f"/in/{source['write_key']}",
        data=body,
        headers={"X-Kizuna-Signature": f"t={at},v1={sign}", "Content-Type": "application/json"},
    )
    assert answer.ok, answer.text()
    page.reload()
    expect(page.get_by_text("行動1件になりました")).to_be_visible()
