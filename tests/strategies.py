"""Random specs: small networks that use all of the language, nearly all of them valid.

They fit by construction. In modules, branches and groups a row keeps height and width, or
divides them by its stride and rounds up, whatever they are: so branches meet at one size and
modules fit wherever they are used. Only the network's own rows, whose sizes are known, pad
freely. Channels are followed as functions of a module's columns and input.
"""

from __future__ import annotations

import copy
import math
import re
from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

import yaml
from hypothesis import strategies as st

__all__ = ["damaged_specs", "specs"]

T = TypeVar("T")
Row = dict[str, Any]
Values = Mapping[str, Any]
"""A module's columns; under `INPUT` the channels of its input."""
Size = tuple[int, int]
"""Height and width; in a module the strides on the way instead, as the size is not known."""

INPUT = "channels(input)"
MOST_OPERATIONS = 40
MOST_CHANNELS = 24


@dataclass(frozen=True, eq=False)
class Count:
    """A number of channels: what it is, and how any row may write it (None if none may)."""

    of: Callable[[Values], int]
    text: int | str | None = None


@dataclass(frozen=True)
class Tensor:
    """A tensor's channels and size; a vector has no size."""

    channels: Count
    size: Size | None


@dataclass(frozen=True)
class Column:
    """A module's column, what it stands for, and its default."""

    name: str
    kind: str
    default: Any = None


@dataclass(frozen=True)
class Module:
    """A module as its users see it. ``strides`` divide the size, ``cost`` is in operations."""

    name: str
    columns: tuple[Column, ...]
    output: Callable[[Values], int]
    strides: Callable[[Values], int]
    cost: int


# What the specs are made of

