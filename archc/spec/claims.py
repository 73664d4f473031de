"""What a paper's table claims: sizes beside the inferred ones, and figures with remarks."""

from __future__ import annotations

from contextlib import suppress

from archc.diagnostics import Code, Diagnostics, Label, Source, nearest
from archc.ir import Claim, Operation, Value
from archc.ops import Shape, ShapeError, format_shape
from archc.ops.windowed import Windowed
from archc.quantities import parse_quantity
from archc.spec.document import Document
from archc.spec.located import Located, kind_of
from archc.spec.lower import Lowering
from archc.spec.misfits import shown_value
from archc.spec.models import CLAIMS
from archc.spec.operations import Lowered
from archc.spec.problems import listed
from archc.spec.rows import RawRow
from archc.spec.scope import Scope
from archc.spec.tokens import column_key, parse_size

__all__ = ["SizeClaims", "row_claims", "total_claims"]


_UNNAMED = ("the split", "the group of rows")
_SIZES = ("input size", "output size")


class SizeClaims:
    """Compares the printed sizes of a table with the inferred ones, row by row.

    After a wrong claim either the claim or the definition is wrong. If what follows fits the
    claim, its own claims are not reported again: `assumed` carries that assumption on.
    """

    def __init__(
        self, lowering: Lowering, scope: Scope, file: Source, diagnostics: Diagnostics
    ) -> None:
        self.lowering = lowering
        self.scope = scope
        self.file = file
        self.diagnostics = diagnostics
        self.assumed: Value | None = None

    def check(
        self, row: RawRow, raw: list[RawRow], lowered: Lowered, current: Value | None
    ) -> Lowered:
        """Report the row's wrong claims. Returns what the next row is to read."""
        wrong = self._wrong(row, lowered)
        assumed = self._assuming(row, raw, current)
        if not wrong:
            if "output size" in row.cells or assumed is None:
                self.assumed = None
            else:
                self.assumed = assumed.output
            return lowered
        if assumed is not None and not self._wrong(row, assumed):
            self.assumed = None
            return assumed
        if "input size" in wrong and "output size" in wrong:
            self.assumed = Value(wrong["input size"])
            assumed = self._assuming(row, raw, current)
            if assumed is not None and "output size" not in self._wrong(row, assumed):
                self._report(row, "input size", wrong["input size"], lowered)
                self.assumed = None
                return assumed
        for key, claim in wrong.items():
            self._report(row, key, claim, lowered)
        output = wrong.get("output size")
        self.assumed = Value(output) if output is not None else None
        return lowered

    def believed(self, row: RawRow) -> Value | None:
        """What a row that failed claims to give, so that the rows after it are checked too."""
        errata = row.cells.get("errata")
        if errata is not None and "output size" in dict(errata.entries):
            return None
        cell = row.cells.get("output size")
        size = parse_size(str(cell.value)) if cell is not None else None
        if size is None or len(size) != 3 or size[:2] == (1, 1):
            return None
        height, width, channels = size
        return Value((channels, height, width))

    def _assuming(self, row: RawRow, raw: list[RawRow], current: Value | None) -> Lowered | None:
        """The row again, on the size that an earlier claim gave."""
        if self.assumed is None or "from" in row.cells or current is None:
            return None
        scope = self.scope.silent()
        silent = Lowering(self.lowering.modules, scope.diagnostics)
        return silent.row(row, raw, scope, self.assumed)

    def _wrong(self, row: RawRow, lowered: Lowered) -> dict[str, Shape]:
        """The claimed shapes that are not the inferred ones; those known as errata aside."""
        if not any(key in row.cells for key in _SIZES):
            return {}
        errata = row.cells.get("errata")
        known = dict(errata.entries) if errata is not None else {}
        # A misspelt erratum is one mistake, not a wrong claim besides.
        meant = {size for key in known if key not in _SIZES for size in _SIZES if _like(key, size)}
        shapes = zip(_SIZES, (lowered.input.shape, lowered.output.shape), strict=True)
        found = {}
        for key, shape in shapes:
            claim = self._claim(row, key, shape)
            if key in known and claim == shape:
                message = f"the {key} is right, but called an erratum"
                span = known[key].span
                self.diagnostics.add(Code.WRONG_CLAIM, message, span, help="remove the erratum")
            elif claim is not None and claim != shape and key not in known and key not in meant:
                found[key] = claim
        return found

    def _claim(self, row: RawRow, key: str, shape: Shape) -> Shape | None:
        """The claimed shape; a vector may be printed as 1×1×N, a size without channels."""
        cell = row.cells.get(key)
        if cell is None:
            return None
        size = parse_size(str(cell.value))
        if size is None:
            message = f"{cell.shown} is no size"
            help_ = "write height×width×channels, as 28×28×256"
            self.diagnostics.add(Code.BAD_SIZE, message, cell.span, help=help_)
            return None
        if len(size) == 1 or (size[:-1] == (1, 1) and len(shape) == 1):
            return (size[-1],)
        if len(size) == 2:
            return (shape[0], *size)
        return (size[2], size[0], size[1])

    def _report(self, row: RawRow, key: str, claim: Shape, lowered: Lowered) -> None:
        cell = row.cells[key]
        what, value = ("gives", lowered.output) if key == "output size" else ("gets", lowered.input)
        message = (
            f"{row.type or _UNNAMED['rows' in row.cells]} {what} {format_shape(value.shape)}, "
            f"but its {key} says {format_shape(claim)}"
        )
        help_ = f"if the paper prints {cell.value}, check this row's definition and the rows before"
        labels = _filters(row, claim, lowered) if key == "output size" else []
        if parse_size(str(cell.value)) == value.shape:
            help_ = f"a size is height×width×channels: write {format_shape(value.shape)}"
        elif key == "output size":
            help_ = _would_fit(claim, lowered) or help_
        if self.file is not cell.source:
            help_ = f"the variant changes what this row {what}: give the row its own {key} there"
        self.diagnostics.add(Code.WRONG_CLAIM, message, cell.span, help=help_, labels=labels)


