"""What the catalogue learns of properties."""

import pytest

from kizuna.domains.collect.rules.shapes import Seen, add_shape, mask_personal, unexpected_types, usual_type


def test_paths_go_into_objects_and_lists() -> None:
    paths: dict[str, Seen] = {}
    add_shape(
        paths, {"total": 12, "coupon": None, "products": [{"id": "a"}, {"id": 2, "new": True}], "to": {"city": "京都"}}
    )
    assert {path: seen.types for path, seen in paths.items()} == {
        "total": {"number": 1},
        "coupon": {"null": 1},
        "products": {"array": 1},
        "products[].id": {"string": 1},
        "products[].new": {"boolean": 1},
        "to": {"object": 1},
        "to.city": {"string": 1},
    }
    assert paths["to.city"].example == "京都"


def test_unexpected_types_are_the_rarer_ones() -> None:
    types = {"number": 90, "string": 3, "null": 200}
    assert usual_type(types) == "number"
    assert unexpected_types(types) == ["string"]
    assert unexpected_types({"null": 4}) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("taro@example.jp", "t•••@•••.jp"),
        ("090-1234-5678", "••••5678"),
        ("+81 90 1234 5678", "••••5678"),
        ("2026-04-01", "2026-04-01"),
        ("sencha", "sencha"),
    ],
)
def test_examples_name_nobody(text: str, shown: str) -> None:
    assert mask_personal(text) == shown
