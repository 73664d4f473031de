"""What an op states about itself is what torch, autograd and the counting tools say of it.

Every fact is checked on every op of the grid in `tests.ops.test_against_torch`. That the checks
see something is checked, too: each fact is taken away from each op that states it, and the check
of that name must fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from math import ceil, floor
from typing import Any

import pytest
import torch
import torchinfo
from fvcore.nn import FlopCountAnalysis
from torch import Tensor, nn

from archc import ir
from archc.analysis.cost import CONVENTIONS
from archc.diagnostics import Source, Span
from archc.ops import OPS, Family, Op, Role, Shape
from archc.ops.base import Elementwise
from archc.ops.shape import is_map
from tests.ops.reference import RealMean, build
from tests.ops.test_against_torch import CASES

pytestmark = pytest.mark.usefixtures("one_thread")

MOST = 32
"""Cases of an op that are looked at, spread over its grid."""

Case = tuple[Op, Sequence[Shape]]


@cache
def cases(op: type[Op]) -> list[Case]:
    found = [(case.op, inputs) for case in CASES if type(case.op) is op for inputs in case.inputs]
    return [*found[:: -(-len(found) // MOST) or 1], *found[-2:]]


@cache
def module(op: Op, inputs: tuple[Shape, ...]) -> nn.Module:
    """Torch's module with numbers that hide nothing, in double precision."""
    torch.manual_seed(0)
    made = build(op, inputs).double()
    for tensor in (*made.parameters(), *made.buffers()):
        if tensor.is_floating_point():
            tensor.data = torch.randn_like(tensor)
    for name, buffer in made.named_buffers():
        if name.endswith("running_var"):
            buffer.abs_().add_(0.5)
    return made.eval()


def numbers(inputs: Sequence[Shape], seed: int = 0) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [
        4 * torch.randn(1, *shape, generator=generator, dtype=torch.float64) for shape in inputs
    ]


def run(op: Op, inputs: Sequence[Shape], tensors: Sequence[Tensor]) -> Tensor:
    with torch.no_grad():
        result: Tensor = module(op, tuple(inputs))(*tensors)
    return result


def always(check: Callable[[Op, Sequence[Shape]], bool], op: type[Op]) -> bool:
    return all(check(each, inputs) for each, inputs in cases(op))


# What torch says, by the name of the fact.


def is_linear(op: Op, inputs: Sequence[Shape]) -> bool:
    one, other = numbers(inputs, 1), numbers(inputs, 2)
    middle = [(a + b) / 2 for a, b in zip(one, other, strict=True)]
    wanted = (run(op, inputs, one) + run(op, inputs, other)) / 2
    return torch.allclose(run(op, inputs, middle), wanted, rtol=1e-10, atol=1e-12)


def never_negative(op: Op, inputs: Sequence[Shape]) -> bool:
    below = [-tensor.abs() for tensor in numbers(inputs)]
    return all(bool((run(op, inputs, each) >= 0).all()) for each in (numbers(inputs), below))


def keeps_sign(op: Op, inputs: Sequence[Shape]) -> bool:
    return bool((run(op, inputs, [tensor.abs() for tensor in numbers(inputs)]) >= 0).all())


def is_view(op: Op, inputs: Sequence[Shape]) -> bool:
    tensors = numbers(inputs)
    return run(op, inputs, tensors).data_ptr() == tensors[0].data_ptr()


def ends_in_probabilities(op: Op, inputs: Sequence[Shape]) -> bool:
    result = run(op, inputs, numbers(inputs))
    return torch.allclose(result.sum(1), torch.ones_like(result.sum(1))) and keeps_sign(op, inputs)


def keeps_shape(op: Op, inputs: Sequence[Shape]) -> bool:
    return op.arity == (1, 1) and run(op, inputs, numbers(inputs)).shape[1:] == inputs[0]


def in_its_place(op: Op, inputs: Sequence[Shape]) -> bool:
    """Whether each cell of the output depends on the cells in its place alone."""
    return run(op, inputs, numbers(inputs)).shape[1:] == inputs[0] and (
        not is_map(inputs[0]) or seen(op, inputs) is None
    )


def is_inert(op: Op, inputs: Sequence[Shape]) -> bool:
    if len(inputs) > 1:
        return False
    images = (numbers(inputs, seed) for seed in range(6))  # a single number may be above zero
    return all(run(op, inputs, image).equal(*image) for image in images)


def order_matters(op: Op, inputs: Sequence[Shape]) -> bool:
    tensors = numbers(inputs)
    result = run(op, inputs, tensors)
    return len(inputs) == 1 or not run(op, inputs[::-1], tensors[::-1]).equal(result)


