"""What does nothing is dropped, wherever it stands."""

from __future__ import annotations

from archc.passes.arranging import DropInert
from tests.passes.programs import lines, program


def test_readers_read_its_input() -> None:
    before = program("""
        {type: relu}
        {type: dropout}
        {type: identity}
        {type: conv, patch: 1×1, filters: 4}
        {type: flatten}
        """)
    after = DropInert()(before)
    assert lines(after) == [
        "%1 = relu (%0)",
        "%2 = convolution 1×1, 4 filters, bias (%1)",
        "%3 = flatten (%2)",
        "return %3",
    ]
    kept = [before.instructions[0], before.instructions[4]]
    assert [after.instructions[0], after.instructions[2]] == kept
    assert after.output is before.output


def test_at_the_end() -> None:
    after = DropInert()(program("{type: relu}\n{type: dropout}\n{type: identity}"))
    assert lines(after) == ["%1 = relu (%0)", "return %1"]


def test_nothing_is_left() -> None:
    before = program("{type: identity}\n{type: dropout}")
    after = DropInert()(before)
    assert lines(after) == ["return %0"]
    assert after.output is before.input


def test_read_twice() -> None:
    after = DropInert()(
        program("{type: dropout, name: a}\n{type: relu}\n{type: add, from: [a, relu, a]}")
    )
    assert lines(after) == ["%1 = relu (%0)", "%2 = add (%0, %1, %0)", "return %2"]


def test_sums_and_concatenations_of_one() -> None:
    after = DropInert()(
        program("{type: relu, name: a}\n{type: add, from: [a]}\n{type: concat, from: [add]}")
    )
    assert lines(after) == ["%1 = relu (%0)", "return %1"]


def test_a_vector_is_flat_already() -> None:
    rows = "{type: flatten}\n{type: linear, filters: 3}\n{type: flatten}\n{type: relu}"
    after = DropInert()(program(rows))
    assert lines(after) == [
        "%1 = flatten (%0)",
        "%2 = linear, 3 filters, bias (%1)",
        "%3 = relu (%2)",
        "return %3",
    ]
