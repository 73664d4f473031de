"""Emitted PyTorch where names are awkward or long, and where initialisers have no short form."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

import archc
from archc.plan.names import RESERVED

RUFF = [sys.executable, "-m", "ruff"]

NAMED = """
network: Named
input: 8×8×3
rows:
  - [convolution, 3×3, 4]
  - {type: block, width: 4}
  - {type: block, width: 5}
modules:
  block:
    columns: [width]
    rows:
      - [convolution, 1×1, width]
      - branches:
          left: [[convolution, 1×1, width]]
          right: [[convolution, 3×3, width, {padding: same}]]
names:
"""


def load(folder: Path, text: str) -> archc.Network:
    path = folder / "net.yaml"
    path.write_text(text, encoding="utf-8")
    return archc.load(path)


def check_accepted(folder: Path, source: str) -> None:
    """The formatter leaves the source as it is, and mypy finds its types right."""
    path = folder / "net.py"
    path.write_text(source, encoding="utf-8")
    mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file="]
    for command in ([*RUFF, "format", "--isolated", "--diff"], mypy):
        done = subprocess.run(
            [*command, str(path)], capture_output=True, text=True, check=False, cwd=folder
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_no_name_hides_what_torch_keeps_in_a_module() -> None:
    members = {*dir(nn.Module), *dir(nn.Module()), *dir(nn.Sequential())}
    assert {name for name in members if not name.startswith("__")} <= RESERVED


@pytest.mark.parametrize("name", ["_modules", "_parameters", "_forward_hooks", "_call_impl"])
def test_a_name_of_torchs_own_is_changed(tmp_path: Path, name: str) -> None:
    text = f"{NAMED}  convolution: {name}\n  block: {{convolution: {name}}}\n"
    module = load(tmp_path, text).module()
    assert module(torch.zeros(1, 3, 8, 8)).shape == (1, 10, 6, 6)


def test_a_name_that_a_class_would_mangle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(archc.SpecError, match="is no name"):
        load(tmp_path, f"{NAMED}  convolution: __stem\n")


def test_a_name_may_be_left_out_everywhere(tmp_path: Path) -> None:
    net = load(tmp_path, f"{NAMED}  block: {{convolution: ~, left: one, right: ~}}\n")
    names = {name for name, _ in net.module().get_submodule("block_1").named_children()}
    assert names == {"convolution", "one", "branch_right"}
    opened = load(tmp_path, f"{NAMED}  block_1: [first, {{left: one, right: ~}}]\n")
    names = {name for name, _ in opened.module().named_children()}
    assert {"first", "one"} <= names


INITIAL = """
network: Initial
input: 8×8×3
defaults: {convolution: {padding: same, weight init: he truncated normal (fan average)}}
rows:
  - [convolution, 3×3, 64]
  - [convolution, 3×3, 64, {bias init: 2}]
  - [convolution, 3×3, 64, {weight init: lecun truncated normal (fan out)}]
  - [convolution, 3×3, 64, {weight init: xavier truncated normal}]
  - [convolution, 3×3, 64, {name: NAME, weight init: xavier truncated normal (fan in)}]
  - [convolution, 3×3, 64, {name: NAME_2, bias init: 1}]
"""


def test_cut_normals_by_fan(tmp_path: Path) -> None:
    net = load(tmp_path, INITIAL.replace("NAME", "a_convolution_whose_name_is_rather_a_sentence"))
    check_accepted(tmp_path, net.emit("torch"))
    module = net.module()
    fan = 64 * 9
    variances = {1: 4 / (27 + fan), 2: 2 / fan, 3: 1 / fan, 4: 1 / fan}
    for number, variance in variances.items():
        weight = module.get_parameter(f"convolution_{number}.weight")
        assert weight.std().item() == pytest.approx(variance**0.5, rel=0.05)
    assert torch.equal(module.get_parameter("convolution_2.bias"), torch.full((64,), 2.0))


LONG = """
network: NAME
input: 16×16×3
classes: 5
defaults: {convolution: {padding: same, activation: relu, norm: batch norm}}
rows:
  - {type: convolution, patch: 3×3, filters: 8, name: NAME_a}
  - {type: NAME module, NAME_width: 8}
  - {type: NAME module, NAME_width: 9, name: NAME_b}
  - {type: convolution, patch: 3×3, filters: 8, name: NAME_c}
  - {type: add, from: [NAME_a, NAME_c], name: NAME_d}
  - {type: relu, name: NAME_e}
  - {type: add, from: [NAME_d, NAME_e], name: NAME_f}
  - {type: concat, from: [NAME_a, NAME_d, NAME_f]}
  - global avg pool
  - flatten
  - [linear, ~, classes]
