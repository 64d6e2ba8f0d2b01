"""Runs the web application on Granian."""

import signal

from kizuna.kernel.settings import Settings

STOP_TIMEOUT_S = 25


def serve(settings: Settings, *, reload: bool = False) -> None:
    """Serves until SIGTERM or SIGINT; requests in flight are answered first."""
    from granian import Granian
    from granian.constants import Interfaces, Loops

    # A shell that starts us in the background lets us ignore SIGINT, by which Granian stops its workers.
    signal.signal(signal.SIGINT, signal.default_int_handler)
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
    ).serve()
