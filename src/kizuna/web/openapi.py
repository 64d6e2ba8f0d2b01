"""The OpenAPI document: what the handlers' signatures say, completed with what guards and errors say.

Litestar derives paths and parameters; bodies come from msgspec, which also checks them, so that the
document promises what the code does. A handler adds what its signature cannot tell by keywords:
``problems=[409]`` for errors beyond the usual ones, ``takes="text/csv"`` for a bare body, ``gives="text/csv"`` for a
bare answer, and a handler on bare ASGI brings its whole ``openapi_paths``.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, get
from litestar._openapi.plugin import OpenAPIPlugin
from litestar.config.app import AppConfig
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.response import File
from litestar.routes import ASGIRoute, HTTPRoute

from kizuna import __version__
from kizuna.web.auth import CSRF_HEADER, SAFE_METHODS, SESSION_COOKIE
from kizuna.web.client import forbid_other_sites
from kizuna.web.paging import PAGE_MAX
from kizuna.web.problems import TITLES, Problem
from kizuna.web.schemas import describe_types

DESCRIPTION = """\
Everything the admin app, the SDK and the CLI do.

Sign in with a session cookie (`POST /api/session`), or send an API key as `Authorization: Bearer kz_…`. With a
cookie, every method that changes something needs the header `X-CSRF-Token` with the `csrf_token` of `GET /api/me`.
Lists answer `{items, next_cursor, total}` and take `cursor` and `limit`. Times are RFC 3339 in UTC. Errors are
problem details (RFC 9457): `code` is for programs, `detail` says what to do.
"""

SECURITY_SCHEMES: dict[str, Any] = {
    "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE, "description": "Set by signing in."},
    "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token", "description": "`csrf_token` of `GET /api/me`."},
    "api_key": {"type": "http", "scheme": "bearer", "description": "An API key of the workspace, `kz_…`."},
    "write_key": {
        "type": "http",
        "scheme": "basic",
        "description": "The write key of a source as the user name, with an empty password.",
    },
}
assert SECURITY_SCHEMES["csrf"]["name"].lower() == CSRF_HEADER

PROBLEM_MEDIA = "application/problem+json"


@lru_cache(maxsize=4)
def describe_api(app: Litestar) -> dict[str, Any]:
    """The whole document, as JSON-able data; made once per application."""
    document = _derive_document(app)
    document["paths"] = dict(document.get("paths", {}))
    handlers = {(path, method): handler for path, method, handler in _documented(app)}
    types = [annotation for handler in handlers.values() for annotation in _types_of(handler)]
    schemas, components = describe_types([Problem, *types])
    by_type = dict(zip(map(repr, [Problem, *types]), schemas, strict=True))
    for (path, method), handler in handlers.items():
        _complete(document["paths"][path][method], method, handler, by_type)
    for route in app.routes:
        if isinstance(route, ASGIRoute):
            document["paths"] |= route.route_handler.opt.get("openapi_paths", {})
    document["components"] = {"schemas": components, "securitySchemes": SECURITY_SCHEMES}
    return document


def _derive_document(app: Litestar) -> dict[str, Any]:
    config = OpenAPIConfig(
        title="Kizuna API",
        version=__version__,
        description=DESCRIPTION,
        use_handler_docstrings=True,
        operation_id_creator=_make_operation_id,
    )
    plugin = OpenAPIPlugin(app)
    plugin.on_app_init(AppConfig(openapi_config=config))  # its own pages, which load from elsewhere, are not served
    for route in app.routes:
        plugin.receive_route(route)
    document: dict[str, Any] = msgspec.to_builtins(plugin.provide_openapi().to_schema())
    return document


def _make_operation_id(handler: HTTPRouteHandler, *_: Any) -> str:
    """``collect_list_sources``: the domain, then the function, which is a verb and an object."""
    parts = handler.fn.__module__.split(".")
    domain = parts[2] if parts[:2] == ["kizuna", "domains"] else parts[1]
    return f"{domain}_{handler.fn.__name__}"


def _documented(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                if handler.resolve_include_in_schema() and method != "OPTIONS":
                    yield route.path_format, method.lower(), handler


def _types_of(handler: HTTPRouteHandler) -> Iterator[Any]:
    data = handler.parsed_fn_signature.parameters.get("data")
    if data is not None:
        yield data.annotation
    answer = _answer_type(handler)
    if answer not in (None, File):
        yield answer


def _answer_type(handler: HTTPRouteHandler) -> Any:
    """What is in the body of success; None when there is no body."""
    returned = handler.parsed_fn_signature.return_type
    if returned.is_subclass_of(File):
        return File
    annotation = returned.inner_types[0].annotation if returned.is_subclass_of(Response) else returned.annotation
    return None if annotation in (None, type(None)) else annotation


def _complete(operation: dict[str, Any], method: str, handler: HTTPRouteHandler, by_type: dict[str, Any]) -> None:
    text = " ".join((operation.get("description") or "").replace("``", "`").split())
    operation["summary"] = text.partition(". ")[0].rstrip(".")
    permissions: list[str | None] = [
        getattr(guard, "permission", None) for guard in handler.resolve_guards() if hasattr(guard, "permission")
    ]
    asked = next((permission for permission in permissions if permission), None)
    operation["description"] = f"{text} Needs `{asked}`." if asked else text
    operation["security"] = _security(method) if permissions else []
    for parameter in operation.get("parameters", ()):
        _complete_parameter(parameter)
    _complete_request(operation, handler, by_type)
    success = operation["responses"][str(handler.status_code)]
    success["description"] = TITLES_OF_SUCCESS.get(handler.status_code, "Done")
    success.pop("headers", None)
    _set_content(success, _answer_type(handler), handler, by_type)
    operation["responses"] = {str(handler.status_code): success} | {
        str(status): _problem(status, by_type) for status in sorted(_problems(operation, handler, bool(permissions)))
    }


TITLES_OF_SUCCESS = {200: "Done", 201: "Made", 202: "Accepted; it goes on in the background", 204: "Done"}


def _security(method: str) -> list[dict[str, list[str]]]:
    cookie: dict[str, list[str]] = {"session": []} if method.upper() in SAFE_METHODS else {"session": [], "csrf": []}
    return [cookie, {"api_key": []}]


def _complete_parameter(parameter: dict[str, Any]) -> None:
    for default in ("deprecated", "allowEmptyValue", "allowReserved"):
        parameter.pop(default, None)
    schema = parameter.get("schema", {})
    if parameter["in"] == "path" and schema.get("type") == "integer":
        schema["minimum"] = 1
    if parameter["in"] == "query" and parameter["name"] == "limit":
        schema |= {"minimum": 1, "maximum": schema.get("maximum", PAGE_MAX)}
    kinds = [one for one in schema.get("oneOf", ()) if one != {"type": "null"}]
    if [one.get("type") for one in kinds] == ["string"]:  # left out is the only null; others take the word
        parameter["schema"] = {key: value for key, value in schema.items() if key != "oneOf"} | kinds[0]


def _complete_request(operation: dict[str, Any], handler: HTTPRouteHandler, by_type: dict[str, Any]) -> None:
    data = handler.parsed_fn_signature.parameters.get("data")
    if data is not None:
        content = {"application/json": {"schema": by_type[repr(data.annotation)]}}
        operation["requestBody"] = {"required": True, "content": content}
    elif "takes" in handler.opt:
        operation["requestBody"] = {"required": True, "content": {handler.opt["takes"]: {"schema": {}}}}


def _set_content(success: dict[str, Any], answer: Any, handler: HTTPRouteHandler, by_type: dict[str, Any]) -> None:
    if answer is None:
        success.pop("content", None)
    elif "gives" in handler.opt:
        success["content"] = {handler.opt["gives"]: {"schema": {"type": "string"}}}
    elif answer is File:
        media = str(handler.media_type or "application/octet-stream")
        success["content"] = {media: {"schema": {"type": "string", "format": "binary"}}}
    else:
        success["content"] = {"application/json": {"schema": by_type[repr(answer)]}}


def _problems(operation: dict[str, Any], handler: HTTPRouteHandler, guarded: bool) -> set[int]:
    places = {parameter["in"] for parameter in operation.get("parameters", ())}
    statuses = {503, *handler.opt.get("problems", ())}
    if guarded:
        statuses |= {401, 403}
    if forbid_other_sites in handler.resolve_guards():
        statuses.add(403)
    if "path" in places:
        statuses.add(404)
    if "query" in places:
        statuses |= {400, 422}
    if "requestBody" in operation:
        statuses |= {400, 413, 422}
        if "takes" not in handler.opt:
            statuses.add(415)
    return statuses


def _problem(status: int, by_type: dict[str, Any]) -> dict[str, Any]:
    return {"description": TITLES[status], "content": {PROBLEM_MEDIA: {"schema": by_type[repr(Problem)]}}}


@get("/api/openapi.json", include_in_schema=False, sync_to_thread=False)
def read_openapi(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """This document. It names no data, so nobody has to sign in for it."""
    return Response(describe_api(request.app), headers={"Cache-Control": "no-cache"})
