"""The verifier finds graphs that break their own rules."""

from __future__ import annotations

import pytest

import archc
from archc import ir
from archc.ir.rewrite import Replacement, rewrite
from archc.ir.verify import InvalidGraphError, verify
from archc.ops.convolution import Convolution


@pytest.fixture
def graph() -> ir.Network:
    return archc.load("googlenet").graph


def test_accepts_googlenet(graph: ir.Network) -> None:
    verify(graph)
    verify(rewrite(graph, lambda _: None))


def test_order(graph: ir.Network) -> None:
    graph.rows.reverse()
    with pytest.raises(InvalidGraphError, match="before it"):
        verify(graph)


def test_shapes(graph: ir.Network) -> None:
    next(graph.operations()).output.shape = (64, 1, 1)
    with pytest.raises(InvalidGraphError, match="infers"):
        verify(graph)


def test_names(graph: ir.Network) -> None:
    graph.rows[1].name = graph.rows[0].name
    with pytest.raises(InvalidGraphError, match="twice"):
        verify(graph)


def test_a_replacement_keeps_the_shape(graph: ir.Network) -> None:
    def rule(operation: ir.Operation) -> list[Replacement] | None:
        if not isinstance(operation.op, Convolution):
            return None
        return [Replacement("wrong", operation.op.replace(filters=1))]

    with pytest.raises(InvalidGraphError, match="what replaces it"):
        rewrite(graph, rule)
