"""What is left of values, and that nothing of them gets by."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kizuna.domains.privacy.contracts import FieldClass
from kizuna.domains.privacy.rules.masking import mask_value, scrub_text
from kizuna.domains.privacy.rules.sight import Sight
from kizuna.kernel.fields import FieldKind

LEAST = Sight(contact=False, sensitive=False)

MASKS: list[tuple[Any, FieldClass, str, Any]] = [
    ("anna.b@example.com", "contact", "email", "a•••@example.com"),
    ("+819012345678", "contact", "phone", "••••78"),
    ("090-1234-5678", "contact", "電話番号", "••••78"),
    ("田中 花子", "contact", "name", "田◯"),
    ("タナカ ハナコ", "contact", "name_kana", "タ◯"),
    ("Yamada Hanako", "contact", "full_name", "Y••••"),
    ("林", "contact", "last_name", "◯"),
    ("member-1001", "identifier", "user_id", "••••1001"),
    ("u-1", "identifier", "user_id", "••••1"),
    ("x", "identifier", "user_id", "•••"),
    ("203.0.113.77", "identifier", "context.ip", "•••"),
    ("1990-04-01", "contact", "birthday", "•••"),
    ("Please call me", "free_text", "comment", "•••"),
    (True, "sensitive", "pregnant", "•••"),
    (35.68, "contact", "latitude", "•••"),
    ({"city": "Kyoto", "geo": [1, 2]}, "contact", "address", {"city": "•••", "geo": ["•••", "•••"]}),
    (None, "sensitive", "religion", None),
    ("", "contact", "email", ""),
]


@pytest.mark.parametrize(("value", "field_class", "name", "masked"), MASKS)
def test_a_mask_tells_rows_apart_and_no_more(value: Any, field_class: FieldClass, name: str, masked: Any) -> None:
    assert mask_value(value, field_class, name) == masked


SCRUBBED = [
    ("https://x.jp/a?mail=taro%40example.jp&utm_source=news", "https://x.jp/a?mail=•••&utm_source=news"),
    ("https://x.jp/u/taro@example.jp/edit", "https://x.jp/u/•••/edit"),
    ("?q=Yamada+Hanako", "?q=•••"),
    ("Call 090-1234-5678 or taro@example.jp", "Call ••• or •••"),
    ("+81 90 1234 5678", "•••"),
    ("4901234567894", "4901234567894"),  # the number on a product
    ("2026-04-01T09:00:00Z", "2026-04-01T09:00:00Z"),
    ("A = b", "A = b"),
]


@pytest.mark.parametrize(("text", "scrubbed"), SCRUBBED)
def test_open_texts_keep_all_but_addresses_and_numbers(text: str, scrubbed: str) -> None:
    assert scrub_text(text) == scrubbed


NAMES: list[tuple[FieldKind, str]] = [
    ("trait", "email"),
    ("trait", "phone"),
    ("trait", "name"),
    ("trait", "address"),
    ("trait", "religion"),
    ("trait", "備考"),
    ("property", "comment"),
    ("property", "customer.name"),
    ("property", "orders[].email"),
    ("property", "context.ip"),
    ("identifier", "user_id"),
    ("identifier", "email"),
]
# A value in which there is something to hide: not only the signs that masks are made of.
VALUES = st.text(min_size=1, max_size=60).filter(lambda text: any(char.isalnum() for char in text)) | st.emails()


@given(st.sampled_from(NAMES), VALUES)
def test_no_masked_field_holds_its_value(field: tuple[FieldKind, str], value: str) -> None:
    kind, name = field
    shown = LEAST.show(kind, name, value)
    assert value.strip() not in shown.value
    assert shown.masked == [name]


SHAPES = st.recursive(
    st.just("SECRET-Taro@Example.JP"),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "total", "items", "b c"]), inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.sampled_from(["email", "comment", "住所", "user_id", "health"]), SHAPES, st.sampled_from(["track", "identify"])
)
def test_whatever_stands_below_a_hidden_name_is_hidden(name: str, below: Any, call: str) -> None:
    properties, context, masked = LEAST.show_event(call, {"order": {name: below}}, {"traits": {name: below}})
    assert "SECRET" not in json.dumps([properties, context])
    assert {path.split(".")[0] for path in masked} == {"properties", "context"}


@given(SHAPES)
def test_addresses_are_hidden_under_open_names_too(below: Any) -> None:
    properties, _, masked = LEAST.show_event("track", {"thing": below}, {})
    assert "Example.JP" not in json.dumps(properties)
    assert masked


def test_an_item_is_masked_in_all_its_parts() -> None:
    item = {
        "type": "track",
        "userId": "taro@example.jp",
        "anonymousId": "cookie-0123456789",
        "event": "Order Completed",
        "properties": {"total": 10, "email": "taro@example.jp"},
        "context": {"ip": "203.0.113.9", "traits": {"name": "山田 太郎"}, "page": {"url": "https://x.jp/?m=t@e.jp"}},
    }
    shown = LEAST.show_item(item)
    assert shown.value["properties"] == {"total": 10, "email": "t•••@example.jp"}
    assert shown.value["anonymousId"] == "••••6789"
    assert shown.value["context"]["traits"] == {"name": "山◯"}
    assert shown.value["context"]["page"] == {"url": "https://x.jp/?m=•••"}
    assert set(shown.masked) == {
        "userId",
        "anonymousId",
        "properties.email",
        "context.ip",
        "context.traits.name",
        "context.page.url",
    }
    assert LEAST.show_json('{"email": "taro@exam').value == "•••"


def test_each_sight_sees_its_classes() -> None:
    traits = {"email": "taro@example.jp", "religion": "Shinto", "plan": "gold", "memo": "Likes sencha"}
    contact = Sight(contact=True, sensitive=False).show_tree("trait", traits)
    assert contact.value == traits | {"religion": "•••", "memo": "•••"}
    assert contact.masked == ["religion", "memo"]
    assert Sight(contact=True, sensitive=True).show_tree("trait", traits).value is traits
    decided = Sight(
        contact=False, sensitive=False, overrides={("trait", "email"): "open", ("trait", "plan"): "sensitive"}
    )
    assert decided.show_tree("trait", {"plan": "gold"}).masked == ["plan"]
    assert decided.show_tree("trait", {"email": "taro@example.jp"}).masked == []
