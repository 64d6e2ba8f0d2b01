"""The HTTP API's reference page, from the OpenAPI document and the guards of the routes."""

import re
import tempfile
from functools import cache
from itertools import groupby
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")


def http_page() -> str:
    document, permissions = describe_routes()
    schemas = document.get("components", {}).get("schemas", {})
    operations = [
        (path, method, item[method])
        for path, item in sorted(document["paths"].items())
        for method in METHODS
        if method in item
    ]
    parts = [
        "# HTTP API\n\nThe same document is at `/api/openapi.json` for programs, and at `/api/docs` to read in the "
        "browser. Requests and answers are JSON with snake_case names; times are RFC 3339 in UTC. Sign in with a "
        "session cookie, or send an API key as `Authorization: Bearer kz_…`. With a cookie, every method that changes "
        "something needs the header `X-CSRF-Token` with the `csrf_token` of `GET /api/me`. Lists answer "
        "`{items, next_cursor, total}` and take `cursor` and `limit`. Errors: [Errors](errors.md).\n"
    ]
    for area, group in groupby(operations, key=lambda operation: area_of(operation[0])):
        parts.append(f"## {area}\n")
        parts += [_operation(path, method, item, permissions.get((path, method))) for path, method, item in group]
    parts.append("## Shapes\n")
    parts += [_shape(name, schema) for name, schema in sorted(schemas.items())]
    return "\n".join(parts)


@cache
def describe_routes() -> tuple[dict[str, Any], dict[tuple[str, str], str]]:
    """The OpenAPI document, and what each (path, method) asks of the caller."""
    from litestar.routes import HTTPRoute

    from kizuna.app.asgi import create_app
    from kizuna.kernel.settings import read_settings
    from kizuna.web.openapi import describe_api

    with tempfile.TemporaryDirectory() as folder:
        app = create_app(read_settings({"KIZUNA_DATA_DIR": folder, "KIZUNA_SECRET_KEY": "reference"}))
    permissions: dict[tuple[str, str], str] = {}
    for route in app.routes:
        for method, (handler, _) in route.route_handler_map.items() if isinstance(route, HTTPRoute) else ():
            for guard in handler.resolve_guards():
                if hasattr(guard, "permission"):
                    permissions[route.path_format, method.lower()] = guard.permission or "signed in"
    return describe_api(app), permissions


def area_of(path: str) -> str:
    first, _, rest = path.strip("/").partition("/")
    return f"/{first}/{rest.partition('/')[0]}" if first == "api" else f"/{first}"


def _operation(path: str, method: str, item: dict[str, Any], permission: str | None) -> str:
    asked = "nothing" if permission is None else permission if permission == "signed in" else f"`{permission}`"
    text = re.sub(r" Needs `[^`]+`\.$", "", item.get("description") or item.get("summary") or "")
    lines = [f"### {method.upper()} {path}\n", text, ""]
    lines.append(f"- Needs: {asked}")
    if body := item.get("requestBody"):
        lines.append(f"- Body: {_content_of(body)}")
    for status, answer in sorted(item.get("responses", {}).items()):
        if status.startswith("2"):
            lines.append(f"- Answers {status}: {_content_of(answer)}")
    parameters = [one for one in item.get("parameters", []) if one.get("in") in ("path", "query", "header")]
    if parameters:
        # A blank line, or Markdown takes the table for text.
        lines += ["", "| parameter | in | type |", "|---|---|---|"]
        lines += [f"| `{one['name']}` | {one['in']} | {type_of(one.get('schema', {}))} |" for one in parameters]
    return "\n".join(lines) + "\n"


def _content_of(body: dict[str, Any]) -> str:
    content = body.get("content", {})
    for media, described in content.items():
        schema = described.get("schema", {})
        return type_of(schema) if media == "application/json" else f"{type_of(schema)} ({media})"
    return "nothing"


def _shape(name: str, schema: dict[str, Any]) -> str:
    lines = [f"### {name} {{ #{anchor(name)} }}\n"]
    if text := schema.get("description"):
        lines.append(text + "\n")
    if properties := schema.get("properties"):
        required = set(schema.get("required", ()))
        lines += ["| field | type | |", "|---|---|---|"]
        lines += [
            f"| `{field}` | {type_of(one)} | {'' if field in required else 'optional'} |"
            for field, one in properties.items()
        ]
    else:
        lines.append(type_of(schema))
    return "\n".join(lines) + "\n"


def anchor(name: str) -> str:
    return "shape-" + re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def type_of(schema: dict[str, Any]) -> str:
    """A schema in a few words, with links to named shapes."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{anchor(name)})"
    for join in ("oneOf", "anyOf", "allOf"):
        if join in schema:
            return " or ".join(dict.fromkeys(type_of(one) for one in schema[join]))
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        return " or ".join(kind)
    if kind == "array":
        return f"list of {type_of(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict) and schema["additionalProperties"]:
        return f"map of text to {type_of(schema['additionalProperties'])}"
    return f"{kind} ({schema['format']})" if schema.get("format") else str(kind)
