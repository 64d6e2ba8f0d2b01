"""Statements in DuckDB's dialect as Spark understands them, with DuckDB's meaning."""

from __future__ import annotations

from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from kizuna.kernel.errors import Invalid

_TYPES = {
    exp.DType.UTINYINT: "SMALLINT",
    exp.DType.USMALLINT: "INT",
    exp.DType.UINT: "BIGINT",
    exp.DType.UBIGINT: "DECIMAL(20, 0)",
    exp.DType.INT128: "DECIMAL(38, 0)",
}
_FUNCTIONS = {"make_timestamptz": "TIMESTAMP_MICROS", "epoch_us": "UNIX_MICROS", "strlen": "OCTET_LENGTH"}


def translate(text: str, *, wide_sums: bool = False) -> str:
    """A SELECT for Spark. NULLs stand last as in DuckDB, whatever the direction.

    With ``wide_sums`` sums of whole numbers may pass 64 bits, as DuckDB's may: slower, and seldom needed.
    Raises ``Invalid`` for what cannot be read.
    """
    try:
        tree = sqlglot.parse_one(text, read="duckdb")
    except SqlglotError as error:
        raise Invalid("sql_failed", " ".join(str(error).split())[:500]) from error
    # From the leaves up: what is rewritten holds parts that are.
    for node in reversed(list(tree.walk())):
        new = _rewrite(node, wide_sums)
        if new is not node:
            node.replace(new)
    return tree.sql(dialect="spark")


def _rewrite(node: Any, wide_sums: bool) -> Any:
    match node:
        case exp.Div():
            # Always of doubles in DuckDB. Spark's result would be a decimal where one of the two is.
            return exp.Div(this=_as(node.left, "DOUBLE"), expression=node.right)
        case exp.WithinGroup(this=exp.PercentileCont() as inner, expression=exp.Order(expressions=[ordered])):
            return exp.Anonymous(this="PERCENTILE", expressions=[ordered.this, inner.this])
        case exp.PercentileCont(this=value, expression=exp.Expr() as part):
            return exp.Anonymous(this="PERCENTILE", expressions=[value, part])
        case exp.Log(this=value) if node.expression is None:
            return exp.Anonymous(this="LOG10", expressions=[value])
        case exp.Sum(this=exp.Distinct(expressions=[value])) if wide_sums:
            return exp.Sum(this=exp.Distinct(expressions=[_widened(value)]))
        case exp.Sum(this=value) if wide_sums:
            return exp.Sum(this=_widened(value))
        case exp.Anonymous() if node.name.lower() in _FUNCTIONS:
            return exp.Anonymous(this=_FUNCTIONS[node.name.lower()], expressions=node.expressions)
        case exp.DataType() if node.this in _TYPES:
            return exp.DataType.build(_TYPES[node.this], dialect="spark")
        case _:
            return node


def _widened(value: Any) -> Any:
    """Spark makes a wide decimal of a whole number and this zero, and leaves a double a double."""
    return exp.Add(this=exp.Paren(this=value), expression=_as("0", "DECIMAL(20, 0)"))


def _as(value: Any, kind: str) -> Any:
    return exp.cast(value, exp.DataType.build(kind, dialect="spark"))
