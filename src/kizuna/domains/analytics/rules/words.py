"""Words that many metrics share."""

from __future__ import annotations

from collections.abc import Mapping

from kizuna.domains.analytics.contracts import Column, Text


def text(en: str, ja: str) -> Text:
    return {"en": en, "ja": ja}


PERIOD = Column("period", "time", text("Period", "期間"))
LABEL = Column("label", "label", text("Group", "内訳"))
OTHER = text("Other", "その他")
NONE = text("(none)", "(なし)")

OTHER_LABEL = "\ue000other"
"""Stands in rows for everything beyond the limit of a breakdown; the app says it in the reader's language."""

TOUCHPOINTS: Mapping[str, Text] = {
    "web": text("Web", "ウェブ"),
    "app": text("App", "アプリ"),
    "store": text("Store", "店舗"),
    "call_center": text("Call centre", "コールセンター"),
    "email": text("E-mail", "メール"),
    "line": text("LINE", "LINE"),
    "sns": text("Social", "SNS"),
    "community": text("Community", "コミュニティ"),
    "live": text("Live stream", "ライブ配信"),
}
