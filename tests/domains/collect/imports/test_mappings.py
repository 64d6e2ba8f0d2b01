"""Which column means what."""

import pytest

from kizuna.app.import_file import change_mapping
from kizuna.domains.collect.rules.imports.fields import ColumnShape, check_mapping, suggest_mapping
from kizuna.kernel.errors import Invalid


def suggest(kind: str, **columns: str) -> dict[str, str]:
    return suggest_mapping(kind, [ColumnShape(name, type_) for name, type_ in columns.items()])  # type: ignore[arg-type]


def test_japanese_orders() -> None:
    columns = {"注文番号": "text", "注文日時": "datetime", "会員番号": "text", "商品コード": "text", "商品名": "text"}
    columns |= {"数量": "integer", "単価": "money", "金額": "money", "店舗名": "text", "備考": "text"}
    assert suggest("orders", **columns) == {
        "注文番号": "order_id",
        "注文日時": "time",
        "会員番号": "user_id",
        "商品コード": "product_id",
        "商品名": "product_name",
        "数量": "quantity",
        "単価": "price",
        "金額": "amount",
        "店舗名": "store",
        "備考": "product.備考",
    }


def test_english_orders() -> None:
    assert suggest(
        "orders", InvoiceNo="text", StockCode="text", Description="text", Quantity="integer", InvoiceDate="datetime",
        UnitPrice="decimal", CustomerID="integer", Country="text",
    ) == {
        "InvoiceNo": "order_id", "StockCode": "product_id", "Description": "product_name", "Quantity": "quantity",
        "InvoiceDate": "time", "UnitPrice": "price", "CustomerID": "user_id", "Country": "product.country",
    }  # fmt: skip


def test_profiles_keep_every_column() -> None:
    columns = {"顧客ID": "integer", "氏名": "text", "フリガナ": "text", "連絡先": "email", "携帯": "phone"}
    assert suggest("profiles", **columns, kidsCount="integer") == {
        "顧客ID": "user_id",
        "氏名": "trait.name",
        "フリガナ": "trait.name_kana",
        "連絡先": "email",
        "携帯": "phone",
        "kidsCount": "trait.kids_count",
    }


def test_the_only_date_is_the_time_of_an_event() -> None:
    assert suggest("events", household="text", redemption_date="date")["redemption_date"] == "time"


def test_a_header_that_promises_a_number_must_hold_numbers() -> None:
    assert suggest("orders", 金額="text")["金額"] == "product.金額"


@pytest.mark.parametrize(
    ("kind", "mapping", "sentence"),
    [
        ("orders", {"a": "order_id", "b": "time"}, "which column tells the customer"),
        ("orders", {"a": "user_id", "b": "time"}, "order number"),
        ("events", {"a": "user_id", "b": "time"}, "event's name"),
        ("events", {"a": "user_id", "b": "event"}, "holds the time"),
        ("profiles", {"a": "user_id", "b": "user_id"}, "given by 'a' already"),
        ("profiles", {"a": "user_id", "b": "quantity"}, "no field of profiles"),
        ("profiles", {"a": "user_id", "zz": "email"}, "no column 'zz'"),
        ("profiles", {"a": "user_id", "b": "trait."}, "no field of profiles"),
        ("profiles", {"a": "user_id", "b": "id.日本"}, "no field of profiles"),
    ],
)
def test_mappings_that_cannot_stand(kind: str, mapping: dict[str, str], sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        check_mapping(kind, mapping, ["a", "b", "c"])  # type: ignore[arg-type]


def test_pairs_of_the_command_line_move_fields() -> None:
    mapping = {"a": "user_id", "b": "email", "c": "trait.c"}
    assert change_mapping(mapping, ("c=user_id", "b=")) == {"c": "user_id"}
    with pytest.raises(Invalid, match="COLUMN=FIELD"):
        change_mapping(mapping, ("user_id",))
