"""The spec's schema: what a file may say, as records.

Rows are free-form here, as their keys depend on the operation or module they name;
`archc.spec.lower` checks them. `archc.spec.schema` makes the JSON Schema from all of it.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from archc.fields import (
    ANYTHING,
    FLAG,
    TEXT,
    Choice,
    Either,
    ListOf,
    MappingOf,
    Maybe,
    Real,
    Record,
    Section,
    Text,
    ValueType,
    Whole,
    field,
)

__all__ = [
    "CLAIMS",
    "ROW_KEYS",
    "HeadModel",
    "ModuleModel",
    "PreprocessModel",
    "PublishedModel",
    "RowModel",
    "SpecModel",
    "UnitsModel",
]

CLAIMS = ("output size", "input size", "depth", "params", "ops")
"""The columns that claim something rather than define it."""

_UNIT = Real(least=1, most=1e30)
_PRINTED = Either(TEXT, Whole(), Real())
_ROWS = ListOf(ANYTHING)
_BRANCHES = MappingOf(_ROWS, least=1)
_DEFAULTS = MappingOf(MappingOf(ANYTHING))
_FOLLOWER = Maybe(Either(TEXT, MappingOf(ANYTHING)))


def _optional(type: ValueType, about: str = "", key: str = "") -> Any:
    """Declare a field that may be missing or null."""
    return field(Maybe(type), default=None, about=about, key=key)


class UnitsModel(Record):
    """How the paper's table counts."""

    params: Literal["params", "weights"] = field(
        Choice("params", "weights"),
        default="params",
        about="whether its params count biases, or kernel weights only",
    )
    K: float = field(_UNIT, default=1e3, about="what its K stands for")
    M: float = field(_UNIT, default=1e6, about="what its M stands for")
    G: float = field(_UNIT, default=1e9, about="what its G stands for")


class PreprocessModel(Record):
    """How an image becomes the network's input; what is not said is as for ImageNet."""

    resize: int | None = _optional(
        Whole(least=1), "the shorter side before the middle is cut out; 8/7 of the input's"
    )
    interpolation: Literal["bilinear", "bicubic"] = field(
        Choice("bilinear", "bicubic"),
        default="bilinear",
        about="between which pixels of the image a new one lies",
    )
    mean: list[float] | None = _optional(
        ListOf(Real(least=0, most=1), least=1),
        "subtracted from each channel, whose values are 0 to 1",
    )
    std: list[float] | None = _optional(
        ListOf(Real(above=0, most=1), least=1), "what each channel is divided by then"
    )


class PublishedModel(Record):
    """The paper's totals; a list has one for each variant."""

    params: str | int | float | list[str] | None = _optional(
        Either(TEXT, Whole(), Real(), ListOf(TEXT))
    )
    ops: str | int | float | list[str] | None = _optional(
        Either(TEXT, Whole(), Real(), ListOf(TEXT))
    )


class HeadModel(Record):
    """An auxiliary head. Further keys are the columns of its module."""

    takes_more: ClassVar = True

    after: str = field(TEXT, about="the row whose output it reads")
    module: str = field(TEXT, about="the module it is")
    loss_weight: float | None = _optional(Real(least=0), "its share in the training loss")
    declared_after: str | None = _optional(
        TEXT, "the row behind which code declares its layers; the last if not said"
    )


class RowModel(Record):
    """The keys that any row may have, besides its operation's attributes and the columns."""

    takes_more: ClassVar = True

    type: str = field(
        TEXT, default="", about="operation or module: `inception (3a)`, `3×Inception`"
    )
    patch: str | int | None = _optional(Either(TEXT, Whole()), "kernel and stride: `7×7/2`")
    as_: str | None = _optional(
        TEXT, "what the printed type means, where it is no name here", key="as"
    )
    when: str | int | None = _optional(
        Either(TEXT, Whole()), "a condition on columns, without which the row is left out"
    )
    remark: str | None = _optional(TEXT, "a printed remark that defines nothing")
    name: str | None = _optional(Text(least=1), "a name for the output, to be used in `from`")
    from_: str | list[str] = field(
        Either(TEXT, ListOf(TEXT, least=1)),
        default="",
        about="the tensors it reads instead of the row before",
        key="from",
    )
    repeat: int | str | None = _optional(
        Either(Whole(least=1), TEXT), "how often in a chain; a number, or arithmetic over columns"
    )
    unlisted: bool = field(FLAG, default=False, about="true for what the paper's table leaves out")
    note: str | None = _optional(TEXT, "a remark for the report")
    notes: dict[str, str] | None = _optional(MappingOf(TEXT), "remarks on claims, by column")
    errata: dict[str, str] | None = _optional(
        MappingOf(TEXT), "claimed sizes that the paper got wrong, by column, and why"
    )
    branches: dict[str, list[Any]] = field(_BRANCHES, default={}, about="a split, by branch name")
    join: str | None = _optional(TEXT, "how branches meet: `concat`, `add`")
    rows: list[Any] = field(_ROWS, default=[], about="rows that are repeated together")
    norm: str | dict[str, Any] | None = field(
        _FOLLOWER, default=None, about="a norm after the operation"
    )
    activation: str | dict[str, Any] | None = field(
        _FOLLOWER, default=None, about="an activation after operation and norm; `none` for none"
    )
    output_size: str | int | None = _optional(Either(TEXT, Whole()), "claim: height×width×channels")
    input_size: str | int | None = _optional(Either(TEXT, Whole()), "claim: height×width×channels")
    depth: int | None = _optional(Whole(), "claim: layers with kernels in a chain")
    params: str | int | float | None = _optional(_PRINTED, "claim, as printed: `159K`")
    ops: str | int | float | None = _optional(_PRINTED, "claim, as printed: `128M`")


