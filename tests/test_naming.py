"""Names in code: which Python takes, and which tell things apart."""

from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archc.naming import Numbering, numbered, python_name
from tests.profile import repeatable

NAMES = st.sampled_from(["pool", "pool_2", "pool_3", "pool_2_2", "conv"])


@pytest.mark.parametrize("name", ["stem", "_x", "x2", "Ab_c", "_"])
def test_python_takes_it(name: str) -> None:
    assert python_name(name) == name


@pytest.mark.parametrize("name", ["", "2x", "__x", "a b", "class", "Größe", "x-y", None, 3])
def test_python_does_not_take_it(name: object) -> None:
    assert python_name(name) is None


@given(st.text())
def test_what_python_takes_is_an_identifier(text: str) -> None:
    if python_name(text) is not None:
        assert text.isidentifier()
        assert text.isascii()
        assert not keyword.iskeyword(text)


def test_the_first_free_number() -> None:
    assert numbered("pool", {}) == "pool"
    assert numbered("pool", {"pool", "pool_2", "pool_4"}) == "pool_3"


@repeatable(200)
@given(st.lists(NAMES))
def test_each_name_is_given_once(names: list[str]) -> None:
    numbering = Numbering()
    given_names = [numbering.unique(name) for name in names]
    assert len(set(given_names)) == len(names)
    for name, unique in zip(names, given_names, strict=True):
        assert unique == name or unique.removeprefix(f"{name}_").isdecimal()


def test_many_names_alike() -> None:
    numbering = Numbering()
    names = [numbering.unique("row") for _ in range(20_000)]
    assert names[:3] == ["row", "row_2", "row_3"]
    assert names[-1] == "row_20000"
