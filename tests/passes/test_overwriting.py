"""What may be computed into what it reads, and what may not."""

from __future__ import annotations

import pytest

import archc
from archc.passes.pipeline import FOR_GRAPH, run_program
from archc.passes.storage import not_to_overwrite
from tests.passes.programs import lower, program

CONV = "{type: conv, patch: 1×1, filters: 6"

RESIDUAL = f"""
    {CONV}, name: s}}
    {CONV}, name: a}}
    {CONV}, name: b}}
    {{type: add, from: [s, b], name: r}}
    """


def kept(rows: str) -> list[str]:
    """The rows whose output is to be left alone, once sums and activations are fused."""
    found = run_program(program(rows), FOR_GRAPH.values())
    values = not_to_overwrite(found)
    return [each.row for each in found.instructions if each.output in values]


def test_a_residuals_input_may_become_its_output() -> None:
    assert kept(RESIDUAL) == []


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ("{type: concat, from: [s, r]}", ["s"]),
        ("{type: add, from: [s, r]}", ["b", "s"]),
        (f"{CONV}, from: s, name: c}}\n{{type: concat, from: [c, r]}}", ["s"]),
    ],
    ids=["joined later", "added later", "read by what may run before or after"],
)
def test_unless_somebody_else_may_read_it_later(more: str, wanted: list[str]) -> None:
    assert sorted(kept(f"{RESIDUAL.rstrip()}\n{more}")) == wanted


def test_what_only_convolutions_pools_and_concatenations_read_stays() -> None:
    assert (
        kept("""
        {type: conv, patch: 1×1, filters: 6, name: a}
        {type: max pool, patch: 3×3/1, padding: same, name: b}
        {type: conv, patch: 1×1, filters: 6, name: c, from: a}
        {type: concat, from: [a, b, c]}
        """)
        == []
    )


def test_norms_and_activations_of_their_own_could_overwrite() -> None:
    assert kept("""
        {type: max pool, patch: 2×2/1, name: a}
        {type: batch norm, name: b}
        {type: max pool, patch: 2×2/1, name: c}
        {type: tanh}
        """) == ["a", "c"]


def test_a_term_that_is_also_the_convolutions_input() -> None:
    found = kept("""
        {type: conv, patch: 3×3, padding: same, filters: 6, name: a}
        {type: conv, patch: 3×3, padding: same, filters: 6, name: b}
        {type: add, from: [a, b], name: c}
        """)
    assert found == ["a"]


@pytest.mark.parametrize("name", ["googlenet_torchvision", "inception_v3", "resnet50"])
def test_nothing_is_held_back_in_the_networks_that_are_measured(name: str) -> None:
    whole = run_program(lower(archc.load(name)), FOR_GRAPH.values())
    assert not_to_overwrite(whole) == set()
