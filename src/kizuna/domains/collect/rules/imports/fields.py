"""What a column may mean in each kind of import, and the headers by which it is recognised.

A mapping is ``{column: field}``. Besides the fields named here a column may become any identifier
(``id.<type>``), trait (``trait.<name>``), property (``property.<name>``) or product property
(``product.<name>``).
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from kizuna.kernel.errors import Invalid

ImportKind = Literal["profiles", "events", "orders"]
KINDS: tuple[ImportKind, ...] = get_args(ImportKind)

IDENTIFIER_FIELDS = ("user_id", "email", "phone", "line_id", "device_id", "anonymous_id")
LINE_FIELDS = ("product_id", "product_name", "category", "brand", "quantity", "price", "amount", "status")
ORDER_FIELDS = ("order_id", "total", "tax", "shipping", "discount", "coupon", "currency", "store")
OPEN_PREFIXES: dict[ImportKind, tuple[str, ...]] = {
    "profiles": ("id.", "trait."),
    "events": ("id.", "property."),
    "orders": ("id.", "property.", "product."),
}
FIELDS: dict[ImportKind, tuple[str, ...]] = {
    "profiles": (*IDENTIFIER_FIELDS, "time"),
    "events": (*IDENTIFIER_FIELDS, "time", "event", "message_id", "session_id"),
    "orders": (*IDENTIFIER_FIELDS, "time", *ORDER_FIELDS, *LINE_FIELDS),
}
NUMBER_FIELDS = frozenset({"total", "tax", "shipping", "discount", "quantity", "price", "amount"})

_SUFFIX = re.compile(r"[a-z0-9_.:-]{1,64}", re.IGNORECASE)
NAME_CHARS_MAX = 200

# Headers in lower case without spaces, ``_``, ``-`` and brackets; of two columns the first wins.
_SHARED: dict[str, tuple[str, ...]] = {
    "user_id": (
        *(
            "userid",
            "user",
            "uid",
            "customerid",
            "memberid",
            "customernumber",
            "membernumber",
            "customer",
            "clientid",
            "householdid",
        ),
        *("customerno", "memberno", "accountid", "custid"),
        *(
            "顧客id",
            "顧客番号",
            "顧客コード",
            "会員id",
            "会員番号",
            "会員no",
            "会員コード",
            "ユーザーid",
            "ユーザid",
            "お客様番号",
            "お客様id",
        ),
    ),
    "email": (
        *("email", "emailaddress", "mail", "mailaddress", "customeremail", "useremail"),
        *("メール", "メールアドレス", "eメール", "eメールアドレス", "電子メール", "pcメールアドレス"),
    ),
    "phone": (
        *("phone", "phonenumber", "tel", "telephone", "mobile", "mobilephone", "cellphone"),
        *("電話", "電話番号", "携帯", "携帯電話", "携帯電話番号", "連絡先電話番号"),
    ),
    "line_id": ("lineid", "lineuserid", "lineユーザーid"),
    "device_id": ("deviceid", "端末id"),
    "anonymous_id": ("anonymousid", "cookieid", "visitorid", "匿名id"),
}
_EVENTS: dict[str, tuple[str, ...]] = {
    "event": ("event", "eventname", "action", "イベント", "イベント名", "行動", "アクション"),
    "time": (
        *(
            "time",
            "timestamp",
            "eventtime",
            "datetime",
            "date",
            "occurredat",
            "createdat",
            "happenedat",
            "originaltimestamp",
        ),
        *("日時", "発生日時", "日付", "イベント日時", "時刻", "タイムスタンプ", "年月日"),
    ),
    "message_id": ("messageid", "eventid", "イベントid"),
    "session_id": ("sessionid", "セッションid"),
}
_ORDERS: dict[str, tuple[str, ...]] = {
    "order_id": (
        *(
            "orderid",
            "ordernumber",
            "orderno",
            "order",
            "invoiceno",
            "invoice",
            "invoicenumber",
            "basketid",
            "transactionid",
        ),
        *("receiptno", "receiptnumber", "name"),
        *(
            "注文番号",
            "注文id",
            "受注番号",
            "受注id",
            "オーダー番号",
            "伝票番号",
            "取引番号",
            "レシート番号",
            "購入番号",
        ),
    ),
    "time": (
        *(
            "orderdate",
            "orderedat",
            "ordertime",
            "invoicedate",
            "transactiontimestamp",
            "transactiondate",
            "purchasedate",
        ),
        *("purchasedat", "createdat", "paidat", "timestamp", "datetime", "time", "date"),
        *(
            "注文日時",
            "注文日",
            "受注日時",
            "受注日",
            "購入日時",
            "購入日",
            "取引日時",
            "取引日",
            "売上日時",
            "売上日",
            "日時",
            "日付",
        ),
    ),
    "product_id": (
        *(
            "productid",
            "sku",
            "productcode",
            "itemid",
            "itemcode",
            "stockcode",
            "lineitemsku",
            "jan",
            "jancode",
            "upc",
            "ean",
        ),
        *("商品コード", "商品番号", "商品id", "品番", "janコード", "商品管理番号", "商品sku"),
    ),
    "product_name": (
        *("productname", "product", "itemname", "item", "description", "lineitemname", "producttitle"),
        *("商品名", "品名", "商品名称", "アイテム名"),
    ),
    "category": ("category", "productcategory", "department", "カテゴリ", "カテゴリー", "分類", "部門", "商品カテゴリ"),
    "brand": ("brand", "manufacturer", "vendor", "ブランド", "メーカー"),
    "quantity": ("quantity", "qty", "lineitemquantity", "units", "count", "数量", "個数", "点数", "購入数"),
    "price": ("price", "unitprice", "lineitemprice", "itemprice", "単価", "価格", "販売価格", "商品単価", "税込単価"),
    "amount": (
        "amount",
        "lineamount",
        "linetotal",
        "salesvalue",
        "sales",
        "subtotal",
        "金額",
        "売上",
        "売上金額",
        "小計",
        "明細金額",
    ),
    "total": (
        "total",
        "ordertotal",
        "grandtotal",
        "totalamount",
        "合計",
        "合計金額",
        "注文合計",
        "請求金額",
        "総額",
        "お支払い合計",
    ),
    "tax": ("tax", "taxes", "消費税", "税額", "消費税額"),
    "shipping": ("shipping", "shippingfee", "freight", "送料", "配送料"),
    "discount": (
        "discount",
        "discountamount",
        "orderdiscount",
        "値引",
        "値引き",
        "割引",
        "割引額",
        "値引額",
        "クーポン割引額",
    ),
    "coupon": ("coupon", "couponcode", "discountcode", "promocode", "クーポン", "クーポンコード"),
    "currency": ("currency", "currencycode", "通貨", "通貨コード"),
    "status": ("status", "orderstatus", "financialstatus", "ステータス", "状態", "注文ステータス", "受注ステータス"),
    "store": (
        "store",
        "storeid",
        "storename",
        "shop",
        "shopid",
        "location",
        "branch",
        "店舗",
        "店舗id",
        "店舗名",
        "店舗コード",
        "店名",
    ),
}
_PROFILES: dict[str, tuple[str, ...]] = {
    "time": ("updatedat", "lastupdated", "modifiedat", "更新日時", "更新日", "最終更新日時", "最終更新日"),
    "trait.name": ("name", "fullname", "customername", "氏名", "名前", "お名前", "顧客名", "会員名", "ご氏名"),
    "trait.last_name": ("lastname", "familyname", "surname", "姓", "苗字", "名字", "氏"),
    "trait.first_name": ("firstname", "givenname", "名"),
    "trait.name_kana": (
        "namekana",
        "kana",
        "furigana",
        "フリガナ",
        "ふりがな",
        "カナ",
        "氏名カナ",
        "氏名フリガナ",
        "カナ氏名",
        "お名前カナ",
    ),
    "trait.last_name_kana": ("lastnamekana", "セイ", "姓カナ", "姓フリガナ", "せい"),
    "trait.first_name_kana": ("firstnamekana", "メイ", "名カナ", "名フリガナ", "めい"),
    "trait.birthday": ("birthday", "birthdate", "dateofbirth", "dob", "生年月日", "誕生日"),
    "trait.gender": ("gender", "sex", "性別"),
    "trait.age": ("age", "年齢", "年代"),
    "trait.created_at": (
        "createdat",
        "registeredat",
        "signupdate",
        "joinedat",
        "登録日",
        "登録日時",
        "会員登録日",
        "入会日",
    ),
    "trait.postal_code": ("postalcode", "zip", "zipcode", "postcode", "郵便番号"),
    "trait.state": ("state", "prefecture", "province", "region", "都道府県"),
    "trait.city": ("city", "town", "市区町村", "市町村"),
    "trait.address": ("address", "address1", "street", "住所", "番地", "住所1"),
    "trait.country": ("country", "countrycode", "国"),
    "trait.company": ("company", "companyname", "organization", "会社", "会社名", "法人名"),
    "trait.language": ("language", "locale", "言語"),
}
_SYNONYMS: dict[ImportKind, dict[str, tuple[str, ...]]] = {
    "profiles": _SHARED | _PROFILES,
    "events": _SHARED | _EVENTS,
    "orders": _SHARED | _ORDERS,
}
# Where a header alone may mislead, the column's type must agree.
_NEEDS_TYPE: dict[str, frozenset[str]] = {
    "time": frozenset({"date", "datetime", "integer", "decimal"}),
    **{field: frozenset({"integer", "decimal", "money"}) for field in NUMBER_FIELDS},
}
_NOISE = re.compile(r"[\s_\-・./()（）\[\]【】「」:：#*]+")


@dataclass(frozen=True, slots=True)
class ColumnShape:
    name: str
    type: str


def suggest_mapping(kind: ImportKind, columns: Sequence[ColumnShape]) -> dict[str, str]:
    """A first mapping from headers and types. Columns without a known header become traits or
    properties under their own name, so that nothing of the file is lost unless somebody says so."""
    mapping: dict[str, str] = {}
    taken: set[str] = set()
    for field, headers in _SYNONYMS[kind].items():
        match = _find_column(field, headers, columns, mapping)
        if match:
            mapping[match] = field
            taken.add(field)
    if "time" in FIELDS[kind] and kind != "profiles" and "time" not in taken:
        only = [column.name for column in columns if column.type in ("date", "datetime") and column.name not in mapping]
        mapping |= {only[0]: "time"} if len(only) == 1 else {}
    for column in columns:
        if column.name not in mapping:
            by_type = column.type if column.type in ("email", "phone") and column.type not in taken else None
            mapping[column.name] = by_type or _open_field(kind, column.name)
            taken.add(mapping[column.name])
    return {column.name: mapping[column.name] for column in columns}


def _find_column(
    field: str, headers: tuple[str, ...], columns: Sequence[ColumnShape], mapped: Mapping[str, str]
) -> str | None:
    by_header: dict[str, str] = {}
    for column in columns:
        if column.name in mapped:
            continue
        if field in _NEEDS_TYPE and column.type not in _NEEDS_TYPE[field] and column.type != "empty":
            continue
        by_header.setdefault(fold_header(column.name), column.name)
    return next((by_header[header] for header in headers if header in by_header), None)


def fold_header(name: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", name).lower())


def _open_field(kind: ImportKind, name: str) -> str:
    prefix = {"profiles": "trait.", "events": "property.", "orders": "product."}[kind]
    return prefix + snake_name(name)


def snake_name(name: str) -> str:
    """``Home Ownership`` → ``home_ownership``, ``kidsCount`` → ``kids_count``; Japanese stays."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", unicodedata.normalize("NFKC", name).strip())
    return re.sub(r"[\s\-./]+", "_", spaced).strip("_").lower()[:NAME_CHARS_MAX] or "column"


