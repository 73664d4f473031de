"""The emitted Keras: accepted by the tools, and the network that torch computes."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import Phase, given, settings
from torch import Tensor, nn

import archc
from archc import ir
from archc.diagnostics import Source, Span
from archc.library import spec_names
from archc.ops import Op, Shape
from archc.ops.arrangement import Identity
from archc.ops.convolution import Convolution, SeparableConvolution
from archc.ops.initialization import TRUNCATED
from archc.ops.linear import Linear
from archc.ops.normalization import LocalResponseNorm
from archc.ops.pooling import AdaptiveAvgPool, AvgPool, MaxPool
from archc.passes.lowering import SplitSeparable
from archc.spec.tokens import slug
from archc.targets.keras.file import emit_keras
from tests.ops.reference import build as reference
from tests.ops.test_against_torch import CASES
from tests.profile import repeatable
from tests.strategies import specs
from tests.targets.keras_models import (
    Built,
    build,
    in_order,
    keras,
    nothing_allocated,
    run,
    tensors_in_order,
    tensors_of,
)
from tests.test_random_networks import fill, fill_all, interpret, load, logits

pytestmark = pytest.mark.usefixtures("one_thread")

RUFF = [sys.executable, "-m", "ruff"]
STYLE = ["--select", "E4,E7,E9,F,D,UP,B", "--config", 'lint.pydocstyle.convention="google"']
MYPY = [sys.executable, "-m", "mypy", "--strict", "--ignore-missing-imports", "--config-file="]

VARIANTS = [
    (name, variant)
    for name in spec_names()
    for variant in archc.load(name).graph.variants or (None,)
]

RANDOM = repeatable(40, phases=[Phase.generate])


def count(weights: Sequence[Any]) -> int:
    """How many numbers some weights are."""
    return sum(math.prod(each.shape) for each in weights)


def check_equal(got: Tensor, want: Tensor) -> None:
    """Equal but for the rounding of single precision, which is relative to the largest."""
    assert got.shape == want.shape
    finite = want[want.isfinite()]
    largest = float(finite.abs().max()) if finite.numel() else 0.0
    torch.testing.assert_close(
        got.float(), want.float(), rtol=1e-5, atol=1e-5 * largest, equal_nan=True
    )


# The bundled networks


@pytest.fixture(scope="module", params=VARIANTS, ids=lambda each: " ".join(filter(None, each)))
def net(request: pytest.FixtureRequest) -> archc.Network:
    name, variant = request.param
    return archc.load(name, variant=variant)


def test_golden(net: archc.Network, golden: Callable[[str, str], None]) -> None:
    name = "_".join(filter(None, (Path(net.graph.spec).stem, net.graph.variant)))
    golden(f"keras/{name}.py.txt", emit_keras(net.graph))


def test_deterministic(net: archc.Network) -> None:
    again = archc.load(Path(net.graph.spec).stem, variant=net.graph.variant)
    assert emit_keras(net.graph) == emit_keras(again.graph)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All emitted files."""
    found = tmp_path_factory.mktemp("keras_sources")
    for name, variant in VARIANTS:
        source = emit_keras(archc.load(name, variant=variant).graph)
        (found / f"{name}_{slug(variant or '')}.py").write_text(source)
    return found


