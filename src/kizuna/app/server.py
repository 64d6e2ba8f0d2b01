"""Runs the web application on Granian."""

import ctypes
import signal
import sys

from kizuna.kernel.settings import Settings

STOP_TIMEOUT_S = 25


def serve(settings: Settings, *, reload: bool = False) -> None:
    """Serves until SIGTERM or SIGINT; requests in flight are answered first."""
    from granian import Granian
    from granian.constants import Interfaces, Loops

    _die_with_parent()
    Granian(
        "kizuna.app.asgi:create_app",
        factory=True,
        interface=Interfaces.ASGI,
        address=settings.host,
        port=settings.port,
        workers=1,
        loop=Loops.auto,
        log_enabled=True,
        log_level="warning",  # type: ignore[arg-type]
        log_access=False,
        websockets=True,
        backpressure=512,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_TIMEOUT_S,
        reload=reload,
        process_name="kizuna-server",
    ).serve()


def _die_with_parent() -> None:
    """Under a supervisor that is killed outright, stop too, rather than serve without a worker."""
    import os

    if sys.platform.startswith("linux") and os.environ.get("KIZUNA_SUPERVISED"):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
