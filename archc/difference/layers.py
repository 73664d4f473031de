"""A row's layers in order: each operation with the norm and the activation that follow it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archc.ir import Node, Operation
from archc.ir.expression import (
    Binary,
    ChannelsOf,
    Column,
    Expression,
    Function,
    Number,
)
from archc.ops import Op
from archc.ops.normalization import BatchNorm, LocalResponseNorm

__all__ = ["Layer", "layers"]

_TIMES = re.compile(r"(?<=\d)x(?=\d)")


@dataclass(frozen=True, slots=True)
class Layer:
    """An operation, what follows it, and where in the row it stands.

    ``place`` names the branches around it. ``forms`` has the arithmetic behind attributes as
    text: where two layers share a form, their values differ only because a column or the
    input does. ``column`` is the table's column that gives the filters.
    """

    op: Op
    norm: tuple[Op, ...] = ()
    activation: tuple[Op, ...] = ()
    place: tuple[str, ...] = ()
    forms: tuple[tuple[str, str], ...] = ()
    column: str | None = None

    @property
    def name(self) -> str:
        """What tables call the operation."""
        return self.op.names[0]

    @property
    def label(self) -> str:
        """What a reader finds it by: its column, or its branch and operation."""
        return self.column or " ".join((*self.place[-1:], self.name))


def layers(nodes: Sequence[Node], place: tuple[str, ...] = ()) -> Iterator[Layer]:
    """The layers of nodes, blocks opened."""
    for node in nodes:
        if isinstance(node, Operation):
            yield _layer([node], place)
        elif node.kind == "unit":
            yield _layer(list(node.operations()), place)
        else:
            inside = (_printed(node.name),) if node.kind == "branch" else ()
            yield from layers(node.children, (*place, *inside))


def _layer(unit: Sequence[Operation], place: tuple[str, ...]) -> Layer:
    first, *rest = unit
    followers = [each.op for each in rest]
    filters = first.expressions.get("filters")
    forms = {name: _form(each) for name, each in first.expressions.items()}
    # `classes` is the network's, said nowhere else in the row: its change is the layer's own.
    own = {name: form for name, form in forms.items() if form != "classes"}
    return Layer(
        first.op,
        tuple(op for op in followers if isinstance(op, BatchNorm | LocalResponseNorm)),
        tuple(op for op in followers if not isinstance(op, BatchNorm | LocalResponseNorm)),
        place,
        tuple(sorted(own.items())),
        filters.name if isinstance(filters, Column) and filters.name != "classes" else None,
    )


def _printed(name: str) -> str:
    """A branch's name as tables print it: ``double_3x3`` is ``double 3×3``."""
    return _TIMES.sub("×", name.replace("_", " "))


def _form(expression: Expression) -> str:
    """An expression's text, its values left out."""
    match expression:
        case Number(value=value):
            return str(value)
        case Column(name=name):
            return name
        case ChannelsOf():
            return "channels"
        case Binary(operator=operator, left=left, right=right):
            return f"({_form(left)} {operator} {_form(right)})"
        case Function(name=name, arguments=arguments):
            return f"{name}({', '.join(map(_form, arguments))})"
