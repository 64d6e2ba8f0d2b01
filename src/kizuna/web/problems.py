"""Errors as RFC 9457 problem details; the one place that knows which kind is which HTTP status."""

import logging
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import (
    ClientException,
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.handlers import HTTPRouteHandler
from litestar.status_codes import HTTP_500_INTERNAL_SERVER_ERROR

from kizuna.kernel.errors import Kind, KizunaError
from kizuna.kernel.logs import request_id

logger = logging.getLogger(__name__)

STATUS: dict[Kind, int] = {
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "invalid": 422,
    "limit": 429,
    "unavailable": 503,
}

TITLES: dict[int, str] = {
    400: "The request cannot be read",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    413: "Too large",
    415: "Unsupported media type",
    422: "Not valid",
    429: "Too many",
    500: "Something broke",
    503: "Unavailable",
}

KINDS: dict[int, str] = {status: kind for kind, status in STATUS.items()}


class FieldProblem(msgspec.Struct):
    field: str
    message: str


class Problem(msgspec.Struct):
    """Body of every error answer, media type ``application/problem+json``."""

    type: str
    title: str
    status: int
    detail: str
    kind: str
    code: str
    errors: list[FieldProblem]
    request_id: str


def problem_response(
    status: int, code: str, detail: str, fields: dict[str, str] | None = None, retry_after_s: int | None = None
) -> Response[Problem]:
    problem = make_problem(status, code, detail, fields)
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    return Response(problem, status_code=status, media_type="application/problem+json", headers=headers)


def make_problem(status: int, code: str, detail: str, fields: dict[str, str] | None = None) -> Problem:
    return Problem(
        type=f"about:blank#{code}",
        title=TITLES.get(status, "Error"),
        status=status,
        detail=detail,
        kind=KINDS.get(status, "invalid" if status < 500 else "internal"),
        code=code,
        errors=[FieldProblem(field, message) for field, message in (fields or {}).items()],
        request_id=request_id.get(),
    )


def answer_kizuna_error(_: Request[Any, Any, Any], error: KizunaError) -> Response[Problem]:
    return problem_response(STATUS[error.kind], error.code, error.message, error.fields, error.retry_after_s)


def answer_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """What Litestar refuses: no such address, a wrong method, a body that cannot be read or does not fit."""
    fields: dict[str, str] = {}
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        for item in error.extra:
            if isinstance(item, dict):
                fields[_field(request, str(item.get("key", "")))] = (
                    str(item.get("message", "")).replace("`", "").strip()
                )
    response = problem_response(error.status_code, _code(error), _detail(error, fields), fields)
    if allowed := (error.headers or {}).get("allow"):
        response.set_header("Allow", ", ".join(sorted(allowed.split(", "))))
    return response


CODES: dict[type[HTTPException], str] = {
    ClientException: "unreadable",
    ValidationException: "validation",
    NotFoundException: "not_found",
    MethodNotAllowedException: "method_not_allowed",
    RequestEntityTooLarge: "body_too_large",
}


def _code(error: HTTPException) -> str:
    return CODES.get(type(error)) or TITLES.get(error.status_code, "http").lower().replace(" ", "_")


def _field(request: Request[Any, Any, Any], key: str) -> str:
    """The name the caller knows: ``from``, where the handler had to call it ``since``."""
    if key == "data":  # our name for the whole body
        return ""
    handler = request.scope.get("route_handler")
    signature = handler.parsed_fn_signature.parameters if isinstance(handler, HTTPRouteHandler) else {}
    known = signature.get(key)
    return (getattr(known.kwarg_definition, "name", None) if known is not None else None) or key


def _detail(error: HTTPException, fields: dict[str, str]) -> str:
    if isinstance(error, ValidationException):
        found = "; ".join(f"{field}: {message}" if field else message for field, message in fields.items())
        return f"The request does not fit. {found}." if found else "The request does not fit."
    if isinstance(error, MethodNotAllowedException):
        return "This address takes other methods; the header Allow names them."
    if isinstance(error, RequestEntityTooLarge):
        return "The body is too large; send less at once."
    if type(error) is ClientException:
        return f"The body cannot be read: {error.detail.rstrip('.')}."
    if error.detail == HTTPStatus(error.status_code).phrase:
        return f"{TITLES.get(error.status_code, error.detail)}; look at the address."
    return error.detail if error.detail.endswith(".") else f"{error.detail}."


def answer_exception(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    # The route, not the address: that may hold a token, a key, somebody's id.
    route = request.scope.get("path_template") or "unknown"
    logger.error("unhandled error", exc_info=error, extra={"route": route, "method": request.method})
    return problem_response(
        HTTP_500_INTERNAL_SERVER_ERROR,
        "internal",
        f"Something broke on our side. Quote the request id {request_id.get()} when you report it.",
    )


def answer_recursion(request: Request[Any, Any, Any], error: RecursionError) -> Response[Problem]:
    """The decoder gives up on JSON of a thousand levels; any other endless recursion is a bug of ours."""
    if "deserializing" not in str(error):
        return answer_exception(request, error)
    return problem_response(400, "body_too_deep", "The request's JSON is nested too deeply to be read.")


EXCEPTION_HANDLERS: dict[Any, Any] = {
    KizunaError: answer_kizuna_error,
    HTTPException: answer_http_exception,
    RecursionError: answer_recursion,
    Exception: answer_exception,
}
