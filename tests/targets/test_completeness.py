"""Every operation can be said in every target, or it is stated why not."""

from __future__ import annotations

import pytest
from torch import nn

from archc.ops import OPS, Op
from archc.targets.keras import layers as keras_layers
from archc.targets.onnx import layers as onnx_layers
from archc.targets.torch.layers import REMOVED, RULES
from archc.targets.torch.reserved import RESERVED


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.__name__)
def test_torch_has_a_rule_or_a_reason(op: type[Op]) -> None:
    assert (op in RULES) != bool(REMOVED.get(op))


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.__name__)
def test_keras_has_a_rule(op: type[Op]) -> None:
    assert op in keras_layers.RULES


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.__name__)
def test_onnx_has_a_rule_or_a_reason(op: type[Op]) -> None:
    assert (op in onnx_layers.RULES) != bool(onnx_layers.REMOVED.get(op))


def test_attributes_never_hide_members_of_modules() -> None:
    members = {name for name in dir(nn.Module) if not name.startswith("_") and name.islower()}
    assert members <= RESERVED