def check_style(folder: Path) -> None:
    """The formatter and the linter leave all files in ``folder`` as they are."""
    for command in (["format", "--diff"], ["check", *STYLE]):
        done = subprocess.run(
            [*RUFF, *command, "--isolated", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_accepts_all(folder: Path) -> None:
    check_style(folder)


def test_mypy_accepts_all(folder: Path) -> None:
    done = subprocess.run([*MYPY, str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_params_and_sizes(net: archc.Network) -> None:
    with nothing_allocated():
        everything = build(net.graph).model
        model = build(net.graph, heads=False).model if net.graph.heads else everything
    assert count(model.trainable_weights) == net.params
    heads = sum(head.cost.params for head in net.figures.heads)
    assert count(everything.trainable_weights) == net.params + heads
    channels, height, width = net.input
    assert model.input_shape == (None, height, width, channels)
    assert model.output_shape == (None, *net.output)
    shapes = [each.shape for each in everything.outputs]
    assert shapes == [(None, *net.output)] * (1 + len(net.graph.heads))


def test_the_keras_googlenet_has_its_published_totals() -> None:
    net = archc.load("googlenet_ucm")
    with nothing_allocated():
        model = build(net.graph).model
    assert model.count_params() == 8_222_063
    assert count(model.non_trainable_weights) == 512


def test_num_classes() -> None:
    net = archc.load("googlenet")
    with nothing_allocated():
        model = build(net.graph, num_classes=7).model
    assert [each.shape for each in model.outputs] == [(None, 7)] * 3


# What torch computes with the same weights


def scattered(module: nn.Module) -> nn.Module:
    """The module in evaluation, with random weights that no two of its layers share."""
    torch.manual_seed(0)
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if tensor.dim() > 1:
                nn.init.kaiming_normal_(tensor)
            elif name.endswith(("running_var", ".weight")):
                tensor.uniform_(0.5, 1.5)
            elif tensor.is_floating_point():
                tensor.normal_(0, 0.1)
    return module.eval()


NETWORKS: list[tuple[str, dict[str, Any]]] = [
    ("googlenet", {}),
    ("googlenet_ucm", {}),
    ("googlenet_torchvision", {"input": "96×96×3"}),
    ("googlenet_separable_stem", {}),
    ("inception_v3", {}),
    ("inception_resnet_v2", {}),
    ("vgg", {"input": "64×64×3"}),
    ("mobilenet_v2", {"input": "64×64×3"}),
    ("densenet121", {"input": "64×64×3"}),
    ("squeezenet1_1", {"input": "64×64×3"}),
    ("resnet50", {"input": "64×64×3"}),
]


@pytest.mark.parametrize(("name", "changes"), NETWORKS, ids=[name for name, _ in NETWORKS])
def test_outputs_are_those_of_torch(name: str, changes: dict[str, Any]) -> None:
    net = archc.load(name, **changes)
    module = scattered(net.module())
    has_heads = bool(net.graph.heads)
    built = build(net.graph)
    built.load(tensors_in_order(net.graph, module.state_dict(), has_heads))
    batch = torch.randn(1, *net.input)
    module.training = has_heads  # the heads run, but no dropout
    with torch.no_grad():
        wanted = module(batch) if has_heads else [module(batch)]
    for each, want in zip(run(built.model, batch), wanted, strict=True):
        check_equal(each, want)


# Each operation alone


ORIGIN = ir.Origin(Span(Source("net.yaml", ""), 1, 1, 1, 1))


def side_by_side(ops: Sequence[Op], shape: Shape, often: int = 1) -> ir.Network:
    """A network whose heads are ``ops``, each on ``often`` times the same input."""
    image = ir.Value(shape)
    first = _operation("identity", Identity(), (image,))
    row = ir.Row("identity", "identity", "identity", [first], image, first.output, ORIGIN)
    heads = []
    for index, op in enumerate(ops):
        made = _operation("op", op, (first.output,) * often)
        after = _operation("after", Identity(), (made.output,))  # a softmax at the end goes
        heads.append(
            ir.Head(
                f"op{index}", "identity", [made, after], first.output, after.output, None, ORIGIN
            )
        )
    return ir.Network("ops", None, image, [row], heads)


def _operation(name: str, op: Op, inputs: tuple[ir.Value, ...]) -> ir.Operation:
    output = ir.Value(op.infer([value.shape for value in inputs]))
    output.producer = ir.Operation(name, op, inputs, output, ORIGIN)
    return output.producer


def grid() -> Iterator[tuple[type[Op], Sequence[Shape], list[Op]]]:
    """The cases of the op grid by operation and inputs, where the inputs are all the same."""
    found: dict[tuple[type[Op], tuple[Shape, ...]], list[Op]] = {}
    for case in CASES:
        for inputs in case.inputs:
            if len(set(inputs)) == 1:
                found.setdefault((type(case.op), tuple(inputs)), []).append(case.op)
    for (op, shapes), cases in found.items():
        yield op, shapes, cases


def name_of(value: object) -> str:
    if isinstance(value, type):
        return value.__name__
    return "" if isinstance(value, list) else str(value).replace(" ", "")


@pytest.mark.parametrize(("op", "inputs", "cases"), list(grid()), ids=name_of)
def test_each_operation_is_that_of_torch(
    op: type[Op], inputs: Sequence[Shape], cases: list[Op]
) -> None:
    graph = side_by_side(cases, inputs[0], len(inputs))
    modules = [fill_all(reference(case, inputs)) for case in cases]
    built = build(graph)
    built.load([tensor for each in modules for tensor in tensors_of(each.state_dict())])
    batch = fill("images", (2, *inputs[0])) - 0.3
    _, *found = run(built.model, batch.float())
    for each, case, module in zip(found, cases, modules, strict=True):
        with torch.no_grad():
            want = module(*([batch] * len(inputs)))
        try:
            check_equal(each, want)
        except AssertionError as error:
            raise AssertionError(f"{case!r} on {inputs}: {error}") from None


STARTS = [
    "normal (0.3)",
    "truncated normal (0.3)",
    "uniform (0.3)",
    "he normal",
    "he normal (fan out)",
    "he uniform (fan average)",
    "lecun uniform",
    "xavier uniform",
    "xavier normal (fan in)",
]
STARTED: list[tuple[type[Op], dict[str, Any], Shape]] = [
    (Convolution, {"kernel": 3, "filters": 96}, (32, 8, 8)),
    (Convolution, {"kernel": 3, "filters": 96, "groups": 4}, (32, 8, 8)),
    (Convolution, {"kernel": 5, "filters": 768, "groups": 256}, (256, 8, 8)),
    (SeparableConvolution, {"kernel": 5, "filters": 64, "multiplier": 2}, (256, 8, 8)),
    (Linear, {"filters": 128}, (64,)),
]


@pytest.mark.parametrize("start", STARTS)
def test_weights_start_as_the_spec_says(start: str) -> None:
    keras.utils.set_random_seed(0)
    for op, attributes, shape in STARTED:
        written = {**attributes, "weight_init": start, "bias_init": 0.5}
        built = build(side_by_side([op.make(written)], shape), heads=True)
        *kernels, (_, bias) = built.weights
        assert bool((bias.value == 0.5).all())
        graph = SplitSeparable()(side_by_side([op.make(written)], shape))
        convolutions = [each for each in in_order(graph, heads=True) if each.op.layers]
        for (_, kernel), each in zip(kernels, convolutions, strict=True):
            assert float(kernel.value.detach().std()) == pytest.approx(deviation(each), rel=0.04)


def deviation(operation: ir.Operation) -> float:
    """The standard deviation that the kernel of a convolution or linear layer starts with."""
    module = reference(operation.op, operation.input_shapes)
    shape = next(module.parameters()).shape
    initial = operation.op.weight_init  # type: ignore[attr-defined]
    spread: float = initial.spread(shape)
    factors = {"uniform": 1 / math.sqrt(3), "truncated normal": TRUNCATED}
    return spread * factors.get(initial.distribution, 1.0)


def test_a_model_is_made_again_from_its_config() -> None:
    ops = [
        MaxPool(kernel=(2, 2), stride=(2, 1), dilation=(2, 3), padding=(1, 1, 1, 1)),
        AvgPool(kernel=(3, 3), stride=(2, 2), padding="same"),
        AdaptiveAvgPool(output=(3, 2)),
        LocalResponseNorm(size=4, alpha=0.1),
    ]
    model = build(side_by_side(ops, (5, 8, 10))).model
    again = keras.models.model_from_json(model.to_json())
    batch = torch.randn(2, 5, 8, 10)
    wanted, found = run(model, batch), run(again, batch)
    assert len(wanted) == 1 + len(ops)
    for each, want in zip(found, wanted, strict=True):
        assert torch.equal(each, want)


# Random networks


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that each example overwrites."""
    return tmp_path_factory.mktemp("random_keras") / "net.yaml"


def filled(graph: ir.Network) -> Built:
    """The model with all heads, its weights those with which the graph is interpreted."""
    built = build(graph)
    layers = [
        fill_all(reference(each.op, each.input_shapes)) for each in in_order(graph, heads=True)
    ]
    built.load([tensor for each in layers for tensor in tensors_of(each.state_dict())])
    return built


@RANDOM
@given(text=specs())
def test_the_model_computes_what_the_graph_says(path: Path, text: str) -> None:
    net = load(path, text)
    built = filled(net.graph)
    heads = sum(head.cost.params for head in net.figures.heads)
    assert count(built.model.trainable_weights) == net.params + heads
    batch = fill("images", (2, *net.input))
    values = interpret(net.graph, batch)
    found = run(built.model, batch.float())
    for each, end in zip(found, logits(net.graph), strict=True):
        check_equal(each, values[end])


@RANDOM
@given(text=specs())
def test_the_model_for_other_classes_is_that_of_the_spec(path: Path, text: str) -> None:
    net = load(path, text)
    if net.graph.classes is None:
        return
    classes = net.graph.classes + 3
    other = load(path, text, classes=classes)
    with nothing_allocated():
        widened = build(net.graph, num_classes=classes)
        built = build(other.graph)
    shapes, wanted = ([w.shape for _, w in each.weights] for each in (widened, built))
    assert shapes == wanted


def test_formatter_and_linter_leave_random_sources_alone(path: Path) -> None:
    folder = path.parent / "sources"
    folder.mkdir()

    @settings(RANDOM, max_examples=200)
    @given(text=specs())
    def emit(text: str) -> None:
        source = emit_keras(load(path, text).graph)
        (folder / f"net_{len(list(folder.iterdir()))}.py").write_text(source, encoding="utf-8")

    emit()
    check_style(folder)


CORNER = """
network: {name}
input: 16×16×3
defaults: {{linear: {{bias init: 0.5}}}}
rows:
  - [convolution, 3×3, 4, {{padding: same}}]
  - {{type: adaptive avg pool, output: [3, 5]}}
  - flatten
  - [linear, ~, 5]
heads:
  side: {{after: convolution, module: head}}
modules:
  head: {{rows: [global avg pool, flatten, [linear, ~, 5]]}}
"""


@pytest.mark.parametrize("name", ["bool", "map", "slice", "sum", "zip"])
def test_names_of_builtins_and_initialisers_on_lines_of_their_own(
    tmp_path: Path, name: str
) -> None:
    """A function never hides what the code uses, and a long layer's initialiser is code."""
    path = tmp_path / "net.yaml"
    path.write_text(CORNER.format(name=name), encoding="utf-8")
    graph = archc.load(path).graph
    (tmp_path / "net.py").write_text(emit_keras(graph), encoding="utf-8")
    check_style(tmp_path)
    assert build(graph, heads=False).model.output_shape == (None, 5)
