"""Formulas over series: ``A / B * 100``. Letters are series, ``F1``, ``F2`` … other formulas."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence

from kizuna.kernel.errors import Invalid

FORMULA_CHARS_MAX = 200
DEPTH_MAX = 20

_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}

Value = float | None


class Formula:
    """``names`` are what it reads. Raises ``Invalid`` for what is no formula."""

    def __init__(self, text: str, place: str = "params.formulas") -> None:
        self.text = text
        if len(text) > FORMULA_CHARS_MAX:
            raise Invalid("formula_too_long", "The formula is too long.", fields={place: "Write a shorter one."})
        try:
            self._tree = ast.parse(text.strip(), mode="eval").body
            self.names = frozenset(_names(self._tree, 0))
        except (SyntaxError, ValueError, RecursionError) as error:
            raise Invalid(
                "formula_unreadable",
                f"“{text}” is no formula. Use letters of series, numbers, + - * / and brackets, as in A / B * 100.",
                fields={place: "Correct the formula."},
            ) from error

    def compute(self, values: Mapping[str, Value]) -> Value:
        """None where a value is missing, or something is divided by zero."""
        return _compute(self._tree, values)


def order_formulas(formulas: Mapping[str, Formula], series: Sequence[str], place: str = "params.formulas") -> list[str]:
    """Names of formulas, each after those it reads. Raises ``Invalid`` for unknown names and for circles."""
    done: list[str] = []
    open_: list[str] = []

    def visit(name: str) -> None:
        if name in done:
            return
        if name in open_:
            circle = " → ".join([*open_[open_.index(name) :], name])
            raise Invalid("formula_circle", f"Formulas read each other in a circle: {circle}.", fields={place: circle})
        open_.append(name)
        for read in sorted(formulas[name].names):
            if read in formulas:
                visit(read)
            elif read not in series:
                known = ", ".join([*series, *formulas])
                raise Invalid(
                    "formula_unknown_name",
                    f"The formula “{formulas[name].text}” reads {read}, which there is not. There are: {known}.",
                    fields={place: f"Use one of {known}."},
                )
        open_.pop()
        done.append(name)

    for name in formulas:
        visit(name)
    return done


def _names(node: ast.expr, depth: int) -> list[str]:
    if depth > DEPTH_MAX:
        raise ValueError("too deep")
    match node:
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div()):
            return _names(node.left, depth + 1) + _names(node.right, depth + 1)
        case ast.UnaryOp(op=ast.USub()):
            return _names(node.operand, depth + 1)
        case ast.Name():
            return [node.id]
        case ast.Constant(value=bool()):
            raise ValueError("no number")
        case ast.Constant(value=int() | float()):
            return []
        case _:
            raise ValueError("not allowed")


def _compute(node: ast.expr, values: Mapping[str, Value]) -> Value:
    match node:
        case ast.BinOp():
            left, right = _compute(node.left, values), _compute(node.right, values)
            if left is None or right is None:
                return None
            if isinstance(node.op, ast.Div):
                return left / right if right else None
            return _OPERATORS[type(node.op)](left, right)
        case ast.UnaryOp():
            inner = _compute(node.operand, values)
            return None if inner is None else -inner
        case ast.Name():
            return values.get(node.id)
        case ast.Constant():
            return float(node.value)  # pyright: ignore[reportArgumentType]
        case _:
            return None
