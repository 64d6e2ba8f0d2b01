"""The consent banner: nothing before the answer, every answer as easy as the others, for everybody."""

import copy
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from playwright.sync_api import Page as Tab

from tests.sdk.banner import TEXTS, VERSION, Banner
from tests.sdk.conftest import WRITE_KEY, Publish
from tests.sdk.loopback import Loopback, Page
from tests.sdk.test_consent import ANSWERED, MINUTES_10, find_traces

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = "axe.run(document).then(({violations}) => violations.map(one => one.id + ': ' + one.nodes[0].html))"
PHONE = {"width": 390, "height": 844}
ANSWER_KEY = f"kizuna.{WRITE_KEY}.consent"
ALL = '{"analytics":true,"necessary":true,"marketing":true}'
NONE = '{"analytics":false,"necessary":true,"marketing":false}'
BODY = """<main><h1>Shop</h1><a href='#tea'>Tea</a>
    <button id=settings onclick='analytics.showConsent()'>Cookie settings</button></main>"""


@pytest.fixture
def ask(api: Loopback, publish: Publish) -> Any:
    """Publishes a page that asks, in English unless told otherwise."""
    api.consent_texts.update(copy.deepcopy(TEXTS))

    def publish_asking(path: str = "/", lang: str = "en", **settings: object) -> str:
        viewport = "<meta name=viewport content='width=device-width'>"
        head = f"<script>document.documentElement.lang = '{lang}'</script>{viewport}"
        return publish(path, body=head + BODY, **({"consent": "required", "banner": "auto"} | settings))

    return publish_asking


@pytest.fixture
def banner(tab: Tab) -> Banner:
    return Banner(tab)


def test_nothing_is_stored_or_sent_before_the_answer(tab: Tab, api: Loopback, ask: Any, banner: Banner) -> None:
    tab.goto(ask("/?utm_source=line", page_views="spa", flush_at=1, cookie_domain="127.0.0.1"))
    tab.evaluate("analytics.identify('ada'); analytics.track('A'); analytics.flush()")
    expect(banner.part()).to_be_visible()
    tab.clock.install()
    tab.clock.run_for(MINUTES_10)
    assert find_traces(tab) == {}
    assert [request.path.split("?")[0] for request in api.requests] == [
        "/sdk/kizuna.js",
        "/sdk/banner.js",
        f"/v1/consent/{WRITE_KEY}",
    ]
    assert not any("Cookie" in request.headers for request in api.requests)


def test_accepting_agrees_to_all_and_is_remembered(tab: Tab, api: Loopback, ask: Any, banner: Banner) -> None:
    address = ask(page_views="load")
    tab.goto(address)
    banner.button("accept").click()
    expect(banner.host).to_have_count(0)
    api.wait_for_events("page", ANSWERED)
    assert api.events[1]["properties"] == {"how": "banner", "version": VERSION, "language": "en"}
    agreed = {"necessary": True, "analytics": True, "marketing": True}
    assert all(event["context"]["consent"] == {"categoryPreferences": agreed} for event in api.events)
    assert find_traces(tab)["local"][ANSWER_KEY] == ALL
    before = len([request for request in api.requests if "banner" in request.path])
    tab.goto(address)
    tab.evaluate("analytics.track('Next page')")
    api.wait_for_events("Next page")
    assert len([request for request in api.requests if "banner" in request.path]) == before


def test_rejecting_keeps_the_answer_alone(tab: Tab, api: Loopback, ask: Any, banner: Banner) -> None:
    address = ask(page_views="load")
    tab.goto(address)
    banner.button("reject").click()
    expect(banner.host).to_have_count(0)
    tab.goto(address)
    tab.evaluate("analytics.identify('ada'); analytics.track('After'); analytics.flush()")
    tab.evaluate("fetch('/marker')")
    assert find_traces(tab) == {"local": {ANSWER_KEY: NONE}}
    assert not api.posts
    expect(banner.host).to_have_count(0)


