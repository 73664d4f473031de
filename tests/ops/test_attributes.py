"""How attributes are written, and what is refused."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import archc
from archc.fields import Mistakes
from archc.ops import OPS, Op, find, words
from archc.ops.activation import LeakyReLU, PReLU
from archc.ops.arrangement import Dropout, Flatten, Pad, Scale
from archc.ops.convolution import Convolution
from archc.ops.normalization import BatchNorm, LocalResponseNorm
from archc.ops.pooling import AdaptiveAvgPool, AvgPool, MaxPool

CONVOLUTION = {"filters": 8, "kernel": 3}
POOL = {"kernel": 3}

WRITTEN: list[tuple[type[Op], dict[str, Any], str, Any, Any]] = [
    (Convolution, CONVOLUTION, "kernel", 3, (3, 3)),
    (Convolution, CONVOLUTION, "kernel", "3×1", (3, 1)),
    (Convolution, CONVOLUTION, "kernel", "3x1", (3, 1)),
    (Convolution, CONVOLUTION, "kernel", "3X1", (3, 1)),
    (Convolution, CONVOLUTION, "kernel", "3*1", (3, 1)),
    (Convolution, CONVOLUTION, "kernel", " 3 × 11 ", (3, 11)),
    (Convolution, CONVOLUTION, "kernel", [3, 1], (3, 1)),
    (Convolution, CONVOLUTION, "stride", 2, (2, 2)),
    (Convolution, CONVOLUTION, "stride", "2×1", (2, 1)),
    (Convolution, CONVOLUTION, "dilation", "1×2", (1, 2)),
    (Convolution, CONVOLUTION, "padding", "same", "same"),
    (Convolution, CONVOLUTION, "padding", "valid", "valid"),
    (Convolution, CONVOLUTION, "padding", 0, (0, 0, 0, 0)),
    (Convolution, CONVOLUTION, "padding", 2, (2, 2, 2, 2)),
    (Convolution, CONVOLUTION, "padding", "1×0", (1, 1, 0, 0)),
    (Convolution, CONVOLUTION, "padding", [1, 0], (1, 1, 0, 0)),
    (Convolution, CONVOLUTION, "padding", [0, 1, 2, 3], (0, 1, 2, 3)),
    (Convolution, CONVOLUTION, "filters", 2**31 - 1, 2**31 - 1),
    (Convolution, CONVOLUTION, "bias", False, False),
    (AvgPool, POOL, "count include pad", False, False),
    (AdaptiveAvgPool, {}, "output", "1×2", (1, 2)),
    (PReLU, {}, "per channel", True, True),
    (Pad, {}, "padding", 1, (1, 1, 1, 1)),
    (Pad, {}, "padding", "1x2", (1, 1, 2, 2)),
    (Pad, {}, "padding", [0, 1, 0, 1], (0, 1, 0, 1)),
    (Dropout, {}, "rate", "40%", 0.4),
    (Dropout, {}, "rate", " 12.5 % ", 0.125),
    (Dropout, {}, "rate", "0%", 0.0),
    (Dropout, {}, "rate", 0.7, 0.7),
    (Dropout, {}, "rate", 0, 0.0),
    (Scale, {}, "by", 1, 1.0),
    (Scale, {}, "by", -0.17, -0.17),
]


def of(op: type[Op], attribute: str, value: Any) -> str:
    return f"{op.names[0]}-{attribute}={value!r}"


@pytest.mark.parametrize(
    ("op", "rest", "attribute", "value", "meant"),
    WRITTEN,
    ids=[of(op, attribute, value) for op, _, attribute, value, _ in WRITTEN],
)
def test_written_form(
    op: type[Op], rest: dict[str, Any], attribute: str, value: Any, meant: Any
) -> None:
    attributes = {**rest, attribute: value}
    made = op.make(attributes)
    assert getattr(made, attribute.replace(" ", "_")) == meant
    jsonschema.validate(attributes, op.schema())


Values = list[Any]
NO_PAIR: Values = [0, -1, 3.0, True, None, [], [3], [3, 0], [3, 1.5], ["3", 1], [3, 3, 3], 2**31]
NO_PAIR += ["", "3", "a×b", "3×", "×3", "3×3×3", "0×3", "-3×1", "3.5×1", "9999999999×1", {"h": 3}]
NO_PADDING: Values = [-1, 1.5, True, None, "", "SAME", "full", "1", "-1×1", "1×1×1×1", {"top": 1}]
NO_PADDING += [[], [1], ["same"], [1, -1], [1, 1, 1], [1, 1, 1, -1], [1, 1, 1, 1.5], [1] * 5]
NO_CHANNELS: Values = [0, -4, 1.0, True, None, "4", "many", [4], 2**31]
NO_FLAG: Values = [0, 1, "yes", "true", None, []]
NO_NUMBER: Values = [True, None, "1", "1%", [1], math.nan, math.inf, -math.inf]
NO_RATE: Values = [1, 1.5, -0.1, True, None, "", "100%", "-5%", "40", "forty%", [0.4], math.nan]

REFUSED: list[tuple[type[Op], dict[str, Any], str, Values]] = [
    (Convolution, CONVOLUTION, "kernel", NO_PAIR),
    (Convolution, CONVOLUTION, "stride", NO_PAIR),
    (Convolution, CONVOLUTION, "padding", NO_PADDING),
    (Convolution, CONVOLUTION, "filters", NO_CHANNELS),
    (Convolution, CONVOLUTION, "bias", NO_FLAG),
    (Pad, {}, "padding", ["same", "valid", *NO_PADDING]),
    (Dropout, {}, "rate", NO_RATE),
    (Scale, {}, "by", NO_NUMBER),
    (LeakyReLU, {}, "slope", NO_NUMBER),
    (BatchNorm, {}, "eps", [0, -1e-5, 1, "1e-5"]),
    (BatchNorm, {}, "momentum", [-0.1, 1.1]),
    (LocalResponseNorm, {}, "size", [0, -1, 2.5]),
    (AvgPool, POOL, "dilation", [2, "1×2"]),
]
BAD = [(op, rest, name, value) for op, rest, name, values in REFUSED for value in values]


@pytest.mark.parametrize(
    ("op", "rest", "attribute", "value"),
    BAD,
    ids=[of(op, attribute, value) for op, _, attribute, value in BAD],
)
def test_bad_value(op: type[Op], rest: dict[str, Any], attribute: str, value: Any) -> None:
    with pytest.raises(Mistakes) as error:
        op.make({**rest, attribute: value})
    # and nothing else is wrong; AvgPool's own check speaks of the whole op
    assert {each.path[:1] for each in error.value.mistakes} <= {(attribute,), ()}


def test_unknown_and_missing_attributes_are_refused() -> None:
    with pytest.raises(Mistakes, match="kernel: unknown"):
        Flatten.make({"kernel": 3})
    with pytest.raises(Mistakes, match="kernel: missing"):
        Convolution.make({"filters": 3})


@pytest.mark.parametrize(
    ("written", "counted"),
    [
        ({}, True),
        ({"padding": 1}, True),
        ({"padding": "same"}, False),
        ({"padding": "same", "count include pad": True}, True),
        ({"padding": "same", "count_include_pad": True}, True),
    ],
)
def test_same_leaves_padding_out_of_the_mean(written: dict[str, Any], counted: bool) -> None:
    """Unless the spec says otherwise. What was given stays as it was."""
    given = {**POOL, **written}
    before = dict(given)
    assert AvgPool.make(given).count_include_pad is counted
    assert given == before


def test_every_word_names_one_op() -> None:
    names = [words(name) for op in OPS for name in op.names]
    assert len(names) == len(set(names))
    assert all(find(name) is op for op in OPS for name in op.names)
    assert find("Max-Pool") is find("maxpool") is find("MAX_POOLING") is MaxPool
    assert find("maximum") is None


def test_what_a_spec_may_compute_and_what_it_must_give() -> None:
    assert Convolution.arithmetic() == {"filters", "groups"}
    assert Convolution.required() == ("kernel", "filters")
    assert MaxPool.arithmetic() == set()
    assert MaxPool.required() == ("kernel",)


def test_ops_do_without_torch() -> None:
    program = "import sys, archc.ops; sys.exit('torch' in sys.modules)"
    root = Path(archc.__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0
