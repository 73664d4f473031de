"""Webs: networks of one size of map whose rows read any rows before them, often several at once.

Residuals, sums of sums, tensors with many readers, outputs that nobody reads but the last row:
what decides who may overwrite what.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

__all__ = ["WITHOUT_WEIGHTS", "webs"]

WITHOUT_WEIGHTS = (
    "relu", "relu6", "silu", "leaky relu", "gelu", "hard swish", "tanh", "sigmoid", "mish",
)  # fmt: skip
"""Activations that may follow anything."""

_ONES = (
    "type: conv, patch: 3×3, filters: 8",
    "type: conv, patch: 1×1, filters: 8",
    "type: conv, patch: 3×3, filters: 8, groups: 8",
    "type: sepconv, patch: 3×3, filters: 8",
    "type: max pool, patch: 3×3/1, padding: same",
    "type: avg pool, patch: 3×3/1, padding: same",
    "type: batch norm",
    "type: lrn, alpha: 0.1",
    "type: scale, by: 0.5",
)
_NEAR = 5  # rows before a row that it may read

_HEAD = """network: web
input: 12×12×8
defaults: {convolution: {padding: same}, separable convolution: {padding: same}}
rows:
  - {type: conv, patch: 3×3, filters: 8, name: n}
"""


@st.composite
def webs(draw: DrawFn) -> str:
    """A spec's text."""
    rows: list[str] = []
    names, unread = ["n"], {"n"}
    for index in range(draw(st.integers(2, 10))):
        name, near = f"n{index}", names[-_NEAR:]
        sources = draw(st.lists(st.sampled_from(near), min_size=1, max_size=3))
        rows += _rows(draw, name, sources)
        names.append(name)
        unread = unread.difference(sources) | {name}
    ends = ", ".join(name for name in names if name in unread)
    rows.append(f"type: concat, from: [{ends}]")
    return _HEAD + "".join(f"  - {{{row}}}\n" for row in rows)


def _rows(draw: DrawFn, name: str, sources: list[str]) -> list[str]:
    """Those of one node of the web, which the last one names."""
    after = draw(st.sampled_from(("", *(f", activation: {each}" for each in WITHOUT_WEIGHTS))))
    read = ", ".join(sources)
    if len(sources) > 1 and draw(st.booleans()):
        return [f"type: add, from: [{read}], name: {name}{after}"]
    if len(set(sources)) > 1:
        joined = f"type: concat, from: [{', '.join(dict.fromkeys(sources))}], name: {name}c"
        return [joined, f"type: conv, patch: 1×1, filters: 8, name: {name}{after}"]
    kind = draw(st.sampled_from(_ONES))
    if kind.startswith(("type: conv", "type: sepconv")):
        after += draw(st.sampled_from(("", ", norm: batch norm")))
    elif not kind.startswith("type: batch norm"):
        after = ""
    return [f"{kind}, from: {sources[0]}, name: {name}{after}"]
