"""Sums are taken by the convolution before them."""

from __future__ import annotations

from archc.passes.fusing import FuseAdd
from tests.passes.programs import lines, program

CONV = "{type: conv, patch: 1×1, filters: 6"


def test_a_residual() -> None:
    before = program(CONV + ", name: a}\n{type: add, name: b, from: [input, a]}\n{type: relu}")
    after = FuseAdd()(before)
    assert lines(after) == [
        "%1 = convolution 1×1, 6 filters, bias + %0 (%0)",
        "%2 = relu (%1)",
        "return %2",
    ]
    assert after.instructions[0].name == "a"
    assert after.instructions[0].output is before.instructions[1].output
    assert after.instructions[1] is before.instructions[2]


def test_the_later_of_two() -> None:
    rows = CONV + ", name: a}\n" + CONV + ", name: b, from: input}\n"
    for order in ("[a, b]", "[b, a]"):
        after = FuseAdd()(program(rows + f"{{type: add, from: {order}}}"))
        assert lines(after)[1] == "%2 = convolution 1×1, 6 filters, bias + %1 (%0)"
        assert [each.name for each in after.instructions] == ["a", "b"]


def test_it_runs_where_the_sum_stood() -> None:
    """The other term is made after the convolution, and reads nothing of it."""
    rows = CONV + ", name: a}\n{type: relu, name: b, from: input}\n{type: add, from: [a, b]}"
    assert lines(FuseAdd()(program(rows))) == [
        "%1 = relu (%0)",
        "%2 = convolution 1×1, 6 filters, bias + %1 (%0)",
        "return %2",
    ]


def test_a_chain_of_sums() -> None:
    rows = CONV + ", name: a}\n{type: add, name: b, from: [input, a]}\n"
    after = FuseAdd()(program(rows + "{type: add, name: two, from: [b, input]}"))
    assert lines(after)[:2] == [
        "%1 = convolution 1×1, 6 filters, bias + %0 (%0)",
        "%2 = add (%1, %0)",
    ]


def test_not() -> None:
    for rows in (
        CONV + ", name: a}\n{type: add, from: [a, a]}",
        CONV + ", name: a}\n{type: add, from: [a, a, input]}",
        CONV + ", name: a}\n{type: add, from: [a, input]}\n{type: concat, from: [a, add]}",
        CONV + "}\n{type: relu, name: a}\n{type: add, from: [a, input]}",
        "{type: relu, name: a}\n{type: add, from: [a, input]}",
    ):
        before = program(rows)
        assert FuseAdd()(before).instructions == before.instructions
