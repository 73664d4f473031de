"""What tables call operations, modules and columns, in archc's words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from archc import library, ops
from archc.diagnostics import Diagnostics, nearest
from archc.naming import python_name
from archc.ops import OPS, words
from archc.sources.tables.grid import PastedTable, TableCell
from archc.spec.attributes import MODIFIERS
from archc.spec.models import CLAIMS
from archc.spec.source import read
from archc.spec.tokens import column_key, is_figure, parse_type, slug, split_column

__all__ = [
    "ModuleCard",
    "TableColumn",
    "find_module",
    "is_flops",
    "is_input",
    "is_known",
    "is_pool",
    "is_type",
    "map_headers",
    "meaning",
    "module_columns",
    "module_for",
    "modules",
    "type_column",
]


@dataclass(frozen=True, slots=True)
class ModuleCard:
    """A library module as a table sees it: columns that it takes, and those it must have."""

    name: str
    figure: str
    columns: frozenset[str]
    required: frozenset[str]


@cache
def modules() -> tuple[ModuleCard, ...]:
    """List all modules of the library."""
    return tuple(_card(name) for name in library.module_names())


def _card(name: str) -> ModuleCard:
    path = library.module_path(slug(name))
    assert path is not None
    located = read(path, library.shown(path), Diagnostics())
    assert located is not None, "the library's modules are YAML"
    plain = located.plain()
    columns = plain.get("columns") or []
    defaults = columns if isinstance(columns, dict) else dict.fromkeys(columns)
    required = (column_key(key) for key, default in defaults.items() if default is None)
    taken = frozenset(map(column_key, [*defaults, *(plain.get("ignores") or [])]))
    return ModuleCard(name, plain.get("figure") or "", taken, frozenset(required))


def find_module(name: str) -> ModuleCard | None:
    """Find the library's module of that name."""
    return next((card for card in modules() if words(card.name) == words(name)), None)


@cache
def module_columns() -> frozenset[str]:
    """List the columns that any module takes."""
    columns = frozenset[str]().union(*(card.columns for card in modules()))
    return columns | {column_key(part) for column in columns for part in split_column(column)}


_POOLS = frozenset({"pool", "pooling", "subsampling", "downsampling"})
_OTHERS = {
    "inner product": "linear",
    "fully connected layer": "linear",
    "full connection": "linear",
    "convolutional": "convolution",
    "response norm": "local response norm",
    "normalization": "local response norm",
}
_INPUTS = frozenset({"input", "image", "data", "input image", "input layer"})
_TAIL = re.compile(r"\s*(?:\d?[dD])?\s*(?:layer)?\s*[_-]?\d*(?:[._]\w{1,3})?")


def is_known(word: str) -> bool:
    """Whether the language knows the word by itself."""
    return ops.find(word) is not None or find_module(word) is not None or is_figure(word)


def is_input(text: str) -> bool:
    """Whether a cell says that its row is the network's input: ``Input (RGB)``."""
    return text.casefold().split(" (")[0] in _INPUTS


def is_pool(word: str) -> bool:
    """Whether a word says pooling, but not which."""
    return _bare(word) in _POOLS


def meaning(word: str) -> str | None:
    """Name the operation that a word like ``conv1`` or ``Conv2d`` stands for, or None."""
    bare = _bare(word)
    candidates = (bare, _OTHERS.get(bare, ""), bare.removesuffix("ing"), bare.removesuffix("al"))
    op = next(filter(None, map(ops.find, filter(None, candidates))), None)
    return op.names[0] if op is not None else None


def _bare(word: str) -> str:
    """Strip a word of a number, ``2d`` or ``layer`` at its end."""
    match = re.fullmatch(rf"(.*?[^\W\d_]){_TAIL.pattern}", word.casefold())
    return match[1].strip() if match else word.casefold()


def module_for(word: str, filled: frozenset[str]) -> list[ModuleCard]:
    """List the library's modules that a row of these columns can be.

    The module of that name comes alone if it takes the columns; else all that have just these.
    """
    own = find_module(word)
    if own is not None and filled <= own.columns:
        return [own]
    return [card for card in modules() if card.required and card.required <= filled <= card.columns]


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
class TableColumn:
    """A column of the table: as it is printed, and what it is in the language (or nothing)."""

    cell: TableCell
    key: str | None

    @property
    def printed(self) -> str:
        """The header's text."""
        return self.cell.text

    def texts(self, grid: PastedTable) -> list[str]:
        """List the filled cells below the header."""
        index = grid.header.index(self.cell)
        return [row[index].text for row in grid.rows if row[index].text]

    @property
    def is_own_name(self) -> bool:
        """Whether the printed text means the column without being told."""
        return column_key(self.printed) == self.key


def _squashed(name: str) -> str:
    return re.sub(r"[^\w×/]|_", "", column_key(name)).replace("size/stride", "sizestride")


def _known() -> dict[str, str]:
    """Map squashed names to columns; aliases win over attributes and modules' columns."""
    attributes = {key for op in OPS for key in op.all_keys()}
    known = {_squashed(name): name for name in (*module_columns(), *attributes)}
    known |= {alias: key for key, aliases in _ALIASES.items() for alias in aliases.split()}
    return known | {_squashed(name): name for name in (*MODIFIERS, *CLAIMS)}


def is_flops(printed: str) -> bool:
    """Whether a column's name leaves open if a multiply-add is one operation or two."""
    return _squashed(printed) == "flops"


def map_headers(grid: PastedTable, notes: list[str], flops: int = 1) -> list[TableColumn]:
    """Read the header as columns; note what cannot be one, with the nearest known name.

    ``flops`` is how many of the table's FLOPs a multiply-add is; ``ops`` count one.
    """
    known = _known()
    meant = [
        TableColumn(cell, "type" if index == 0 and not cell.text else _meaning(cell.text, known))
        for index, cell in enumerate(grid.header)
    ]
    doubled = {column for column in meant if flops != 1 and is_flops(column.printed)}
    chosen = _chosen([column for column in meant if column not in doubled], grid)
    columns: list[TableColumn] = []
    for column in meant:
        if column in chosen:
            columns.append(column)
            continue
        names = column.key == "type" and _are_names(column, grid)
        if names and all(earlier.key != "name" for earlier in columns):
            notes.append(f"`{column.printed}` names the rows")
            columns.append(TableColumn(column.cell, "name"))
            continue
        if column in doubled:
            notes.append(
                f"`ops` count 1 for a multiply-add, `{column.printed}` {flops}: kept as comments"
            )
        elif column.printed:
            notes.append(f"{_why_not(column, known)}: its cells are kept as comments")
        columns.append(TableColumn(column.cell, None))
    return columns


def _chosen(columns: list[TableColumn], grid: PastedTable) -> set[TableColumn]:
    """Choose of columns that mean the same the one that is called just so, else the first.

    Types are where most cells are types.
    """
    best: dict[str, tuple[tuple[bool, int], TableColumn]] = {}
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


def _are_names(column: TableColumn, grid: PastedTable) -> bool:
    """Whether the cells of a column can name the rows: all are names in code, none comes twice."""
    texts = [text for text in column.texts(grid) if not is_input(text)]
    return all(map(python_name, texts)) and len(set(texts)) == len(texts) > 0


def _why_not(column: TableColumn, known: dict[str, str]) -> str:
    """Say why a column is none of the language's here."""
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


def type_column(columns: list[TableColumn]) -> int | None:
    """Return which column has the rows' types."""
    return next((index for index, column in enumerate(columns) if column.key == "type"), None)
