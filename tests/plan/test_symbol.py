"""Symbols are numbers, and their code has the same value."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archc.plan.symbol import Symbol, text

NAMES = {"a": 12, "b": 5, "c": 1}
LEAVES = st.one_of(
    st.sampled_from([Symbol(value, name) for name, value in NAMES.items()]), st.integers(0, 9)
)


def combine(children: st.SearchStrategy[int]) -> st.SearchStrategy[int]:
    pairs = st.tuples(children, children)
    return st.one_of(
        pairs.map(lambda pair: pair[0] + pair[1]),
        pairs.map(lambda pair: pair[0] - pair[1]),
        pairs.map(lambda pair: pair[0] * pair[1]),
        pairs.filter(lambda pair: pair[1] > 0 and pair[0] >= 0).map(
            lambda pair: pair[0] // pair[1]
        ),
    )


@given(st.recursive(LEAVES, combine, max_leaves=8))
def test_code_has_the_symbols_value(value: int) -> None:
    assert eval(text(value), {}, dict(NAMES)) == int(value)  # noqa: S307 (our own arithmetic)


def test_equal_terms_are_collected() -> None:
    growth, width = Symbol(32, "growth"), Symbol(64, "in_channels")
    assert text(width + growth + growth + growth) == "in_channels + 3 * growth"
    assert text((growth + 4) * 2) == "(growth + 4) * 2"
    assert text(growth * 4 // 4) == "growth"