def test_a_part_can_be_chosen(tab: Tab, api: Loopback, ask: Any, banner: Banner) -> None:
    tab.goto(ask())
    expect(banner.box("analytics")).to_have_count(0)
    banner.button("choose").click()
    expect(banner.box("necessary")).to_be_checked()
    expect(banner.box("necessary")).to_be_disabled()
    expect(banner.box("analytics")).not_to_be_checked()
    banner.box("analytics").check()
    banner.button("save").click()
    api.wait_for_events(ANSWERED)
    agreed = {"necessary": True, "analytics": True, "marketing": False}
    assert api.events[0]["context"]["consent"] == {"categoryPreferences": agreed}


def test_no_answer_is_no_consent_and_the_next_page_asks_again(
    tab: Tab, api: Loopback, ask: Any, banner: Banner
) -> None:
    address = ask(page_views="load")
    tab.goto(address)
    expect(banner.part()).to_be_visible()
    banner.button("reject").focus()
    tab.keyboard.press("Escape")
    expect(banner.host).to_have_count(0)
    assert tab.evaluate("analytics.consent()") is None
    assert find_traces(tab) == {}
    tab.goto(address)
    expect(banner.part()).to_be_visible()
    assert not api.posts


def test_by_keyboard_alone(tab: Tab, api: Loopback, ask: Any, banner: Banner) -> None:
    tab.goto(ask())
    expect(banner.part()).to_be_visible()
    assert tab.evaluate("document.activeElement === document.body"), "the focus stays with the page"
    steps = []
    for _ in range(5):
        tab.keyboard.press("Tab")
        steps.append(banner.focused())
    labels = TEXTS["en"]["labels"]
    assert steps == ["Privacy policy", labels["accept"], labels["reject"], labels["choose"], "Tea"]
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Enter")
    assert banner.focused() == "Analytics", "the first box that can be changed"
    tab.keyboard.press("Escape")
    assert banner.focused() == labels["choose"], "back a layer, and nothing answered"
    tab.keyboard.press("Enter")
    tab.keyboard.press("Space")
    for _ in range(4):
        tab.keyboard.press("Tab")
    assert banner.focused() == labels["save"]
    tab.keyboard.press("Enter")
    api.wait_for_events(ANSWERED)
    assert tab.evaluate("analytics.consent()") == {"necessary": True, "analytics": True, "marketing": False}
    assert banner.focused() == "Tea", "the focus is given back"


def test_it_is_reopened_with_the_answer_that_holds(tab: Tab, api: Loopback, ask: Any, banner: Banner) -> None:
    tab.goto(ask())
    banner.button("accept").click()
    api.wait_for_events(ANSWERED)
    tab.locator("#settings").click()
    expect(banner.part("dialog")).to_be_visible()
    assert banner.focused() == "Analytics"
    expect(banner.box("analytics")).to_be_checked()
    tab.keyboard.press("Escape")
    expect(banner.host).to_have_count(0)
    assert banner.focused() == "Cookie settings"
    assert tab.evaluate("analytics.consent().analytics") is True
    tab.locator("#settings").click()
    tab.get_by_role("button", name="Close").click()
    expect(banner.host).to_have_count(0)
    tab.locator("#settings").click()
    banner.box("marketing").uncheck()
    banner.box("analytics").uncheck()
    banner.button("save").click()
    api.wait_for(lambda: api.names.count(ANSWERED) == 2, "the withdrawal")
    assert api.events[1]["anonymousId"] == api.events[0]["anonymousId"]
    assert api.events[1]["properties"] == {"how": "banner", "version": VERSION, "language": "en"}
    assert find_traces(tab) == {"local": {ANSWER_KEY: NONE}}


def test_asking_for_it_while_it_asks_shows_one(tab: Tab, ask: Any, banner: Banner) -> None:
    tab.goto(ask())
    expect(banner.part("region")).to_be_visible()
    tab.evaluate("analytics.showConsent(); analytics.showConsent()")
    expect(banner.part("dialog")).to_be_visible()
    expect(banner.host).to_have_count(1)


def test_an_answer_closes_it_in_every_tab(context: BrowserContext, api: Loopback, ask: Any) -> None:
    address = ask()
    here, there = context.new_page(), context.new_page()
    here.goto(address)
    there.goto(address)
    expect(Banner(there).part()).to_be_visible()
    Banner(here).button("reject").click()
    expect(Banner(there).host).to_have_count(0)
    assert there.evaluate("JSON.stringify(analytics.consent())") == NONE
    here.evaluate("analytics.showConsent()")
    Banner(here).button("accept").click()
    there.wait_for_function("analytics.consent().analytics === true")
    there.evaluate("analytics.track('There')")
    api.wait_for_events("There", ANSWERED)
    assert api.names.count(ANSWERED) == 1


