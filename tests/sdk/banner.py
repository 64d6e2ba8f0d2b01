"""The banner as a visitor meets it, and the texts a workspace wrote for it."""

from typing import Any

from playwright.sync_api import Locator
from playwright.sync_api import Page as Tab

VERSION = 3
TEXTS: dict[str, dict[str, Any]] = {
    "en": {
        "version": VERSION,
        "language": "en",
        "title": "May we learn from your visit?",
        "body": "We would like to see how this shop is used, to make it better. You can change your mind at any time.",
        "privacy_url": "https://shop.example/privacy",
        "preference_url": None,
        "theme": {"color": "#3B3A8F", "radius": 8},
        "purposes": [
            {
                "key": "necessary",
                "title": "What the shop needs",
                "body": "Your cart and your sign-in.",
                "required": True,
                "default": True,
            },
            {
                "key": "analytics",
                "title": "Analytics",
                "body": "Which pages are read, and where people get stuck.",
                "required": False,
                "default": False,
            },
            {
                "key": "marketing",
                "title": "Offers",
                "body": "Offers that fit what you looked at.",
                "required": False,
                "default": False,
            },
        ],
        "labels": {"accept": "Accept all", "reject": "Reject all", "choose": "Choose", "save": "Save my choice"},
    },
    "ja": {
        "version": VERSION,
        "language": "ja",
        "title": "ご利用状況の記録について",
        "body": "使いやすいお店にするため、ページの閲覧状況を記録してもよろしいでしょうか。"
        "お選びいただいた内容は、いつでも変更できます。",
        "privacy_url": "https://shop.example/privacy",
        "preference_url": None,
        "theme": {"color": "#3B3A8F", "radius": 8},
        "purposes": [
            {
                "key": "necessary",
                "title": "お店に欠かせないもの",
                "body": "買い物かごとログインに使います。",
                "required": True,
                "default": True,
            },
            {
                "key": "analytics",
                "title": "利用状況の分析",
                "body": "どのページが読まれ、どこで困られているかを知るために使います。",
                "required": False,
                "default": False,
            },
            {
                "key": "marketing",
                "title": "おすすめのご案内",
                "body": "ご覧になった商品に合わせたご案内に使います。",
                "required": False,
                "default": False,
            },
        ],
        "labels": {
            "accept": "すべて許可する",
            "reject": "すべて断る",
            "choose": "選んで許可する",
            "save": "選んだ内容を保存する",
        },
    },
}


class Banner:
    """Finds the parts of a shown banner by their roles and names, as screen readers do."""

    def __init__(self, tab: Tab, language: str = "en") -> None:
        self.tab = tab
        self.texts = TEXTS[language]
        self.host = tab.locator("kizuna-consent")

    def part(self, role: Any = "region") -> Locator:
        return self.tab.get_by_role(role, name=self.texts["title"])

    def button(self, label: str) -> Locator:
        return self.tab.get_by_role("button", name=self.texts["labels"][label], exact=True)

    def box(self, key: str) -> Locator:
        title = next(purpose["title"] for purpose in self.texts["purposes"] if purpose["key"] == key)
        return self.tab.get_by_role("checkbox", name=title, exact=True)

    def focused(self) -> str:
        """Text of what has the focus, inside the banner or outside."""
        return self.tab.evaluate(
            """() => {
                const active = document.activeElement?.shadowRoot?.activeElement ?? document.activeElement
                return active?.labels?.[0]?.textContent ?? active?.textContent ?? ''
            }"""
        )
