"""A shop with four customers: Hanako bought twice, Ken once, Ryo looked, and a program visited."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.cast import Person, Visitor
from tests.domains.segments.shop import Shop

from kizuna.adapters.lake.delta import DeltaLake
from kizuna.kernel.context import Runtime


@pytest.fixture
async def shop(ada: Person, visitor: Visitor, runtime: Runtime, database_url: str) -> Shop:
    one = Shop(ada, visitor, runtime, database_url)
    await one.open()
    await one.send(
        one.knows("hanako", name="Hanako", email="hanako@example.jp", plan="gold"),
        one.knows("ken", name="Ken", email="ken@example.jp", plan="free"),
        one.knows("ryo", name="Ryo", plan="free"),
        one.did("hanako", days_ago=20, total=3_000),
        one.did("hanako", days_ago=2, total=5_000),
        one.did("ken", days_ago=2, total=800),
        one.did("ryo", "Product Viewed", days_ago=2, name="Sencha"),
    )
    return one


@pytest.fixture
async def lake(tmp_path: Path) -> AsyncIterator[DeltaLake]:
    opened = DeltaLake(str(tmp_path / "lake"))
    yield opened
    await opened.close()
