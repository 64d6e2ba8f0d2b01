"""The reference page of the language leaves nothing out."""

from typing import get_args

from tools.reference_conditions import conditions_page

from kizuna.conditions import ast
from kizuna.conditions.problems import CODES


def tags_of(union: object) -> set[str]:
    return {one.__struct_config__.tag for one in get_args(union)}


def test_everything_that_can_be_said_stands_in_the_reference() -> None:
    page = conditions_page()
    lines = set(page.splitlines())
    assert {f"### {tag}" for tag in tags_of(ast.Node) | tags_of(ast.Test)} <= lines
    assert all(f"| `{tag}` |" in page for tag in tags_of(ast.Moment))
    assert all(f"| `{code}` |" in page for code in CODES)


def test_examples_are_read_out() -> None:
    page = conditions_page()
    assert "*did “Order Completed” at least 3 times in the last 30 days and “city” is “東京”.*" in page
    assert "過去30日間に「Order Completed」を3回以上行った、かつ「city」が「東京」である" in page
