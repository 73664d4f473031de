"""The emitted ONNX: valid, and numerically the emitted PyTorch module in ONNX Runtime."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from click.testing import CliRunner
from hypothesis import given, settings
from numpy.typing import NDArray
from onnx import helper
from safetensors.torch import save_file
from torch import Tensor, nn

import archc
from archc.cli import main
from archc.library import spec_names
from archc.ops import OPS, Op, Shape
from archc.ops.normalization import LocalResponseNorm
from archc.passes import pipeline
from archc.passes.lowering import SplitSeparable
from archc.plan.network import plan_of
from archc.targets.onnx.file import IR_VERSION, OPSET, OnnxGraph
from archc.tensors.initial import initial_tensors, starts
from tests.ops.reference import build
from tests.ops.test_against_torch import CASES, MAPS, grid
from tests.strategies import specs
from tests.tensors.graphs import alone
from tests.test_random_networks import BATCH, RANDOM, fill, fill_all, load

pytestmark = pytest.mark.usefixtures("one_thread")

Array = NDArray[np.float32]

TOLERANCE = 1e-5
"""Of the largest number in the output, all in single precision."""


def infer(model: bytes, batch: Array) -> Array:
    """What ONNX Runtime computes."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # errors; not that a small network's weights are unused
    providers = ["CPUExecutionProvider"]
    session = onnxruntime.InferenceSession(model, options, providers=providers)
    (found,) = session.run(["logits"], {"input": batch})
    assert isinstance(found, np.ndarray)
    return found


def assert_close(found: Array, wanted: Tensor, what: str = "") -> None:
    """The same shape, the same infinities, and numbers within the tolerance."""
    expected = wanted.detach().numpy()
    largest = np.abs(expected, where=np.isfinite(expected), out=np.zeros_like(expected)).max()
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE * largest, err_msg=what)


# The bundled networks

NETWORKS = [
    (name, variant)
    for name in spec_names()
    for variant in archc.load(name).graph.variants or (None,)
]


class Built(NamedTuple):
    """A network, its module with weights that keep signals alive, and both as ONNX."""

    net: archc.Network
    module: nn.Module
    model: bytes


def enliven(module: nn.Module) -> nn.Module:
    """Random numbers with which activations neither die out nor grow, norms' statistics too."""
    source = torch.Generator().manual_seed(0)
    for key, tensor in module.state_dict().items():
        role = key.rpartition(".")[2]
        if tensor.ndim > 1:
            tensor.normal_(0, math.sqrt(2 / math.prod(tensor.shape[1:])), generator=source)
        elif role in ("weight", "running_var"):
            tensor.uniform_(0.7, 1.3, generator=source)
        elif role in ("bias", "running_mean"):
            tensor.normal_(0, 0.1, generator=source)
        else:
            tensor.zero_()
    return module.eval()


@pytest.fixture(scope="module", params=NETWORKS, ids=lambda each: " ".join(filter(None, each)))
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    name, variant = request.param
    small = {} if variant is None else {"input": "64×64×3"}  # else VGG's models have 0.5 GB
    net = archc.load(name, variant=variant, **small)
    with torch.device("meta"):
        module = net.module()
    module = enliven(module.to_empty(device="cpu"))
    file = tmp_path_factory.mktemp("weights") / "weights.safetensors"
    save_file(dict(module.state_dict()), file)
    model = net.emit("onnx", file)
    file.unlink()
    assert isinstance(model, bytes)
    return Built(net, module, model)


