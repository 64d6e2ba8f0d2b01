"""WCAG by axe, and no sideways scrolling on a phone, on a sample of languages, widths and colours."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.browser.conftest import DESK, PHONE, Visitor

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """async () => {
    const result = await axe.run(document, { resultTypes: ["violations"] });
    return result.violations
        .filter((one) => ["serious", "critical"].includes(one.impact))
        .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(" | ")}`);
}"""
SCREENS = (
    "/",
    "/customers/profiles",
    "/customers/profiles/{person}",
    "/customers/profiles/{person}?tab=identity",
    "/customers/segments",
    "/customers/segments/new",
    "/insight/sql",
    "/data/live",
    "/data/sources",
    "/data/imports",
    "/data/catalogue",
    "/settings/members",
    "/settings/sign-in",
    "/settings/audit",
    "/settings/me",
)
DAILY = ("/", "/customers/profiles", "/customers/profiles/{person}", "/data/live")
# Every screen once in each width; languages and colours share them. The daily ones on a phone in all colours.
LOOKS = (
    ("ja", DESK, "light", SCREENS[::2]),
    ("en", DESK, "dark", SCREENS[1::2]),
    ("en", PHONE, "light", SCREENS[::2]),
    ("ja", PHONE, "dark", SCREENS[1::2]),
    ("ja", PHONE, "light", DAILY),
    ("ja", PHONE, "dark", DAILY),
)


@pytest.mark.skipif(not AXE.exists(), reason="axe is not installed: run `make web`")
@pytest.mark.parametrize(("language", "size", "scheme", "screens"), LOOKS)
def test_every_screen_is_for_everybody(
    browser: Browser,
    address: str,
    owner_state: StorageState,
    people: dict[str, str],
    language: str,
    size: dict[str, int],
    scheme: str,
    screens: tuple[str, ...],
) -> None:
    visitor = Visitor(browser, address, owner_state, viewport=size, color_scheme=scheme)
    check_screens(visitor, language, screens, people)


def check_screens(visitor: Visitor, language: str, screens: Sequence[str], people: Mapping[str, str]) -> None:
    """Looks at every screen in a language, and closes the visitor's browser."""
    visitor.call("PATCH", "/api/me", {"language": language})
    faults: list[str] = []
    for screen in screens:
        path = screen.format(person=people["m-1001"])
        visitor.page.goto(path)
        faults += [f"{path}: {fault}" for fault in find_faults(visitor.page, language)]
    visitor.call("PATCH", "/api/me", {"language": "ja"})
    visitor.close()
    assert not faults, "\n".join(faults)


def find_faults(page: Page, language: str) -> list[str]:
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("[class*=Skeleton]")).to_have_count(0)
    page.evaluate(AXE.read_text())  # as the page forbids scripts that are not its own
    faults: Any = page.evaluate(RUN_AXE)
    too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*faults, *([f"{too_wide} px too wide"] if too_wide > 0 else [])]