modules:
  NAME module:
    columns: [NAME_width]
    branches:
      one: [[convolution, 1×1, NAME_width]]
      two: [[convolution, 3×3, NAME_width]]
  head: {rows: [global avg pool, flatten, [linear, ~, classes]]}
heads:
  NAME_g: {after: NAME_a, module: head, loss weight: 0.3}
  NAME_h: {after: NAME_f, module: head}
"""


@pytest.mark.parametrize("length", [24, 33, 36, 42, 49, 55])
def test_long_names_are_laid_out_as_the_formatter_does(tmp_path: Path, length: int) -> None:
    name = ("long_name_" * 6)[:length].rstrip("_")
    net = load(tmp_path, LONG.replace("NAME", name))
    check_accepted(tmp_path, net.emit("torch"))
    assert net.module().eval()(torch.zeros(1, 3, 16, 16)).shape == (1, 5)


def test_a_sum_of_very_many(tmp_path: Path) -> None:
    names = [f"row_{each}" for each in range(120)]
    rows = "".join(f"  - {{type: relu, name: {name}, from: input}}\n" for name in names)
    sum_ = f"  - {{type: add, from: [{', '.join(names)}]}}\n"
    net = load(tmp_path, f"network: N\ninput: 2×2×1\nrows:\n{rows}{sum_}")
    check_accepted(tmp_path, net.emit("torch"))
    assert torch.equal(net.module()(torch.ones(1, 1, 2, 2)), torch.full((1, 1, 2, 2), 120.0))


def test_a_chain_of_very_many_rows_in_a_branch(tmp_path: Path) -> None:
    rows = ", ".join(["[relu]"] * 3000)
    path = tmp_path / "long.yaml"
    path.write_text(
        f"network: Long\ninput: 4×4×1\nrows:\n  - branches: {{long: [{rows}], short: [[relu]]}}\n"
    )
    compile(archc.load(path).emit("torch"), "long.py", "exec")


CHAIN = """
network: Chain
input: 8×8×4
rows:
  - {type: block}
  - {type: block}
modules:
  block:
    rows:
      - [convolution, 3×3, 4, {padding: same}]
      - {type: add, from: [convolution, input]}
      - [convolution, 3×3, 4, {padding: same, name: FIRST}]
      - [convolution, 3×3, 4, {padding: same, name: SECOND}]
"""


def test_a_chain_that_is_broken_into_lines_stays_in_one_variable(tmp_path: Path) -> None:
    """What nobody else reads is not given a name of its own where a line is too long."""
    first, second = (f"the_{each}_of_two_convolutions" for each in ("first", "second"))
    net = load(tmp_path, CHAIN.replace("FIRST", first).replace("SECOND", second))
    lines = [line.strip() for line in net.emit("torch").splitlines()]
    start = lines.index(f"x = self.{first}(self.convolution(x) + x)")
    assert lines[start + 1 : start + 3] == [f"x = self.{second}(x)", "return x"]


SHORTCUT = """
network: Shortcut
input: 32×32×8
modules:
  basic block:
    columns: {width: ~, s: 1}
    branches:
      residual:
        - [convolution, 3×3, width, {stride: s, padding: 1, norm: batch norm, activation: relu}]
        - [convolution, 3×3, width, {padding: 1, norm: batch norm}]
      shortcut:
        - [convolution, 1×1, width, {stride: s, norm: batch norm, when: WHEN}]
    join: add
columns: [type, width, s]
rows:
  - [basic block, 8]
  - [basic block, 16, 2]
  - [basic block, 16]
  - [basic block, 32, 2]
