"""Every operation of the API, as the OpenAPI document and the guards tell it, and bodies that fit it."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from litestar import Litestar
from litestar.routes import HTTPRoute

from kizuna.web.openapi import describe_api

HIDDEN = {
    "GET /api/openapi.json": "the API's own description",
    "GET /api/docs": "the page that shows it",
    "GET /healthz": "for the platform",
    "GET /readyz": "for the platform",
    "GET /metrics": "for the platform; no personal data",
    "GET /": "the admin app's page, which holds no data",
    "GET /{path}": "the admin app's page, which holds no data",
    "POST /": "refuses",
    "PUT /": "refuses",
    "PATCH /": "refuses",
    "DELETE /": "refuses",
    "POST /{path}": "refuses",
    "PUT /{path}": "refuses",
    "PATCH /{path}": "refuses",
    "DELETE /{path}": "refuses",
    "GET /assets/{name}": "the admin app's files",
    "GET /sdk/{name}": "the browser SDK's files",
    "GET /p/style.css": "the hosted pages' style",
    "GET /p/theme/{name}": "the brand's colours",
    "GET /p/preferences": "asks for a link to one's preferences",
    "POST /p/preferences": "sends it; the same answer to every address",
    "GET /p/preferences/{token}": "opened by a signed link",
    "POST /p/preferences/{token}": "opened by a signed link",
    "GET /p/unsubscribe/{token}": "opened by a signed link",
    "POST /p/unsubscribe/{token}": "opened by a signed link",
    "GET /p/confirm/{token}": "opened by a signed link",
    "POST /p/confirm/{token}": "opened by a signed link",
    "GET /p/archive/{token}": "opened by a signed link",
}
"""Routes that the document leaves out, and why. They are attacked all the same."""


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    guarded: bool
    permission: str | None
    write_key: bool
    """Events are sent by it: the write key of a source is the right to do so."""
    spec: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.path)

    @property
    def is_safe(self) -> bool:
        return self.method in ("GET", "HEAD")

    def prefix_of(self, parameter: str) -> str:
        """The path up to and with a parameter: the name of its kind."""
        return self.path.partition("{" + parameter + "}")[0] + "{" + parameter + "}"


def list_operations(app: Litestar) -> list[Operation]:
    """All operations: reading ones first, then changes, then removals, and signing out as the last."""
    guards = dict(_list_guards(app))
    document = describe_api(app)
    found = [
        _operation(method.upper(), path, spec, guards)
        for path, item in document["paths"].items()
        for method, spec in item.items()
    ]
    found += [_operation(*name.split(" "), {"operationId": name}, guards) for name in HIDDEN]
    return sorted(found, key=lambda one: (one.name == "DELETE /api/session", one.method == "DELETE", not one.is_safe))


def _operation(method: str, path: str, spec: dict[str, Any], guards: dict[str, Any]) -> Operation:
    guarded, permission = guards.get(f"{method} {path}", (False, None))
    write_key = any("write_key" in choice for choice in spec.get("security", []))
    return Operation(spec["operationId"], method, path, guarded, permission, write_key, spec)


def _list_guards(app: Litestar) -> Iterator[tuple[str, tuple[bool, str | None]]]:
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            marks = [guard for guard in handler.resolve_guards() if hasattr(guard, "permission")]
            permission = next((mark.permission for mark in marks if mark.permission), None)
            for method in handler.http_methods - {"OPTIONS", "HEAD"}:
                yield f"{method} {route.path_format}", (bool(marks), permission)


def list_routes(app: Litestar) -> set[str]:
    return {name for name, _ in _list_guards(app)}


_numbers = itertools.count(1)


def make_text(stem: str) -> str:
    return f"{stem}{next(_numbers)}x"


def make_value(schema: dict[str, Any], components: dict[str, Any], stem: str = "intruder") -> Any:
    """Something that fits a schema: what must be there, and where nothing must, the first that may."""
    if "$ref" in schema:
        return make_value(components[schema["$ref"].rpartition("/")[2]], components, stem)
    if "example" in schema:
        return schema["example"]
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            wanted = [one for one in schema[choice] if one.get("type") != "null"]
            return make_value(wanted[0], components, stem)
    return _make_by_type(schema, components, stem)


def _make_by_type(schema: dict[str, Any], components: dict[str, Any], stem: str) -> Any:
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        properties: dict[str, Any] = schema.get("properties", {})
        wanted = schema.get("required") or list(properties)[:1]
        made = {name: make_value(properties[name], components, stem) for name in wanted if name in properties}
        return made | ({"email": f"{make_text(stem)}@example.com"} if "email" in made else {})
    if kind == "array":
        return [make_value(schema.get("items", {}), components, stem)] * schema.get("minItems", 0)
    if kind in ("integer", "number"):
        return schema.get("default") or schema.get("minimum", 1)
    return kind == "boolean" if kind in ("boolean", "null") else _make_string(schema, stem)


def _make_string(schema: dict[str, Any], stem: str) -> str:
    text = make_text(stem)
    by_format = {
        "uuid": "6f1c1c7e-9b0e-4c55-8a59-0d9f6f0c9d11",
        "date-time": "2026-03-01T00:00:00Z",
        "date": "2026-03-01",
    }
    if schema.get("format") in by_format:
        return by_format[schema["format"]]
    return text.ljust(schema.get("minLength", 0), "x")
