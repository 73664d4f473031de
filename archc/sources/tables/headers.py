"""Header cells to the language's columns."""

from __future__ import annotations

import re
from dataclasses import dataclass

from archc.diagnostics import nearest
from archc.ops import OPS
from archc.sources.tables.catalogue import module_columns
from archc.sources.tables.grid import Cell, Grid
from archc.sources.tables.words import is_input, is_known
from archc.spec.attributes import MODIFIERS
from archc.spec.models import CLAIMS
from archc.spec.tokens import column_key, parse_type, python_name, split_column

__all__ = ["Column", "is_flops", "is_type", "map_headers", "type_column"]

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

    def texts(self, grid: Grid) -> list[str]:
        """The filled cells below the header."""
        index = grid.header.index(self.cell)
        return [row[index].text for row in grid.rows if row[index].text]

    @property
    def is_own_name(self) -> bool:
        """Whether the printed text means the column without being told."""
        return column_key(self.printed) == self.key


def _squashed(name: str) -> str:
    return re.sub(r"[^\w×/]|_", "", column_key(name)).replace("size/stride", "sizestride")


def _known() -> dict[str, str]:
    """Every column by its squashed name; the aliases win over attributes and modules' columns."""
    attributes = {key for op in OPS for key in op.all_keys()}
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
    meant = [
        Column(cell, "type" if index == 0 and not cell.text else _meaning(cell.text, known))
        for index, cell in enumerate(grid.header)
    ]
    doubled = {column for column in meant if flops != 1 and is_flops(column.printed)}
    chosen = _chosen([column for column in meant if column not in doubled], grid)
    columns: list[Column] = []
    for column in meant:
        if column in chosen:
            columns.append(column)
            continue
        names = column.key == "type" and _are_names(column, grid)
        if names and all(each.key != "name" for each in columns):
            notes.append(f"`{column.printed}` names the rows")
            columns.append(Column(column.cell, "name"))
            continue
        if column in doubled:
            notes.append(
                f"`ops` count 1 for a multiply-add, `{column.printed}` {flops}: kept as comments"
            )
        elif column.printed:
            notes.append(f"{_why_not(column, known)}: its cells are kept as comments")
        columns.append(Column(column.cell, None))
    return columns


def _chosen(columns: list[Column], grid: Grid) -> set[Column]:
    """Of the columns that mean the same, the one that is called just so, else the first.

    Types are where most cells are types.
    """
    best: dict[str, tuple[tuple[bool, int], Column]] = {}
    for column in columns:
        if column.key is None:
            continue
        types = column.key == "type" and sum(is_type(text) for text in column.texts(grid))
        rank = (column.is_own_name, int(types))
        if column.key not in best or rank > best[column.key][0]:
            best[column.key] = rank, column
    return {column for _, column in best.values()}


def is_type(text: str) -> bool:
    """Whether a cell is an operation or a module by itself."""
    typed = parse_type(text)
    return typed is not None and is_known(typed.type)


def _are_names(column: Column, grid: Grid) -> bool:
    """Whether the cells of a column can name the rows: all are names in code, none comes twice."""
    texts = [text for text in column.texts(grid) if not is_input(text)]
    return all(map(python_name, texts)) and len(set(texts)) == len(texts) > 0


def _why_not(column: Column, known: dict[str, str]) -> str:
    """Why a column is none of the language's here."""
    if column.key is not None:
        return f"`{column.printed}` is a second column of `{column.key}`"
    hint = nearest(column.printed, [*known.values(), *known])
    return f"the column `{column.printed}` is not known" + (f", {hint}" if hint else "")


def _meaning(printed: str, known: dict[str, str]) -> str | None:
    parts = split_column(printed)
    if "+" in printed and all(part in module_columns() for part in parts):
        return column_key(printed)
    key = column_key(printed)
    return key if len(key) > 1 and key in module_columns() else known.get(_squashed(printed))


def type_column(columns: list[Column]) -> int | None:
    """Which column has the rows' types."""
    return next((index for index, column in enumerate(columns) if column.key == "type"), None)
