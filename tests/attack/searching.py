"""Looks for texts in everything an installation keeps: every table, every file, whatever packs them."""

import contextlib
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import lz4.frame
import psycopg
import pyarrow.parquet as pq

TABLES = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname = 'public'
    ORDER BY 1
"""

Found = dict[str, set[str]]
"""Where each text was found, by place."""


def list_tables(db: psycopg.Connection[Any]) -> list[str]:
    return [name for (name,) in db.execute(TABLES)]


def search_tables(db: psycopg.Connection[Any], wanted: Sequence[str]) -> tuple[Found, int]:
    """What is in which table, and how many rows were looked at."""
    found: Found = defaultdict(set)
    rows = 0
    for table in list_tables(db):
        for row in db.execute(psycopg.sql.SQL("SELECT * FROM {}").format(psycopg.sql.Identifier(table))):
            rows += 1
            for text in (text for value in row for text in texts_of(value)):
                for one in wanted:
                    if one.lower() in text:
                        found[table].add(one)
    return found, rows


def search_files(folder: Path, wanted: Sequence[str]) -> tuple[Found, int]:
    """What is in which file, and how many files were looked at."""
    found: Found = defaultdict(set)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files:
        for text in texts_of_file(path):
            for one in wanted:
                if one.lower() in text:
                    found[str(path.relative_to(folder))].add(one)
    return found, len(files)


def texts_of(value: Any) -> Iterator[str]:
    """A value of a column as text, in small letters; bytes also as what they hold when they are unpacked."""
    if isinstance(value, bytes | memoryview):
        raw = bytes(value)
        yield raw.decode("utf-8", "replace").lower()
        with contextlib.suppress(RuntimeError):  # not packed
            yield lz4.frame.decompress(raw).decode("utf-8", "replace").lower()
    elif isinstance(value, dict):
        yield json.dumps(value, ensure_ascii=False, default=str).lower()
    elif isinstance(value, Iterable) and not isinstance(value, str):
        for one in value:
            yield from texts_of(one)
    else:
        yield str(value).lower()


def texts_of_file(path: Path) -> Iterator[str]:
    yield f"{path.name} {path.read_bytes().decode('utf-8', 'replace')}".lower()
    if path.suffix == ".parquet":
        yield str(pq.read_metadata(path).to_dict()).lower()
        for column in pq.ParquetFile(path).read().columns:
            yield "\n".join(str(value) for value in column.to_pylist()).lower()
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield archive.read(name).decode("utf-8", "replace").lower()
