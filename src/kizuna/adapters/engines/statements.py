"""What engines have in common: statements of metrics as one text, and versions of a lake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kizuna.kernel.lake import Lake, TableName

TABLES: tuple[TableName, ...] = ("events", "profiles", "aliases")


def join_relations(text: str, relations: Mapping[str, str]) -> str:
    """The relations as a WITH before a SELECT, which may have one of its own. Both are of one dialect."""
    if not relations:
        return text
    named = ",\n".join(f"{name} AS ({sql})" for name, sql in relations.items())
    start = text.lstrip()
    if start[:5].upper() in ("WITH ", "WITH\n"):
        return f"WITH {named},\n{start[5:]}"
    return f"WITH {named}\n{text}"


async def lake_version(lake: Lake, workspace_id: int) -> Sequence[int]:
    """Versions of the tables, -1 before the first append: what was computed over equal ones is equal."""
    states = [await lake.table_state(workspace_id, table) for table in TABLES]
    return [-1 if state is None else state.version for state in states]
