"""Processes that end with the one that started them."""

import ctypes
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def prepare_to_die_with_parent(signum: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """A function for the child: from its call on, ``signum`` comes when the parent dies, however it dies.

    Linux only; elsewhere it does nothing, and the next start deals with what was left over. The
    library is loaded here, so that the function is safe to call between fork and exec.
    """
    if not sys.platform.startswith("linux"):
        return lambda: None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, int(signum))