"""


@pytest.mark.parametrize("when", ["s != 1", "channels != width"])
def test_a_shortcut_strides_as_its_branch_does(tmp_path: Path, when: str) -> None:
    source = load(tmp_path, SHORTCUT.replace("WHEN", when)).emit("torch")
    assert "stride: int = 1, shortcut: bool = False" in source
    assert "ConvBN(in_channels, width, 1, stride) if shortcut else nn.Identity()" in source
    check_accepted(tmp_path, source)


def test_a_first_shortcut_without_a_stride_shares_the_argument(tmp_path: Path) -> None:
    text = SHORTCUT.replace("WHEN", "channels != width").replace("32×32×8", "32×32×4")
    source = load(tmp_path, text).emit("torch")
    assert "ConvBN(in_channels, width, 1, stride) if shortcut else nn.Identity()" in source
    assert "stride_" not in source
    check_accepted(tmp_path, source)


def test_separable_convolutions_are_called_so(tmp_path: Path) -> None:
    text = """
    network: Separable
    input: 16×16×4
    defaults: {separable convolution: {padding: same, norm: batch norm}}
    rows:
      - [sepconv, 3×3, 8, {activation: relu}]
      - [sepconv, 3×3, 8, {activation: relu}]
      - [sepconv, 3×3, 8]
      - [sepconv, 3×3, 9]
    """
    source = load(tmp_path, text).emit("torch")
    assert "class SeparableConvBNReLU(nn.Sequential):" in source
    assert '"""Separable convolution, batch norm and relu."""' in source
    assert "class SeparableConvBN(nn.Sequential):" in source
    assert '"""Separable convolution and batch norm."""' in source
    check_accepted(tmp_path, source)


SKIPS = """
network: Skips
input: 16×16×3
classes: 5
defaults: {convolution: {activation: relu, padding: same}}
rows:
  - [convolution, 3×3, 4, {name: enc1}]
  - [convolution, 3×3, 4, {name: enc2}]
  - [convolution, 3×3, 4, {name: bottleneck}]
  - {type: concat, from: [enc2, bottleneck], name: cat2}
  - [convolution, 3×3, 4, {name: dec2}]
  - {type: concat, from: [enc1, dec2], name: cat1}
  - [convolution, 3×3, 4, {name: dec1}]
  - [convolution, 3×3, 4, {name: side, from: enc2}]
  - [convolution, 3×3, 4, {name: side2}]
  - {type: add, from: [dec1, side2], name: sum}
  - global avg pool
  - flatten
  - {type: linear, filters: classes}
HEADS
"""

SKIPPING = """\
        enc1 = self.enc1(x)  # 4 x 16 x 16
        enc2 = self.enc2(enc1)  # 4 x 16 x 16
        x = self.bottleneck(enc2)  # 4 x 16 x 16
        x = torch.cat([enc2, x], dim=1)  # 8 x 16 x 16
        x = self.dec2(x)  # 4 x 16 x 16
        x = torch.cat([enc1, x], dim=1)  # 8 x 16 x 16
        dec1 = self.dec1(x)  # 4 x 16 x 16
        x = self.side(enc2)  # 4 x 16 x 16
        x = self.side2(x)  # 4 x 16 x 16
        x = dec1 + x  # 4 x 16 x 16
        x = self.global_avg_pool(x)  # 4 x 1 x 1
"""

HEADS = """
heads:
  early: {after: enc2, module: head}
  late: {after: dec2, module: head}
modules:
  head:
    rows: [global avg pool, flatten, {type: linear, filters: classes}]
"""


def test_what_is_read_later_is_called_after_its_row(tmp_path: Path) -> None:
    source = load(tmp_path, SKIPS.replace("HEADS", "")).emit("torch")
    assert SKIPPING in source
    check_accepted(tmp_path, source)


def test_a_head_reads_what_has_a_name_by_that_name(tmp_path: Path) -> None:
    source = load(tmp_path, SKIPS.replace("HEADS", HEADS)).emit("torch")
    assert SKIPPING.replace("x = self.dec2", "x = dec2 = self.dec2") in source
    assert "self.early(enc2), self.late(dec2)" in source
    check_accepted(tmp_path, source)