def is_associative(op: Op, inputs: Sequence[Shape]) -> bool:
    if op.arity == (1, 1) or len(inputs) < 3:
        return op.arity != (1, 1)
    tensors = numbers(inputs)
    first = run(op, inputs[:2], tensors[:2])
    nested = run(op, [first.shape[1:], *inputs[2:]], [first, *tensors[2:]])
    return torch.allclose(nested, run(op, inputs, tensors))


def is_sum(op: Op, inputs: Sequence[Shape]) -> bool:
    tensors = numbers(inputs)
    return op.arity[1] is None and run(op, inputs, tensors).equal(sum(tensors[1:], tensors[0]))


def is_concatenation(op: Op, inputs: Sequence[Shape]) -> bool:
    tensors = numbers(inputs)
    return op.arity[1] is None and run(op, inputs, tensors).equal(torch.cat(tensors, 1))


def factor_is_true(op: Op, inputs: Sequence[Shape]) -> bool:
    """Whether the output is that times the input; only what is inert may leave out a factor."""
    tensors = numbers(inputs)
    result = run(op, inputs, tensors)
    if result.shape != tensors[0].shape or op.tensors(inputs) or op.arity != (1, 1):
        return op.factor is None
    factor = (result.flatten()[0] / tensors[0].flatten()[0]).item()
    multiplies = torch.allclose(result, factor * tensors[0])
    if op.factor is None:
        return not multiplies or op.is_inert(inputs) or result.numel() == 1
    return multiplies and abs(factor - op.factor) < 1e-9


def is_noise(op: Op, inputs: Sequence[Shape]) -> bool:
    if not is_inert(op, inputs):
        return False
    tensors = numbers(inputs)
    trained = build(op, inputs).train()(*tensors)
    return op.values().get("rate") == 0 or not trained.equal(*tensors)


def folds(op: Op, inputs: Sequence[Shape]) -> bool:
    kernels = [tensor for tensor in op.tensors(inputs) if tensor.role is Role.KERNEL]
    return [kernel.shape[0] for kernel in kernels] == [op.infer(inputs)[0]]


def family(op: Op, inputs: Sequence[Shape]) -> Family:
    """By torch's package of the layer."""
    parts = [*module(op, tuple(inputs)).modules()]
    if any(isinstance(part, RealMean) for part in parts):
        return Family.AVG_POOL
    of_package = {
        "conv": Family.CONVOLUTION, "linear": Family.LINEAR, "activation": Family.ACTIVATION,
        "batchnorm": Family.NORM, "normalization": Family.NORM,
    }  # fmt: skip
    for part in reversed(parts):
        package = type(part).__module__.rpartition(".")[2]
        if package == "pooling":
            return Family.MAX_POOL if "Max" in type(part).__name__ else Family.AVG_POOL
        if package in of_package and type(part) is not nn.Identity:
            return of_package[package]
    return Family.JOIN if op.arity[1] is None else Family.OTHER


Seen = tuple[tuple[int, int], tuple[int, int]]


