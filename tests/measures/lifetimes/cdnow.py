"""Published data that come with ``lifetimes``; read as files, as its own reader wants a package that is gone."""

import csv
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kizuna.measures.lifetimes.histories import Histories, group_histories


def data_file(name: str) -> Path:
    spec = find_spec("lifetimes")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "datasets" / name


def read_table(name: str) -> NDArray[np.float64]:
    with data_file(name).open(newline="") as file:
        return np.array([[float(cell) for cell in row] for row in list(csv.reader(file))[1:]])


@cache
def read_cdnow() -> NDArray[np.float64]:
    """A row for each of 2,357 customers: id, x, t_x, T (weeks), mean amount of repeat purchases."""
    return read_table("cdnow_customers_summary_with_transactions.csv")


def cdnow_histories() -> Histories:
    return group_histories(*read_cdnow()[:, 1:4].T)


def donations() -> Histories:
    """Those of 11,104 donors who first gave in 1995, in the six years after it (FHS 2010, table 1)."""
    x, last, years, people = read_table("donations.csv").T
    return Histories(x, last, years, people, np.zeros(0, np.int64))


def one(x: float, last: float, age: float) -> Histories:
    return group_histories(np.array([x]), np.array([last]), np.array([age]))
