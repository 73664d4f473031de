"""Activations are applied before the tensor is stored."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archc.ops.activation import ReLU
from archc.passes.fusing import FuseActivation, FuseAdd
from tests.passes.programs import lines, program

CONV = "{type: conv, patch: 1×1, filters: 6, name: conv}\n"


@pytest.mark.parametrize(
    ("activation", "words"),
    [
        ("relu", "relu"),
        ("relu6", "relu6"),
        ("leaky relu, slope: 0.2", "leaky relu, slope 0.2"),
        ("silu", "silu"),
        ("hard swish", "hard swish"),
        ("gelu", "gelu"),
        ("sigmoid", "sigmoid"),
        ("tanh", "tanh"),
    ],
)
def test_kinds(activation: str, words: str) -> None:
    before = program(f"{CONV}{{type: {activation}}}")
    after = FuseActivation()(before)
    assert lines(after) == [f"%1 = convolution 1×1, 6 filters, bias -> {words} (%0)", "return %1"]
    assert after.output is before.output


@pytest.mark.parametrize("activation", ["prelu", "softmax}\n{type: identity", "elu", "mish"])
def test_other_kinds(activation: str) -> None:
    before = program(f"{CONV}{{type: {activation}}}")
    assert FuseActivation()(before).instructions == before.instructions


@pytest.mark.parametrize(
    "maker",
    [
        "bn",
        "avg pool, patch: 3×3",
        "add, from: [input, input]",
        "flatten}\n{type: linear, filters: 3",
    ],
)
def test_makers(maker: str) -> None:
    before = program(f"{{type: {maker}}}\n{{type: relu}}")
    after = FuseActivation()(before)
    assert after.instructions[-1].after == (ReLU(),)
    assert len(after.instructions) == len(before.instructions) - 1


@pytest.mark.parametrize("maker", ["max pool, patch: 3×3", "global avg pool", "lrn", "dropout"])
def test_other_makers(maker: str) -> None:
    before = program(f"{{type: {maker}}}\n{{type: relu}}")
    assert FuseActivation()(before).instructions == before.instructions


def test_several_in_a_row_keep_their_order() -> None:
    after = FuseActivation()(program(CONV + "{type: tanh}\n{type: relu}"))
    assert lines(after)[0] == "%1 = convolution 1×1, 6 filters, bias -> tanh -> relu (%0)"


def test_after_a_fused_sum() -> None:
    before = program(CONV + "{type: add, from: [input, conv]}\n{type: relu}")
    wanted = ["%1 = convolution 1×1, 6 filters, bias + %0 -> relu (%0)", "return %1"]
    assert lines(FuseActivation()(FuseAdd()(before))) == wanted
    assert lines(FuseAdd()(FuseActivation()(before))) == wanted


def test_not_with_a_second_reader() -> None:
    before = program(CONV + "{type: relu, name: a}\n{type: concat, from: [conv, a]}")
    assert FuseActivation()(before).instructions == before.instructions


def test_not_where_the_convolution_is_the_output() -> None:
    before = program(CONV + "{type: relu}")
    early = replace(before, output=before.instructions[0].output)
    assert FuseActivation()(early).instructions == before.instructions
