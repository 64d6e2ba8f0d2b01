"""The preference page in a browser without JavaScript: both languages, phone and desk, WCAG."""

import pytest
from playwright.sync_api import Browser, StorageState, expect

from tests.browser.conftest import DESK, PHONE, Visitor
from tests.browser.test_access import AXE, RUN_AXE

LOOKS = (
    ("ja", DESK, "light"),
    ("en", PHONE, "light"),
    ("ja", PHONE, "dark"),
    ("en", DESK, "dark"),
)


@pytest.fixture
def link(browser: Browser, address: str, owner_state: StorageState, people: dict[str, str]) -> str:
    ada = Visitor(browser, address, owner_state)
    ada.call("PATCH", "/api/privacy/brand", {"name": "青山フラワー", "color": "#F2C200"})
    links = ada.call("POST", "/api/privacy/links", {"profile_id": people["m-1001"]})
    ada.close()
    return links["preferences"].partition("/p/")[2]


@pytest.mark.skipif(not AXE.exists(), reason="axe is not installed: run `make web`")
@pytest.mark.parametrize(("language", "size", "scheme"), LOOKS)
def test_the_page_is_for_everybody(
    browser: Browser, address: str, link: str, language: str, size: dict[str, int], scheme: str
) -> None:
    for path in (f"/p/{link}", "/p/preferences", "/p/preferences/forged"):
        # The page's own policy lets no script in, axe neither: this browser passes it over.
        visitor = Visitor(browser, address, viewport=size, color_scheme=scheme, locale=language, bypass_csp=True)
        visitor.page.goto(f"{path}?language={language}")
        expect(visitor.page.locator("html")).to_have_attribute("lang", language)
        visitor.page.add_script_tag(path=AXE)
        assert visitor.page.evaluate(RUN_AXE) == [], path
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
        visitor.close()


def test_choices_are_made_by_keyboard_and_without_script(browser: Browser, address: str, link: str) -> None:
    visitor = Visitor(browser, address, java_script_enabled=False, locale="ja-JP", viewport=PHONE)
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    page = visitor.page
    page.goto(f"/p/{link}")
    box = page.get_by_role("group", name="お知らせ・特典のご案内").get_by_label("メール")
    expect(box).not_to_be_checked()
    box.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="この内容で保存する").press("Enter")

    expect(page.get_by_role("status")).to_contain_text("お知らせ・特典のご案内 – メール: 許可に変更")
    expect(page.get_by_role("group", name="お知らせ・特典のご案内").get_by_label("メール")).to_be_checked()
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="Your privacy settings")).to_be_visible()
    page.get_by_role("button", name="Refuse everything optional").click()
    expect(page.get_by_role("status")).to_contain_text("now refused")
    assert all(url.startswith(address) for url in asked)
    visitor.close()


def test_the_look_is_set_in_the_app(browser: Browser, ada: Visitor) -> None:
    page = ada.page
    page.goto("/settings/privacy/page")
    page.get_by_label("お客様に表示する名前").fill("青山の花屋")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("保存しました")).to_be_visible()
    with ada.context.expect_page() as opened:
        page.get_by_role("button", name="プレビューを開く").click()
    expect(opened.value.get_by_text("青山の花屋")).to_be_visible()
    expect(opened.value.get_by_text("社内確認用のプレビュー")).to_be_visible()
