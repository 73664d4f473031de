"""Programs as text."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

from archc.ir.text import program_text
from archc.passes.folding import FoldNorm
from tests.passes.programs import program

ROWS = """
    {type: conv, patch: 3×3/2, filters: 4, groups: 2, padding: 1, norm: bn, bias: false, name: a}
    {type: conv, patch: 1×3, filters: 6, padding: 0×1, bias: false, name: b}
    {type: avg pool, patch: 2×2/2×1, count include pad: false}
    {type: zero pad, padding: [0, 1, 2, 3], value: -1}
    {type: adaptive avg pool, output: 2×1}
    {type: flatten}
    {type: prelu, per channel: true}
    {type: linear, filters: 3}
    """


def test_before_any_pass() -> None:
    assert program_text(program(ROWS)) == dedent("""\
        program net

        %0 = input                                                   6×8×8
        %1 = convolution 3×3/2, 4 filters, 2 groups, padding 1 (%0)  4×4×4  a.0
        %2 = batch norm (%1)                                         4×4×4  a.1
        %3 = convolution 1×3, 6 filters, padding 0×1 (%2)            6×4×4  b
        %4 = avg pool 2×2/2×1, no count include pad (%3)             6×2×3  avg_pool
        %5 = zero pad, padding [0, 1, 2, 3], value -1 (%4)           6×3×8  zero_pad
        %6 = adaptive avg pool, output 2×1 (%5)                      6×2×1  adaptive_avg_pool
        %7 = flatten (%6)                                            12     flatten
        %8 = prelu, per channel (%7)                                 12     prelu
        %9 = linear, 3 filters, bias (%8)                            3      linear

        return %9
        """)


def test_weights() -> None:
    text = program_text(FoldNorm()(program(ROWS)))
    assert text[text.index("weights") :] == dedent("""\
        weights
          a.0
            weight = a.0.weight * a.1.weight * rsqrt(a.1.running_var + 1e-05)
            bias = a.1.bias - a.1.running_mean * a.1.weight * rsqrt(a.1.running_var + 1e-05)
        """)


def test_a_long_line_moves_no_other() -> None:
    names = [f"a{number}" for number in range(30)]
    rows = "\n".join(f"{{type: relu, name: {name}, from: input}}" for name in names)
    text = program_text(program(f"{rows}\n{{type: concat, from: [{', '.join(names)}]}}"))
    lines = text.splitlines()
    assert lines[2:4] == ["%0 = input       6×8×8", "%1 = relu (%0)   6×8×8    a0"]
    assert lines[33].endswith("%29, %30)  180×8×8  concat.concat")


def test_names_cannot_move_the_cursor() -> None:
    found = program("{type: relu}")
    relu = replace(found.instructions[0], name="a\x1b[2Jb")
    text = program_text(replace(found, name="x\u202ey", instructions=(relu,)))
    assert text.replace("\n", "").isprintable()