def test_it_computes_what_the_module_computes(built: Built) -> None:
    image = torch.randn(1, *built.net.input, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        wanted = built.module(image)
    found, black = infer(built.model, torch.cat([image, torch.zeros_like(image)]).numpy())
    assert_close(found[None], wanted)
    assert np.isfinite(found).all()
    assert np.abs(found - black).max() > 0.05 * np.abs(found).max(), "it depends on the image"


def test_it_is_valid_and_has_the_shapes_of_the_spec(built: Built) -> None:
    onnx.checker.check_model(built.model, full_check=True)
    model = onnx.load_from_string(built.model)
    stated = {value.name: sizes(value) for value in model.graph.value_info}
    del model.graph.value_info[:]
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT:
            tensor.ClearField("raw_data")  # shapes do not depend on it, and it is large
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    found = {value.name: sizes(value) for value in inferred.graph.value_info}
    assert len(stated) > 10
    assert {name: found[name] for name in stated} == stated
    assert [sizes(value) for value in model.graph.input] == [("N", *built.net.input)]
    assert [sizes(value) for value in inferred.graph.output] == [("N", *built.net.output)]


def test_it_has_the_parameters_without_the_heads(built: Built) -> None:
    model = onnx.load_from_string(built.model)
    parameters = dict(built.module.named_parameters())
    learned = [each for each in model.graph.initializer if each.name in parameters]
    assert sum(math.prod(each.dims) for each in learned) == built.net.params


def sizes(value: onnx.ValueInfoProto) -> tuple[Any, ...]:
    dimensions = value.type.tensor_type.shape.dim
    return tuple(each.dim_param or each.dim_value for each in dimensions)


# Every operation alone

MORE = grid(LocalResponseNorm, MAPS, size=[2, 4, 20, 31], alpha=[1.0], beta=[0.5], k=[2])


def alone_in_onnx(op: Op, inputs: Sequence[Shape]) -> bytes:
    """A model of one operation, as the rules say it, with the numbers of `fill`."""
    network = SplitSeparable()(alone(op, inputs))
    paths = {each: f"layer_{index}" for index, each in enumerate(network.operations())}
    found = starts(network.operations(), paths)
    weights = {
        key: fill(key.rpartition(".")[2], start.shape).float().numpy()
        for key, start in found.items()
    }
    opsets = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(onnx.GraphProto(), opset_imports=opsets, ir_version=IR_VERSION)
    OnnxGraph(network, paths, weights).write(model.graph)
    onnx.checker.check_model(model, full_check=True)
    data: bytes = model.SerializeToString()
    return data


def in_torch(op: Op, inputs: Sequence[Shape], batch: Tensor) -> Tensor:
    """What torch's layer computes, on inputs made as `alone` makes them."""
    *feeds, last = alone(op, inputs).operations()
    made = [fill_all(build(each.op, each.input_shapes)).float()(batch) for each in feeds]
    output: Tensor = fill_all(build(last.op, last.input_shapes)).float()(batch, *made)
    return output


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.names[0])
def test_an_operation_computes_what_torchs_does(op: type[Op]) -> None:
    source = torch.Generator().manual_seed(0)
    for case in (case for case in (*CASES, *MORE) if type(case.op) is op):
        for inputs in case.inputs:
            batch = 3 * torch.randn((2, *inputs[0]), generator=source)
            with torch.no_grad():
                wanted = in_torch(case.op, inputs, batch)
            assert_close(infer(alone_in_onnx(case.op, inputs), batch.numpy()), wanted, str(case))


