"""The emitted PyTorch: accepted by the tools, and what archc says it is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

import archc
from archc.library import spec_names
from archc.ops import words
from archc.spec.tokens import slug

RUFF = [sys.executable, "-m", "ruff"]
STYLE = ["--select", "E4,E7,E9,F,D,UP,B", "--config", 'lint.pydocstyle.convention="google"']


VARIANTS = [
    (name, variant)
    for name in spec_names()
    for variant in archc.load(name).graph.variants or (None,)
]


@pytest.fixture(scope="module", params=VARIANTS, ids=lambda each: " ".join(filter(None, each)))
def net(request: pytest.FixtureRequest) -> archc.Network:
    name, variant = request.param
    return archc.load(name, variant=variant)


def test_golden(net: archc.Network, golden: Callable[[str, str], None]) -> None:
    name = "_".join(filter(None, (Path(net.graph.spec).stem, net.graph.variant)))
    golden(f"emitted/{name}.py.txt", net.emit("torch"))


def test_deterministic(net: archc.Network) -> None:
    again = archc.load(Path(net.graph.spec).stem, variant=net.graph.variant)
    assert net.emit("torch") == again.emit("torch")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All emitted files."""
    found = tmp_path_factory.mktemp("emitted")
    for name, variant in VARIANTS:
        file = found / f"{name}_{slug(variant or '')}.py"
        file.write_text(archc.load(name, variant=variant).emit("torch"))
    return found


def test_ruff_accepts_all(folder: Path) -> None:
    for command in (["format", "--check"], ["check", *STYLE]):
        subprocess.run([*RUFF, *command, "--isolated", str(folder)], check=True)


def test_mypy_accepts_all(folder: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", str(folder)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def test_params_rows_and_heads(net: archc.Network) -> None:
    module = net.module()
    heads = net.graph.heads
    counted = sum(parameter.numel() for parameter in module.parameters())
    assert counted == net.params + sum(each.cost.params for each in net.figures.heads)

    seen: dict[str, tuple[int, ...]] = {}

    def watch(name: str) -> Callable[..., None]:
        def hook(_module: object, _inputs: object, output: torch.Tensor) -> None:
            seen[name] = tuple(output.shape[1:])

        return hook

    watched = [row for row in net.rows if words(row.row.type) != "softmax"]  # left to the loss
    for row in watched:
        getattr(module, row.name).register_forward_hook(watch(row.name))
    module.eval()
    with torch.no_grad():
        logits = module(torch.randn(2, *net.input))
    assert logits.shape == (2, *net.output)
    assert seen == {row.name: row.output for row in watched}

    module.train()
    with torch.no_grad():
        trained = module(torch.randn(2, *net.input))
    if heads:
        assert type(trained)._fields == ("logits", *(head.name for head in heads))
        assert [tuple(each.shape) for each in trained] == [(2, *net.output)] * (1 + len(heads))


def test_num_classes() -> None:
    module = archc.load("googlenet").module(num_classes=7).eval()
    with torch.no_grad():
        assert module(torch.randn(1, 3, 224, 224)).shape == (1, 7)


def test_googlenet_is_short() -> None:
    assert len(archc.load("googlenet").emit("torch").splitlines()) <= 200
