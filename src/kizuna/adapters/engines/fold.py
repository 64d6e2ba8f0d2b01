"""Folding of text for engines, as conditions compare it."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
from duckdb.func import PythonUDFType
from duckdb.sqltypes import VARCHAR

from kizuna.conditions.fold import fold


def register_fold(connection: duckdb.DuckDBPyConnection) -> None:
    """Gives a DuckDB the function ``kizuna_fold``. SQL asks it only for what is not ASCII."""
    connection.create_function("kizuna_fold", _fold_all, [VARCHAR], VARCHAR, type=PythonUDFType.ARROW)


def _fold_all(texts: Any) -> Any:
    # Most of what customers have, others have too.
    coded = texts.combine_chunks().dictionary_encode()
    return pa.array([fold(text) for text in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)