# Random networks


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that each example overwrites."""
    return tmp_path_factory.mktemp("random") / "net.yaml"


@settings(RANDOM, max_examples=100)
@given(text=specs())
def test_random_networks_compute_what_their_modules_do(path: Path, text: str) -> None:
    net = load(path, text)
    module = fill_all(net.module()).float().eval()
    weights = path.with_suffix(".safetensors")
    save_file(dict(module.state_dict()), weights)
    model = net.emit("onnx", weights)
    assert isinstance(model, bytes)
    onnx.checker.check_model(model, full_check=True)
    batch = fill("images", (BATCH, *net.input)).float()
    with torch.no_grad():
        wanted = module(batch)
    assert wanted.isfinite().all()
    assert_close(infer(model, batch.numpy()), wanted)


# What is in the file


def emitted(net: archc.Network, weights: Path | None = None) -> onnx.ModelProto:
    model = net.emit("onnx", weights)
    assert isinstance(model, bytes)
    return onnx.load_from_string(model)


def test_the_file_says_where_it_comes_from() -> None:
    net = archc.load("googlenet")
    model = emitted(net)
    assert "googlenet.yaml" in net.graph.spec
    assert {each.key: each.value for each in model.metadata_props} == {
        "spec": net.graph.spec,
        "digest": net.graph.digest,
        "source": net.graph.source,
        "params": "6998552",
        "macs": str(net.macs),
    }
    assert model.doc_string.startswith("GoogLeNet\nSzegedy et al.")
    assert (model.opset_import[0].version, model.ir_version) == (OPSET, IR_VERSION)


def test_nodes_are_layers_and_rows() -> None:
    net = archc.load("googlenet")
    nodes = {node.name: node for node in emitted(net).graph.node}
    assert nodes["inception_3a.concat"].doc_string == "inception (3a)"
    heads = {head.name for head in net.graph.heads}
    layers = {
        name
        for name, part in net.module().named_modules()
        if not list(part.children()) and not isinstance(part, nn.Dropout)
    }
    main = {name for name in layers if name.partition(".")[0] not in heads}
    assert len(main) > 100
    assert main <= nodes.keys()
    assert all(node.output == [name] for name, node in nodes.items() if node.output != ["logits"])


SPEC = """
network: small
input: 8×8×3
rows:
  - {type: convolution, patch: 3×3, filters: 4, norm: batch norm, activation: prelu, name: conv}
  - {type: dropout, rate: 0.5}
  - {type: global avg pool, name: pool}
  - flatten
  - {type: linear, filters: 5, name: fc}