def test_an_answer_by_call_closes_it(tab: Tab, api: Loopback, ask: Any, banner: Banner) -> None:
    tab.goto(ask())
    expect(banner.part()).to_be_visible()
    tab.evaluate("analytics.consent({analytics: true})")
    expect(banner.host).to_have_count(0)


def test_without_its_texts_there_is_no_banner_and_no_consent(tab: Tab, api: Loopback, ask: Any, banner: Banner) -> None:
    address = ask(page_views="load")
    api.consent_texts.clear()
    with tab.expect_console_message(lambda message: "banner cannot be shown" in message.text) as warning:
        tab.goto(address)
    assert warning.value.type == "warning"
    expect(banner.host).to_have_count(0)
    assert find_traces(tab) == {}
    assert not api.posts
    api.consent_texts.update(copy.deepcopy(TEXTS))
    tab.goto(address)
    expect(banner.part()).to_be_visible()


def test_a_privacy_signal_that_is_respected_answers_by_itself(
    context: BrowserContext, tab: Tab, api: Loopback, ask: Any, banner: Banner
) -> None:
    context.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    tab.goto(ask(respect_dnt="true"))
    tab.evaluate("analytics.track('A'); analytics.showConsent(); fetch('/marker')")
    assert {request.path for request in api.requests} == {"/sdk/kizuna.js"}
    assert find_traces(tab) == {}
    expect(banner.host).to_have_count(0)


@pytest.mark.parametrize("settings", [{"banner": "off"}, {"consent": "implied"}], ids=["off", "consent implied"])
def test_it_comes_by_itself_only_where_asked_to(
    tab: Tab, api: Loopback, ask: Any, banner: Banner, settings: dict[str, str]
) -> None:
    tab.goto(ask(**settings))
    tab.evaluate("fetch('/marker')")
    assert {request.path for request in api.requests} == {"/sdk/kizuna.js"}
    tab.locator("#settings").click()
    expect(banner.part("dialog")).to_be_visible()


@pytest.mark.parametrize(
    ("settings", "lang", "locale", "language"),
    [
        ({"language": "ja"}, "en", "en-US", "ja"),
        ({}, "ja-JP", "en-US", "ja"),
        ({}, "", "ja-JP", "ja"),
        ({}, "en", "ja-JP", "en"),
        ({}, "fr", "ja-JP", "en"),
    ],
)
def test_it_speaks_the_language_of_the_page(
    browser: Browser, ask: Any, settings: dict[str, str], lang: str, locale: str, language: str
) -> None:
    with browser.new_context(locale=locale) as context:
        tab = context.new_page()
        tab.goto(ask(lang=lang, **settings))
        banner = Banner(tab, language)
        expect(banner.part()).to_be_visible()
        expect(banner.part()).to_have_attribute("lang", language)
        expect(banner.button("reject")).to_be_visible()


@pytest.mark.parametrize("host", ["api", "shop"])
def test_a_strict_content_security_policy_has_nothing_to_object_to(
    tab: Tab, api: Loopback, shop: Loopback, host: str
) -> None:
    kizuna = {"api": api, "shop": shop}[host]
    kizuna.consent_texts.update(TEXTS)
    origin = "'self'" if kizuna is shop else kizuna.url()
    policy = (
        f"default-src 'none'; script-src {origin}; style-src 'self'; connect-src {origin}; "
        "require-trusted-types-for 'script'"
    )
    tag = f'<script src="{kizuna.url("/sdk/kizuna.js")}" data-write-key="{WRITE_KEY}" data-consent="required"'
    shop.pages["/"] = Page(
        f'<!doctype html><html lang="en"><title>Strict</title>{tag} data-banner="auto"></script>'
        "<main><h1>Shop</h1></main>",
        {"Content-Security-Policy": policy},
    )
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(shop.url("/"))
    banner = Banner(tab)
    expect(banner.part()).to_have_css("position", "fixed")
    banner.button("choose").click()
    banner.button("accept").click()
    expect(banner.host).to_have_count(0)
    assert [text for text in complaints if "favicon" not in text] == []


