"""An op that is defined here and nowhere else goes through everything that archc does.

It has weights of its own, and they are unlike any other op's: a transposed convolution keeps its
kernel as (in, out, height, width), uses each weight once for each input cell, and enlarges the
map. What a command needs to know of it is on its class; what a target needs is one rule, and a
target without that rule says so by name before it writes anything.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import prod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
import torchinfo
from click.testing import CliRunner, Result
from fvcore.nn import FlopCountAnalysis
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

import archc
from archc import ops
from archc.analysis.cost import CONVENTIONS
from archc.cli import main
from archc.fields import field
from archc.ops import Family, LayerTensor, Op, Role, Shape
from archc.ops.attributes import CHANNELS, FLAG, PAIR, Pair
from archc.ops.base import expect_map, one
from archc.ops.initialization import INITIAL, Initializer
from archc.ops.shape import Reach
from archc.passes import pipeline
from archc.plan.arguments import Argument, LayerCall
from archc.runtime import trace_ops
from archc.runtime.kernels import Kernel, Site, plain
from archc.show.report.columns import COLUMNS
from archc.targets.keras import layers as keras_layers
from archc.targets.onnx import layers as onnx_layers
from archc.targets.onnx.layers import Learned, OnnxNode, X
from archc.targets.torch import layers as torch_layers
from tests.ops import reference, test_facts
from tests.ops.test_against_torch import Case

pytestmark = pytest.mark.usefixtures("one_thread")


class TransposedConvolution(Op):
    """A convolution's gradient as a layer: (C, H, W) to (filters, larger H, larger W)."""

    is_linear: ClassVar = True
    may_overwrite: ClassVar = False
    fresh: ClassVar = True
    family: ClassVar = Family.CONVOLUTION
    names: ClassVar = ("transposed convolution", "deconvolution")
    short: ClassVar = "deconv"
    layers: ClassVar = 1

    kernel: Pair = field(PAIR)
    stride: Pair = field(PAIR, default=(1, 1))
    filters: int = field(CHANNELS)
    bias: bool = field(FLAG, default=True)
    weight_init: Initializer | None = field(INITIAL, default=None)

    def infer(self, inputs: Sequence[Shape]) -> Shape:
        """(filters, (H - 1) · stride + kernel, …)."""
        _, *size = expect_map(self, one(inputs))
        pairs = zip(size, self.stride, self.kernel, strict=True)
        return self.filters, *((cells - 1) * step + tall for cells, step, tall in pairs)

    def reach(self, source: Shape) -> tuple[Reach, Reach] | None:
        """Output cell ``o`` sees the inputs from (o - kernel + 1) / stride to o / stride."""
        height, width = (
            Reach(Fraction(tall - 1, step) + 1, Fraction(1, step), Fraction(tall - 1, step))
            for tall, step in zip(self.kernel, self.stride, strict=True)
        )
        return height, width

    def tensors(self, inputs: Sequence[Shape]) -> tuple[LayerTensor, ...]:
        """A kernel (in, out, height, width), and a bias for each filter."""
        fan_in = self.filters * prod(self.kernel)  # as torch takes it
        shape = (one(inputs)[0], self.filters, *self.kernel)
        kernel = LayerTensor("weight", shape, Role.KERNEL, self.weight_init, fan_in)
        bias = LayerTensor("bias", (self.filters,), Role.BIAS, None, fan_in)
        return (kernel, bias) if self.bias else (kernel,)

    def positions(self, inputs: Sequence[Shape], output: Shape) -> int:
        """Each weight is used once for each cell of the input."""
        return prod(one(inputs)[1:])


NEW: type[Op] = TransposedConvolution

# The rules of the targets: each says the operation, and nothing else.


def torch_rule(op: TransposedConvolution, inputs: tuple[Shape, ...]) -> LayerCall:
    sizes = (("kernel_size", op.kernel, None), ("stride", op.stride, (1, 1)))
    return LayerCall(
        "nn.ConvTranspose2d",
        (
            Argument("in_channels", inputs[0][0], place="first"),
            Argument("out_channels", op.filters, place="first"),
            *(Argument(name, value, default) for name, value, default in sizes),
            Argument("bias", op.bias, True),
        ),
    )


def onnx_rule(op: TransposedConvolution, inputs: tuple[Shape, ...]) -> tuple[OnnxNode, ...]:
    held = (Learned(tensor.name) for tensor in op.tensors(inputs))
    sizes = {"kernel_shape": op.kernel, "strides": op.stride}
    return (OnnxNode("ConvTranspose", (X, *held), sizes),)


