"""Statements of metrics as one text for an engine."""

from __future__ import annotations

from collections.abc import Mapping


def join_relations(text: str, relations: Mapping[str, str]) -> str:
    """The relations as a WITH before a SELECT, which may have one of its own. Both are of one dialect."""
    if not relations:
        return text
    named = ",\n".join(f"{name} AS ({sql})" for name, sql in relations.items())
    start = text.lstrip()
    if start[:5].upper() in ("WITH ", "WITH\n"):
        return f"WITH {named},\n{start[5:]}"
    return f"WITH {named}\n{text}"
