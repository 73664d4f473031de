"""Random networks: what archc infers, emits and counts is what torch then does."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import sys
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import torch
from hypothesis import given, reject, settings
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import archc
from archc import ir
from archc.analysis.cost import total
from archc.ir.verify import verify
from archc.ops.activation import Softmax
from archc.passes import pipeline
from tests.ops.reference import build
from tests.profile import examples, repeatable
from tests.strategies import damaged_specs, specs

BATCH = 2

RANDOM = repeatable(500, 2000)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that each example overwrites."""
    return tmp_path_factory.mktemp("random") / "net.yaml"


pytestmark = pytest.mark.usefixtures("one_thread")


def load(path: Path, text: str, classes: int | None = None) -> archc.Network:
    """The network of a spec; one that archc refuses is no example, if it says why."""
    path.write_text(text, encoding="utf-8")
    try:
        return archc.load(path) if classes is None else archc.load(path, classes=classes)
    except archc.SpecError as error:
        check_diagnostics(error)
        reject()


def check_diagnostics(error: archc.SpecError) -> None:
    """Every diagnostic has a place in a text and something to say."""
    assert error.diagnostics
    for each in error.diagnostics:
        assert each.span.line >= 1
        assert each.span.column >= 1
        assert each.message
        assert each.render()


def count(module: nn.Module) -> int:
    """How many numbers a module learns."""
    return sum(parameter.numel() for parameter in module.parameters())


def fill(role: str, shape: Sequence[int]) -> Tensor:
    """Numbers that follow from role and shape alone; kernels do not make signals grow.

    So a graph and a module have the same weights without a map between their layers.
    """
    start = zlib.crc32(role.encode()) % 1000
    waves = torch.sin(torch.arange(start, start + math.prod(shape), dtype=torch.float64) * 1.7)
    if role == "running_var" or (role == "weight" and len(shape) == 1):
        return (1 + waves / 2).reshape(tuple(shape))
    return (waves / math.sqrt(math.prod(shape[1:]))).reshape(tuple(shape))


def fill_all(module: nn.Module) -> nn.Module:
    """The module in double precision with all its numbers filled in."""
    module.double()
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            tensor.copy_(fill(name.rpartition(".")[2], tensor.shape))
    return module


def interpret(graph: ir.Network, batch: Tensor) -> dict[ir.Value, Tensor]:
    """All tensors of a network and its heads, one operation after the other."""
    values = {graph.input: batch}
    for operation in graph.operations(heads=True):
        layer = fill_all(build(operation.op, operation.input_shapes))
        with torch.no_grad():
            values[operation.output] = layer(*(values[each] for each in operation.inputs))
    return values


