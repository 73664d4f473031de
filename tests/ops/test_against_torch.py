"""Every op's shape rule and costs, compared with what torch returns and counts."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from archc.diagnostics import Code
from archc.ops import OPS, Op, Shape, ShapeError
from archc.ops.activation import (
    ELU,
    GELU,
    HardSigmoid,
    HardSwish,
    LeakyReLU,
    Mish,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from archc.ops.arrangement import Add, Concat, Dropout, Flatten, Identity, Pad, Scale
from archc.ops.convolution import Convolution, SeparableConvolution
from archc.ops.linear import Linear
from archc.ops.normalization import BatchNorm, LocalResponseNorm
from archc.ops.pooling import AdaptiveAvgPool, AvgPool, GlobalAvgPool, MaxPool, Pool
from archc.ops.windowed import Windowed
from tests.ops.reference import REFUSALS, TORCH, Figures, build, cells, figures, run

pytestmark = pytest.mark.usefixtures("one_thread")


def stated(op: Op, inputs: Sequence[Shape]) -> Figures:
    """What archc says; raises `ShapeError` where it refuses."""
    shape = op.infer(inputs)
    return Figures(
        shape=shape,
        params=op.params(inputs),
        weights=op.weights(inputs),
        macs=op.macs(inputs, shape),
        layers=op.layers,
    )


@dataclass(frozen=True)
class Case:
    """An op, and several inputs that it takes."""

    op: Op
    inputs: Sequence[Sequence[Shape]]
    written: dict[str, Any]

    def __str__(self) -> str:
        attributes = ",".join(f"{name}={value}" for name, value in self.written.items())
        return f"{self.op.names[0]}({attributes})".replace(" ", "_")


def grid(op: type[Op], inputs: Sequence[Sequence[Shape]], **values: Sequence[Any]) -> list[Case]:
    """``op`` with every combination of the attributes' values."""
    combinations = [
        dict(zip(values, chosen, strict=True)) for chosen in itertools.product(*values.values())
    ]
    return [Case(op.make(written), inputs, written) for written in combinations]


MAPS: list[list[Shape]] = [[(4, 9, 9)], [(4, 8, 12)]]
"""Odd and even sizes; four channels, which groups divide."""
ODD_AND_EVEN: list[list[Shape]] = [*MAPS, [(4, 7, 10)], [(4, 8, 8)]]
ANY: list[list[Shape]] = [[(4, 9, 9)], [(1, 1, 1)], [(6,)]]
"""Maps and vectors, for what works on each element."""

