from collections.abc import Iterator
from pathlib import Path

import pytest

from kizuna.adapters.lake.core import LakeCore


@pytest.fixture
def core(tmp_path: Path) -> Iterator[LakeCore]:
    lake = LakeCore(str(tmp_path / "lake"), None, 256)
    yield lake
    lake.close()
