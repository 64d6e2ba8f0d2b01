"""What Spark's errors mean to whoever asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kizuna.kernel.errors import Conflict, Invalid, Limit, Unavailable


class SessionLostError(Exception):
    """Spark does not answer, was restarted, or forgot us after a long silence: perhaps a new session does."""


class FilesGoneError(Exception):
    """An erasure or a clean-up deleted files that the version had."""


class SumTooWideError(Exception):
    """A sum of whole numbers passed 64 bits."""


_LOST = re.compile(
    r"INVALID_HANDLE\.(SESSION|OPERATION)|incorrect server.side session|NO_ACTIVE_SESSION|stopped SparkContext"
    r"|SparkContext was shut down"
)
_GONE = re.compile(r"FILE_NOT_EXIST|PATH_NOT_FOUND")
_MEMORY = re.compile(
    r"OutOfMemoryError|OutOfMemory|UNABLE_TO_ACQUIRE_MEMORY|MemoryError|exceeds? .{0,40}maxResultSize|OOMKilled"
    r"|ExecutorLostFailure|Container killed|SQLSTATE: 5320"
)
_CANCELLED = re.compile(r"OPERATION_CANCELED|interrupted by user|cancelled")
_UNREACHABLE = re.compile(r"StatusCode\.UNAVAILABLE|StatusCode\.DEADLINE_EXCEEDED|failed to connect|Connection refused")
_REFUSED = re.compile(r"StatusCode\.(UNAUTHENTICATED|PERMISSION_DENIED)")
_WORKERS = re.compile(r"PYTHON_VERSION_MISMATCH|ModuleNotFoundError: .+|Cannot run program .+")


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Raises what ``explain`` says."""
    import grpc
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, grpc.RpcError) as error:
        raise explain(error, place) from error
    except ValueError as error:
        if "closed channel" not in str(error):
            raise
        raise SessionLostError(str(error)) from error


def explain(error: BaseException, place: str) -> Exception:
    text = str(error)
    if _LOST.search(text):
        return SessionLostError(text)
    if "ARITHMETIC_OVERFLOW" in text:
        return SumTooWideError(text)
    if _CANCELLED.search(text):
        return Conflict("sql_cancelled", "The query was cancelled.")
    if _GONE.search(text):
        return FilesGoneError(text)
    if _MEMORY.search(text):
        return Limit(
            "sql_memory",
            "The query needed more memory than Spark's workers have. Ask for less, or give them more.",
        )
    if found := _WORKERS.search(text):
        return Unavailable(
            "engine_workers",
            f"Spark's workers cannot run Kizuna's Python: {found[0][:200]}. What they need stands in the documentation "
            "under “Compute on Spark”.",
        )
    status: Any = getattr(error, "getGrpcStatusCode", lambda: None)()
    said = f"{text} StatusCode.{getattr(status, 'name', '')}"
    if _REFUSED.search(said):
        return Unavailable("engine_refused", f"Spark at {place} refuses the token that KIZUNA_ENGINE gives.")
    if _UNREACHABLE.search(said):
        return SessionLostError(text)
    return Invalid("sql_failed", _first(text))


def unreachable(place: str) -> Unavailable:
    return Unavailable(
        "engine_unavailable",
        f"Spark at {place} does not answer. Start its Spark Connect server, or correct KIZUNA_ENGINE.",
        retry_after_s=10,
    )


def _first(text: str) -> str:
    """Without the plan and the stack."""
    plain = re.split(r"\n== |\n\s*at |JVM stacktrace|\n'", text)[0]
    return " ".join(plain.split())[:500]