CASES = [
    *grid(
        Convolution,
        MAPS,
        filters=[6],
        kernel=[1, 3, "2x3", "5x2"],
        stride=[1, 2, 3, "3x2"],
        padding=[0, 1, "2x0", [0, 1, 2, 0], "same", "valid"],
        bias=[True, False],
    ),
    *grid(
        Convolution,
        MAPS,
        filters=[4, 8],
        kernel=[2, "3x1"],
        stride=[1, 2],
        padding=[1, "same"],
        dilation=[2, "1x3"],
        groups=[1, 2, 4],
    ),
    *grid(
        SeparableConvolution,
        MAPS,
        filters=[5],
        kernel=["3x1", 4],
        stride=[1, 2],
        padding=[1, [1, 0, 0, 2], "same"],
        dilation=[1, 2],
        multiplier=[1, 3],
        bias=[True, False],
    ),
    *grid(Linear, [[(1,)], [(12,)]], filters=[1, 7], bias=[True, False]),
    *grid(
        MaxPool,
        ODD_AND_EVEN,
        kernel=[2, 3, "3x2"],
        stride=[1, 2, 3, "2x3"],
        padding=[0, 1, [0, 1, 1, 0], "same", "valid"],
        ceil=[False, True],
    ),
    *grid(
        MaxPool,
        ODD_AND_EVEN,
        kernel=[2, "3x2"],
        stride=[1, 3],
        padding=[0, 1, "same"],
        dilation=[2, "1x3"],
        ceil=[False, True],
    ),
    *grid(
        AvgPool,
        ODD_AND_EVEN,
        kernel=[2, 3, "3x2"],
        stride=[1, 2, 3, "2x3"],
        padding=[0, 1, "valid"],
        ceil=[False, True],
        count_include_pad=[False, True],
    ),
    *grid(
        AvgPool,
        ODD_AND_EVEN,
        kernel=[3, "5x3"],
        stride=[1, 2, 3, "2x3"],
        padding=["same"],
        ceil=[False, True],
        count_include_pad=[False, True],
    ),
    *grid(
        AvgPool,
        ODD_AND_EVEN,
        kernel=[2, "3x2"],
        stride=[1, 2, 3],
        padding=[[0, 1, 1, 0], [1, 0, 0, 1]],
        ceil=[False, True],
    ),
    *grid(MaxPool, MAPS, kernel=[1], stride=[2, 1]),
    *grid(AvgPool, MAPS, kernel=[1], stride=[2, 1]),
    *grid(GlobalAvgPool, [*ODD_AND_EVEN, [(4, 1, 1)]]),
    *grid(AdaptiveAvgPool, [*MAPS, [(2, 1, 3)]], output=[1, 7, "2x5", "1x3"]),
    *grid(BatchNorm, ANY, scale=[True, False], shift=[True, False]),
    *grid(BatchNorm, ANY, eps=[1e-3], momentum=[0.0003]),
    *grid(LocalResponseNorm, MAPS, size=[1, 3, 5, 11], alpha=[1e-3], beta=[0.5], k=[2]),
    *grid(ReLU, ANY),
    *grid(ReLU6, ANY),
    *grid(LeakyReLU, ANY, slope=[0.2]),
    *grid(PReLU, ANY, per_channel=[False, True]),
    *grid(ELU, ANY, alpha=[0.5]),
    *grid(GELU, ANY),
    *grid(SiLU, ANY),
    *grid(Mish, ANY),
    *grid(HardSwish, ANY),
    *grid(HardSigmoid, ANY),
    *grid(Sigmoid, ANY),
    *grid(Tanh, ANY),
    *grid(Softplus, ANY),
    *grid(Softmax, ANY),
    *grid(Dropout, ANY, rate=[0, "40%"]),
    *grid(Flatten, ANY),
    *grid(Concat, [[(channels, 9, 8) for channels in (4, 1, 6, 4)[:n]] for n in (1, 2, 3, 4)]),
    *grid(Concat, [[(6,)], [(6,), (1,)], [(6,), (1,), (3,)]]),
    *grid(Add, [[shape] * n for shape in [(4, 9, 8), (6,)] for n in (1, 2, 3, 4)]),
    *grid(Scale, ANY, by=[0.17, -2, 1]),
    *grid(Identity, ANY),
    *grid(Pad, MAPS, padding=[0, 1, "2x0", [0, 1, 2, 3]], value=[0, -math.inf]),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_an_op_states_is_what_torch_returns_and_counts(case: Case) -> None:
    for inputs in case.inputs:
        assert stated(case.op, inputs) == figures(case.op, inputs), inputs


FIXED: dict[type[Op], set[str]] = {AvgPool: {"dilation"}}
"""Attributes that the op's class shares, but that can only have the default."""


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.names[0])
def test_the_cases_leave_nothing_out(op: type[Op]) -> None:
    """Every op has a reference, and every attribute is set to something else than default."""
    assert op in TORCH
    cases = [case.op for case in CASES if type(case.op) is op]
    assert cases, "give it a row in CASES"
    unchanged = {
        name
        for name, field in op.fields.items()
        if all(getattr(case, name) == field.default for case in cases)
    }
    starts = {"weight_init", "bias_init"}  # how weights start changes no shape and no cost
    assert unchanged - starts <= FIXED.get(op, set())


# What neither takes.

A_MAP, A_VECTOR = (4, 9, 9), (6,)


def written(op: type[Op], **attributes: Any) -> Op:
    return op.make(attributes)


