"""Processes give back what they no longer need."""

import gc
import weakref

from kizuna.kernel.process import give_back_memory


class Ring:
    def __init__(self) -> None:
        self.itself = self


def test_garbage_goes_after_heavy_work() -> None:
    gc.disable()
    try:
        left = weakref.ref(Ring())
        assert left() is not None
        give_back_memory()
        assert left() is None
    finally:
        gc.enable()
