"""A shop with four customers: Hanako bought twice, Ken once, Ryo looked, Yui is new."""

import pytest
from tests.cast import Person, Visitor
from tests.domains.segments.shop import Shop

from kizuna.kernel.context import Runtime


@pytest.fixture
async def empty_shop(ada: Person, visitor: Visitor, runtime: Runtime, database_url: str) -> Shop:
    made = Shop(ada, visitor, runtime, database_url)
    await made.open()
    return made


@pytest.fixture
async def shop(empty_shop: Shop) -> Shop:
    one = empty_shop
    await one.send(
        one.knows("hanako", name="Hanako", email="hanako@example.jp", plan="gold", city="東京"),
        one.knows("ken", name="Ken", email="ken@example.jp", plan="free", city="大阪"),
        one.knows("ryo", name="Ryo", plan="free", city="東京"),
        one.knows("yui", name="Yui", plan="free"),
        one.did("hanako", days_ago=40, total=3_000),
        one.did("hanako", days_ago=2, total=5_000),
        one.did("ken", days_ago=100, total=800),
        one.did("ryo", "Product Viewed", name="Sencha"),
    )
    return one
