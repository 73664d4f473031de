"""A program is cut where one tensor is alive, behind the last large one."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

import archc
from archc.diagnostics import SpecError
from archc.ir import Value
from archc.ir.program import Program, verify_program
from archc.passes.storage import cut_behind
from tests.passes.programs import lower, program
from tests.profile import repeatable
from tests.strategies import specs

ROWS = """
    {type: conv, patch: 3×3, padding: same, filters: 16, name: a}
    {type: relu, name: b}
    {type: max pool, patch: 2×2/2, name: c}
    {type: conv, patch: 1×1, filters: 16, name: d}
    {type: add, from: [c, d], name: e}
    {type: relu, name: f}
    """


def more_than(size: int) -> Callable[[Value], bool]:
    """What is large, then."""
    return lambda value: prod(value.shape) > size


def rows(found: tuple[Program, ...]) -> list[str]:
    """The rows of each program."""
    return ["".join(each.row for each in stage.instructions) for stage in found]


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        (16 * 8 * 8, ["abcdef"]),  # nothing is large
        (16 * 8 * 8 - 1, ["abc", "def"]),  # a and b are
        (16 * 4 * 4 - 1, ["abcdef"]),  # to the last
    ],
)
def test_cut(size: int, wanted: list[str]) -> None:
    assert rows(cut_behind(program(ROWS), more_than(size))) == wanted


def test_where_two_tensors_are_alive_is_no_cut() -> None:
    """Behind `d`, `c` is still wanted."""
    whole = program(ROWS)
    d = whole.instructions[3].output
    assert rows(cut_behind(whole, lambda value: value is d)) == ["abcde", "f"]


def test_a_skip_over_everything_leaves_it_whole() -> None:
    whole = program("""
        {type: conv, patch: 3×3, padding: same, filters: 6}
        {type: relu, name: b}
        {type: add, from: [input, b]}
        """)
    assert cut_behind(whole, lambda value: value is whole.instructions[0].output) == (whole,)


def test_of_networks() -> None:
    """Behind the stem, as one would by hand."""
    first, second = cut_behind(lower(archc.load("googlenet_torchvision")), more_than(500_000))
    assert first.output is second.input
    assert first.output.shape == (192, 28, 28)


@repeatable(50, 500)
@given(text=specs(), size=st.integers(1, 20_000))
def test_random_programs(tmp_path_factory: pytest.TempPathFactory, text: str, size: int) -> None:
    file = tmp_path_factory.getbasetemp() / "random_stages.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        whole = lower(archc.load(file))
    except SpecError:
        reject()
    found = cut_behind(whole, more_than(size))
    for stage in found:
        verify_program(stage)
    together = tuple(each for stage in found for each in stage.instructions)
    assert together == whole.instructions
    if len(found) == 2:
        large = more_than(size)
        assert not any(large(each.output) for each in found[1].instructions)
        assert not large(found[1].input)
