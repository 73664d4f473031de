"""The passes one after the other compute what the emitted module computes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import torch
from hypothesis import given, reject
from torch import Tensor

import archc
from archc.ir.program import Instruction, Program
from archc.ir.text import program_text
from archc.library import spec_names
from archc.passes.arranging import MergeSiblings
from archc.passes.pipeline import FOR_EXECUTION, ProgramPass, run_program
from tests.passes.interpret import assert_same, image, interpret, state_of
from tests.passes.programs import lines, lower, program_of
from tests.profile import LONG, repeatable
from tests.strategies import specs

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = {"inception_resnet_v1": 75, "inception_v3_151": 75} | dict.fromkeys(
    (
        "googlenet_torchvision",
        "inception_v3_79",
        "vgg",
        "densenet121",
        "mobilenet_v2",
        "resnet50",
        "squeezenet1_1",
    ),
    32,
)
"""Networks that take small images, and how small."""

LARGE = ("googlenet_naive", "inception_resnet_v2", "inception_v4")
"""Networks that take seconds each. What is in them is in others, too."""


def freeze(program: Program) -> list[tuple[Instruction, str]]:
    """All that a pass might change in place."""
    return [(each, repr((each, each.weights))) for each in program.instructions]


def run_purely(program: Program, one: ProgramPass) -> Program:
    """Run a pass, and look whether it leaves its argument alone and has finished."""
    before = freeze(program)
    after = run_program(program, [one])
    assert freeze(program) == before
    assert lines(one(after)) == lines(after)
    return after


def compare(net: archc.Network, passes: Iterable[ProgramPass], batch: Tensor) -> None:
    """The module, the program, and the program after each pass."""
    state = state_of(net)
    with torch.device("meta"):
        module = net.module().eval()
    with torch.no_grad():
        wanted: Tensor = torch.func.functional_call(module, state, batch)
    program = lower(net)
    assert_same(interpret(program, state, batch), wanted)
    for one in passes:
        program = run_purely(program, one)
        assert_same(interpret(program, state, batch), wanted)


@repeatable(100, 2000)
@given(text=specs())
def test_random_networks(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "random_program.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        net = archc.load(path)
    except archc.SpecError:
        reject()
    passes = [*FOR_EXECUTION.values(), MergeSiblings(skip_joined=True)]
    compare(net, passes, image(net.input))


@pytest.mark.parametrize("name", spec_names())
def test_bundled_networks(name: str) -> None:
    if name in LARGE and not LONG:
        pytest.skip("in the long profile")
    size = {"input": f"{SMALL[name]}×{SMALL[name]}×3"} if name in SMALL else {}
    net = archc.load(name, classes=10, **size)
    compare(
        net, [lambda program: run_program(program, FOR_EXECUTION.values())], image(net.input, 1)
    )


@pytest.mark.parametrize("name", spec_names())
def test_little_is_left(name: str) -> None:
    """Norms only where no convolution comes before them; no scale, no sum, no activation."""
    program = run_program(lower(archc.load(name)), FOR_EXECUTION.values())
    kinds = {each.op.names[0] for each in program.instructions}
    most = {"convolution", "linear", "max pool", "avg pool", "global avg pool", "concat", "flatten"}
    most |= {"slice", "zero pad", "local response norm"}
    assert kinds <= most | ({"batch norm"} if name in ("densenet121", "googlenet_ucm") else set())


SPEC = """
    network: small
    input: 8×8×6
    defaults: {convolution: {norm: bn, activation: relu, bias: false}}
    rows:
      - {type: conv, patch: 3×3, filters: 6, padding: 1, name: stem}
      - type: dropout
      - name: block
        branches:
          residual:
            - branches:
                1×1: [[conv, 1×1, 3]]
                3×3:
                  - [conv, 1×1, 2]
                  - branches:
                      1×3: [[conv, 1×3, 2, {padding: same}]]
                      3×1: [[conv, 3×1, 2, {padding: same}]]
                pool: [[avg pool, 3×3, {padding: 1}], [conv, 1×1, 2]]
            - [conv, 1×1, 6, {norm: none, activation: none, bias: true}]
            - [scale, {by: 0.17}]
          shortcut: [identity]
        join: add
        activation: relu
    """


def test_each_pass_in_turn(golden: Callable[[Path | str, str], None]) -> None:
    """A residual around an Inception module with averages."""
    found = program_of(SPEC)
    texts = ["after linearize", program_text(found)]
    for name, one in FOR_EXECUTION.items():
        found = run_program(found, [one])
        texts += [f"after {name}", program_text(found)]
    golden("ir/each_pass.txt", "\n\n".join(texts))


def test_golden(golden: Callable[[Path | str, str], None]) -> None:
    golden("ir/googlenet_torchvision.ir", str(archc.load("googlenet_torchvision").emit("ir")))
