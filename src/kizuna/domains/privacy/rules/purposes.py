"""The purposes a workspace starts with, and what a purpose may look like.

Defaults by region. Under the GDPR everything beyond the contract and the law asks first (articles 6 and 7;
for what is stored on devices, ePrivacy article 5(3)). Under the APPI a company may use data within purposes
it has published (articles 17, 18, 21), but asks before it gives personal data to third parties (article 27)
and before it sends advertising by e-mail or SMS (Act on Regulation of Transmission of Specified Electronic
Mail, article 3). Elsewhere advertising asks first, and the rest may be refused.
"""

import re

from kizuna.domains.privacy.contracts import (
    ANALYTICS,
    CHANNELS,
    MARKETING,
    NO_CHANNEL,
    PERSONALISATION,
    SERVICE,
    THIRD_PARTY,
    Basis,
    Default,
    Purpose,
    PurposeText,
    Region,
    Terms,
)

REGIONS: tuple[Region, ...] = ("APPI", "GDPR", "other")
LANGUAGES = ("ja", "en")
PURPOSES_MAX = 30
TITLE_CHARS_MAX = 80
BODY_CHARS_MAX = 2_000

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


def _terms(appi: tuple[Basis, Default], gdpr: tuple[Basis, Default], other: tuple[Basis, Default]) -> dict[str, Terms]:
    return {region: Terms(*given) for region, given in zip(REGIONS, (appi, gdpr, other), strict=True)}


_ASK: tuple[Basis, Default] = ("consent", "refused")
_NOTICE: tuple[Basis, Default] = ("notice", "granted")
_CONTRACT: tuple[Basis, Default] = ("contract", "granted")

STANDARD: tuple[Purpose, ...] = (
    Purpose(
        key=SERVICE,
        channels=(),
        terms=_terms(_CONTRACT, _CONTRACT, _CONTRACT),
        texts={
            "en": PurposeText(
                "Providing what you ordered",
                "Orders, delivery, payment, enquiries and what the law asks us to keep. This cannot be switched off.",
            ),
            "ja": PurposeText(
                "ご注文・サービスの提供",
                "ご注文、配送、お支払い、お問い合わせへの対応、および法令で定められた記録のために利用します。"
                "この利用を停止することはできません。",
            ),
        },
    ),
    Purpose(
        key=ANALYTICS,
        channels=(),
        terms=_terms(_NOTICE, _ASK, _NOTICE),
        texts={
            "en": PurposeText(
                "Understanding how our site and apps are used",
                "Pages you view and what you do there, so that we can find out what works and what does not.",
            ),
            "ja": PurposeText(
                "サイト・アプリの利用状況の分析",
                "ご覧になったページや操作の記録を、使いやすさの改善のために分析します。",
            ),
        },
    ),
    Purpose(
        key=PERSONALISATION,
        channels=(),
        terms=_terms(_NOTICE, _ASK, _NOTICE),
        texts={
            "en": PurposeText(
                "Showing you what fits you",
                "Recommendations and content chosen by what you viewed and bought.",
            ),
            "ja": PurposeText(
                "お客様に合わせた表示",
                "閲覧や購入の履歴をもとに、おすすめの商品や記事を表示します。",
            ),
        },
    ),
    Purpose(
        key=MARKETING,
        channels=CHANNELS,
        terms=_terms(_ASK, _ASK, _ASK),
        texts={
            "en": PurposeText("News and offers", "News, offers and invitations, by the channels you choose."),
            "ja": PurposeText(
                "お知らせ・特典のご案内", "新商品やキャンペーン、催しのご案内を、お選びいただいた方法でお送りします。"
            ),
        },
    ),
    Purpose(
        key=THIRD_PARTY,
        channels=(),
        terms=_terms(_ASK, _ASK, _ASK),
        texts={
            "en": PurposeText(
                "Sharing with partners",
                "Giving your data to companies other than those who work on our behalf. We tell you which they are.",
            ),
            "ja": PurposeText(
                "第三者への提供",
                "業務委託先以外の第三者に、お客様の情報を提供します。提供先はお客様にお知らせします。",
            ),
        },
    ),
)


def is_key(text: str) -> bool:
    """Whether a text can name a purpose."""
    return _KEY.fullmatch(text) is not None


def channels_of(purpose: Purpose) -> tuple[str, ...]:
    """What is answered one by one: the purpose's channels, or the one answer of a purpose without any."""
    return purpose.channels or (NO_CHANNEL,)
