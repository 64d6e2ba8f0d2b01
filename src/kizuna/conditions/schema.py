"""The JSON Schema of conditions, for editors and for programs that write them."""

from __future__ import annotations

from typing import Any

import msgspec

from kizuna.conditions.ast import Condition

ID = "urn:kizuna:condition:1"


def json_schema() -> dict[str, Any]:
    """JSON Schema 2020-12. What it cannot say (``2026-02-30`` is no day), ``check`` does."""
    (root,), definitions = msgspec.json.schema_components([Condition], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "Kizuna condition",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def write_schema() -> str:
    """As it stands in ``spec/conditions/schema.json``."""
    return msgspec.json.format(msgspec.json.encode(json_schema()), indent=2).decode() + "\n"
