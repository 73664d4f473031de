"""1×1 convolutions of one tensor become one."""

from __future__ import annotations

from dataclasses import replace

from archc.ir.program import verify_program
from archc.passes.arranging import MergeSiblings
from archc.passes.fusing import FuseActivation, FuseAdd
from tests.passes.programs import lines, program

SPLIT = """
    {{name: block, branches: {{a: [[conv, 1×1, 2{0}]], b: [[conv, 1×1, 3{1}], [conv, 3×3, 4{2}]]}}}}
    """


def test_they_are_stacked() -> None:
    before = program(SPLIT.format("", "", ", {padding: 1}"))
    after = MergeSiblings()(before)
    assert lines(after) == [
        "%1 = convolution 1×1, 5 filters, bias (%0)",
        "%2 = slice 0:2 (%1)",
        "%3 = slice 2:5 (%1)",
        "%4 = convolution 3×3, 4 filters, padding 1, bias (%3)",
        "%5 = concat (%2, %4)",
        "return %5",
        "weights",
        "  block_a+block_b.0",
        "    weight = stack(",
        "      block_a.weight,",
        "      block_b.0.weight,",
        "    )",
        "    bias = stack(",
        "      block_a.bias,",
        "      block_b.0.bias,",
        "    )",
    ]
    a, b = before.instructions[:2]
    assert [each.output for each in after.instructions[1:3]] == [a.output, b.output]
    assert [each.name for each in after.instructions[1:3]] == [a.name, b.name]
    assert after.instructions[3:] == before.instructions[2:]


def test_a_bias_that_is_missing_is_zero() -> None:
    after = MergeSiblings()(program(SPLIT.format(", {bias: false}", "", ", {padding: 1}")))
    assert lines(after)[-4:] == [
        "    bias = stack(",
        "      0,",
        "      block_b.0.bias,",
        "    )",
    ]


def test_no_bias_at_all() -> None:
    free = ", {bias: false}"
    after = MergeSiblings()(program(SPLIT.format(free, free, ", {padding: 1}")))
    assert lines(after)[0] == "%1 = convolution 1×1, 5 filters (%0)"


def test_least() -> None:
    before = program(SPLIT.format("", "", ", {padding: 1}"))
    assert MergeSiblings(least=3)(before).instructions == before.instructions


def test_skip_joined() -> None:
    before = program(SPLIT.format("", "", ", {padding: 1}"))
    assert MergeSiblings(skip_joined=True)(before).instructions == before.instructions
    three = program("""
        {type: conv, patch: 1×1, filters: 2, name: a}
        {type: conv, patch: 1×1, filters: 2, name: b, from: input}
        {type: conv, patch: 1×1, filters: 2, name: c, from: input}
        {type: relu}
        {type: add, from: [b, relu], name: d}
        {type: concat, from: [a, d]}
        """)
    assert lines(MergeSiblings(skip_joined=True)(three))[:4] == [
        "%1 = convolution 1×1, 2 filters, bias (%0)",
        "%2 = convolution 1×1, 4 filters, bias (%0)",
        "%3 = slice 0:2 (%2)",
        "%4 = slice 2:4 (%2)",
    ]


def test_only_those_that_end_alike() -> None:
    relu = ", {activation: relu}"
    before = FuseActivation()(program(SPLIT.format("", relu, ", {padding: 1}")))
    assert MergeSiblings()(before).instructions == before.instructions
    alike = FuseActivation()(program(SPLIT.format(relu, relu, ", {padding: 1}")))
    assert lines(MergeSiblings()(alike))[0] == "%1 = convolution 1×1, 5 filters, bias -> relu (%0)"


def test_not_with_other_windows() -> None:
    for other in (
        "patch: 3×3, padding: 1",
        "patch: 1×1/2",
        "patch: 1×1, groups: 2",
        "patch: 1×1, padding: 1",
    ):
        before = program(f"""
            {{type: conv, patch: 1×1, filters: 2, name: a}}
            {{type: conv, {other}, filters: 2, name: b, from: input}}
            {{type: flatten, from: a, name: c}}
            {{type: flatten, from: b, name: d}}
            {{type: concat, from: [c, d]}}
            """)
        assert MergeSiblings()(before).instructions == before.instructions


def test_not_of_different_tensors_or_with_a_sum() -> None:
    before = FuseAdd()(
        program("""
        {type: conv, patch: 1×1, filters: 6, name: a}
        {type: conv, patch: 1×1, filters: 6, name: b}
        {type: conv, patch: 1×1, filters: 6, name: c, from: a}
        {type: add, from: [b, c]}
        """)
    )
    assert before.instructions[-1].plus is not None
    assert MergeSiblings()(before).instructions == before.instructions


def test_names() -> None:
    """What the paths have in common is said once; a branch that is named alike is not a path."""
    rows = "{type: conv, patch: 1×1, filters: 2, name: a}\n"
    rows += "{type: conv, patch: 1×1, filters: 2, name: b, from: input, activation: softplus}\n"
    after = MergeSiblings()(program(rows + "{type: concat, from: [a, b]}"))
    assert [each.name for each in after.instructions[:3]] == ["a+b.0", "a", "b.0"]
    inside = program(
        """
        {type: inception, name: block, "#1×1": 1,
         "#3×3 reduce": 2, "#3×3": 2, "#5×5 reduce": 3, "#5×5": 2, pool proj: 1}
        """.replace("\n", " ")
    )
    (name,) = (each.name for each in MergeSiblings()(inside).instructions if "+" in each.name)
    assert name == "block.branch_1x1+branch_3x3.0+branch_5x5.0"


def test_the_output_may_be_one_of_them() -> None:
    before = program("""
        {type: conv, patch: 1×1, filters: 2, name: a}
        {type: conv, patch: 1×1, filters: 2, name: b, from: input}
        {type: concat, from: [a, b]}
        """)
    early = replace(before, output=before.instructions[0].output)
    for one in (MergeSiblings(), MergeSiblings(skip_joined=True)):
        assert one(early).output is early.output
        verify_program(one(early))
    assert len(MergeSiblings()(early).instructions) == 4
