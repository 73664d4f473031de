"""Constants go into weights."""

from __future__ import annotations

from archc.passes.folding import FoldScale
from tests.passes.programs import lines, program


def test_weight_and_bias() -> None:
    after = FoldScale()(
        program(
            "{type: conv, patch: 1×1, filters: 4, name: conv}\n{type: scale, by: 0.5}\n{type: relu}"
        )
    )
    assert lines(after) == [
        "%1 = convolution 1×1, 4 filters, bias (%0)",
        "%2 = relu (%1)",
        "return %2",
        "weights",
        "  conv",
        "    weight = conv.weight * 0.5",
        "    bias = conv.bias * 0.5",
    ]


def test_several_are_one() -> None:
    rows = "{type: flatten}\n{type: linear, filters: 4, bias: false, name: fc}\n"
    after = FoldScale()(program(rows + "{type: scale, by: 0.5}\n" * 3))
    assert lines(after) == [
        "%1 = flatten (%0)",
        "%2 = linear, 4 filters (%1)",
        "return %2",
        "weights",
        "  fc",
        "    weight = fc.weight * 0.125",
    ]


def test_not_with_a_second_reader_or_behind_something_else() -> None:
    before = program("""
        {type: conv, patch: 1×1, filters: 6, name: b}
        {type: scale, by: 2, name: a}
        {type: add, from: [a, b]}
        {type: scale, by: 3}
        """)
    assert FoldScale()(before).instructions == before.instructions
