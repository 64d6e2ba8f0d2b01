"""What an analyst may ask: one SELECT over the known relations, with functions that only compute.

This is the first of three walls and the one that explains itself. Behind it DuckDB itself may open
nothing but the workspace's folder, and the process has a limit on its memory.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from kizuna.adapters.engines.base import RELATIONS
from kizuna.kernel.errors import Invalid

SQL_CHARACTERS_MAX = 50_000
TABLE_FUNCTIONS = frozenset({"unnest", "range", "generate_series", "json_each", "json_tree"})
# Not read: settings, the catalogue, variables, SQL in strings, the process; and what only wastes time.
_REFUSED_FUNCTIONS = re.compile(
    r"""^(
        current_(setting|schemas?|database|catalog|user|role|query|query_id|connection_id|transaction_id)
      | user | session_user | getenv | get_env | getvariable | setseed | setval | nextval | currval | lastval
      | pg_(?!typeof$|size_pretty$).* | has_.*_privilege | txid_.* | in_search_path | get_block_size | sleep_ms
      | write_log | parse_duckdb_log_message | duckdb_.* | pragma_.* | read_.* | sniff_.* | parquet_.*
      | .*_scan | glob | query | query_table | json_(de)?serialize_sql | json_execute_serialized_sql
      | (load|install|attach|copy|export|import|register|deregister|create|enable|disable|force|truncate)_.*
      | checkpoint | version | which_secret | stats | add_parquet_key
    )$""",
    re.VERBOSE | re.IGNORECASE,
)
_SYSTEM_NAMES = re.compile(r"^(duckdb_|pragma_|sqlite_|pg_|information_schema|kizuna_)", re.IGNORECASE)

_WRITING = (
    exp.Into,
    exp.Lock,
    exp.DDL,
    exp.Insert,
    exp.Update,
    exp.Delete,
    exp.Merge,
    exp.Command,
    exp.Describe,
    exp.Show,
)

# SQLGlot warns of syntax it keeps as text; that is refused here anyway.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Checked:
    """What a query needs, so that views hold no join it does not use."""

    tables: frozenset[str]
    wants_profile_id: bool


def check_sql(sql: str, connection: duckdb.DuckDBPyConnection) -> Checked:
    """Raises ``Invalid`` with the first thing that is not allowed."""
    if len(sql) > SQL_CHARACTERS_MAX:
        raise _refuse(f"The query has {len(sql):,} characters; at most {SQL_CHARACTERS_MAX:,} are taken.")
    _check_statement(sql, connection)
    tree = _parse(sql)
    tables = _check_tables(tree)
    for function in tree.find_all(exp.Func):
        _check_function(function)
    if any(isinstance(node, _WRITING) and not isinstance(node, exp.Query) for node in tree.walk()):
        raise _refuse("Only reading is allowed: one SELECT.")
    return Checked(tables, _wants_profile_id(tree))


def _check_statement(sql: str, connection: duckdb.DuckDBPyConnection) -> None:
    """DuckDB's own parser has the word on what a statement is: nothing can hide from it in comments or quotes."""
    try:
        statements = connection.extract_statements(sql)
    except (duckdb.Error, UnicodeError) as error:
        raise Invalid("sql_syntax", _first_line(str(error))) from error
    if len(statements) != 1:
        raise _refuse("Write exactly one SELECT statement.")
    if statements[0].type != duckdb.StatementType.SELECT:
        raise _refuse("Only SELECT is allowed here: the lake is read-only.")


def _parse(sql: str) -> exp.Expr:
    try:
        trees = [tree for tree in sqlglot.parse(sql, dialect="duckdb") if tree is not None]
    except (SqlglotError, RecursionError, ValueError) as error:
        raise Invalid("sql_syntax", "The query cannot be read: " + _first_line(str(error))) from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise _refuse("Only SELECT is allowed here: the lake is read-only.")
    return trees[0]


def _check_tables(tree: exp.Expr) -> frozenset[str]:
    own = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    known = {relation.name for relation in RELATIONS}
    for name in own:
        if _SYSTEM_NAMES.match(name):
            raise _refuse(f"A WITH part may not be called “{name}”: the name belongs to the system.")
    used: set[str] = set()
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            _check_table_function(table.this)
            continue
        name = table.name.lower()
        if table.db or table.catalog or name not in own | known:
            raise _refuse(
                f"“{table.sql(dialect='duckdb')[:80]}” cannot be read. The relations are: {', '.join(sorted(known))}."
            )
        used.add(name)
    return frozenset(used & known)


def _check_table_function(node: exp.Expr) -> None:
    name = _function_name(node)
    if name not in TABLE_FUNCTIONS:
        raise _refuse(f"The table function “{name}” is not allowed; allowed are {', '.join(sorted(TABLE_FUNCTIONS))}.")


def _check_function(function: exp.Func) -> None:
    name = _function_name(function)
    if _REFUSED_FUNCTIONS.match(name) or isinstance(function, exp.ReadCSV | exp.ReadParquet):
        raise _refuse(f"The function “{name}” is not allowed: queries may compute, not look outside.")


def _function_name(node: exp.Expr) -> str:
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower()
    if isinstance(node, exp.GenerateSeries):
        return "generate_series"
    return node.sql_name().lower() if isinstance(node, exp.Func) else type(node).__name__.lower()


def _wants_profile_id(tree: exp.Expr) -> bool:
    stars = any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star, exp.Columns))
    return stars or any(name.name.lower() == "profile_id" for name in tree.find_all(exp.Identifier))


def _refuse(message: str) -> Invalid:
    return Invalid("sql_not_allowed", message)


def _first_line(text: str) -> str:
    return " ".join(text.split())[:500]