def row_modules(net: archc.Network, module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """The rows that are one submodule of the network, under the names that code has for them."""
    words = Counter(re.sub(r"\W+", "_", row.name).strip("_").casefold() for row in net.rows)
    for row in net.rows:
        part = dict(module.named_children()).get(row.row.attribute or row.name)
        if part is not None and words[row.name] == 1:
            yield row.name, part


def check_passes(graph: ir.Network) -> None:
    """The graph is well formed before and after each pass, and costs the same."""
    verify(graph)
    before = total(graph.operations(heads=True))
    for rewrite in pipeline.FOR_SOURCE:
        graph = rewrite(graph)
        verify(graph)
        assert total(graph.operations(heads=True)) == before


def check_classes(path: Path, text: str, net: archc.Network) -> None:
    """The class built for other classes is the one of the spec with other classes."""
    assert net.graph.classes is not None
    classes = net.graph.classes + 3
    other = load(path, text, classes=classes)
    shapes = {name: part.shape for name, part in other.module().state_dict().items()}
    widened = net.module(num_classes=classes).state_dict()
    assert {name: part.shape for name, part in widened.items()} == shapes


@RANDOM
@given(text=specs())
def test_the_emitted_class_is_the_network(path: Path, text: str) -> None:
    net = load(path, text)
    check_passes(net.graph)
    assert load(path, text).emit("torch") == net.emit("torch")
    module = net.module()
    heads = sum(head.cost.params for head in net.figures.heads)
    assert count(module) == net.params + heads
    for name, part in row_modules(net, module):
        assert count(part) == net[name].params
    if net.graph.classes is not None:
        check_classes(path, text, net)


@RANDOM
@given(text=specs())
def test_the_module_computes_what_the_graph_says(path: Path, text: str) -> None:
    net = load(path, text)
    module = fill_all(net.module()).eval()
    sizes = watch_rows(net, module)
    batch = fill("images", (BATCH, *net.input))
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module(batch)
    assert counter.get_total_flops() == 2 * BATCH * net.macs
    assert sizes == {name: (BATCH, *net[name].output) for name in sizes}
    module.training = bool(net.graph.heads)  # the heads run, but no dropout
    with torch.no_grad():
        outputs = module(batch) if net.graph.heads else [module(batch)]
    values = interpret(net.graph, batch)
    for output, end in zip(outputs, logits(net.graph), strict=True):
        assert output.shape == (BATCH, *end.shape)
        torch.testing.assert_close(output, values[end], rtol=1e-6, atol=1e-9, equal_nan=True)


@settings(RANDOM, max_examples=examples(300, 10_000))
@given(text=specs())
def test_torch_infers_and_counts_the_same_on_the_meta_device(path: Path, text: str) -> None:
    net = load(path, text)
    with torch.device("meta"):
        module = net.module().eval()
        batch = torch.empty(BATCH, *net.input)
        with FlopCounterMode(display=False) as counter:
            module(batch)
        values = {net.graph.input: batch}
        for operation in net.graph.operations(heads=True):
            layer = build(operation.op, operation.input_shapes)
            values[operation.output] = layer(*(values[each] for each in operation.inputs))
    heads = sum(head.cost.params for head in net.figures.heads)
    assert count(module) == net.params + heads
    assert counter.get_total_flops() == 2 * BATCH * net.macs
    for value, tensor in values.items():
        assert tensor.shape == (BATCH, *value.shape)


def watch_rows(net: archc.Network, module: nn.Module) -> dict[str, tuple[int, ...]]:
    """The sizes of what the rows give, once the module has run."""
    sizes: dict[str, tuple[int, ...]] = {}

    def note(name: str, output: Tensor) -> None:
        sizes[name] = tuple(output.shape)

    for name, part in row_modules(net, module):
        part.register_forward_hook(lambda _, inputs, output, name=name: note(name, output))
    return sizes


def logits(graph: ir.Network) -> list[ir.Value]:
    """What the module returns: the ends of the network and its heads before their softmax."""
    found = []
    for end in (graph.output, *(head.output for head in graph.heads)):
        producer = end.producer
        softmax = producer is not None and isinstance(producer.op, Softmax)
        found.append(producer.inputs[0] if producer is not None and softmax else end)
    return found


@RANDOM
@given(text=specs())
def test_the_module_trains_and_returns_the_heads(path: Path, text: str) -> None:
    net = load(path, text)
    module = net.module().train()
    outputs = module(fill("images", (BATCH, *net.input)).float())
    heads = net.graph.heads
    if heads:
        assert outputs._fields[0] == "logits"
        shapes = [(BATCH, *end.shape) for end in (net.graph.output, *(h.output for h in heads))]
        assert [tuple(each.shape) for each in outputs] == shapes
    loss = sum(each.sum() for each in outputs) if heads else outputs.sum()
    if loss.requires_grad:
        loss.backward()


def test_formatter_and_linter_leave_the_source_alone(path: Path) -> None:
    folder = path.parent / "sources"
    folder.mkdir()

    @settings(RANDOM, max_examples=40)
    @given(text=specs())
    def emit(text: str) -> None:
        source = load(path, text).emit("torch")
        (folder / f"net_{len(list(folder.iterdir()))}.py").write_text(source, encoding="utf-8")

    emit()
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or "ruff"
    linter = [
        "--select=E4,E7,E9,F,D,UP,B",
        "--config=lint.pydocstyle.convention='google'",
        "--target-version=py311",
    ]
    for command in (["format", "--isolated", "--diff"], ["check", "--isolated", *linter]):
        done = subprocess.run(
            [ruff, *command, str(folder)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


@RANDOM
@given(text=damaged_specs())
def test_damaged_specs_get_diagnostics(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    try:
        net = archc.load(path)
    except archc.SpecError as error:
        check_diagnostics(error)
        return
    verify(net.graph)
    compile(net.emit("torch"), "net.py", "exec")