def _like(word: str, known: str) -> bool:
    return nearest(word, [known]) is not None


def _operation(lowered: Lowered) -> Operation | None:
    """Return the only operation of a row, its norm and activation aside."""
    return lowered.nodes[0].main if len(lowered.nodes) == 1 else None


def _filters(row: RawRow, claim: Shape, lowered: Lowered) -> list[Label]:
    """The row's filters, where they are all that the claim disagrees with."""
    cell, shape = row.cells.get("filters"), lowered.output.shape
    if cell is None or len(claim) != len(shape) or claim[1:] != shape[1:]:
        return []
    return [Label(cell.span, f"`filters` is {shape[0]}")]


def _would_fit(claim: Shape, lowered: Lowered) -> str | None:
    """Try what papers leave out of their tables most often: the padding, or Caffe's rounding."""
    operation = _operation(lowered)
    if operation is None or not isinstance(operation.op, Windowed):
        return None
    kernel = max(operation.op.kernel)
    tries: list[tuple[str, object]] = [("padding", "same"), ("padding", "valid")]
    tries += [("ceil", True)] if "ceil" in operation.op.fields else []
    tries += [("padding", (pad,) * 4) for pad in range(1, min(kernel // 2, 5) + 1)]
    for name, value in tries:
        op = operation.op.replace(**{name: value})
        with suppress(ShapeError):
            if op.infer(operation.input_shapes) == claim:
                written = f"`{name}: {shown_value(op, name)}`"
                return f"with {written} it gives {format_shape(claim)}"
    return None


def row_claims(row: RawRow, diagnostics: Diagnostics) -> dict[str, Claim]:
    """A row's printed figures by column, with the remark on each."""
    remarks: dict[str, str] = {}
    cells = row.cells
    for section in ("notes", "errata"):
        if section in cells:
            remarks |= {column_key(key): note.value for key, note in cells[section].entries}
            _check_remarks(row, section, diagnostics)
    _check_figures(row, diagnostics)
    return {
        key: Claim(str(cells[key].value), cells[key].span, remarks.get(key))
        for key in CLAIMS
        if key in cells
    }


def total_claims(document: Document, diagnostics: Diagnostics) -> dict[str, Claim]:
    """The paper's totals, where the network is the paper's."""
    cell = document.root.value.get("published")
    if cell is None or document.overridden:
        return {}
    return {key: _total_claim(item, document, diagnostics) for key, item in cell.entries}


def _total_claim(item: Located, document: Document, diagnostics: Diagnostics) -> Claim:
    """A printed total; of a list, the variant's."""
    variants = document.variants
    if item.items and len(item.items) == len(variants):
        item = item.items[variants.index(document.variant or variants[0])]
    if item.items:
        count = f"{len(variants)} variant{'s' * (len(variants) > 1)}" if variants else "no variants"
        message, help_ = f"{len(item.items)} figures, but {count}", "write one figure for each"
        if not variants:
            help_ = "write one figure"
        diagnostics.add(Code.BAD_FIGURE, message, item.span, help=help_)
    elif parse_quantity(str(item.value)) is None:
        message, help_ = f"{item.shown} is no figure", "write it as printed: 1.5G"
        diagnostics.add(Code.BAD_FIGURE, message, item.span, help=help_)
    return Claim(str(item.value), item.span)


def _check_remarks(row: RawRow, section: str, diagnostics: Diagnostics) -> None:
    """Report remarks that are not about claims, and errata about sizes that the row claims not."""
    known = CLAIMS if section == "notes" else ("output size", "input size")
    remarks = row.cells[section]
    for key, _ in remarks.entries:
        span = remarks.key(key).span
        if column_key(key) not in known:
            message = f"`{section}` has no `{key}`"
            help_ = nearest(key, known) or f"it takes {listed(known)}"
            diagnostics.add(Code.UNKNOWN_KEY, message, span, help=help_)
        elif section == "errata" and column_key(key) not in row.cells:
            message = f"the row claims no `{key}`"
            help_ = "remove the remark, or add the claim"
            diagnostics.add(Code.BAD_REMARK, message, span, help=help_)


def _check_figures(row: RawRow, diagnostics: Diagnostics) -> None:
    """Printed figures must be figures."""
    for key in ("params", "ops"):
        cell = row.cells.get(key)
        if cell is not None and parse_quantity(str(cell.value)) is None:
            message, help_ = f"{cell.shown} is no figure", "write it as printed: 159K or 1.5M"
            diagnostics.add(Code.BAD_FIGURE, message, cell.span, help=help_)
    cell = row.cells.get("depth")
    if cell is not None and type(cell.value) is not int:
        message, help_ = f"the depth is {kind_of(cell.value)}", "it must be a whole number"
        diagnostics.add(Code.WRONG_TYPE, message, cell.span, help=help_)
