"""Norms are folded into the layer before them, and only there."""

from __future__ import annotations

from dataclasses import replace

from archc.passes.folding import FoldNorm
from tests.passes.programs import lines, program

CONV = "{type: conv, patch: 3×3, filters: 4, bias: false, name: conv}\n"


def test_without_a_bias() -> None:
    before = program(CONV + "{type: bn, eps: 0.001, name: bn}")
    after = FoldNorm()(before)
    factor = "bn.weight * rsqrt(bn.running_var + 0.001)"
    assert lines(after) == [
        "%1 = convolution 3×3, 4 filters, bias (%0)",
        "return %1",
        "weights",
        "  conv",
        f"    weight = conv.weight * {factor}",
        f"    bias = bn.bias - bn.running_mean * {factor}",
    ]
    (conv,) = after.instructions
    assert conv.name == "conv"
    assert conv.output is before.output


def test_with_a_bias() -> None:
    after = FoldNorm()(
        program("{type: conv, patch: 3×3, filters: 4, name: conv}\n{type: bn, name: bn}")
    )
    factor = "bn.weight * rsqrt(bn.running_var + 1e-05)"
    assert lines(after)[-1] == (f"    bias = (conv.bias - bn.running_mean) * {factor} + bn.bias")


def test_without_scale_and_shift() -> None:
    after = FoldNorm()(program(CONV + "{type: bn, scale: false, shift: false, name: bn}"))
    assert lines(after)[-2:] == [
        "    weight = conv.weight * rsqrt(bn.running_var + 1e-05)",
        "    bias = 0 - bn.running_mean * rsqrt(bn.running_var + 1e-05)",
    ]


def test_into_a_linear_layer() -> None:
    after = FoldNorm()(program("{type: flatten}\n{type: linear, filters: 3}\n{type: bn}"))
    assert lines(after)[:3] == [
        "%1 = flatten (%0)",
        "%2 = linear, 3 filters, bias (%1)",
        "return %2",
    ]


def test_not_where_something_else_reads_the_convolution() -> None:
    before = program(CONV + "{type: bn, name: bn}\n{type: add, from: [conv, bn]}")
    assert FoldNorm()(before).instructions == before.instructions


def test_not_where_the_convolution_is_the_output() -> None:
    before = program(CONV + "{type: bn}")
    early = replace(before, output=before.instructions[0].output)
    assert FoldNorm()(early).instructions == before.instructions


def test_not_across_an_activation_or_into_a_concatenation() -> None:
    rows = CONV + "{type: relu, name: a}\n{type: bn, name: b}\n"
    before = program(rows + "{type: concat, from: [a, b]}\n{type: bn}")
    assert FoldNorm()(before).instructions == before.instructions


def test_a_second_norm_stays() -> None:
    after = FoldNorm()(program(CONV + "{type: bn}\n{type: bn}"))
    assert lines(after)[:2] == [
        "%1 = convolution 3×3, 4 filters, bias (%0)",
        "%2 = batch norm (%1)",
    ]
