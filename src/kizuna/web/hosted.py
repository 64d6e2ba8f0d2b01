"""Pages for customers: they belong to a brand, run no script, and ask nobody else for anything."""

from typing import Any

from litestar import Request, Response

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
"""For pages whose address is a secret: kept nowhere, told to nobody, in no index."""

FORM_BYTES_MAX = 64_000
USER_AGENT_CHARS_MAX = 300


def hosted_page(html: str, status: int = 200) -> Response[str]:
    return Response(html, status_code=status, media_type="text/html", headers=HEADERS)


def read_user_agent(request: Request[Any, Any, Any]) -> str:
    return request.headers.get("user-agent", "")[:USER_AGENT_CHARS_MAX]