NAMES = (
    "a", "b", "skip", "skip 1", "stem_1", "Stem", "x", "x_2", "self", "forward", "training",
    "1×1", "out", "conv", "concat", "add", "def", "nn", "torch", "branch_a", "Output", "a-b",
    "logits", "type", "très long nom de ligne",
)  # fmt: skip
BRANCHES = ("1×1", "3×3", "pool", "a", "b", "left", "right side", "class", "shortcut")
MODULES = (
    "block", "Conv Block", "res-block", "tensor", "none", "inner", "conv bn", "Net",
    "unit 3x3", "NamedTuple", "a module of a rather long name",
)  # fmt: skip
NETWORKS = ("Net", "T", "net 2", "Tensor", "9 layers", "Scale", "None", "R×N", "a b", "Block")
COLUMNS = (
    "width", "#1×1", "#3×3 reduce", "#3×3", "pool proj", "n", "growth_rate", "in channels",
    "out", "x", "nn", "torch", "lambda", "kernel size", "hidden",
)  # fmt: skip
TEXTS = (
    "He et al., Deep Residual Learning (2015), Table 1",
    'with "quotes" and back\\slashes and {braces}',
    "a remark that is so long that no formatter would leave it on one line of its own, as it "
    "goes on and on about nothing in particular",
    "ends with a quote '\"'",
)
SYNONYMS = {
    "convolution": ("convolution", "conv", "Conv", "conv2d", "conv (1a)", "Convolution (b)"),
    "separable convolution": ("separable convolution", "sepconv", "Separable-Convolution"),
    "linear": ("linear", "fully connected", "FC", "dense"),
    "max pool": ("max pool", "maxpool", "Max-Pooling", "max pool (2)"),
    "avg pool": ("avg pool", "average pool", "ave pool"),
    "global avg pool": ("global avg pool", "global average pool", "global pool"),
    "batch norm": ("batch norm", "BN"),
    "local response norm": ("local response norm", "LRN"),
    "concat": ("concat", "filter concat"),
    "add": ("add", "sum"),
}
ACTIVATIONS = (
    "relu", "relu", "relu", "relu6", "leaky relu", "prelu", "elu", "gelu", "silu", "mish",
    "hard swish", "hard sigmoid", "sigmoid", "tanh", "softplus", "none",
    {"leaky relu": {"slope": 0.2}}, {"prelu": {"per channel": True}}, {"elu": {"alpha": 0.5}},
)  # fmt: skip
NORMS: tuple[Any, ...] = (
    "batch norm", "bn", "none",
    {"batch norm": {"scale": False}}, {"batch norm": {"shift": False, "eps": 0.001}},
    {"bn": {"scale": False, "shift": False, "momentum": 0.01}},
)  # fmt: skip
INITIALIZERS = ("he normal (fan out)", "lecun uniform", "normal (0.01)", "he truncated normal")
DEFAULTS: dict[str, tuple[tuple[str, tuple[Any, ...]], ...]] = {
    "convolution": (
        ("padding", ("same", "valid", 0, 1)),
        ("bias", (True, False)),
        ("norm", NORMS),
        ("activation", ACTIVATIONS),
        ("weight init", INITIALIZERS),
        ("bias init", (0, 0.2)),
    ),
    "linear": (("weight init", INITIALIZERS), ("bias init", (0, 0.2))),
    "separable convolution": (("padding", ("same",)), ("multiplier", (1, 2))),
    "max pool": (("padding", ("same", 0)), ("ceil", (True, False))),
    "avg pool": (("padding", ("same", 0)), ("count include pad", (True, False))),
    "add": (("activation", ("relu",)),),
    "concat": (("norm", ("bn",)),),
    "batch norm": (("scale", (False,)), ("eps", (0.001,))),
}
ARITHMETIC: tuple[tuple[str, Callable[[int], int]], ...] = (
    ("{}", lambda a: a),
    ("{} + 3", lambda a: a + 3),
    ("({} + 1) // 2", lambda a: (a + 1) // 2),
    ("2 × {}", lambda a: 2 * a),
    ("max({}, 4)", lambda a: max(a, 4)),
    ("min(6, {})", lambda a: min(6, a)),
    ("{} % 3 + 1", lambda a: a % 3 + 1),
    ("2 * {} - (3 - 2)", lambda a: 2 * a - 1),
    ("4 * {} / 2", lambda a: 4 * a // 2),
)
ARITHMETIC_OF_TWO: tuple[tuple[str, Callable[[int, int], int]], ...] = (
    ("{} + {}", lambda a, b: a + b),
    ("max({}, {})", max),
    ("({} + {}) // 2", lambda a, b: (a + b) // 2),
    ("{} + 1 - {} % 2", lambda a, b: a + 1 - b % 2),
)


def windows(size: int, extent: int, stride: int, pads: Size, ceil: bool) -> int:
    """How many windows fit, by torch's rule; the last may hang over the end with ``ceil``."""
    room = size + sum(pads) - extent
    if not ceil:
        return room // stride + 1
    count = -(-room // stride) + 1
    return count - 1 if (count - 1) * stride >= size + pads[0] else count


whole_numbers = cache(st.integers)


# Bodies: rows one after the other


class Writer:
    """What all bodies of one spec share."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw = draw
        self.cost = 0
        self.classes: int | None = None
        self.defaults: dict[str, Row] = {}
        self.modules: dict[str, Row] = {}
        self.known: list[Module] = []

    def one(self, of: Sequence[T]) -> T:
        """One of several."""
        return of[self.upto(len(of) - 1, 0)]

    def some(self, of: Sequence[T], most: int, least: int = 0) -> list[T]:
        """Several different ones."""
        left = list(of)
        return [left.pop(self.upto(len(left) - 1, 0)) for _ in range(self.upto(most, least))]

    def upto(self, most: int, least: int = 1) -> int:
        """A whole number."""
        found: int = self.draw(whole_numbers(least, most))
        return found

    def chance(self, share: int) -> bool:
        """True once in ``share`` times; shrinks to False."""
        return self.upto(share - 1, 0) == share - 1


@dataclass
class Body:
    """Rows being written: the tensor after the last one, and what rows may refer to."""

    writer: Writer
    current: Tensor
    names: ChainMap[str, Tensor]
    columns: Mapping[str, Column]
    free: bool = False
    relative: bool = False
    depth: int = 0
    rows: list[Row] = field(default_factory=list)
    outputs: list[Tensor] = field(default_factory=list)
    label: str | None = None
    source: str | None = None

    def inner(self) -> Body:
        """The body of a branch or group that starts from the current tensor."""
        return Body(
            self.writer,
            self.current,
            self.names.new_child(),
            self.columns,
            relative=self.relative,
            depth=self.depth + 1,
            label=self.label,
        )

    def put(self, row: Row, output: Tensor, cost: int = 1) -> None:
        """Append a row. One in four gets a name."""
        self.writer.cost += cost
        if self.source is not None:
            row["from"] = self.source if self.writer.chance(2) else [self.source]
            self.source = None
        self.rows.append(row)
        self.outputs.append(output)
        self.current, self.label = output, None
        if self.writer.chance(4):
            self.name_last()

    def name_last(self) -> str | None:
        """A name for the current tensor; None where no row of this body made it."""
        if self.label is None and self.rows and self.source is None:
            free = [name for name in NAMES if name not in self.names]
            self.label = self.writer.one(free or [f"t{len(self.names)}"])
            self.rows[-1]["name"] = self.label
            self.names[self.label] = self.current
        return self.label

    def detour(self) -> None:
        """Rows that start from an earlier tensor, joined with the current one in the end."""
        left, before = self.name_last(), self.current
        found = [name for name, tensor in self.names.items() if tensor.size == before.size]
        if left is None:
            return self.elementwise()
        self.source = self.label = self.writer.one(found)
        self.current = self.names[self.source]
        free, self.free = self.free, False
        steps: list[Callable[[], None]] = [self.convolution, self.pool, self.grouped]
        self.writer.one([*steps, self.split, self.group])()
        self.free = free
        right = self.name_last()
        row = {"type": "concat", "from": [left, right]}
        self.put(row, together([before, self.current]))
        return None

    def written(self) -> list[Any]:
        """The rows, some as lists under the default columns."""
        return [self.as_list(row, ("type", "patch", "filters")) for row in self.rows]

    def as_list(self, row: Row, columns: Sequence[str]) -> Any:
        """A row as a mapping, or as a list with what has no column in a mapping at its end."""
        if set(row) == {"type"} and self.writer.chance(2):
            return row["type"]
        if "type" not in row or self.writer.chance(2):
            return dict(row)
        cells = [row.get(column) for column in columns]
        while cells and cells[-1] is None:
            cells.pop()
        rest = {key: cell for key, cell in row.items() if key not in columns}
        return [*cells, rest] if rest else cells

    # Numbers

    def filters(self, portable: bool = False) -> Count:
        """Some filters; ``portable`` ones mean the same in every row of the body."""
        operands = self.operands(portable)
        if not operands or self.writer.chance(2):
            return exactly(self.writer.upto(12))
        if self.writer.chance(3):
            text, combine = self.writer.one(ARITHMETIC_OF_TWO)
            one, two = self.writer.one(operands), self.writer.one(operands)
            return Count(
                lambda values: combine(one.of(values), two.of(values)),
                text.format(one.text, two.text),
            )
        text, function = self.writer.one(ARITHMETIC)
        of = self.writer.one(operands)
        if text == "{}":
            return of
        return Count(lambda values: function(of.of(values)), text.format(of.text))

    def operands(self, portable: bool) -> list[Count]:
        """Columns and channels that arithmetic may use."""
        found = [column_count(each.name) for each in self.columns.values() if each.kind == "count"]
        if self.writer.classes is not None:
            classes = self.writer.classes
            found.append(Count(lambda _: classes, "classes"))
        if not portable:
            found.append(Count(self.current.channels.of, "channels"))
        if self.names and self.writer.chance(4):
            name = self.writer.one(list(self.names))
            found.append(Count(self.names[name].channels.of, f"channels({name})"))
        return found

    def width_of_current(self) -> Count | None:
        """The current channels in a form that any row of the body may write, if there is one."""
        count = self.current.channels
        if count.text is not None:
            return count
        name = self.name_last()
        return None if name is None else Count(count.of, f"channels({name})")

    def settle(self, count: Count) -> Count:
        """What a row has made of ``count``: its text holds elsewhere only if it is portable."""
        text = str(count.text)
        return Count(count.of) if "channels" in text and text != INPUT else count

    # Windows

    def window(self, kind: str, stride: int = 1) -> tuple[Row, Size]:
        """Kernel, stride and padding of a row of ``kind``, and the size of its output."""
        assert self.current.size is not None
        if self.free and self.writer.chance(2):
            found = self.free_window(kind)
            if found is not None:
                return found
        patch = self.patch_column(stride)
        if patch is not None:
            row: Row = {"patch": patch, "padding": "same"}
            return self.spell_out(row, kind), self.current.size
        kernel = (self.writer.one((1, 3, 3, 2, 5)), 0)
        kernel = (kernel[0], self.writer.one((kernel[0], kernel[0], 1, 3)))
        dilation = 1 if kind == "avg pool" else self.writer.one((1, 1, 1, 2))
        extents = tuple(dilation * (each - 1) + 1 for each in kernel)
        padding = self.keeping(kind, (extents[0], extents[1]), dilation > 1)
        row = {**self.patch(kernel, (stride, stride)), "padding": padding}
        if dilation > 1:
            row["dilation"] = dilation
        if kind == "avg pool" and (padding != "same" or any(each % 2 == 0 for each in extents)):
            row["count include pad"] = True
        if kind.endswith("pool") and stride > 1:
            row["ceil"] = False
        return self.spell_out(row, kind), self.after(stride)

    def patch_column(self, stride: int) -> str | None:
        """A column that stands for a kernel of stride 1, as the only patch of the row."""
        found = [each.name for each in self.columns.values() if each.kind == "patch"]
        return self.writer.one(found) if found and stride == 1 and self.writer.chance(2) else None

    def keeping(self, kind: str, extents: Size, dilated: bool) -> Any:
        """Padding with which a window moves over as many places as there are cells."""
        first = tuple((each - 1) // 2 for each in extents)
        last = tuple(each // 2 for each in extents)
        if kind.endswith("pool") and dilated:
            return "same"  # torch pads a pool by half its kernel at most, dilated or not
        ways: list[Any] = ["same", [first[0], last[0], first[1], last[1]]]
        if kind.endswith("convolution"):
            ways.append([0, extents[0] - 1, extents[1] - 1, 0])
        if first == last:
            ways += ["same", f"{first[0]}×{first[1]}", list(first)]
            if first[0] == first[1]:
                ways.append(first[0])
        return self.writer.one(ways)

    def free_window(self, kind: str) -> tuple[Row, Size] | None:
        """Any kernel, stride and padding; None if no window fits."""
        assert self.current.size is not None
        one, upto = self.writer.one, self.writer.upto
        pool = kind.endswith("pool")
        kernel = (upto(5), upto(5)) if self.writer.chance(4) else (one((2, 3, 7)),) * 2
        stride = (one((1, 2, 3)),) * 2 if not self.writer.chance(6) else (upto(3), upto(3))
        extents = kernel
        pads = [upto(3, 0) for _ in range(4)] if self.writer.chance(3) else [upto(2, 0)] * 4
        if pool:
            pads = [min(each, extents[index // 2] // 2) for index, each in enumerate(pads)]
        row = self.patch(kernel, stride)
        even = pads[0] == pads[1] and pads[2] == pads[3]
        row["padding"] = pads[0] if len(set(pads)) == 1 else pads
        if pads == [0] * 4 and self.writer.chance(2):
            row["padding"] = "valid"
        ceil = pool and self.writer.chance(3)
        if pool:
            row["ceil"] = ceil
        if kind == "avg pool":
            row["count include pad"] = not even or self.writer.chance(2)
        sizes = [
            windows(cells, extents[at], stride[at], (pads[2 * at], pads[2 * at + 1]), ceil)
            for at, cells in enumerate(self.current.size)
        ]
        if min(sizes) < 1:
            return None
        return self.spell_out(row, kind), (sizes[0], sizes[1])

    def patch(self, kernel: Size, stride: Size) -> Row:
        """Kernel and stride in one of the ways to write them."""
        times = self.writer.one("×x")
        square = kernel[0] == kernel[1]
        steps = "" if stride == (1, 1) else f"/{stride[0]}"
        if stride[0] != stride[1]:
            steps += f"{times}{stride[1]}"
        if self.writer.chance(6):
            return {"kernel": list(kernel), "stride": list(stride)}
        if square and not steps and self.writer.chance(4):
            return {"patch": kernel[0]}
        if square and not steps and self.writer.chance(4):
            return {"kernel": kernel[0]}
        return {"patch": f"{kernel[0]}{times}{kernel[1]}{steps}"}

    def spell_out(self, row: Row, kind: str) -> Row:
        """Leave out what the defaults say anyway; say what they would say otherwise."""
        defaults = {"padding": 0, "ceil": False, **self.writer.defaults.get(kind, {})}
        if kind == "avg pool":
            defaults.setdefault("count include pad", row.get("padding") != "same")
        pool = kind.endswith("pool")
        row = {"padding": 0, **({"ceil": False} if pool else {}), **row}
        for key, default in defaults.items():
            if key in row and row[key] == default and type(row[key]) is type(default):
                del row[key]
        return row

    def after(self, stride: int) -> Size:
        """The current size divided by a stride; in modules the strides so far."""
        assert self.current.size is not None
        height, width = self.current.size
        if self.relative:
            return height * stride, width * stride
        return math.ceil(height / stride), math.ceil(width / stride)

    # Rows

    def chain(self, length: int) -> None:
        """Some rows of stride 1, as far as the network may still grow."""
        for _ in range(length):
            if self.writer.cost >= MOST_OPERATIONS:
                return
            self.writer.one(self.steps())()

    def steps(self) -> list[Callable[[], None]]:
        """What may come next."""
        found = [self.convolution] * 4 + [self.pool, self.elementwise, self.gather]
        found += [self.grouped, self.padded, self.detour]
        if self.depth < 2:
            found += [self.split, self.split, self.group]
        if self.writer.known:
            found += [self.use] * 3
        return found

    def convolution(self, filters: Count | None = None, stride: int = 1) -> None:
        """A convolution, separable or not, with or without norm and activation."""
        kind = "separable convolution" if self.writer.chance(6) else "convolution"
        count = self.filters() if filters is None else filters
        row, size = self.window(kind, stride)
        row = {"type": self.writer.one(SYNONYMS[kind]), **row, "filters": count.text}
        if kind != "convolution" and self.writer.chance(3):
            row["multiplier"] = self.writer.upto(3)
        if self.writer.chance(4):
            row["bias"] = self.flag()
        repeats = size == self.current.size and "channels" not in str(count.text)
        self.modify(row)
        self.put(row, Tensor(self.settle(count), size), self.repeat(row) if repeats else 1)

    def grouped(self) -> None:
        """A depthwise convolution, or one in groups after a 1×1 convolution that fits them."""
        groups = self.filters(portable=True)
        if self.writer.chance(2):
            row, size = self.window("convolution")
            times = self.writer.upto(2)
            filters = "channels" if times == 1 else f"{times} * channels"
            before = self.current.channels
            row = {"type": "conv", **row, "filters": filters, "groups": "channels"}
            self.modify(row)
            self.put(row, Tensor(Count(lambda values: times * before.of(values)), size))
            return
        twice = Count(lambda values: 2 * groups.of(values), f"2 * ({groups.text})")
        assert self.current.size is not None
        one = {"type": "convolution", "patch": "1×1", "filters": twice.text, "padding": 0}
        self.put(one, Tensor(self.settle(twice), self.current.size))
        row, size = self.window("convolution")
        row = {"type": "convolution", **row, "filters": twice.text, "groups": groups.text}
        self.put(row, Tensor(self.settle(twice), size))

    def padded(self) -> None:
        """Padding as a row of its own, and the convolution that uses it up."""
        count = self.filters()
        sides = self.writer.one(([1, 1, 1, 1], [0, 2, 1, 1], [2, 0, 0, 2]))
        pad: Row = {"type": self.writer.one(("zero pad", "pad")), "padding": sides}
        if self.writer.chance(4):
            pad["value"] = self.writer.one((0.0, 1.0, -0.5))
        size = self.current.size
        assert size is not None
        between = Tensor(self.current.channels, (size[0] + 2, size[1] + 2))
        self.put(pad, between)
        self.put(
            {"type": "conv", "patch": "3×3", "filters": count.text, "padding": "valid"},
            Tensor(self.settle(count), size),
        )

    def pool(self, stride: int = 1) -> None:
        """A pool."""
        kind = self.writer.one(("max pool", "avg pool"))
        row, size = self.window(kind, stride)
        row = {"type": self.writer.one(SYNONYMS[kind]), **row}
        if self.writer.chance(6):
            self.modify(row)
        self.put(row, Tensor(self.current.channels, size))

    def elementwise(self) -> None:
        """An operation that keeps the shape."""
        rows: list[Row] = [
            {"type": self.writer.one(SYNONYMS["batch norm"])},
            {"type": "batch norm", "scale": self.flag(), "shift": self.flag()},
            {"type": "dropout (40%)"},
            {"type": "dropout", "rate": self.value("rate", 0.25)},
            {"type": "scale", "by": self.value("number", 0.5)},
            {"type": "identity"},
            {"type": "relu"},
            {"type": "prelu", "per channel": self.flag()},
            {"type": "leaky relu", "slope": 0.3},
            {"type": "elu", "alpha": self.value("number", 0.7)},
            {"type": "softmax"},
            {"type": "sigmoid"},
        ]
        if self.current.size is not None:
            rows.append({"type": self.writer.one(SYNONYMS["local response norm"])})
            rows.append({"type": "lrn", "size": 3, "alpha": 0.001, "k": 2})
        row = self.writer.one(rows)
        if self.writer.chance(4):
            self.modify(row)
        self.put(row, self.current, self.repeat(row))

    def gather(self) -> None:
        """A join of named tensors, the current one among them."""
        current = self.name_last()
        if current is None:
            return self.elementwise()
        op = self.writer.one(("concat", "add"))
        found = [
            name
            for name, tensor in self.names.items()
            if tensor.size == self.current.size
            and (op == "concat" or tensor.channels is self.current.channels)
        ]
        chosen = [self.writer.one(found) for _ in range(self.writer.upto(2, 0))]
        chosen.insert(self.writer.upto(len(chosen), 0), current)
        self.source = None
        row = {"type": self.writer.one(SYNONYMS[op]), "from": chosen}
        tensors = [self.names[name] for name in chosen]
        self.modify(row)
        self.put(row, tensors[0] if op == "add" else together(tensors))
        return None

    def modify(self, row: Row) -> None:
        """A norm and an activation behind the row's operation."""
        if self.writer.chance(3):
            row["norm"] = self.writer.one(NORMS)
        if self.writer.chance(2):
            row["activation"] = self.value("activation", self.writer.one(ACTIVATIONS))

    def value(self, kind: str, otherwise: Any) -> Any:
        """A column of the kind, or a value."""
        found = [each.name for each in self.columns.values() if each.kind == kind]
        return self.writer.one([*found, *found, otherwise])

    def flag(self) -> Any:
        """A column, true or false."""
        return self.value("flag", self.writer.chance(2))

    def repeat(self, row: Row) -> int:
        """Repeat the row now and then; says how often. Its lists would be one value per use."""
        if isinstance(row.get("kernel"), list) or not self.writer.chance(8):
            return 1
        times = self.writer.upto(3, 2)
        if self.writer.chance(2) and "(" not in row["type"]:
            row["type"] = f"{times}×{row['type']}"
        else:
            row["repeat"] = times
        return times

    # Splits, groups and uses of modules

    def split(self, stride: int = 1) -> None:
        """Branches side by side; those that are added end in as many filters."""
        op = self.writer.one(("concat", "concat", "add", "add", None))
        width = self.width_of_current() if stride == 1 else None
        same = width is not None and self.writer.chance(2)
        target = width if same and width is not None else self.filters(portable=True)
        branches: dict[str, list[Any]] = {}
        outputs: list[Tensor] = []
        for label in self.writer.some(BRANCHES, 3, 1):
            body = self.inner()
            empty = stride == 1 and (op != "add" or same) and self.writer.chance(4)
            if not empty:
                body.chain(self.writer.upto(2, 0))
                body.end_branch(target if op == "add" else None, stride)
            branches[label] = body.written()
            outputs.append(body.current)
        row: Row = {"branches": branches}
        if op is not None:
            row["join"] = self.writer.one(SYNONYMS[op])
        if self.writer.chance(3):
            row["type"] = self.writer.one(("split", "block (2)", "stem"))
        self.modify(row)
        if op != "add":
            self.put(row, together(outputs))
            return
        channels = self.current.channels if same else self.settle(target)
        self.put(row, Tensor(channels, outputs[0].size))

    def end_branch(self, target: Count | None, stride: int) -> None:
        """What brings a branch to the width and the stride that its join needs."""
        if target is not None:
            self.convolution(target, stride)
        elif stride > 1:
            self.writer.one((self.pool, lambda stride: self.convolution(None, stride)))(stride)

    def group(self) -> None:
        """Rows that are repeated together; a repeated group ends as wide as it began."""
        width = self.width_of_current()
        times = 1 if width is None else self.writer.upto(3)
        body = self.inner()
        before = self.writer.cost
        body.chain(self.writer.upto(2))
        if times > 1:
            body.convolution(width)
        row: Row = {"rows": body.written()}
        if times > 1 or self.writer.chance(3):
            row["repeat"] = times
        if self.writer.chance(2):
            row["type"] = self.writer.one(("stage", "group (1)"))
        channels = self.current.channels if times > 1 else body.current.channels
        cost = (self.writer.cost - before) * (times - 1)
        self.put(row, Tensor(channels, body.current.size), cost)

    def use(self) -> None:
        """A use of a module."""
        module = self.writer.one(self.writer.known)
        row: Row = {"type": module.name}
        values: dict[str, Count] = {}
        for column in module.columns:
            cell = self.cell(column)
            default = column.default is not None and self.writer.chance(2)
            if not default:
                row[column.name] = cell.text
            values[column.name] = exactly(column.default) if default else cell
        strides = (
            module.strides({name: cell.of({}) for name, cell in values.items()})
            if (self.free)
            else module.strides({name: exactly(1).of({}) for name in values})
        )
        if not self.free and any(column.kind == "step" for column in module.columns):
            return self.convolution()
        if strides > 1 and not self.free:
            return self.convolution()
        times, channels = 1, through(module, values, self.current.channels)
        if strides == 1:
            times = self.repeat(row)
        for _ in range(times - 1):
            channels = through(module, values, channels)
        if self.free and channels.of({}) > 2 * MOST_CHANNELS:
            return self.convolution()
        if "×" not in row["type"] and self.writer.chance(3):
            row["type"] += self.writer.one((" (1)", " (2a)", " (b)"))
        self.put(row, Tensor(channels, self.after(strides)), module.cost * times)
        return None

    def cell(self, column: Column) -> Count:
        """What a use of a module puts into a column."""
        if column.kind == "count":
            return self.filters(portable=True)
        if column.kind == "step":
            step = self.writer.upto(2)
            return Count(lambda _: step, self.writer.one((f"3×3/{step}", f"1x1/{step}")))
        return Count(lambda _: 1, self.value(column.kind, self.writer.one(KINDS[column.kind])))


KINDS: dict[str, tuple[Any, ...]] = {
    "patch": ("3×3", "5x5", "1×3", "1×1", 3),
    "flag": (True, False),
    "rate": (0.5, "30%", 0),
    "number": (0.1, 2, 1.5),
    "activation": ("relu", "tanh", "prelu", "none", "relu6"),
    "step": (),
    "count": (),
}
"""Kinds of columns and what they may be filled with; a ``step`` is a patch with a stride."""


def exactly(number: Any) -> Count:
    """A number as it is."""
    return Count(lambda _: number, number)


def column_count(name: str) -> Count:
    """The number in a column."""
    return Count(lambda values: int(values[name]), name)


def together(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors one after the other along the channels."""
    counts = [each.channels for each in tensors]
    return Tensor(Count(lambda values: sum(each.of(values) for each in counts)), tensors[0].size)


def through(module: Module, cells: Mapping[str, Count], channels: Count) -> Count:
    """The channels behind a use of a module."""
    return Count(
        lambda values: module.output(
            {**{name: cell.of(values) for name, cell in cells.items()}, INPUT: channels.of(values)}
        )
    )


# Modules, heads and the whole


def define(writer: Writer, name: str) -> Module:
    """Write a module."""
    columns = {each.name: each for each in draw_columns(writer)}
    channels = Count(lambda values: int(values[INPUT]), INPUT)
    start = Tensor(channels, (1, 1))
    body = Body(writer, start, ChainMap({"input": start}), columns, relative=True, label="input")
    before = writer.cost
    stride = writer.one((1, 1, 1, 2))
    step = next((each.name for each in columns.values() if each.kind == "step"), None)
    if step is not None:
        count = body.filters()
        row = {"type": "conv", "patch": step, "padding": "same", "filters": count.text}
        body.put(row, Tensor(body.settle(count), body.current.size))
        stride = 1
    elif writer.chance(2):
        body.split(stride)
    else:
        body.convolution(None, stride)
    definition: Row = {}
    only = body.rows[0]
    if "branches" in only and writer.chance(2):
        keys = ("branches", "join", "norm", "activation")
        definition = {key: only[key] for key in keys if key in only}
    else:
        body.chain(writer.upto(2, 0))
        definition["rows"] = body.written()
    output = body.current.channels
    cost, writer.cost = writer.cost - before, before
    head: Row = {}
    columns = {key: column for key, column in columns.items() if mentions(definition, key)}
    if columns:
        with_defaults = any(each.default is not None for each in columns.values())
        head["columns"] = (
            {each.name: each.default for each in columns.values()}
            if with_defaults
            else list(columns)
        )
    if writer.chance(4):
        head["figure"] = writer.one(TEXTS)
    if writer.chance(4):
        head["defaults"] = {"convolution": {"activation": writer.one(ACTIVATIONS)}}
    writer.modules[name] = {**head, **definition}

    def strides(values: Values) -> int:
        return stride * (int(values[step]) if step is not None else 1)

    return Module(name, tuple(columns.values()), output.of, strides, cost)


def mentions(data: Any, column: str) -> bool:
    """Whether some cell in ``data`` uses the column."""
    if isinstance(data, dict):
        skipped = ("name", "from", "type")
        return any(mentions(item, column) for key, item in data.items() if key not in skipped)
    if isinstance(data, list):
        return any(mentions(item, column) for item in data)
    return bool(re.search(rf"(?<![\w#]){re.escape(column)}(?!\w)", str(data)))


def draw_columns(writer: Writer) -> list[Column]:
    """Up to four columns, some with defaults."""
    found: list[Column] = []
    for name in writer.some(COLUMNS, 4):
        kind = writer.one(("count", "count", "count", "count", *KINDS))
        default: Any = None
        if writer.chance(3) and kind != "step":
            default = writer.upto(8) if kind == "count" else writer.one(KINDS[kind])
        if kind == "step" and any(each.kind == "step" for each in found):
            kind = "flag"
        found.append(Column(name, kind, default))
    return found


def draw_defaults(writer: Writer) -> None:
    """Defaults of some operations."""
    for op, choices in DEFAULTS.items():
        if writer.chance(4):
            keys = [each for each in choices if writer.chance(2)]
            writer.defaults[op] = {key: writer.one(values) for key, values in keys}


def write_tail(body: Body) -> None:
    """End in a map, or in a classifier of one kind or other."""
    writer = body.writer
    how = writer.one(("map", "linear", "hidden", "convolution", "adaptive", "join"))
    if how == "map" and writer.classes is None:
        return
    row: Row
    classes = Count(lambda _: writer.classes or 10, "classes" if writer.classes else 10)
    if how == "convolution" or (how == "map" and writer.classes):
        body.put(
            {"type": "conv", "patch": "1×1", "filters": classes.text, "padding": 0, "norm": "none"},
            Tensor(classes, body.current.size),
        )
    if how == "adaptive":
        size = writer.one(((2, 2), (1, 2), (1, 1)))
        row = {"type": "adaptive avg pool", "output": list(size)}
        body.put(row, Tensor(body.current.channels, size))
    elif how in ("linear", "convolution"):
        row = {"type": writer.one(SYNONYMS["global avg pool"])}
        body.put(row, Tensor(body.current.channels, (1, 1)))
    assert body.current.size is not None
    cells = math.prod(body.current.size)
    wide = body.current.channels
    flat = Count(lambda values: wide.of(values) * cells)
    body.put({"type": "flatten", "unlisted": True}, Tensor(flat, None))
    if how == "hidden":
        hidden = exactly(writer.upto(16))
        row = {"type": writer.one(SYNONYMS["linear"]), "filters": hidden.text}
        body.modify(row)
        body.put(row, Tensor(hidden, None))
        body.elementwise()
    if how == "join":
        write_join_of_vectors(body)
    if how not in ("convolution", "map"):
        row = {"type": writer.one(SYNONYMS["linear"]), "filters": classes.text}
        body.put(row, Tensor(classes, None))
    if writer.chance(3):
        body.put({"type": "softmax"}, body.current)


def write_join_of_vectors(body: Body) -> None:
    """Two linear layers side by side."""
    width = body.writer.upto(8)
    op = body.writer.one(("concat", "add"))
    branches = {name: [["linear", None, width, {"activation": "relu"}]] for name in ("a", "b")}
    joined = exactly(width if op == "add" else 2 * width)
    body.put({"branches": branches, "join": op}, Tensor(Count(joined.of), None), 3)


def write_heads(body: Body) -> Row:
    """Auxiliary heads behind some rows: a module of their own, or any that fits."""
    writer = body.writer
    places = [
        index
        for index, (row, output) in enumerate(zip(body.rows, body.outputs, strict=True))
        if output.size is not None and "repeat" not in row
    ]
    if not places or not writer.chance(3):
        return {}
    last: Row = {"type": "linear", "filters": "classes" if writer.classes else 7}
    writer.modules["auxiliary"] = {
        "columns": {"width": 4},
        "rows": [["conv", "1×1", "width"], "global avg pool", "flatten", last],
    }
    heads: Row = {}
    for name in writer.some(("aux1", "aux 2", "concat", "count"), 2, 1):
        index = writer.one(places)
        taken = body.names.maps[0]
        row = body.rows[index]
        if "name" not in row:
            row["name"] = next(f"row {n}" for n in range(99) if f"row {n}" not in taken)
            body.names[row["name"]] = body.outputs[index]
        heads[name] = {"after": row["name"], "module": "auxiliary"}
        if writer.chance(3):
            heads[name]["declared after"] = row["name"]
        if writer.chance(2):
            heads[name] |= {"width": writer.upto(6), "loss weight": 0.3}
    return heads


def write_table(body: Body, claims: bool) -> tuple[list[str] | None, list[Any]]:
    """The rows under columns of the table's own, or as mappings."""
    rows = [dict(row) for row in body.rows]
    for row, output in zip(rows, body.outputs, strict=True):
        if claims and body.writer.chance(2):
            claim(row, output)
    if not body.writer.chance(2):
        return None, [body.as_list(row, ("type", "patch", "filters")) for row in rows]
    used = dict.fromkeys(key for row in rows for key in row if key not in ("type", "branches"))
    chosen = [key for key in used if key in ("patch", "filters", "output size", "ops")]
    chosen += [key for key in used if key in COLUMNS]
    columns = ["type", *chosen]
    table = [body.as_list(row, columns) for row in rows]
    printed = ["patch size/stride" if key == "patch" else key for key in columns]
    return printed, table


def claim(row: Row, output: Tensor) -> None:
    """Print the row's size, and some figures that may be wrong."""
    channels = output.channels.of({})
    if output.size is None:
        row["output size"] = f"1×1×{channels}"
    else:
        row["output size"] = f"{output.size[0]}×{output.size[1]}×{channels}"
        if row.get("filters") == channels and "kernel" not in row:
            del row["filters"]
    row["ops"] = "1.5M"


def draw_names(writer: Writer, known: Sequence[str]) -> dict[str, str]:
    """Names in code for some rows and heads, odd ones among them."""
    if not writer.chance(3):
        return {}
    wanted = ("Conv2d_1a", "Mixed_5b", "forward", "logits", "x", "nn", "_1")
    return dict(zip(known, writer.some(wanted, min(len(known), len(wanted))), strict=False))


@st.composite
def spec_data(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Row:
    """A spec as plain data."""
    writer = Writer(draw)
    if writer.chance(2):
        writer.classes = writer.upto(12)
    draw_defaults(writer)
    for name in writer.some(MODULES, 3):
        writer.known.append(define(writer, name))
    size = (writer.upto(20, 6), writer.upto(20, 6))
    channels = writer.upto(4)
    start = Tensor(Count(lambda _: channels, INPUT), size)
    body = Body(writer, start, ChainMap({"input": start}), {}, free=True, label="input")
    body.chain(writer.upto(5))
    if writer.chance(3):
        body.writer.one((body.split, lambda stride: body.convolution(None, stride)))(2)
    write_tail(body)
    if not body.rows:
        body.elementwise()
    heads = write_heads(body)
    columns, rows = write_table(body, claims=writer.chance(2))
    spec: Row = {"network": writer.one(NETWORKS), "input": f"{size[0]}×{size[1]}×{channels}"}
    sections = {
        "source": writer.one(TEXTS) if writer.chance(3) else None,
        "notes": writer.one((TEXTS[1], list(TEXTS))) if writer.chance(5) else None,
        "classes": writer.classes,
        "defaults": writer.defaults,
        "modules": writer.modules,
        "columns": columns,
        "rows": rows,
        "heads": heads,
        "names": draw_names(writer, [*heads, *(row["name"] for row in body.rows if "name" in row)]),
    }
    return {**spec, **{key: value for key, value in sections.items() if value}}


def as_yaml(data: Any) -> str:
    """The data as YAML, rows on lines of their own."""
    text: str = yaml.dump(
        data,
        Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper),
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=None,
        width=10_000,
    )
    return text


def specs() -> st.SearchStrategy[str]:
    """Specs as YAML, nearly all of them valid."""
    return spec_data().map(as_yaml)


# Damage

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