def kernel_rule(op: TransposedConvolution, tensors: dict[str, Tensor], site: Site) -> Kernel:
    weight = site.place(tensors["weight"])
    bias = site.place(tensors["bias"]) if op.bias else None
    return lambda x: F.conv_transpose2d(x, weight, bias, op.stride)


def trace_rule(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> list[Op]:
    height, width = weight.shape[2:]
    filters, has_bias = weight.shape[1], bias is not None
    kernel, steps = (height, width), tuple(stride)
    return [TransposedConvolution(kernel=kernel, stride=steps, filters=filters, bias=has_bias)]


SPEC = """\
network: Enlarged
input: 5×6×4
rows:
  - {type: convolution, kernel: 3, padding: 1, filters: 8, activation: relu}
  - {type: transposed convolution, kernel: 3×2, stride: 2, filters: 6, weight init: he normal,
     norm: batch norm, activation: relu}
  - {type: transposed convolution, kernel: 2, stride: 2×1, filters: 3, bias: false}
"""

TARGETS: tuple[tuple[str, str, Any], ...] = (
    ("torch", "written as PyTorch", torch_layers.RULES),
    ("keras", "written as Keras", keras_layers.RULES),
    ("onnx", "written as ONNX", onnx_layers.RULES),
)


@pytest.fixture(autouse=True)
def defined(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables find the op by its names."""
    for name in TransposedConvolution.names:
        monkeypatch.setitem(ops._BY_WORD, ops.words(name), NEW)


@pytest.fixture
def ruled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every target but Keras has its rule."""
    monkeypatch.setitem(torch_layers.RULES, NEW, torch_rule)
    monkeypatch.setitem(onnx_layers.RULES, NEW, onnx_rule)
    monkeypatch.setitem(plain.RULES, NEW, kernel_rule)
    monkeypatch.setitem(trace_ops.RULES, "conv_transpose2d", trace_rule)


@pytest.fixture
def spec(tmp_path: Path) -> str:
    path = tmp_path / "enlarged.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return str(path)


def run(*arguments: str, exits: int = 0) -> Result:
    done = CliRunner().invoke(main, list(arguments))
    assert done.exit_code == exits, done.output
    return done


@pytest.fixture
def module(spec: str, ruled: None) -> nn.Module:
    torch.manual_seed(0)
    module: nn.Module = archc.load(spec).module()
    for name, buffer in module.named_buffers():
        if buffer.is_floating_point():
            buffer.uniform_(0.5, 1.5)
        assert name
    return module.eval()


def image() -> Tensor:
    return torch.rand(1, 4, 5, 6, generator=torch.Generator().manual_seed(1))


# What needs no rule


def test_its_facts_are_true(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for every op: by torch, autograd and the counting tools."""
    written: list[dict[str, Any]] = [
        {"kernel": "3x2", "stride": 2, "filters": 6},
        {"kernel": 2, "filters": 4},
    ]
    grid = [Case(TransposedConvolution.make(each), [[(4, 5, 6)]], each) for each in written]
    monkeypatch.setitem(
        reference.TORCH,
        NEW,
        lambda op, inputs: nn.ConvTranspose2d(
            inputs[0][0], op.filters, op.kernel, op.stride, bias=op.bias
        ),
    )
    monkeypatch.setattr(test_facts, "CASES", grid)
    assert set(test_facts.wrong(NEW)) == set()


def test_check_and_report(spec: str) -> None:
    assert "5×6×4 to 22×13×3" in run("check", spec).stdout
    table = run("report", spec, "--columns", ",".join(COLUMNS), "--format", "csv").stdout
    row = list(csv.DictReader(io.StringIO(table)))[1]
    assert len(row) >= len(COLUMNS)
    assert (row["field"], row["jump"]) == ("4×3.5", "0.5×0.5")
    data = json.loads(run("report", spec, "--format", "json").stdout)
    row = data["rows"][1]
    assert row["weights"] == 8 * 6 * 3 * 2
    assert row["params"] == 8 * 6 * 3 * 2 + 6 + 2 * 6
    assert row["macs"] == 8 * 6 * 3 * 2 * 5 * 6
    assert data["totals"]["depth"] == 3


def test_diff_and_diagram(spec: str, tmp_path: Path) -> None:
    wider = tmp_path / "wider.yaml"
    wider.write_text(SPEC.replace("filters: 6", "filters: 7"), encoding="utf-8")
    assert "filters 6 → 7" in run("diff", spec, str(wider)).stdout
    drawing = run("diagram", spec, "--level", "ops", "-o", "-").stdout
    assert drawing.count("Transposed convolution") == 2


@pytest.mark.parametrize(("target", "purpose", "table"), TARGETS)
def test_a_target_without_its_rule_says_so(
    target: str, purpose: str, table: object, spec: str, tmp_path: Path
) -> None:
    file = tmp_path / "out"
    done = run("build", spec, "--emit", target, "-o", str(file), exits=1)
    assert f"cannot be {purpose}: archc has no rule for it" in " ".join(done.stderr.split())
    assert "`transposed convolution`" in done.stderr
    assert not file.exists()
    assert done.stdout == ""


def test_the_executor_without_its_rule_says_so(spec: str) -> None:
    with pytest.raises(archc.ArchcError, match=r"`transposed convolution` .* cannot be run"):
        archc.load(spec).executor(device="cpu")


# What needs one rule


def test_torch(spec: str, module: nn.Module) -> None:
    net = archc.load(spec)
    assert sum(each.numel() for each in module.parameters()) == net.params
    assert tuple(module(image()).shape[1:]) == net.output
    source = net.emit("torch")
    assert isinstance(source, str)
    assert "nn.init.kaiming_normal_" in source
    assert "nn.ConvTranspose2d(8, 6, kernel_size=(3, 2), stride=(2, 2))" in source


def test_the_targets_see_the_same_tensors(spec: str, module: nn.Module, tmp_path: Path) -> None:
    """Module, ONNX initialisers, executor and checkpoint: one set of names and shapes."""
    state = {
        name: tuple(tensor.shape)
        for name, tensor in module.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    network = pipeline.run(archc.load(spec).graph, pipeline.FOR_SOURCE)
    shapes = [
        tensor.shape
        for operation in network.operations()
        for tensor in operation.op.tensors(operation.input_shapes)
    ]
    assert sorted(shapes) == sorted(state.values())
    model = onnx.load_from_string(archc.load(spec).emit("onnx"))
    assert {each.name: tuple(each.dims) for each in model.graph.initializer} == state


def test_onnx_and_the_executor_give_what_the_module_gives(
    spec: str, module: nn.Module, tmp_path: Path
) -> None:
    from safetensors.torch import save_file

    file = tmp_path / "weights.safetensors"
    save_file(module.state_dict(), file)
    with torch.no_grad():
        wanted = module(image())
    content = archc.load(spec).emit("onnx", file)
    onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {session.get_inputs()[0].name: image().numpy()})
    np.testing.assert_allclose(found, wanted.numpy(), atol=1e-5)
    executor = archc.load(spec).executor(device="cpu", weights=file)
    torch.testing.assert_close(executor(image()), wanted, atol=1e-5, rtol=1e-5)


def test_weights_and_verify(spec: str, module: nn.Module, tmp_path: Path) -> None:
    """The module's own checkpoint is expected, and the module implements the spec."""
    file, mapped = tmp_path / "own.pt", tmp_path / "mapped.safetensors"
    torch.save(module.state_dict(), file)
    run("weights", spec, str(file), "-o", str(mapped))
    assert mapped.exists()
    source = tmp_path / "enlarged.py"
    run("build", spec, "-o", str(source))
    assert "implements" in run("verify", spec, f"{source}:Enlarged").stdout
    other = source.read_text().replace("(8, 6, kernel_size=(3, 2)", "(8, 6, kernel_size=(2, 2)")
    source.write_text(other)
    assert "kernel" in run("verify", spec, f"{source}:Enlarged", exits=1).stdout


def counts(module: nn.Module) -> Iterator[tuple[str, int]]:
    flops = FlopCountAnalysis(module, image())
    flops.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    yield "fvcore", flops.total()
    yield "torchinfo", torchinfo.summary(module, input_data=image(), verbose=0).total_mult_adds
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(image())
    yield "torch", counter.get_total_flops()


def test_each_convention_counts_as_its_tool(spec: str, module: nn.Module) -> None:
    network = pipeline.run(archc.load(spec).graph, pipeline.FOR_SOURCE)
    for tool, counted in counts(module):
        convention = CONVENTIONS[tool]
        assert convention.total(network).macs * convention.factor == counted, tool
