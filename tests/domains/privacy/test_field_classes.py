"""How close a field is to the person, by its name, and what somebody decided instead."""

import pytest

from kizuna.domains.privacy.contracts import FieldClass
from kizuna.domains.privacy.rules.field_classes import class_by_name, class_of
from kizuna.kernel.fields import FieldKind

CLASSES: list[tuple[FieldKind, str, FieldClass]] = [
    ("trait", "email", "contact"),
    ("trait", "E-Mail Address", "contact"),
    ("trait", "firstName", "contact"),
    ("trait", "name", "contact"),
    ("trait", "name_kana", "contact"),
    ("trait", "address.city", "contact"),
    ("trait", "birthday", "contact"),
    ("trait", "電話番号", "contact"),
    ("trait", "氏名", "contact"),
    ("trait", "ご住所", "contact"),
    ("trait", "ｅｍａｉｌ", "contact"),
    ("trait", "LINE ID", "identifier"),
    ("trait", "会員番号", "identifier"),
    ("trait", "id", "identifier"),
    ("trait", "religion", "sensitive"),
    ("trait", "healthStatus", "sensitive"),
    ("trait", "criminal_record", "sensitive"),
    ("trait", "要配慮個人情報", "sensitive"),
    ("trait", "病歴", "sensitive"),
    ("trait", "memo", "free_text"),
    ("trait", "備考", "free_text"),
    ("trait", "plan", "open"),
    ("trait", "prefecture", "open"),
    ("property", "comment", "free_text"),
    ("property", "本文", "free_text"),
    ("property", "message", "free_text"),
    ("property", "message_id", "open"),
    ("property", "name", "open"),
    ("property", "product_id", "open"),
    ("property", "products[].name", "open"),
    ("property", "customer.name", "contact"),
    ("property", "shipping.id", "identifier"),
    ("property", "shipping_address.zip", "contact"),
    ("property", "orders[].comment", "free_text"),
    ("property", "customer", "identifier"),
    ("property", "customer.plan", "open"),
    ("property", "hotel", "open"),
    ("property", "shipping", "open"),
    ("property", "total", "open"),
    ("property", "context.ip", "identifier"),
    ("property", "context.userAgent", "identifier"),
    ("property", "context.device.id", "identifier"),
    ("property", "context.device.model", "open"),
    ("property", "context.location.latitude", "contact"),
    ("property", "context.page.title", "open"),
    ("identifier", "email", "contact"),
    ("identifier", "anonymous_id", "identifier"),
    ("identifier", "shop.customer", "identifier"),
]


@pytest.mark.parametrize(("kind", "name", "field_class"), CLASSES)
def test_names_tell_the_class(kind: FieldKind, name: str, field_class: FieldClass) -> None:
    assert class_by_name(kind, name) == field_class


def test_a_decision_counts_before_the_name_and_the_nearer_one_first() -> None:
    decided: dict[tuple[FieldKind, str], FieldClass] = {
        ("trait", "address"): "open",
        ("trait", "address.street"): "sensitive",
        ("property", "products"): "sensitive",
    }
    assert class_of(decided, "trait", "address.city") == "open"
    assert class_of(decided, "trait", "address.street") == "sensitive"
    assert class_of(decided, "trait", "address.street.number") == "sensitive"
    assert class_of(decided, "property", "address.city") == "contact"  # of another kind
    assert class_of(decided, "property", "products[].price") == "sensitive"
    assert class_of(decided, "trait", "email") == "contact"
