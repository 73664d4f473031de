"""Every operation can be said in every target, or it is stated why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from torch import nn

import archc
from archc.cli import main
from archc.ops import OPS, Op
from archc.ops.normalization import LocalResponseNorm
from archc.plan.names import RESERVED
from archc.runtime.kernels import plain
from archc.targets.keras import layers as keras_layers
from archc.targets.onnx import layers as onnx_layers
from archc.targets.torch import layers as torch_layers
from archc.targets.torch.layers import REMOVED, RULES

REMOVED_OP: type[Op] = LocalResponseNorm


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.__name__)
def test_torch_has_a_rule_or_a_reason(op: type[Op]) -> None:
    assert (op in RULES) != bool(REMOVED.get(op))


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.__name__)
def test_keras_has_a_rule(op: type[Op]) -> None:
    assert op in keras_layers.RULES


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.__name__)
def test_onnx_has_a_rule_or_a_reason(op: type[Op]) -> None:
    assert (op in onnx_layers.RULES) != bool(onnx_layers.REMOVED.get(op))


@pytest.mark.parametrize(
    ("target", "table", "written"),
    [
        ("torch", torch_layers.RULES, "PyTorch"),
        ("keras", keras_layers.RULES, "Keras"),
        ("onnx", onnx_layers.RULES, "ONNX"),
    ],
)
def test_a_missing_rule_is_named_before_anything_is_written(
    target: str,
    table: dict[type[Op], Any],
    written: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(table, REMOVED_OP)
    file = tmp_path / "net"
    done = CliRunner().invoke(main, ["build", "googlenet", "--emit", target, "-o", str(file)])
    assert done.exit_code == 1
    assert not file.exists()
    assert done.stdout == ""
    said = f"`local response norm` (row local response norm) cannot be written as {written}: "
    assert said + "archc has no rule for it" in " ".join(done.stderr.split())


def test_a_missing_kernel_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    rules: dict[type[Op], object] = {**plain.RULES}
    del rules[REMOVED_OP]
    monkeypatch.setattr(plain, "RULES", rules)
    with pytest.raises(archc.ArchcError, match=r"\(row .*\) cannot be run by the executor"):
        archc.load("googlenet").executor(device="cpu")


def test_attributes_never_hide_members_of_modules() -> None:
    members = {name for name in dir(nn.Module) if not name.startswith("_") and name.islower()}
    assert members <= RESERVED
