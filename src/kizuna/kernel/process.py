"""Processes that end with the one that started them, and give back memory they no longer need."""

import ctypes
import gc
import signal
import sys
from collections.abc import Callable
from typing import Any

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


def collect_garbage_rarely() -> None:
    """For processes that hold many small objects for long, such as remembered identifiers.

    Python would walk through all of them again and again, for tens of milliseconds each time, to find
    cycles that hardly ever are there. What the program itself consists of is never looked at again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def give_back_memory() -> None:
    """Returns freed memory to the system after heavy work.

    glibc and Arrow keep what was freed for the next request; a worker that loaded a large file once
    would look as if it needed that much for ever.
    """
    gc.collect()
    arrow: Any = sys.modules.get("pyarrow")
    pool = getattr(arrow, "default_memory_pool", None)  # another thread may be loading it just now
    if pool is not None:
        pool().release_unused()
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc only
        if trim is not None:
            trim(0)
