"""The first day with Kizuna: from the wizard to events that come in."""

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import OWNER, PHONE, Send, Visitor


def test_the_wizard_makes_a_workspace_that_speaks_japanese(page: Page, ada: Visitor) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="はじめの一歩")).to_be_visible()
    workspace = ada.call("GET", "/api/workspace")
    assert (workspace["name"], workspace["currency"], workspace["country"]) == ("青山フラワー", "JPY", "JP")


def test_a_wrong_password_is_refused_and_the_right_one_leads_back(
    browser: Browser, address: str, owner_state: object
) -> None:
    visitor = Visitor(browser, address)
    page = visitor.page
    page.goto("/insight/sql")
    page.get_by_label("メールアドレス").fill(OWNER["email"])
    page.get_by_label("パスワード", exact=True).fill("something else")
    page.get_by_role("button", name="サインイン").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("パスワード", exact=True).fill(OWNER["password"])
    page.get_by_role("button", name="サインイン").click()
    expect(page.get_by_role("heading", name="SQL", exact=True)).to_be_visible()
    visitor.close()


def test_home_counts_events_as_they_come_in(page: Page, send: Send) -> None:
    page.goto("/")
    expect(page.get_by_text("受付", exact=True).first).to_be_visible()
    with page.expect_websocket() as socket:
        page.reload()
    assert socket.value.url.endswith("/api/live")
    send(*({"event": "Store Visited", "anonymousId": f"visit-{number}"} for number in range(7)))
    expect(page.get_by_text("件の行動が届いています")).to_be_visible()


def test_the_tail_shows_a_new_event_and_pause_holds_the_next(page: Page, send: Send) -> None:
    page.goto("/data/live")
    expect(page.get_by_role("heading", name="行動ライブ")).to_be_visible()
    send({"event": "Tail Seen", "anonymousId": "tail"})
    table = page.get_by_role("table", name="行動ライブ")
    expect(table.get_by_text("Tail Seen")).to_be_visible()

    page.get_by_role("button", name="一時停止").click()
    send({"event": "Tail Held", "anonymousId": "tail"})
    expect(page.get_by_text("一時停止中（1件が待機）")).to_be_visible()
    expect(table.get_by_text("Tail Held")).to_have_count(0)
    page.get_by_role("button", name="再開").click()
    expect(table.get_by_text("Tail Held")).to_be_visible()

    page.get_by_role("searchbox", name="行動の名前").fill("held")
    expect(table.get_by_text("Tail Seen")).to_have_count(0)
    expect(page).to_have_url("/data/live?name=held")


def test_a_list_without_customers_fills_by_itself(page: Page, send: Send) -> None:
    page.goto("/customers/profiles?q=はじめさん")
    expect(page.get_by_text("「はじめさん」に当てはまる人はいません")).to_be_visible()
    send({"type": "identify", "userId": "m-first", "traits": {"name": "一番 はじめさん"}})
    expect(page.get_by_role("row").filter(has_text="一番 はじめさん")).to_be_visible()


def test_the_language_switches_at_once_and_stays_with_the_account(page: Page, ada: Visitor) -> None:
    page.goto("/")
    page.get_by_role("button", name="アカウントメニュー").click()
    with page.expect_response("**/api/me"):
        page.get_by_text("English").click()
    expect(page.get_by_role("heading", name="Hello, 山田 絵多")).to_be_visible()
    assert ada.call("GET", "/api/me")["member"]["language"] == "en"
    page.reload()
    page.get_by_role("button", name="Account menu").click()
    with page.expect_response("**/api/me"):
        page.get_by_text("日本語").click()
    expect(page.get_by_role("heading", name="山田 絵多さん、こんにちは")).to_be_visible()


def test_a_phone_reaches_every_page_through_the_menu(browser: Browser, address: str, owner_state: object) -> None:
    visitor = Visitor(browser, address, owner_state, viewport=PHONE, has_touch=True)
    page = visitor.page
    page.goto("/")
    menu = page.get_by_role("banner").get_by_role("button", name="メニュー", exact=True)
    menu.click()
    page.get_by_role("link", name="顧客一覧").click()
    expect(page.get_by_role("heading", name="顧客一覧")).to_be_in_viewport()
    expect(page.get_by_role("link", name="顧客一覧")).not_to_be_in_viewport()
    visitor.close()