def seen(op: Op, inputs: Sequence[Shape]) -> Seen | None:
    """The first and last cell that the middle output cell depends on, along height and width.

    By gradients, of several inputs together, as a maximum hangs on one cell of a window. None
    where all is in its place.
    """
    height, width = inputs[0][1:]
    marks = torch.zeros(height, width, dtype=torch.bool)
    for seed in range(40 if op.family is Family.MAX_POOL else 3):
        tensors = [tensor.abs().requires_grad_() for tensor in numbers(inputs, seed)]
        result = module(op, tuple(inputs))(*tensors)[0]
        if result.dim() > 1:
            result = result[:, result.shape[1] // 2, result.shape[2] // 2]
        (result * torch.randn_like(result)).sum().backward()
        for tensor in tensors:
            assert tensor.grad is not None
            marks |= (tensor.grad[0] != 0).any(0)
    rows, columns = (marks.any(axis).nonzero().flatten().tolist() for axis in (1, 0))
    if not rows:
        return None  # one channel's share of itself depends on nothing
    found = ((rows[0], rows[-1]), (columns[0], columns[-1]))
    return elsewhere(op, inputs, found)


def elsewhere(op: Op, inputs: Sequence[Shape], cells: Seen) -> Seen | None:
    """The cells; None where they are the middle output cell's own place."""
    shape = op.infer(inputs)
    own = tuple((size // 2, size // 2) for size in shape[1:])
    return None if cells == own and shape[1:] == inputs[0][1:] else cells


def stated_reach(op: Op, inputs: Sequence[Shape]) -> Seen | None:
    reach = op.reach(inputs[0])
    if reach is None:
        return None
    cells = op.infer(inputs)[1:] or (1, 1)
    found = []
    for along, count, size in zip(reach, cells, inputs[0][1:], strict=True):
        first = along.stride * (count // 2) - along.before
        last = first + along.extent - 1
        found.append((max(ceil(first), 0), min(floor(last), size - 1)))
    return elsewhere(op, inputs, (found[0], found[1]))


def reach_is_seen(op: Op, inputs: Sequence[Shape]) -> bool:
    """Whether autograd sees what is stated.

    A dilated window counts as all that it spans: where it hangs over the map's end, the last
    cell that it sees may lie further inside.
    """
    if not is_map(inputs[0]):
        return True
    stated, found = stated_reach(op, inputs), seen(op, inputs)
    gaps = getattr(op, "dilation", (1, 1))
    if stated is None or found is None or gaps == (1, 1):
        return stated == found
    return all(
        real[0] - gap < span[0] <= real[0] and real[1] <= span[1] < real[1] + gap
        for span, real, gap in zip(stated, found, gaps, strict=True)
    )


def fvcore_flops(op: Op, inputs: Sequence[Shape]) -> int:
    counted = FlopCountAnalysis(module(op, tuple(inputs)), tuple(numbers(inputs)))
    counted.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    return int(counted.total())


def torchinfo_macs(op: Op, inputs: Sequence[Shape]) -> int:
    made = module(op, tuple(inputs))
    return int(torchinfo.summary(made, input_data=numbers(inputs), verbose=0).total_mult_adds)


def operation(op: Op, inputs: Sequence[Shape]) -> ir.Operation:
    origin = ir.Origin(Span(Source("", ""), 1, 1, 1, 1))
    values = tuple(ir.Value(shape) for shape in inputs)
    return ir.Operation("op", op, values, ir.Value(op.infer(inputs)), origin)


FLAGS: dict[str, Callable[[Op, Sequence[Shape]], bool]] = {
    "is_linear": is_linear,
    "never_negative": never_negative,
    "is_view": is_view,
    "ends_in_probabilities": ends_in_probabilities,
    "keeps_shape": keeps_shape,
    "may_overwrite": in_its_place,
    "folds": folds,
    "order_matters": order_matters,
    "is_associative": is_associative,
    "is_noise": is_noise,
    "is_sum": is_sum,
    "is_concatenation": is_concatenation,
}


def wrong(op: type[Op]) -> Iterator[str]:
    """The facts that an op states otherwise than torch does."""
    assert cases(op), "give it a row in CASES"
    for fact, check in FLAGS.items():
        if getattr(op, fact) != always(check, op):
            yield fact
    if op.family is not Family.NORM and (op.keeps_sign or op.never_negative) != always(
        keeps_sign, op
    ):
        yield "keeps_sign"
    for each, inputs in cases(op):
        least, most = op.arity
        if not least <= len(inputs) <= (most or len(inputs)):
            yield "arity"
        if each.is_inert(inputs) != is_inert(each, inputs):
            yield "is_inert"
        if op.family is not family(each, inputs):
            yield "family"
        if not factor_is_true(each, inputs):
            yield "factor"
        if not reach_is_seen(each, inputs):
            yield "reach"
    for each, inputs in cases(op)[:3]:
        made = operation(each, inputs)
        if each.fvcore_flops(inputs, made.output.shape) != fvcore_flops(each, inputs):
            yield "fvcore_flops"
        if CONVENTIONS["torchinfo"].macs(made) != torchinfo_macs(each, inputs):
            yield "torchinfo"


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.__name__)
def test_facts_are_true(op: type[Op]) -> None:
    assert set(wrong(op)) == set()


CHECKED = {*FLAGS, "keeps_sign", "arity", "is_inert", "family", "factor", "fvcore_flops"}


def stated() -> Iterator[tuple[type[Op], str]]:
    """Each op with each fact that it, or what it is a kind of, states itself."""
    for op in OPS:
        for base in op.__mro__:
            if issubclass(base, Op) and base not in (Op, Elementwise):
                yield from ((op, fact) for fact in sorted(CHECKED & vars(base).keys()))


@pytest.mark.parametrize(
    ("op", "fact"),
    [
        pytest.param(op, fact, id=f"{op.__name__}-{fact}")
        for op, fact in sorted(set(stated()), key=lambda pair: (pair[0].__name__, pair[1]))
    ],
)
def test_a_fact_that_is_taken_away_is_missed(
    op: type[Op], fact: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every op has, instead of its own, the default of all ops."""
    default: Any = vars(Op)[fact]
    if getattr(op, fact) == default:
        return  # it states the default
    monkeypatch.setattr(op, fact, default)
    if fact == "keeps_sign" and (op.never_negative or op.family is Family.NORM):
        return
    assert {fact, "torchinfo"} & set(wrong(op))
