"""What operations say of themselves for the plan is what PyTorch's table does with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable

import pytest

from archc.ops import OPS, Op, Shape
from archc.plan.arguments import Formula, LayerCall
from archc.targets.torch.layers import REMOVED, rule
from tests.ops.test_against_torch import CASES

TAKEN = [op for op in OPS if op not in REMOVED]


def cases(op: type[Op]) -> list[tuple[Op, tuple[Shape, ...]]]:
    """The grid's operations as the passes leave them, with padding in cells, and their inputs."""
    return [
        (case.op, tuple(inputs))
        for case in CASES
        if type(case.op) is op and isinstance(getattr(case.op, "padding", ()), tuple)
        for inputs in case.inputs
    ]


@pytest.mark.parametrize("op", TAKEN, ids=lambda op: op.__name__)
def test_one_variant_is_one_layer(op: type[Op]) -> None:
    layers: dict[Hashable, set[Hashable]] = defaultdict(set)
    for each, inputs in cases(op):
        call = rule(each, inputs)
        if isinstance(call, LayerCall):
            key = (call.name, tuple(argument.name for argument in call.arguments))
            layers[each.variant(inputs)].add(key)
    assert all(len(found) == 1 for found in layers.values())


@pytest.mark.parametrize("op", TAKEN, ids=lambda op: op.__name__)
def test_what_reads_one_tensor_is_a_layer_and_a_join_a_formula(op: type[Op]) -> None:
    kind = LayerCall if op.arity == (1, 1) else Formula
    assert {type(rule(each, inputs)) for each, inputs in cases(op)} == {kind}
