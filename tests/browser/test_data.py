"""Bringing data in: files, sources, webhooks."""

import hashlib
import hmac
import time

from playwright.sync_api import Page, expect

from tests.browser.conftest import Send, Visitor
from tests.installation import wait_for

CUSTOMERS = """会員番号,氏名,カナ,メール
2001,高橋 さくら,タカハシ サクラ,sakura@example.jp
2002,田中 健,タナカ ケン,ken@example.jp
"""

ROWS_TO_STOP = 150_000


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


def test_an_event_with_a_slash_in_its_name_is_described(page: Page, ada: Visitor, send: Send) -> None:
    send({"event": "Form/Contact Sent", "anonymousId": "slash", "properties": {"topic/kind": "delivery"}})
    wait_for(lambda: ada.call("GET", "/api/collect/catalogue?search=Form")["items"])
    wait_for(lambda: ada.call("GET", "/api/collect/catalogue/Form%252FContact%20Sent")["properties"])
    page.goto("/data/catalogue?q=Form")
    page.get_by_role("button", name="Form/Contact Sent").click()
    drawer = page.get_by_role("dialog", name="Form/Contact Sent")
    drawer.get_by_label("説明", exact=True).fill("問い合わせを送った")
    drawer.get_by_role("button", name="保存").click()
    expect(page.get_by_text("保存しました").first).to_be_visible()
    text = drawer.get_by_role("textbox", name="topic/kind: 説明")
    text.fill("何についてか")
    with page.expect_response(lambda answer: answer.request.method == "PATCH") as saved:
        text.press("Enter")
    assert saved.value.ok
    page.reload()
    expect(drawer.get_by_label("説明", exact=True)).to_have_value("問い合わせを送った")
    expect(text).to_have_value("何についてか")


def test_what_was_set_aside_is_let_in(page: Page, ada: Visitor, people: dict[str, str], send: Send) -> None:
    send({"event": "Clock Never Set", "userId": "m-1002", "timestamp": "1980-01-01T00:00:00Z"})
    page.goto("/data/refusals?tab=aside")
    expect(page.get_by_text("行動の日時が1990年より前です。")).to_be_visible()
    page.get_by_role("button", name="受け入れる").click()
    dialog = page.get_by_role("dialog", name="受け入れる")
    expect(dialog).to_contain_text("1件の行動を")
    dialog.get_by_role("button", name="受け入れる").click()
    expect(page.get_by_text("顧客への反映を始めました。")).to_be_visible()
    expect(page.get_by_text("保留はありません")).to_be_visible()
    timeline = f"/api/profiles/{people['m-1002']}/timeline?event=Clock%20Never%20Set"
    wait_for(lambda: len(ada.call("GET", timeline)["items"]) == 1)


def test_an_import_is_stopped_and_goes_on(page: Page, ada: Visitor) -> None:
    rows = "".join(f"bulk,2026-01-01T00:00:00Z,Bulk Sent,m{number}\n" for number in range(ROWS_TO_STOP))
    token = ada.call("GET", "/api/me")["csrf_token"]
    upload = ada.context.request.post(
        "/api/collect/uploads?filename=bulk.csv",
        data=f"user,time,event,id\n{rows}".encode(),
        headers={"X-CSRF-Token": token},
    ).json()
    mapping = {"user": "user_id", "time": "time", "event": "event", "id": "message_id"}
    page.goto("/data/imports")
    order = {"upload_id": upload["id"], "kind": "events", "mapping": mapping, "dry_run": False}
    run = ada.call("POST", "/api/collect/imports", order)
    page.get_by_role("button", name="実行中の処理").click()
    page.get_by_role("button", name="止める: bulk.csvの取り込み").click()
    resume = page.get_by_role("button", name="再開: bulk.csvの取り込み")
    expect(resume).to_be_visible()
    stopped = ada.call("GET", f"/api/collect/imports/{run['id']}")
    assert (stopped["state"], stopped["rows_read"] < ROWS_TO_STOP) == ("stopped", True)

    resume.click()
    done = page.get_by_role("dialog", name="実行中の処理").get_by_text(
        f"行動{ROWS_TO_STOP:,}件を追加、0件は取り込み済み"
    )
    expect(done).to_be_visible(timeout=60_000)