REFUSED = [
    (written(Convolution, filters=1, kernel=1), [A_VECTOR], Code.WRONG_RANK),
    (written(Convolution, filters=1, kernel=10), [A_MAP], Code.EMPTY_OUTPUT),
    (written(Convolution, filters=1, kernel="1x2", dilation=9), [A_MAP], Code.EMPTY_OUTPUT),
    (written(Convolution, filters=6, kernel=1, groups=3), [A_MAP], Code.BAD_GROUPS),
    (written(Convolution, filters=6, kernel=1, groups=4), [A_MAP], Code.BAD_GROUPS),
    (written(SeparableConvolution, filters=1, kernel=1), [A_VECTOR], Code.WRONG_RANK),
    (written(SeparableConvolution, filters=1, kernel=10), [A_MAP], Code.EMPTY_OUTPUT),
    (written(Linear, filters=1), [A_MAP], Code.WRONG_RANK),
    (written(MaxPool, kernel=1), [A_VECTOR], Code.WRONG_RANK),
    (written(MaxPool, kernel=10), [A_MAP], Code.EMPTY_OUTPUT),
    (written(MaxPool, kernel=3, padding=2), [A_MAP], Code.BAD_PADDING),
    (written(MaxPool, kernel=3, padding=2, dilation=2), [A_MAP], Code.BAD_PADDING),
    (written(AvgPool, kernel=1), [A_VECTOR], Code.WRONG_RANK),
    (written(AvgPool, kernel=10), [A_MAP], Code.EMPTY_OUTPUT),
    (written(AvgPool, kernel="2x3", padding="1x2"), [A_MAP], Code.BAD_PADDING),
    (written(GlobalAvgPool), [A_VECTOR], Code.WRONG_RANK),
    (written(AdaptiveAvgPool, output=1), [A_VECTOR], Code.WRONG_RANK),
    (written(LocalResponseNorm), [A_VECTOR], Code.WRONG_RANK),
    (written(Concat), [(4, 9, 9), (4, 9, 8)], Code.SPATIAL_MISMATCH),
    (written(Concat), [A_MAP, A_VECTOR], Code.WRONG_RANK),
    (written(Add), [(4, 9, 9), (3, 9, 9)], Code.CHANNEL_MISMATCH),
    (written(Add), [A_VECTOR, (5,)], Code.CHANNEL_MISMATCH),
    (written(Add), [(4, 9, 9), (4, 9, 8)], Code.SPATIAL_MISMATCH),
]
REFUSED_BY_ARCHC = [
    pytest.param(written(Pad, padding=1), [A_VECTOR], Code.WRONG_RANK, id="pads the batch"),
    pytest.param(written(Linear, filters=1), [(4, 9, 4)], Code.WRONG_RANK, id="of each row"),
    pytest.param(
        written(Add), [(4, 9, 9), (1, 9, 9)], Code.CHANNEL_MISMATCH, id="broadcasts channels"
    ),
    pytest.param(
        written(Add), [(4, 9, 9), (4, 1, 1)], Code.SPATIAL_MISMATCH, id="broadcasts positions"
    ),
    pytest.param(written(Add), [A_MAP, (9,)], Code.WRONG_RANK, id="broadcasts a vector"),
]
"""What torch takes and means otherwise than the table's author did."""


@pytest.mark.parametrize(
    ("op", "inputs", "code"), REFUSED, ids=[f"{op.names[0]} {op}" for op, _, _ in REFUSED]
)
def test_what_archc_refuses_torch_refuses(op: Op, inputs: list[Shape], code: Code) -> None:
    with pytest.raises(ShapeError) as refusal:
        op.infer(inputs)
    assert refusal.value.code is code
    with pytest.raises(REFUSALS):
        figures(op, inputs)


@pytest.mark.parametrize(("op", "inputs", "code"), REFUSED_BY_ARCHC)
def test_what_archc_alone_refuses(op: Op, inputs: list[Shape], code: Code) -> None:
    with pytest.raises(ShapeError) as refusal:
        op.infer(inputs)
    assert refusal.value.code is code
    figures(op, inputs)


# Random attributes: archc takes what torch takes, and nothing else.

repeatable = settings(max_examples=400, deadline=None, derandomize=True)


def pairs(largest: int, smallest: int = 1) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.integers(smallest, largest), st.integers(smallest, largest))


STEPS = st.integers(0, 3)
EVEN = pairs(3, 0).map(lambda pair: (pair[0], pair[0], pair[1], pair[1]))
PADDINGS = EVEN | st.tuples(STEPS, STEPS, STEPS, STEPS) | st.sampled_from(["same", "valid"])
INPUTS = st.tuples(st.integers(1, 6), st.integers(1, 10), st.integers(1, 10)).map(lambda x: [x])
WINDOWS = {"kernel": pairs(5), "stride": pairs(3), "padding": PADDINGS}
FLAGS = st.booleans()


def is_even(op: Windowed, shape: Shape) -> bool:
    """Whether the padding is the same on opposite sides, as torch's layers can have it."""
    top, bottom, left, right = cells(op, *shape[1:])
    return (top, left) == (bottom, right)


def pads_more_than_half(op: Pool) -> bool:
    """Torch's limit for pools, which it cannot see when a layer before the pool pads."""
    if isinstance(op.padding, str):
        return False
    top, bottom, left, right = op.padding
    return max(top, bottom) > op.kernel[0] // 2 or max(left, right) > op.kernel[1] // 2


def takes(op: Op, inputs: Sequence[Shape]) -> bool:
    """Whether archc infers a shape."""
    try:
        op.infer(inputs)
    except ShapeError:
        return False
    return True


def agree(op: Op, inputs: Sequence[Shape]) -> None:
    """Our figures of ``op`` are torch's, or both refuse it."""
    ours = stated(op, inputs) if takes(op, inputs) else None
    try:
        theirs = figures(op, inputs)
    except REFUSALS as refusal:
        assert ours is None, f"torch refuses: {refusal}"  # noqa: PT017
        return
    assert ours == theirs
    if isinstance(op, Windowed) and op.padding == "same":
        _, height, width = inputs[0]
        sizes = math.ceil(height / op.stride[0]), math.ceil(width / op.stride[1])
        assert theirs.shape[1:] == sizes, "SAME is defined by its output"