"""


@pytest.fixture
def small(tmp_path: Path) -> archc.Network:
    file = tmp_path / "small.yaml"
    file.write_text(SPEC, encoding="utf-8")
    return archc.load(file)


def test_the_same_bytes_each_time() -> None:
    one, two = (archc.load("squeezenet1_1").emit("onnx") for _ in range(2))
    assert one == two


def test_what_does_nothing_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "nothing.yaml"
    file.write_text("network: nothing\ninput: 4×4×3\nrows:\n  - {type: dropout}\n  - identity\n")
    net = archc.load(file)
    assert [node.op_type for node in emitted(net).graph.node] == ["Identity"]
    batch = np.ones((2, 3, 4, 4), np.float32)
    model = net.emit("onnx")
    assert isinstance(model, bytes)
    np.testing.assert_array_equal(infer(model, batch), batch)


# Weights files


def arrays(net: archc.Network) -> dict[str, Tensor]:
    return dict(enliven(net.module()).state_dict())


def refusal(net: archc.Network, tensors: Mapping[str, Tensor], folder: Path) -> str:
    file = folder / "weights.safetensors"
    save_file(dict(tensors), file)
    with pytest.raises(archc.ArchcError) as error:
        net.emit("onnx", file)
    return str(error.value).removeprefix(f"{file} does not fit small: ")


def test_a_missing_tensor(small: archc.Network, tmp_path: Path) -> None:
    tensors = arrays(small)
    del tensors["fc.weight"], tensors["fc.bias"]
    assert refusal(small, tensors, tmp_path) == "missing fc.weight, fc.bias"
    assert (
        refusal(small, {}, tmp_path)
        == "missing "
        + ", ".join([key for key in arrays(small) if not key.endswith("num_batches_tracked")][:5])
        + " and 4 more"
    )


def test_all_that_is_wrong_is_said_at_once(small: archc.Network, tmp_path: Path) -> None:
    tensors = arrays(small)
    del tensors["fc.bias"]
    tensors["gc.bias"] = torch.zeros(5)
    tensors["fc.num_batches_tracked"] = torch.tensor(0)
    tensors["fc.weight"] = torch.zeros(6, 4)
    found = next(key for key in tensors if key.endswith("running_var"))
    tensors[found] = tensors[found].long()
    assert refusal(small, tensors, tmp_path) == (
        "missing fc.bias; unexpected fc.num_batches_tracked, gc.bias; "
        "of another shape fc.weight (6, 4), not (5, 4); "
        f"not floating point {found} (int64)"
    )


def test_counters_may_be_missing_and_halves_are_widened(
    small: archc.Network, tmp_path: Path
) -> None:
    file = tmp_path / "weights.safetensors"
    tensors = {key: each for key, each in arrays(small).items() if each.is_floating_point()}
    save_file({key: each.half() for key, each in tensors.items()}, file)
    assert len(tensors) == len(arrays(small)) - 1
    found = {
        each.name: onnx.numpy_helper.to_array(each)
        for each in emitted(small, file).graph.initializer
    }
    assert found.keys() == tensors.keys()
    for key, tensor in tensors.items():
        np.testing.assert_array_equal(found[key].ravel(), tensor.half().float().numpy().ravel())


def test_without_a_file_the_weights_are_the_initial_ones(small: archc.Network) -> None:
    graph = pipeline.run(small.graph, pipeline.FOR_SOURCE)
    tensors = initial_tensors(graph, plan_of(graph).paths)
    module = small.module()
    loaded = {key: torch.from_numpy(each) for key, each in tensors.items()}
    assert not module.load_state_dict(loaded, strict=False).unexpected_keys
    batch = torch.randn(2, *small.input, generator=torch.Generator().manual_seed(0))
    model = small.emit("onnx")
    assert isinstance(model, bytes)
    with torch.no_grad():
        assert_close(infer(model, batch.numpy()), module.eval()(batch))


def test_too_large_for_one_file(tmp_path: Path) -> None:
    rows = "  - flatten\n" + 2 * "  - {type: linear, filters: 100000}\n"
    file = tmp_path / "huge.yaml"
    file.write_text(f"network: huge\ninput: 8×8×3\nrows:\n{rows}", encoding="utf-8")
    with pytest.raises(
        archc.ArchcError, match=r"huge has 40\.1 GB of weights: one ONNX file holds"
    ):
        archc.load(file).emit("onnx")


def test_a_grid_too_large(tmp_path: Path) -> None:
    rows = "  - {type: adaptive avg pool, output: 9999999×1}\n"
    file = tmp_path / "grid.yaml"
    file.write_text(f"network: grid\ninput: 8×8×3\nrows:\n{rows}", encoding="utf-8")
    with pytest.raises(archc.ArchcError, match="from 8×8×3 to 9999999×1 is too large for ONNX"):
        archc.load(file).emit("onnx")


def test_without_onnx(small: archc.Network, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("archc.targets.onnx")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(archc.ArchcError, match=r'run `pip install "archc\[onnx\]"`'):
        small.emit("onnx")


# The command line


def test_build_writes_a_file(small: archc.Network, tmp_path: Path) -> None:
    spec, output, weights = (
        str(tmp_path / name) for name in ("small.yaml", "net.onnx", "weights.safetensors")
    )
    save_file(arrays(small), weights)
    command = ["build", spec, "--emit", "onnx", "--weights", weights, "-o", output]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.stderr
    assert Path(output).read_bytes() == small.emit("onnx", weights)


def test_wrong_weights_are_one_line_and_no_file(small: archc.Network, tmp_path: Path) -> None:
    weights, output = tmp_path / "weights.safetensors", tmp_path / "net.onnx"
    tensors = arrays(small)
    del tensors["fc.bias"]
    save_file(tensors, weights)
    wanted = f"error: {weights} does not fit small: missing fc.bias\n"
    command = ["build", str(tmp_path / "small.yaml"), "--emit", "onnx", "-o", str(output)]
    result = CliRunner().invoke(main, [*command, "--weights", str(weights)])
    assert (result.exit_code, result.stderr) == (1, wanted)
    assert not output.exists()
