"""Why a row was refused, in words its owner can act on."""

from dataclasses import dataclass

VALUE_CHARS_MAX = 60

_REASONS: dict[str, tuple[str, str]] = {
    "no_customer": (
        "No customer: the identifier columns are empty or hold a placeholder.",
        "顧客を特定できません。識別子の列が空か、仮の値です。",
    ),
    "no_time": ("The time is empty.", "日時が空です。"),
    "bad_time": ("{column}: {value} is no date or time.", "{column}：「{value}」は日時として読めません。"),
    "time_too_old": ("{column}: {value} lies before 1990.", "{column}：「{value}」は1990年より前です。"),
    "time_in_future": ("{column}: {value} lies in the future.", "{column}：「{value}」は未来の日時です。"),
    "no_order_id": ("The order number is empty.", "注文番号が空です。"),
    "order_no_customer": (
        "No line of this order tells the customer.",
        "この注文のどの行からも顧客を特定できません。",
    ),
    "order_no_time": ("No line of this order has a time.", "この注文のどの行にも日時がありません。"),
    "order_too_long": (
        "This order has more than {value} lines; check which column is the order number.",
        "この注文は{value}行を超えています。注文番号の列が正しいか確認してください。",
    ),
    "bad_number": ("{column}: {value} is no number.", "{column}：「{value}」は数値として読めません。"),
    "number_too_large": ("{column}: {value} is too large.", "{column}：「{value}」は大きすぎます。"),
    "shortened_id": (
        "{column}: a spreadsheet shortened this number to {value}; format the column as text and export again.",
        "{column}：表計算ソフトにより「{value}」に短縮されています。列を文字列にして書き出し直してください。",
    ),
    "no_event": ("The event's name is empty.", "イベント名が空です。"),
    "ragged": ("The row has {value} cells; the header has {column}.", "この行は{value}列、見出しは{column}列です。"),
    "unclosed_quote": ("A quote is opened and never closed.", "引用符が閉じられていません。"),
    "bad_bytes": ("Some bytes are not {value}.", "{value}として読めない文字があります。"),
    "too_long": ("The row is longer than {value} bytes.", "この行は{value}バイトを超えています。"),
    "bad_json": ("The line is not a JSON object.", "JSONオブジェクトではない行です。"),
    "properties_too_large": (
        "The row has more than {value} bytes of data.",
        "この行のデータは{value}バイトを超えています。",
    ),
}


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """``row`` counts as a spreadsheet does: a header is row 1. ``text`` is the raw row where it has no cells."""

    row: int
    code: str
    column: str = ""
    value: str = ""
    text: str | None = None


def describe_refusal(refused: RefusedRow, language: str) -> str:
    english, japanese = _REASONS[refused.code]
    sentence = japanese if language == "ja" else english
    return sentence.format(column=refused.column, value=cut_value(refused.value))


def cut_value(value: str) -> str:
    return value if len(value) <= VALUE_CHARS_MAX else value[: VALUE_CHARS_MAX - 1] + "…"


_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def disarm_formula(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula, made text by an apostrophe; plain numbers stay."""
    if not cell.startswith(_FORMULA_STARTS):
        return cell
    bare = cell[1:].replace(",", "").replace(".", "", 1)
    return cell if cell[0] in "+-" and bare.isascii() and bare.isdigit() else "'" + cell
