"""``archc weights``: files in, the map, files out, and whatever is no checkpoint."""

from __future__ import annotations

import io
import json
import pickle
import struct
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner, Result
from safetensors.torch import load_file, save_file
from torch import Tensor

import archc
from archc.checkpoint import Match, map_checkpoint, read_checkpoint
from archc.checkpoint.report import match_tables
from archc.cli import main
from archc.show.terminal import Screen, to_text
from tests.checkpoint.models import build, shapes, tensors
from tests.checkpoint.test_matching import DATA, MORE

SQUEEZENET = str(MORE / "squeezenet1_1.yaml")
Golden = Callable[[str, str], None]


def run(*arguments: object) -> Result:
    """The command; only where ``-o`` is given does it write."""
    dry = [] if "-o" in arguments else ["--dry-run"]
    return CliRunner().invoke(main, ["weights", *map(str, arguments), *dry])


def test_where_it_writes(
    state: dict[str, Tensor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save(state, "theirs.pth")
    result = CliRunner().invoke(main, ["weights", SQUEEZENET, "theirs.pth"])
    assert result.stderr == "wrote build/squeezenet1_1.safetensors\n"
    assert (tmp_path / "build" / "squeezenet1_1.safetensors").is_file()


@pytest.fixture(scope="module")
def state() -> dict[str, Tensor]:
    return dict(build("torchvision", "squeezenet1_1").state_dict())


# What can be read


WRAPPERS: dict[str, Callable[[dict[str, Tensor]], Any]] = {
    "plain": lambda state: state,
    "state_dict": lambda state: {"state_dict": state, "epoch": 90, "args": ["--lr", 0.1]},
    "model": lambda state: {"model": state, "optimizer": {"state": {}}},
    "nested": lambda state: {"model": {"state_dict": state}},
    "data parallel": lambda state: {f"module.{key}": value for key, value in state.items()},
}


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_torch_files(wrapper: str, state: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save(WRAPPERS[wrapper](state), tmp_path / "theirs.pth")
    result = run(SQUEEZENET, tmp_path / "theirs.pth", "-o", tmp_path / "ours.safetensors")
    assert (result.exit_code, result.stderr) == (0, f"wrote {tmp_path}/ours.safetensors\n")
    assert_loads(tmp_path / "ours.safetensors", state)


def assert_loads(path: Path, state: Mapping[str, Tensor]) -> None:
    """SqueezeNet's own file: strictly, and in the order in which both have their layers."""
    module = archc.load(SQUEEZENET).module()
    module.load_state_dict(load_file(path))
    for found, expected in zip(module.state_dict().values(), state.values(), strict=True):
        assert torch.equal(found, expected.float())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("ending", [".safetensors", ".bin"])
def test_types_are_kept(
    dtype: torch.dtype, ending: str, state: dict[str, Tensor], tmp_path: Path
) -> None:
    theirs = {key: tensor.to(dtype) for key, tensor in state.items()}
    path = tmp_path / f"theirs{ending}"
    if ending == ".bin":
        torch.save(theirs, path)
    else:
        save_file(theirs, path)
    assert run(SQUEEZENET, path, "-o", tmp_path / "ours.safetensors").exit_code == 0
    found = load_file(tmp_path / "ours.safetensors")
    assert {tensor.dtype for tensor in found.values()} == {dtype}
    if dtype is not torch.float64:
        assert_loads(tmp_path / "ours.safetensors", theirs)


@pytest.mark.parametrize("counter", [{}, {"b.num_batches_tracked": torch.zeros(5)}], ids=len)
def test_norms_without_counters(counter: dict[str, Tensor], tmp_path: Path) -> None:
    """As files from before torch 0.4 have them; what is written has them again."""
    spec = tmp_path / "tiny.yaml"
    spec.write_text(
        "network: tiny\ninput: 8×8×3\n"
        "defaults: {convolution: {norm: batch norm}}\nrows:\n  - [convolution, 3×3, 4]\n"
    )
    theirs = {"a.weight": torch.rand(4, 3, 3, 3), "a.bias": torch.rand(4)}
    theirs |= {f"b.{name}": torch.rand(4) for name in ("weight", "bias")}
    theirs |= {f"b.running_{name}": torch.rand(4) for name in ("mean", "var")}
    theirs |= counter
    save_file(theirs, tmp_path / "a.safetensors")
    assert run(spec, tmp_path / "a.safetensors", "-o", tmp_path / "o.safetensors").exit_code == 0
    archc.load(spec).module().load_state_dict(load_file(tmp_path / "o.safetensors"))


def test_no_torch_for_safetensors(
    state: dict[str, Tensor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_file(state, tmp_path / "theirs.safetensors")
    torch.save(state, tmp_path / "theirs.pth")
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "archc.runtime.weights", raising=False)
    assert run(SQUEEZENET, tmp_path / "theirs.safetensors").exit_code == 0
    result = run(SQUEEZENET, tmp_path / "theirs.pth")
    assert result.exit_code == 1
    assert 'pip install "archc[torch]"' in result.stderr


# What is printed


@pytest.fixture
def theirs(state: dict[str, Tensor], tmp_path: Path) -> Path:
    torch.save(state, tmp_path / "theirs.pth")
    return tmp_path / "theirs.pth"


def test_map(theirs: Path, golden: Golden) -> None:
    result = run(SQUEEZENET, theirs)
    assert result.stderr == ""
    golden("weights/squeezenet.txt", result.stdout)


def test_json(theirs: Path) -> None:
    found = json.loads(run(SQUEEZENET, theirs, "--format", "json").stdout)
    assert found["fits"]
    assert [each["checkpoint"] for each in found["tensors"]] == list(torch.load(theirs))
    assert found["tensors"][0]["shape"] == [64, 3, 3, 3]
    assert found["problems"] == []


def whole_text(match: Match) -> str:
    """As in a file, whose lines may have any length."""
    return to_text(*match_tables(match), screen=Screen(columns=10_000))


def test_table(theirs: Path) -> None:
    read = read_checkpoint(theirs)
    match = map_checkpoint(archc.load(SQUEEZENET).graph, read.tensors, read.ordered)
    lines = to_text(*match_tables(match)).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[-1] == "26 layers, 52 tensors"
    assert sum("features." in line for line in lines) == 25


# What does not fit


VGG = archc.load("vgg", variant="A").graph


def vgg() -> dict[str, tuple[int, ...]]:
    return shapes("torchvision", "vgg11")


def exchange(found: dict[str, Any], one: str, other: str) -> None:
    found[one], found[other] = found[other], found[one]


CHANGES: dict[str, Callable[[dict[str, tuple[int, ...]]], object]] = {
    "another_shape": lambda found: found.update({"features.8.weight": (256, 256, 5, 5)}),
    "another_bias": lambda found: found.update({"features.8.bias": (128,)}),
    "layer_missing": lambda found: [found.pop(f"features.8.{name}") for name in ("weight", "bias")],
    "layer_extra": lambda found: found.update({"features.9.weight": (256, 256, 1, 1)}),
    "bias_missing": lambda found: found.pop("features.8.bias"),
    "shapes_exchanged": lambda found: exchange(found, "features.3.weight", "features.6.weight"),
    "other_classes": lambda found: found.update(
        {"classifier.6.weight": (10, 4096), "classifier.6.bias": (10,)}
    ),
    "zero_size": lambda found: found.update({"features.8.weight": (0, 256, 3, 3)}),
    "no_kind": lambda found: found.update({"scale": (7, 7, 7), "features.0.zeros": (2,)}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_does_not_fit(change: str, golden: Golden) -> None:
    found = vgg()
    CHANGES[change](found)
    match = map_checkpoint(VGG, tensors(found))
    assert match.layers == ()
    golden(f"weights/{change}.txt", whole_text(match))


def test_another_architecture(golden: Golden) -> None:
    text = whole_text(map_checkpoint(archc.load("googlenet").graph, tensors(vgg())))
    assert len(text.splitlines()) < 50
    golden("weights/another_architecture.txt", text)


@pytest.fixture
def unfit(state: dict[str, Tensor], tmp_path: Path) -> Path:
    wrong = state | {"features.3.squeeze.weight": torch.zeros(16, 64, 3, 3)}
    torch.save(wrong, tmp_path / "unfit.pth")
    return tmp_path / "unfit.pth"


def test_nothing_is_written(unfit: Path, tmp_path: Path) -> None:
    out = tmp_path / "ours.safetensors"
    result = run(SQUEEZENET, unfit, "-o", out)
    assert result.exit_code == 1
    assert result.stderr == f"error: {unfit} does not fit SqueezeNet 1.1; nothing is written\n"
    assert "features.3.squeeze 16×64×3×3" in result.stdout
    assert not out.exists()


def test_problems_as_json(unfit: Path) -> None:
    result = run(SQUEEZENET, unfit, "--format", "json")
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (found["fits"], found["tensors"]) == (False, [])
    assert found["problems"][0]["found"] == [16, 64, 3, 3]


def test_whole_numbers_are_no_weights(state: dict[str, Tensor], tmp_path: Path) -> None:
    wrong = state | {"features.3.squeeze.weight": torch.zeros(16, 64, 1, 1, dtype=torch.int8)}
    torch.save(wrong, tmp_path / "theirs.pth")
    result = run(SQUEEZENET, tmp_path / "theirs.pth")
    assert result.exit_code == 1
    assert "wrong type (1)" in result.stdout
    assert "features.3.squeeze.weight I8" in result.stdout
    assert "does not fit: 1 of the network's 26 layers\n" in result.stdout


def test_layers_are_counted_and_not_their_tensors(state: dict[str, Tensor], tmp_path: Path) -> None:
    torch.save({key: value.to(torch.int8) for key, value in state.items()}, tmp_path / "x.pth")
    result = run(SQUEEZENET, tmp_path / "x.pth")
    assert "wrong type (52)" in result.stdout
    assert result.stdout.startswith("does not fit: 26 of the network's 26 layers\n")


def test_ambiguous(golden: Golden, tmp_path: Path) -> None:
    """SqueezeNet with names that say nothing, in a file that keeps no order."""
    found = shapes("torchvision", "squeezenet1_1")
    layers = {
        name: f"l{hash_of(name)}" for name in dict.fromkeys(k.rpartition(".")[0] for k in found)
    }
    renamed = {
        f"{layers[key.rpartition('.')[0]]}.{key.rpartition('.')[2]}": torch.zeros(shape)
        for key, shape in found.items()
    }
    save_file(renamed, tmp_path / "theirs.safetensors")
    result = run(SQUEEZENET, tmp_path / "theirs.safetensors")
    assert result.exit_code == 1
    golden("weights/ambiguous.txt", result.stdout)


def hash_of(name: str) -> str:
    """Letters that say nothing."""
    return "".join(chr(97 + (ord(char) * 7 + at) % 26) for at, char in enumerate(name))


# What is no checkpoint


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise SystemExit('code was run')",)


def saved(content: Any) -> bytes:
    out = io.BytesIO()
    torch.save(content, out)
    return out.getvalue()


GARBAGE: dict[str, tuple[str, bytes]] = {
    "empty": ("a.pth", b""),
    "noise": ("a.pth", bytes(range(256)) * 8),
    "text": ("a.bin", b"<html>404</html>"),
    "zip": ("a.pt", b"PK\x03\x04" + bytes(200)),
    "cut off": ("a.pth", saved({"a.weight": torch.zeros(64, 3, 7, 7)})[:-900]),
    "a list": ("a.pth", saved([torch.zeros(3)])),
    "a tensor": ("a.pth", saved(torch.zeros(3))),
    "numbers": ("a.pth", saved({"epoch": 3, "loss": 0.5})),
    "nested": ("a.pth", saved({"a": {"b": {"weight": torch.zeros(3)}}})),
    "sparse": ("a.pth", saved({"a.weight": torch.zeros(3, 3).to_sparse()})),
    "code": ("a.pth", pickle.dumps({"a": Evil()}, protocol=2)),
    "another pickle": ("a.pth", pickle.dumps({"a": 1}, protocol=4)),
    "code in a zip": ("a.pth", saved({"a": Evil()})),
    "a module": ("a.pth", saved(torch.nn.Linear(2, 2))),
    "no header": ("a.safetensors", b"x"),
    "huge header": ("a.safetensors", struct.pack("<Q", 2**60) + b"{}"),
    "no json": ("a.safetensors", struct.pack("<Q", 2) + b"{]"),
    "cut off safetensors": (
        "a.safetensors",
        struct.pack("<Q", 58) + b'{"a":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}}   ',
    ),
}


@pytest.mark.parametrize("name", GARBAGE)
def test_no_checkpoint(name: str, tmp_path: Path) -> None:
    file, content = GARBAGE[name]
    (tmp_path / file).write_bytes(content)
    result = run("vgg", tmp_path / file, "-o", tmp_path / "o.safetensors")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.splitlines()) == 1
    if "code" in name or "module" in name:
        assert "to unpickle it is to run code" in result.stderr
    assert not (tmp_path / "o.safetensors").exists()


def test_an_empty_checkpoint(tmp_path: Path) -> None:
    save_file({}, tmp_path / "a.safetensors")
    result = run("vgg", tmp_path / "a.safetensors")
    assert result.exit_code == 1
    assert "missing (11)" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["vgg"],
        ["vgg", "no_such_file.pth"],
        ["vgg", "."],
        ["no_such_spec", __file__],
        ["vgg", __file__, "-o", "weights.pth"],
        ["vgg", __file__, "-o", "-"],
        ["vgg", __file__, "--variant", "F"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Error:" in result.stderr


# What the documentation shows


def test_documentation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lines come in that order; where it has an ellipsis, others are between them."""
    text = (Path(__file__).parents[2] / "docs" / "checkpoints.md").read_text()
    shown = text.partition("```console\n$ archc ")[2].partition("\n```")[0]
    command, *lines = shown.splitlines()
    names = json.loads((DATA / "cadene_bninception.json").read_text())
    numbers = {name: torch.zeros(()).expand(shape) for name, shape in names.items()}
    torch.save(numbers, tmp_path / "bn_inception.pth")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, command.split())
    printed = iter(result.output.splitlines())
    assert [line for line in lines if line != "…" and line not in printed] == []