ROW_KEYS = frozenset(RowModel.all_keys()) - frozenset(CLAIMS)
"""What a row may say besides claims, attributes and columns."""


class ModuleModel(Record):
    """A module: columns in, rows or branches between."""

    module: str | None = _optional(TEXT, "its name")
    figure: str | None = _optional(TEXT, "the figure of the paper that shows it")
    source: str | None = _optional(TEXT, "the paper")
    notes: str | None = _optional(TEXT)
    columns: list[str] | dict[str, Any] = field(
        Either(ListOf(TEXT), MappingOf(ANYTHING)),
        default=[],
        about="its parameters; as a mapping, with defaults",
    )
    ignores: list[str] = field(
        ListOf(TEXT), default=[], about="columns of the table that it has no use for"
    )
    defaults: dict[str, dict[str, Any]] = field(_DEFAULTS, default={})
    rows: list[Any] | None = _optional(_ROWS)
    branches: dict[str, list[Any]] | None = _optional(_BRANCHES)
    join: str | None = _optional(TEXT)
    norm: str | dict[str, Any] | None = field(_FOLLOWER, default=None)
    activation: str | dict[str, Any] | None = field(_FOLLOWER, default=None)


class SpecModel(Record):
    """A spec file."""

    network: str = field(TEXT, about="the network's name")
    extends: str | None = _optional(TEXT, "the spec this one differs from")
    source: str | None = _optional(TEXT, "paper, year, table")
    notes: str | list[str] | None = _optional(Either(TEXT, ListOf(TEXT)), "remarks for the report")
    input: str = field(TEXT, about="height×width×channels")
    classes: int | None = _optional(
        Whole(least=1), "the classifier's width, changed with `--set classes=10`"
    )
    units: UnitsModel = field(Section(UnitsModel), default=UnitsModel())
    preprocess: PreprocessModel = field(Section(PreprocessModel), default=PreprocessModel())
    defaults: dict[str, dict[str, Any]] = field(
        _DEFAULTS, default={}, about="attributes by operation, for every row"
    )
    columns: list[str] | dict[str, str | None] | None = _optional(
        Either(ListOf(TEXT), MappingOf(Maybe(TEXT))),
        "the table's columns, for list rows; as a mapping, with their meaning",
    )
    rows: list[Any] = field(_ROWS, about="the table")
    modules: dict[str, str | dict[str, Any]] = field(
        MappingOf(Either(TEXT, MappingOf(ANYTHING))),
        default={},
        about="modules by the name rows use: a name, or a definition",
    )
    heads: dict[str, HeadModel] = field(MappingOf(Section(HeadModel)), default={})
    variants: list[str] | dict[str, dict[str, Any]] = field(
        Either(ListOf(TEXT), MappingOf(MappingOf(ANYTHING))),
        default=[],
        about="columns of the table that are networks, or what each variant changes",
    )
    names: dict[str, str | list[Any] | dict[str, Any] | None] = field(
        MappingOf(Maybe(Either(TEXT, _ROWS, MappingOf(ANYTHING)))),
        default={},
        about="what code calls rows, heads and the parts of modules, to fit a checkpoint",
    )
    stages: dict[str, str | list[str]] = field(
        MappingOf(Either(TEXT, ListOf(TEXT))),
        default={},
        about="rows, first and last, that code keeps in one sequence",
    )
    claims: bool = field(
        FLAG, default=True, about="false where the table's figures are about another network"
    )
    published: PublishedModel = field(
        Section(PublishedModel), default=PublishedModel(), about="the paper's totals"
    )
