"""Registers are used again, and memory is counted once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, reject

import archc
from archc.ir.program import Program
from archc.passes.arranging import MergeSiblings
from archc.passes.pipeline import FOR_EXECUTION, run_program
from archc.passes.storage import assign_registers, peak
from tests.passes.programs import lower, program
from tests.profile import repeatable
from tests.strategies import specs

RESIDUAL = """
    {type: conv, patch: 1×1, filters: 6, name: a}
    {type: relu, name: b}
    {type: tanh, name: c}
    {type: add, from: [a, c], name: d}
    {type: relu}
    """


def test_registers() -> None:
    before = program(RESIDUAL)
    found = assign_registers(before)
    a, b, c, d, e = (each.output for each in before.instructions)
    assert [found.of[value] for value in (before.input, a, b, c, d, e)] == [0, 1, 0, 2, 0, 1]
    assert found.count == 3
    conv, _, tanh, add, relu = before.instructions
    assert found.dies_after == {conv: (before.input,), tanh: (b,), add: (a, c), relu: (d,)}


def test_the_output_never_dies() -> None:
    before = program("{type: identity}")
    assert assign_registers(before).dies_after == {before.instructions[0]: (before.input,)}
    empty = Program("empty", before.input, before.input, ())
    assert assign_registers(empty).of == {before.input: 0}
    assert peak(empty) == 4 * 8 * 8 * 6


def test_what_nobody_reads_dies_at_once() -> None:
    whole = program("""
        {type: relu, name: a}
        {type: tanh, from: input, name: b}
        {type: add, from: [a, b]}
        """)
    relu, tanh, add = whole.instructions
    last = replace(add, inputs=(tanh.output, tanh.output))
    before = replace(whole, instructions=(relu, tanh, last))
    found = assign_registers(before)
    assert found.dies_after[relu] == (relu.output,)
    assert found.of[relu.output] == found.of[tanh.output] == 1
    assert found.of[last.output] == 0


def test_peak() -> None:
    """At ``c`` and ``d``: the input, a and what is read and written."""
    cells = 8 * 8 * 6
    assert peak(program(RESIDUAL)) == 4 * 4 * cells
    assert peak(program(RESIDUAL), bytes_per_element=2, batch=3) == 4 * 2 * 3 * cells


def test_views_are_their_sources() -> None:
    flat = program("{type: relu}\n{type: flatten}\n{type: linear, filters: 5}")
    assert peak(flat, 1) == 2 * 384 + 5
    siblings = program("""
        {type: conv, patch: 1×1, filters: 6, name: a}
        {type: conv, patch: 1×1, filters: 2, name: b, from: input}
        {type: relu, from: a, name: c}
        {type: concat, from: [b, c]}
        """)
    merged = MergeSiblings()(siblings)
    assert peak(merged, 1) == 64 * (6 + 8 + 6 + 8), "the input, both siblings, c and its join"


@repeatable(100)
@given(text=specs())
def test_no_register_is_overwritten_too_early(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "random_registers.yaml"
    path.write_text(text, encoding="utf-8")
    try:
        net = archc.load(path)
    except archc.SpecError:
        reject()
    for found in (lower(net), run_program(lower(net), FOR_EXECUTION.values())):
        check(found)


def check(found: Program) -> None:
    registers = assign_registers(found)
    held = {0: found.input}
    for instruction in found.instructions:
        reads = {registers.of[value] for value in instruction.reads}
        assert all(held[registers.of[value]] is value for value in instruction.reads)
        assert registers.of[instruction.output] not in reads
        held[registers.of[instruction.output]] = instruction.output
        for value in registers.dies_after.get(instruction, ()):
            del held[registers.of[value]]
    assert held.pop(registers.of[found.output]) is found.output
    assert set(held.values()) <= {found.input}
