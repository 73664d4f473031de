"""Header cells to the language's columns."""

from __future__ import annotations

import re
from dataclasses import dataclass

from archc.diagnostics import nearest
from archc.importing.catalogue import module_columns
from archc.importing.grid import Cell, Grid
from archc.ops import OPS
from archc.ops.base import to_key
from archc.spec.attributes import MODIFIERS
from archc.spec.models import CLAIMS
from archc.spec.tokens import column_key, split_column

__all__ = ["Column", "is_flops", "map_headers", "type_column"]

_ALIASES = {
    "type": "type layer layers layertype layername operator operation op module block name stage",
    "patch": "patch patchsize patchsizestride kernelstride kernelsizestride filterstride "
    "filtersizestride sizestride kernel/stride filter/stride",
    "kernel": "kernelsize filtersize ksize k",
    "stride": "stride strides s",
    "padding": "padding pad p",
    "filters": "filters filter channels outchannels outputchannels outch numfilters nfilters "
    "numberoffilters featuremaps maps c",
    "activation": "activationfunction activations nonlinearity",
    "repeat": "repeat repeats repetitions times n",
    "output size": "outputsize output outputshape outsize outshape outputdimensions size",
    "input size": "inputsize input inputshape insize inshape inputdimensions",
    "depth": "depth",
    "params": "params param parameters numparams nparams paramcount",
    "ops": "ops flops macs maccs madds multadds multiplyadds multadd muladds",
}
"""What tables call a column, without spaces and signs."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: as it is printed, and what it is in the language (or nothing)."""

    cell: Cell
    key: str | None

    @property
    def printed(self) -> str:
        """The header's text."""
        return self.cell.text

    @property
    def is_own_name(self) -> bool:
        """Whether the printed text means the column without being told."""
        return column_key(self.printed) == self.key


def _squashed(name: str) -> str:
    return re.sub(r"[^\w×/]|_", "", column_key(name)).replace("size/stride", "sizestride")


def _known() -> dict[str, str]:
    """Every column by its squashed name; the aliases win over attributes and modules' columns."""
    attributes = {to_key(name) for op in OPS for name in op.model_fields}
    found = {_squashed(name): name for name in (*module_columns(), *attributes)}
    found |= {alias: key for key, aliases in _ALIASES.items() for alias in aliases.split()}
    return found | {_squashed(name): name for name in (*MODIFIERS, *CLAIMS)}


def is_flops(printed: str) -> bool:
    """Whether a column's name leaves open if a multiply-add is one operation or two."""
    return _squashed(printed) == "flops"


def map_headers(grid: Grid, notes: list[str], flops: int = 1) -> list[Column]:
    """The columns of a table; what cannot be one is noted, with the nearest known name.

    ``flops`` is how many of the table's FLOPs a multiply-add is; ``ops`` count one.
    """
    known = _known()
    columns: list[Column] = []
    for index, cell in enumerate(grid.header):
        key = "type" if index == 0 and not cell.text else _meaning(cell.text, known)
        if flops != 1 and is_flops(cell.text):
            key = None
            notes.append(
                f"`ops` count 1 for a multiply-add, `{cell.text}` {flops}: kept as comments"
            )
        elif key is not None and any(key == column.key for column in columns):
            notes.append(f"a second column of `{key}`, `{cell.text}`, is left out")
            key = None
        elif key is None and cell.text:
            hint = nearest(cell.text, [*known.values(), *known])
            kept = "its cells are kept as comments"
            notes.append(
                f"the column `{cell.text}` is not known"
                + (f", {hint}" if hint else "")
                + f": {kept}"
            )
        columns.append(Column(cell, key))
    return columns


def _meaning(printed: str, known: dict[str, str]) -> str | None:
    parts = split_column(printed)
    if "+" in printed and all(part in module_columns() for part in parts):
        return column_key(printed)
    key = column_key(printed)
    return key if len(key) > 1 and key in module_columns() else known.get(_squashed(printed))


def type_column(columns: list[Column]) -> int | None:
    """Which column has the rows' types."""
    return next((index for index, column in enumerate(columns) if column.key == "type"), None)
