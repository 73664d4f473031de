"""The figures that a paper prints, and remarks on them: read, never believed."""

from __future__ import annotations

from archc.diagnostics import Code, Diagnostics, nearest
from archc.ir import Claim
from archc.quantities import parse_quantity
from archc.spec.document import Document
from archc.spec.located import Located, kind_of
from archc.spec.models import CLAIMS
from archc.spec.problems import listed
from archc.spec.rows import RawRow
from archc.spec.tokens import column_key

__all__ = ["row_claims", "total_claims"]


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
