"""The emitted PyTorch: accepted by the tools, and what archc says it is."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

import archc
from archc.library import spec_names
from archc.passes import pipeline
from archc.plan.network import plan_of
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


def test_params_layers_and_heads(net: archc.Network) -> None:
    module = net.module()
    heads = net.graph.heads
    counted = sum(parameter.numel() for parameter in module.parameters())
    assert counted == net.params + sum(each.cost.params for each in net.figures.heads)

    seen: dict[str, tuple[int, ...]] = {}

    def watch(path: str) -> Callable[..., None]:
        def hook(_module: object, _inputs: object, output: torch.Tensor) -> None:
            seen[path] = tuple(output.shape[1:])

        return hook

    graph = pipeline.run(net.graph, pipeline.FOR_SOURCE)
    paths = plan_of(graph).paths
    layers = [path for path, each in module.named_modules() if path and not list(each.children())]
    identities = {path for path in layers if isinstance(module.get_submodule(path), nn.Identity)}
    assert [path for path in layers if path not in identities] == list(paths.values())
    main = set(graph.operations())
    expected = {path: each.output.shape for each, path in paths.items() if each in main}
    for path in expected:
        module.get_submodule(path).register_forward_hook(watch(path))
    module.eval()
    with torch.no_grad():
        logits = module(torch.randn(2, *net.input))
    assert logits.shape == (2, *net.output)
    assert seen == expected

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


@pytest.mark.parametrize(("spec", "lines"), [("googlenet", 160), ("inception_v3", 260)])
def test_short(spec: str, lines: int) -> None:
    assert len(archc.load(spec).emit("torch").splitlines()) <= lines


def test_no_class_differs_in_its_numbers_alone(net: archc.Network) -> None:
    """Constructors aside, two classes of one shape would be one class."""
    tree = ast.parse(net.emit("torch"))
    shapes: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            shape = shape_of(node)
            assert shape not in shapes, f"{node.name} is {shapes[shape]} with other numbers"
            shapes[shape] = node.name


def shape_of(node: ast.ClassDef) -> str:
    """A class without its name, docstrings, annotations and literals."""
    copy = ast.parse(ast.unparse(node)).body[0]
    assert isinstance(copy, ast.ClassDef)
    copy.name = ""
    for each in ast.walk(copy):
        if isinstance(each, ast.Constant):
            each.value = 0
    return ast.dump(copy)


def test_weights_start_as_the_spec_says() -> None:
    """Caffe's GoogLeNet: uniform up to sqrt(3 / fan in), biases 0.2, classifiers' 0."""
    module = archc.load("googlenet").module()
    for name, parameter in module.named_parameters():
        if name.endswith("bias"):
            is_classifier = "classifier" in name or name == "linear.bias"
            assert torch.equal(parameter, torch.full_like(parameter, 0.0 if is_classifier else 0.2))
        else:
            bound = (3 / parameter[0].numel()) ** 0.5
            assert parameter.abs().max() <= bound
            assert parameter.std().item() == pytest.approx(bound / 3**0.5, rel=0.05)
