"""What a file is: encodings, delimiters, headers, types, and rows that cannot be cut."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kizuna.domains.collect.rules.imports.files import FileShape
from kizuna.domains.collect.rules.imports.reasons import RefusedRow
from kizuna.domains.collect.service.imports.readers import read_blocks
from kizuna.domains.collect.service.imports.sniff import sniff_file
from kizuna.kernel.errors import Invalid

JAPANESE = "顧客ID,氏名,フリガナ,登録日\n1,山田 太郎,ヤマダ タロウ,2026年1月2日\n2,鈴木 花子,スズキ ハナコ,2026/1/3\n"


class Looked:
    def __init__(self, path: Path, after_row: int = 0) -> None:
        self.shape: FileShape = sniff_file(path)
        self.rows: list[tuple[int, list[object]]] = []
        self.refused: list[RefusedRow] = []
        for block in read_blocks(path, self.shape, after_row=after_row):
            cells = [list(row.values()) for row in block.columns.to_pylist()]
            self.rows += list(zip(block.rows.tolist(), cells, strict=False))
            self.refused += block.refused

    @property
    def codes(self) -> list[tuple[int, str]]:
        return [(one.row, one.code) for one in self.refused]


@pytest.fixture
def look(tmp_path: Path) -> Callable[..., Looked]:
    def open_file(data: bytes | str, after_row: int = 0) -> Looked:
        path = tmp_path / "file"
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return Looked(path, after_row)

    return open_file


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("utf-8", JAPANESE.encode()),
        ("utf-8-sig", JAPANESE.encode("utf-8-sig")),
        ("cp932", JAPANESE.encode("cp932")),
        ("euc_jp", JAPANESE.encode("euc_jp")),
        ("utf-16-le", b"\xff\xfe" + JAPANESE.replace(",", "\t").encode("utf-16-le")),
        ("utf-16-be", b"\xfe\xff" + JAPANESE.encode("utf-16-be")),
    ],
)
def test_japanese_is_read_in_every_encoding(look: Callable[..., Looked], encoding: str, data: bytes) -> None:
    looked = look(data)
    assert looked.shape.encoding == encoding
    assert looked.rows == [
        (2, ["1", "山田 太郎", "ヤマダ タロウ", "2026年1月2日"]),
        (3, ["2", "鈴木 花子", "スズキ ハナコ", "2026/1/3"]),
    ]
    assert [column.type for column in looked.shape.columns] == ["integer", "text", "text", "date"]


def test_an_encoding_that_shows_late_is_still_found(look: Callable[..., Looked]) -> None:
    looked = look(b"id,name\n" + b"1,plain\n" * 200_000 + "2,日本語の商品名です\n".encode("cp932"))
    assert looked.shape.encoding == "cp932"
    assert looked.rows[-1] == (200_002, ["2", "日本語の商品名です"])


def test_a_row_in_another_encoding_is_refused_and_the_rest_read(look: Callable[..., Looked]) -> None:
    good = "".join(f"{number},お茶と急須\n" for number in range(50)).encode()
    looked = look(b"id,name\n" + good + "99,玉露\n".encode("cp932") + b"100,end\n")
    assert looked.shape.encoding == "utf-8"
    assert looked.codes == [(52, "bad_bytes")]
    assert looked.rows[-1] == (53, ["100", "end"])


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiters(look: Callable[..., Looked], delimiter: str) -> None:
    looked = look("name,amount\nsencha,1.5\ngyokuro,2.5\n".replace(",", delimiter))
    assert looked.shape.delimiter == delimiter
    assert looked.rows == [(2, ["sencha", "1.5"]), (3, ["gyokuro", "2.5"])]


def test_what_excel_makes(look: Callable[..., Looked]) -> None:
    assert look("sep=;\r\na;b\r\n1;2\r\n").rows == [(3, ["1", "2"])]
    assert look("a,b\r1,2\r3,4\r").rows == [(2, ["1", "2"]), (3, ["3", "4"])]
    assert look('a,b\r\n1,"line\r\nline"\r\n\r\n2,x\r\n').rows == [(2, ["1", "line\r\nline"]), (4, ["2", "x"])]


def test_headers(look: Callable[..., Looked]) -> None:
    doubled = look("a,a,\n1,2,3\n")
    assert doubled.shape.names == ["a", "a (2)", "column 3"]
    assert doubled.shape.warnings == ("Headers that occur twice were renamed: a (2).",)
    bare = look("1,2026-01-01\n2,2026-01-02\n")
    assert not bare.shape.has_header
    assert bare.rows[0] == (1, ["1", "2026-01-01"])


def test_ragged_rows_are_refused_with_their_number(look: Callable[..., Looked]) -> None:
    looked = look("a,b,c\n1,2,3\n4,5\n\n6,7,8\n9,10,11,12\n13,14,15")
    assert looked.codes == [(3, "ragged"), (6, "ragged")]
    assert [row for row, _ in looked.rows] == [2, 5, 7]


def test_an_open_quote_costs_its_row_only(look: Callable[..., Looked]) -> None:
    looked = look('a,b\n1,5" pipe\n2,"fine"\n3,"open\n4,c\n5,d\n')
    assert looked.codes == [(4, "unclosed_quote")]
    assert looked.rows == [(2, ["1", '5" pipe']), (3, ["2", "fine"]), (5, ["4", "c"]), (6, ["5", "d"])]


def test_a_cell_of_ten_megabytes_is_refused(look: Callable[..., Looked]) -> None:
    looked = look(b"a,b\n1,2\n3," + b"x" * 10_000_000 + b"\n5,6\n")
    assert looked.codes == [(3, "too_long")]
    assert looked.rows == [(2, ["1", "2"]), (4, ["5", "6"])]


def test_reading_goes_on_after_any_row(look: Callable[..., Looked]) -> None:
    data = "a,b\n" + "".join(f"{n},x\n" for n in range(100))
    whole = look(data).rows
    for after in (1, 2, 50, 100, 101):
        assert look(data, after).rows == [row for row in whole if row[0] > after]


def test_json_lines(look: Callable[..., Looked]) -> None:
    looked = look('{"user":{"id":1},"at":"2026-01-01T00:00:00Z","x":[1]}\n\nno\n{"user":{"id":"a"},"y":true}\n')
    assert looked.shape.format == "jsonl"
    assert looked.shape.names == ["user.id", "at", "x", "y"]
    assert looked.codes == [(3, "bad_json")]
    assert looked.rows == [
        (1, ["1", "2026-01-01T00:00:00Z", "[1]", None]),
        (4, ["a", None, None, True]),
    ]


def test_parquet(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "file.parquet"
    pq.write_table(pa.table({"id": [1, 2], "name": ["a", None]}), path)
    looked = Looked(path)
    assert (looked.shape.format, looked.shape.rows_estimate, looked.shape.rows_exact) == ("parquet", 2, True)
    assert looked.rows == [(2, [1, "a"]), (3, [2, None])]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b" \n \n", "The file is empty."),
        (b"a,b\n", "The file has a header but no rows."),
        (b"PK\x03\x04rest", "Excel workbook"),
        (bytes(range(256)) * 20, "not text"),
        (b'[{"a":1}]', "JSON Lines"),
        (b"PAR1nonsensePAR1", "Parquet file cannot be read"),
        (rb'{"a":1,"b\u0000":2}', "The name of column 2 has a NUL character"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(look: Callable[..., Looked], data: bytes, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        look(data)


def test_types_and_days_first(look: Callable[..., Looked]) -> None:
    shape = look(
        "when,money,code,flag,mail\n13/04/2026,¥1200,0012,はい,a@b.jp\n01/02/2026,¥900,0013,いいえ,c@d.jp\n"
    ).shape
    assert [column.type for column in shape.columns] == ["date", "money", "text", "boolean", "email"]
    assert shape.day_first is True
    assert look("id,when\n1,01/02/2026\n").shape.ambiguous_dates
