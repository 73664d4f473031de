"""Concatenations of concatenations are one."""

from __future__ import annotations

from archc.passes.arranging import FlattenConcat
from tests.passes.programs import lines, program


def test_order_is_kept() -> None:
    before = program("""
        {type: relu, name: a}
        {type: concat, from: [input, a], name: b}
        {type: tanh, from: a, name: c}
        {type: concat, from: [c, b, a], name: d}
        {type: concat, from: [d, a]}
        """)
    after = FlattenConcat()(before)
    assert lines(after) == [
        "%1 = relu (%0)",
        "%2 = tanh (%1)",
        "%3 = concat (%2, %0, %1, %1, %1)",
        "return %3",
    ]
    assert after.output is before.output


def test_several_inside() -> None:
    after = FlattenConcat()(
        program("""
        {type: concat, from: [input, input], name: a}
        {type: concat, from: [input], name: b}
        {type: concat, from: [b, a]}
        """)
    )
    assert lines(after) == ["%1 = concat (%0, %0, %0)", "return %1"]


def test_not_where_something_else_reads_it() -> None:
    for last in ("[a, a]", "[a, b]"):
        before = program(f"""
            {{type: concat, from: [input, input], name: a}}
            {{type: relu, name: b}}
            {{type: concat, from: {last}, name: c}}
            {{type: concat, from: [c, b]}}
            """)
        after = FlattenConcat()(before)
        assert after.instructions[:2] == before.instructions[:2]
        assert len(after.instructions) == 3
