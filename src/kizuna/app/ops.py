"""For those who run Kizuna: health, readiness and metrics."""

from typing import Any

from litestar import Request, Response, get
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from kizuna.kernel.errors import KizunaError
from kizuna.web.context import runtime_of


@get("/healthz", include_in_schema=False, sync_to_thread=False)
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@get("/readyz", include_in_schema=False)
async def readyz(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """The process can serve: the database answers."""
    try:
        async with runtime_of(request).database.transaction("app") as db:
            await db.execute("SELECT 1")
    except KizunaError as error:
        return Response({"status": "unavailable", "detail": error.message}, status_code=503)
    return Response({"status": "ready"})


@get("/metrics", include_in_schema=False, sync_to_thread=True)
def metrics() -> Response[bytes]:
    """Counters in Prometheus' text format; no personal data."""
    return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


OPS_HANDLERS = [healthz, readyz, metrics]