def test_texts_are_text_and_links_are_links(tab: Tab, api: Loopback, ask: Any, banner: Banner) -> None:
    address = ask()
    hostile = "<img src=x onerror='window.struck = true'>"
    api.consent_texts["en"] |= {"title": hostile, "body": hostile, "privacy_url": "javascript:window.struck = true"}
    api.consent_texts["en"]["theme"] = {"color": "#fff}*{display:none", "radius": 8}
    tab.goto(address)
    expect(banner.host.get_by_text(hostile).first).to_be_visible()
    expect(banner.host.get_by_role("link")).to_have_count(0)
    assert tab.evaluate("window.struck") is None


@pytest.mark.skipif(not AXE.exists(), reason="axe is not installed: run `make web`")
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("color", ["#3B3A8F", "#FFD400"])
def test_axe_finds_nothing_on_a_phone(browser: Browser, api: Loopback, ask: Any, language: str, color: str) -> None:
    address = ask(lang=language)
    api.consent_texts[language]["theme"]["color"] = color
    with browser.new_context(viewport=PHONE, reduced_motion="reduce") as context:
        tab = context.new_page()
        tab.goto(address)
        banner = Banner(tab, language)
        expect(banner.button("accept")).to_be_visible()
        expect(banner.part()).to_have_class("shown")
        tab.evaluate(AXE.read_text())
        assert tab.evaluate(RUN_AXE) == []
        banner.button("choose").click()
        assert tab.evaluate(RUN_AXE) == []
        assert tab.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_saying_no_is_as_easy_as_saying_yes(browser: Browser, ask: Any) -> None:
    with browser.new_context(viewport=PHONE, reduced_motion="reduce") as context:
        tab = context.new_page()
        tab.goto(ask())
        banner = Banner(tab)
        expect(banner.part()).to_have_class("shown")
        looks, sizes = [], []
        for label in ("accept", "reject"):
            button = banner.button(label)
            looks.append(
                button.evaluate(
                    "one => { const {color, backgroundColor, borderColor, fontWeight, "
                    "fontSize} = getComputedStyle(one); return [color, backgroundColor, "
                    "borderColor, fontWeight, fontSize] }"
                )
            )
            place = button.bounding_box()
            assert place is not None
            sizes.append((place["width"], place["height"], place["y"]))
        assert looks[0] == looks[1]
        assert sizes[0] == sizes[1], "side by side and of one size"
        banner.button("choose").click()
        for target in [*banner.host.locator("label").all(), *banner.host.locator("a, button").all()]:
            place = target.bounding_box()
            assert place is None or place["height"] >= 44, target.inner_text()


def test_forced_colours_leave_edges_and_focus_to_be_seen(browser: Browser, ask: Any) -> None:
    with browser.new_context(forced_colors="active") as context:
        tab = context.new_page()
        tab.goto(ask())
        banner = Banner(tab)
        expect(banner.part()).to_be_visible()
        tab.keyboard.press("Tab")
        tab.keyboard.press("Tab")
        edge = "one => { const style = getComputedStyle(one); return [style.borderStyle, style.outlineStyle] }"
        assert banner.button("accept").evaluate(edge) == ["solid", "solid"]
        assert banner.part().evaluate("one => getComputedStyle(one).borderStyle") == "solid"


def test_what_the_page_focuses_is_not_covered(tab: Tab, ask: Any, api: Loopback, publish: Publish) -> None:
    ask()
    links = "".join(f"<p><a href='#l{number}'>Link {number}</a></p>" for number in range(80))
    tab.goto(publish("/long", body=f"<main lang=en>{links}</main>", consent="required", banner="auto", language="en"))
    banner = Banner(tab)
    expect(banner.part()).to_have_class("shown")
    tab.locator("a", has_text="Link 0").focus()
    for _ in range(40):
        tab.keyboard.press("Tab")
    link, cover = tab.locator("main a:focus").bounding_box(), banner.part().bounding_box()
    assert link is not None
    assert cover is not None
    assert link["y"] + link["height"] <= cover["y"]