def check_mapping(
    kind: ImportKind, mapping: Mapping[str, str], columns: Sequence[str], *, has_event_name: bool = False
) -> None:
    """Raises ``Invalid`` with one sentence for each column or field that cannot stand."""
    fields: dict[str, str] = {}
    for column, field in mapping.items():
        if column not in columns:
            fields[column] = f"The file has no column {column!r}; it has {_listed(columns)}."
        elif not _known(kind, field):
            fields[column] = f"{field!r} is no field of {kind}; fields are {_listed(known_fields(kind))}."
    seen: dict[str, str] = {}
    for column, field in mapping.items():
        if field in seen:
            fields[column] = f"{field} is given by {seen[field]!r} already; choose one of the two columns."
        seen[field] = column
    fields |= _missing_fields(kind, seen, has_event_name)
    if fields:
        raise Invalid("mapping_invalid", " ".join(fields.values())[:2_000], fields=fields)


def _missing_fields(kind: ImportKind, seen: Mapping[str, str], has_event_name: bool) -> dict[str, str]:
    missing: dict[str, str] = {}
    if not any(field in IDENTIFIER_FIELDS or field.startswith("id.") for field in seen):
        missing["user_id"] = "Say which column tells the customer: user_id, email, phone or another identifier."
    if kind == "profiles":
        return missing
    if "time" not in seen:
        missing["time"] = "Say which column holds the time."
    if kind == "events" and "event" not in seen and not has_event_name:
        missing["event"] = "Say which column holds the event's name, or give one name for all rows."
    if kind == "orders" and "order_id" not in seen:
        missing["order_id"] = "Say which column holds the order number."
    return missing


def _known(kind: ImportKind, field: str) -> bool:
    if field in FIELDS[kind]:
        return True
    prefix = next((prefix for prefix in OPEN_PREFIXES[kind] if field.startswith(prefix)), None)
    if prefix is None:
        return False
    name = field[len(prefix) :]
    return bool(_SUFFIX.fullmatch(name)) if prefix == "id." else 0 < len(name) <= NAME_CHARS_MAX and name.isprintable()


def known_fields(kind: ImportKind) -> tuple[str, ...]:
    return (*FIELDS[kind], *(f"{prefix}<name>" for prefix in OPEN_PREFIXES[kind]))


def _listed(names: Sequence[str], shown_max: int = 40) -> str:
    return ", ".join(names[:shown_max]) + (" …" if len(names) > shown_max else "")