@repeatable
@given(
    st.builds(
        Convolution,
        **WINDOWS,
        dilation=pairs(3),
        filters=st.integers(1, 6),
        groups=st.integers(1, 3),
        bias=FLAGS,
    ),
    INPUTS,
)
def test_any_convolution(op: Convolution, inputs: list[Shape]) -> None:
    agree(op, inputs)


@repeatable
@given(st.builds(MaxPool, **WINDOWS, dilation=pairs(3), ceil=FLAGS), INPUTS)
def test_any_max_pool(op: MaxPool, inputs: list[Shape]) -> None:
    if pads_more_than_half(op):
        assert not takes(op, inputs)
    if not pads_more_than_half(op) or is_even(op, inputs[0]):
        agree(op, inputs)


@repeatable
@given(st.builds(AvgPool, **WINDOWS, ceil=FLAGS, count_include_pad=FLAGS), INPUTS)
def test_any_average_pool(op: AvgPool, inputs: list[Shape]) -> None:
    uneven = not is_even(op, inputs[0])
    if pads_more_than_half(op):
        assert not takes(op, inputs)
    if uneven and (pads_more_than_half(op) or not op.count_include_pad):
        return  # the second: see test_uneven_padding_left_out_of_the_mean
    agree(op, inputs)


# Which cells the windows see.


@repeatable
@given(pairs(5), pairs(3), pairs(3), INPUTS)
def test_same_pads_the_cells_that_tensorflow_pads(
    kernel: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
    inputs: list[Shape],
) -> None:
    _, height, width = inputs[0]
    op = MaxPool(kernel=kernel, stride=stride, dilation=dilation, padding="same")
    assert op.pads(height, width) == cells(op, height, width)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("kernel", ["1x2", "2x3", "3x4", 5])
def test_same_pads_the_cells_that_torch_pads(kernel: Any, dilation: int) -> None:
    """Torch has `same` for a stride of 1."""
    op = Convolution.make({"filters": 3, "kernel": kernel, "dilation": dilation, "padding": "same"})
    ours = build(op, [A_MAP])
    theirs = nn.Conv2d(4, 3, op.kernel, padding="same", dilation=op.dilation)
    theirs.load_state_dict({k.rpartition(".")[2]: v for k, v in ours.state_dict().items()})
    x = torch.rand(A_MAP)
    torch.testing.assert_close(run(theirs, [x]), run(ours, [x]))
    assert op.pads(9, 9) == cells(op, 9, 9)


def hanging(op: Pool, padding: tuple[int, int]) -> nn.Module:
    """Torch's pool with this padding on both sides and in ceil mode."""
    if isinstance(op, MaxPool):
        return nn.MaxPool2d(op.kernel, op.stride, padding, op.dilation, ceil_mode=True)
    return nn.AvgPool2d(op.kernel, op.stride, padding, ceil_mode=True, count_include_pad=False)


def same_values(op: Pool, padding: tuple[int, int], shape: Shape) -> bool:
    """Whether torch takes this padding and returns what windows over real cells return."""
    x = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    try:
        values = run(hanging(op, padding), [x])
    except RuntimeError:
        return False
    wanted = run(build(op, [shape]), [x])
    return values.shape == wanted.shape and torch.allclose(values, wanted)


IGNORING_PADDING = st.one_of(
    st.builds(MaxPool, **WINDOWS, dilation=pairs(3), ceil=FLAGS),
    st.builds(AvgPool, **WINDOWS, ceil=FLAGS, count_include_pad=st.just(False)),
)


@repeatable
@given(IGNORING_PADDING, INPUTS)
def test_even_padding_has_the_same_windows(op: Pool, inputs: list[Shape]) -> None:
    if not takes(op, inputs):
        return
    (shape,) = inputs
    padding = op.even_padding(*shape[1:])
    assert padding is None or same_values(op, padding, shape)


@repeatable
@given(st.builds(AvgPool, **WINDOWS, ceil=FLAGS, count_include_pad=st.just(False)), INPUTS)
def test_uneven_padding_left_out_of_the_mean(op: AvgPool, inputs: list[Shape]) -> None:
    """It is refused exactly where no even padding in ceil mode has the same windows."""
    (shape,) = inputs
    if is_even(op, shape) or pads_more_than_half(op):
        return
    if takes(op, inputs):
        assert op.even_padding(*shape[1:]) is not None
        agree(op, inputs)
        return
    try:
        run(build(op, inputs), [torch.zeros(shape)])
    except RuntimeError:
        return  # no window fits
    top, bottom, left, right = cells(op, *shape[1:])
    # archc's limit: padding that is larger before than after, which no framework's words say
    assert top > bottom or left > right or not same_values(op, (top, left), shape)
