"""The second step, sessions, and what the pages' own policy has to say."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from kizuna.kernel.clock import ManualClock
from tests.browser.conftest import OWNER, PHONE, Visitor
from tests.domains.workspace.authenticator import Authenticator

EVAS_PASSWORD = "nine calm winter boats"
SCREENS = (
    "/",
    "/customers/profiles",
    "/customers/profiles/{person}?tab=identity",
    "/insight/sql",
    "/data/live",
    "/data/sources",
    "/data/catalogue",
    "/settings/members?invite=true",
    "/settings/sign-in",
    "/settings/me",
    "/settings/audit",
    "/api/docs",
)
WATCH_POLICY = """window.refused = [];
document.addEventListener("securitypolicyviolation", (event) =>
    window.refused.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));"""

INLINE_SCRIPT = """() => {
    const script = document.createElement("script");
    script.textContent = "window.ran = 1";
    document.body.append(script);
}"""


def test_the_policy_of_the_pages_forbids_nothing_they_need(
    browser: Browser, address: str, owner_state: StorageState, people: dict[str, str]
) -> None:
    visitor = Visitor(browser, address, owner_state)
    visitor.context.add_init_script(WATCH_POLICY)
    refused: list[str] = []
    for screen in SCREENS:
        path = screen.format(person=people["m-1001"])
        visitor.page.goto(path)
        expect(visitor.page.get_by_role("heading").first).to_be_visible()
        expect(visitor.page.locator("[class*=Skeleton]")).to_have_count(0)
        refused += [f"{path}: {one}" for one in visitor.page.evaluate("window.refused")]
    visitor.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))"
    )
    assert visitor.page.evaluate("window.ran") is None  # an inline script does not run
    visitor.close()
    assert not refused, "\n".join(refused)


@pytest.fixture
def eva(browser: Browser, address: str, ada: Visitor) -> Iterator[Visitor]:
    """A new colleague, on a phone."""
    link = ada.call("POST", "/api/workspace/invitations", {"email": "eva@example.com", "role": "viewer"})["url"]
    visitor = Visitor(browser, address, viewport=PHONE)
    visitor.page.goto(link)
    visitor.page.get_by_label("お名前").fill("Eva")
    visitor.page.get_by_label("パスワード", exact=True).fill(EVAS_PASSWORD)
    visitor.page.get_by_role("button", name="参加する").click()
    expect(visitor.page.get_by_role("heading", name="Evaさん、こんにちは")).to_be_visible()
    yield visitor
    ada.call("PATCH", "/api/workspace/sign-in", {"require_totp": False})
    visitor.close()


def set_up(page: Page) -> tuple[Authenticator, str]:
    """The app, and one recovery code."""
    secret = page.locator("code").filter(has_text=re.compile(r"^[A-Z2-7 ]{30,}$")).inner_text()
    expect(page.get_by_role("img", name="認証アプリ用のQRコード")).to_be_visible()
    app = Authenticator(secret, ManualClock(datetime.now(UTC)))
    page.get_by_label("アプリに今表示されているコード").fill(app.code)
    page.get_by_role("button", name="有効にする").click()
    expect(page.get_by_text("予備コードを保管してください")).to_be_visible()
    recovery = page.locator("code").first.inner_text()
    page.get_by_role("button", name="保管しました").click()
    return app, recovery


def test_a_member_sets_up_an_app_and_signs_in_with_it(eva: Visitor, browser: Browser, address: str) -> None:
    page = eva.page
    page.goto("/settings/me")
    page.get_by_role("button", name="設定する").click()
    app, recovery = set_up(page)
    expect(page.get_by_text("予備コードは残り10個です")).to_be_visible()
    expect(page.get_by_text("この端末")).to_be_visible()

    other = Visitor(browser, address)
    other.page.goto("/settings/me")
    sign_in(other.page, "eva@example.com", EVAS_PASSWORD)
    other.page.get_by_label("コード").fill("000000")
    other.page.get_by_role("button", name="続ける").click()
    expect(other.page.get_by_role("alert")).to_contain_text("コードが違うか")
    app.clock = ManualClock(datetime.now(UTC) + timedelta(seconds=30))  # the one of the set-up is used
    other.page.get_by_label("コード").fill(app.code)
    other.page.get_by_role("button", name="続ける").click()
    expect(other.page.get_by_role("heading", name="自分のアカウント")).to_be_visible()

    page.reload()
    page.get_by_role("button", name="ほかの端末をすべてサインアウト").click()
    page.get_by_role("dialog").get_by_role("button", name="ほかの端末をすべてサインアウト").click()
    expect(page.get_by_text("サインアウトしました。")).to_be_visible()
    other.page.goto("/settings/me")
    sign_in(other.page, "eva@example.com", EVAS_PASSWORD)
    other.page.get_by_label("コード").fill(recovery)
    other.page.get_by_role("button", name="続ける").click()
    expect(other.page.get_by_text("予備コードは残り9個です")).to_be_visible()
    other.close()


def sign_in(page: Page, email: str, password: str) -> None:
    page.get_by_label("メールアドレス").fill(email)
    page.get_by_label("パスワード", exact=True).fill(password)
    page.get_by_role("button", name="サインイン", exact=True).click()


def test_a_workspace_that_asks_for_it_leads_there(browser: Browser, address: str, ada: Visitor) -> None:
    link = ada.call("POST", "/api/workspace/invitations", {"email": "finn@example.com", "role": "viewer"})["url"]
    page = ada.page
    page.goto("/settings/sign-in")
    page.get_by_label("許可するネットワーク").fill("203.0.113.0/24")
    page.get_by_role("button", name="保存").first.click()
    expect(page.get_by_role("alert")).to_contain_text("一覧に含まれていません")
    page.reload()
    page.get_by_role("switch", name="全員に認証アプリを求める").click()  # it turns once the server has it
    expect(page.get_by_text("保存しました")).to_be_visible()
    page.goto("/customers/profiles")
    expect(page.get_by_role("heading", name="認証アプリの設定")).to_be_visible()  # Ada is a member, too
    app, _ = set_up(page)
    expect(page.get_by_role("heading", name="山田 絵多さん、こんにちは")).to_be_visible()

    finn = Visitor(browser, address, viewport=PHONE)
    finn.page.goto(link)
    finn.page.get_by_label("お名前").fill("Finn")
    finn.page.get_by_label("パスワード", exact=True).fill(EVAS_PASSWORD)
    finn.page.get_by_role("button", name="参加する").click()
    expect(finn.page.get_by_role("heading", name="認証アプリの設定")).to_be_visible()
    set_up(finn.page)
    expect(finn.page.get_by_role("heading", name="Finnさん、こんにちは")).to_be_visible()
    finn.close()

    ada.call("PATCH", "/api/workspace/sign-in", {"require_totp": False})
    app.clock = ManualClock(datetime.now(UTC) + timedelta(seconds=30))
    ada.call("POST", "/api/me/totp/off", {"password": OWNER["password"], "code": app.code})
