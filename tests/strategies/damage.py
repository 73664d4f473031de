"""Specs that something has happened to."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import yaml
from hypothesis import strategies as st

from tests.strategies.spec import as_yaml, spec_data

JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 10**12, 1.5, "", "x", "3×3/0", "0×0", "channels(", "1/0", "same", "concat",
    "input", "block", [], [[]], {}, {"type": "conv"}, [1, 2, 3], "99999999×conv", "conv (",
)  # fmt: skip


@st.composite
def damaged_specs(draw: Callable[[st.SearchStrategy[Any]], Any]) -> str:
    """Specs in which a few values are replaced by junk, by one another, or removed."""
    data = copy.deepcopy(draw(spec_data()))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(data))
        holder, key = places[draw(st.integers(0, len(places) - 1))]
        match draw(st.sampled_from(("junk", "remove", "copy"))):
            case "junk":
                holder[key] = copy.deepcopy(draw(st.sampled_from(JUNK)))
            case "remove":
                del holder[key]
            case "copy":
                other, other_key = places[draw(st.integers(0, len(places) - 1))]
                holder[key] = yaml.safe_load(as_yaml(other[other_key]))
    return as_yaml(data)


def _places(data: Any) -> list[tuple[Any, Any]]:
    """Every place in nested lists and mappings: the holder and the key."""
    keys: list[Any] = []
    if isinstance(data, dict):
        keys = list(data)
    elif isinstance(data, list):
        keys = list(range(len(data)))
    found = [(data, key) for key in keys]
    for key in keys:
        found += _places(data[key])
    return found
