"""The spec's schema: what a file may say, as pydantic models.

Rows are free-form here, as their keys depend on the operation or module they name;
`archc.spec.lower` checks them. `archc.spec.schema` makes the JSON Schema from all of it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from archc.ops.base import to_key

__all__ = [
    "CLAIMS",
    "ROW_KEYS",
    "HeadModel",
    "ModuleModel",
    "PreprocessModel",
    "RowModel",
    "SpecModel",
    "UnitsModel",
]

CLAIMS = ("output size", "input size", "depth", "params", "ops")
"""The columns that claim something rather than define it."""


class _Model(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, alias_generator=to_key, populate_by_name=True
    )


_Unit = Annotated[float, Field(ge=1, le=1e30)]


class UnitsModel(_Model):
    """How the paper's table counts."""

    params: Literal["params", "weights"] = Field(
        "params", description="whether its params count biases, or kernel weights only"
    )
    K: _Unit = Field(1e3, description="what its K stands for")
    M: _Unit = Field(1e6, description="what its M stands for")
    G: _Unit = Field(1e9, description="what its G stands for")


_Channels = Annotated[list[Annotated[float, Field(ge=0, le=1)]], Field(min_length=1)]
_Spreads = Annotated[list[Annotated[float, Field(gt=0, le=1)]], Field(min_length=1)]


class PreprocessModel(_Model):
    """How an image becomes the network's input; what is not said is as for ImageNet."""

    resize: Annotated[int, Field(ge=1)] | None = Field(
        None, description="the shorter side before the middle is cut out; 8/7 of the input's"
    )
    interpolation: Literal["bilinear", "bicubic"] = Field(
        "bilinear", description="between which pixels of the image a new one lies"
    )
    mean: _Channels | None = Field(
        None, description="subtracted from each channel, whose values are 0 to 1"
    )
    std: _Spreads | None = Field(None, description="what each channel is divided by then")


class PublishedModel(_Model):
    """The paper's totals; a list has one for each variant."""

    params: str | int | float | list[str] | None = None
    ops: str | int | float | list[str] | None = None


class HeadModel(_Model):
    """An auxiliary head. Further keys are the columns of its module."""

    model_config = ConfigDict(extra="allow")

    after: str = Field(description="the row whose output it reads")
    module: str = Field(description="the module it is")
    loss_weight: Annotated[float, Field(ge=0)] | None = Field(
        None, description="its share in the training loss"
    )
    declared_after: str | None = Field(
        None, description="the row behind which code declares its layers; the last if not said"
    )


class RowModel(_Model):
    """The keys that any row may have, besides its operation's attributes and the columns."""

    model_config = ConfigDict(extra="allow")

    type: str = Field("", description="operation or module: `inception (3a)`, `3×Inception`")
    patch: str | int | None = Field(None, description="kernel and stride: `7×7/2`")
    as_: str | None = Field(
        None, alias="as", description="what the printed type means, where it is no name here"
    )
    when: str | int | None = Field(
        None, description="a condition on columns, without which the row is left out"
    )
    remark: str | None = Field(None, description="a printed remark that defines nothing")
    name: Annotated[str, Field(min_length=1)] | None = Field(
        None, description="a name for the output, to be used in `from`"
    )
    from_: str | Annotated[list[str], Field(min_length=1)] = Field(
        "", alias="from", description="the tensors it reads instead of the row before"
    )
    repeat: Annotated[int, Field(ge=1)] | str | None = Field(
        None, description="how often in a chain; a number, or arithmetic over columns"
    )
    unlisted: bool = Field(False, description="true for what the paper's table leaves out")
    note: str | None = Field(None, description="a remark for the report")
    notes: dict[str, str] | None = Field(None, description="remarks on claims, by column")
    errata: dict[str, str] | None = Field(
        None, description="claimed sizes that the paper got wrong, by column, and why"
    )
    branches: Annotated[dict[str, list[Any]], Field(min_length=1)] = Field(
        {}, description="a split, by branch name"
    )
    join: str | None = Field(None, description="how branches meet: `concat`, `add`")
    rows: list[Any] = Field([], description="rows that are repeated together")
    norm: str | dict[str, Any] | None = Field(None, description="a norm after the operation")
    activation: str | dict[str, Any] | None = Field(
        None, description="an activation after operation and norm; `none` for none"
    )
    output_size: str | int | None = Field(None, description="claim: height×width×channels")
    input_size: str | int | None = Field(None, description="claim: height×width×channels")
    depth: int | None = Field(None, description="claim: layers with kernels in a chain")
    params: str | int | float | None = Field(None, description="claim, as printed: `159K`")
    ops: str | int | float | None = Field(None, description="claim, as printed: `128M`")


ROW_KEYS = frozenset(
    field.alias or to_key(name) for name, field in RowModel.model_fields.items()
) - frozenset(CLAIMS)
"""What a row may say besides claims, attributes and columns."""


class ModuleModel(_Model):
    """A module: columns in, rows or branches between."""

    module: str | None = Field(None, description="its name")
    figure: str | None = Field(None, description="the figure of the paper that shows it")
    source: str | None = Field(None, description="the paper")
    notes: str | None = None
    columns: list[str] | dict[str, Any] = Field(
        default_factory=list, description="its parameters; as a mapping, with defaults"
    )
    ignores: list[str] = Field(
        default_factory=list, description="columns of the table that it has no use for"
    )
    defaults: dict[str, dict[str, Any]] = Field(default_factory=dict)
    rows: list[Any] | None = None
    branches: Annotated[dict[str, list[Any]], Field(min_length=1)] | None = None
    join: str | None = None
    norm: str | dict[str, Any] | None = None
    activation: str | dict[str, Any] | None = None


class SpecModel(_Model):
    """A spec file."""

    network: str = Field(description="the network's name")
    extends: str | None = Field(None, description="the spec this one differs from")
    source: str | None = Field(None, description="paper, year, table")
    notes: str | list[str] | None = Field(None, description="remarks for the report")
    input: str = Field(description="height×width×channels")
    classes: Annotated[int, Field(ge=1)] | None = Field(
        None, description="the classifier's width, changed with `--set classes=10`"
    )
    units: UnitsModel = Field(default_factory=UnitsModel)
    preprocess: PreprocessModel = Field(default_factory=lambda: PreprocessModel())
    defaults: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="attributes by operation, for every row"
    )
    columns: list[str] | dict[str, str | None] | None = Field(
        None, description="the table's columns, for list rows; as a mapping, with their meaning"
    )
    rows: list[Any] = Field(description="the table")
    modules: dict[str, str | dict[str, Any]] = Field(
        default_factory=dict, description="modules by the name rows use: a name, or a definition"
    )
    heads: dict[str, HeadModel] = Field(default_factory=dict)
    variants: list[str] | dict[str, dict[str, Any]] = Field(
        default_factory=list,
        description="columns of the table that are networks, or what each variant changes",
    )
    names: dict[str, str | list[Any] | dict[str, Any] | None] = Field(
        default_factory=dict,
        description="what code calls rows, heads and the parts of modules, to fit a checkpoint",
    )
    stages: dict[str, str | list[str]] = Field(
        default_factory=dict, description="rows, first and last, that code keeps in one sequence"
    )
    claims: bool = Field(
        True, description="false where the table's figures are about another network"
    )
    published: PublishedModel = Field(
        default_factory=lambda: PublishedModel(), description="the paper's totals"
    )
