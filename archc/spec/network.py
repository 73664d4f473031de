"""A whole spec to a checked network: header, table, claims, heads."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from archc import ops
from archc.diagnostics import Code, Diagnostics, Span
from archc.fields import Mistakes
from archc.ir import Claim, Head, Network, Origin, Row, Units, Value
from archc.spec import problems
from archc.spec.attributes import read_defaults
from archc.spec.claims import SizeClaims, row_claims, total_claims
from archc.spec.document import Document
from archc.spec.image import read_input, read_preprocess
from archc.spec.located import Located
from archc.spec.lower import Lowering
from archc.spec.models import (
    CLAIMS,
    ROW_KEYS,
    HeadModel,
    PreprocessModel,
    PublishedModel,
    SpecModel,
    UnitsModel,
)
from archc.spec.modules import Modules
from archc.spec.operations import Lowered, TooManyOperations
from archc.spec.prepared import Surroundings
from archc.spec.problems import listed
from archc.spec.references import report_name_twice, report_unknown_row
from archc.spec.rows import RawRow, RowTable, find_row, link_rows, raw_rows, shown
from archc.spec.scope import ColumnArgument, Poisoned, Scope
from archc.spec.tokens import column_key, parse_size, parse_type
from archc.spec.unused import check_read, warn_unused
from archc.spec.variants import column_rows, edit_rows

__all__ = ["Heads", "build_network"]


_NOT_ON_HEADS = (ROW_KEYS | frozenset(CLAIMS)) - {"patch"}
_HEAD_KEYS = frozenset({"after", "module", "loss weight", "declared after"})


class Heads:
    """Reads and lowers heads, once the rows are lowered."""

    def __init__(self, lowering: Lowering, scope: Scope, model: SpecModel) -> None:
        self.lowering = lowering
        self.scope = scope
        self.model = model
        self.diagnostics = lowering.diagnostics

    def read(self, heads: Located | None, raw: list[RawRow], rows: list[Row]) -> list[Head]:
        """The heads of a ``heads`` section, in the order of the rows that they read."""
        found = []
        for name, cell in heads.entries if heads else ():
            try:
                found.append(self.head(name, cell, raw))
            except Poisoned:
                continue
        order = {row.name: index for index, row in enumerate(rows)}
        return sorted(found, key=lambda head: order.get(head.after, 0))

    def head(self, name: str, cell: Located, raw: list[RawRow]) -> Head:
        """One head, lowered. Raises `Poisoned` after reporting what is wrong with it."""
        model: HeadModel = self.model.heads[name]
        row_before = self.row_named(cell.value["after"], raw)
        declared = cell.value.get("declared after")
        declared_after = self.row_named(declared, raw).name if declared is not None else None
        misplaced = [key for key in cell.value if column_key(key) in _NOT_ON_HEADS]
        for key in misplaced:
            message = f"a head has no `{key}`"
            help_ = f"it takes {listed(sorted(_HEAD_KEYS))}, and its module's columns"
            self.diagnostics.add(Code.UNKNOWN_KEY, message, cell.key(key).span, help=help_)
        if misplaced:
            raise Poisoned
        cells = {column_key(key): item for key, item in cell.entries if key not in _HEAD_KEYS}
        keys = {column_key(key): cell.key(key) for key in cell.value if key not in _HEAD_KEYS}
        keys["type"] = cell.value["module"]
        row = RawRow(cell, {"type": cell.value["module"], **cells}, keys, name)
        try:
            value = self.scope.tensor(row_before.name)
        except Poisoned:
            self.lowering.unreached.check(row, self.scope)
            raise
        lowered = self.lowering.row(row, [], self.scope, value)
        if lowered is None:
            raise Poisoned
        return Head(
            name,
            row_before.name,
            lowered.nodes,
            value,
            lowered.output,
            model.loss_weight,
            Origin(cell.span),
            declared_after=declared_after,
        )

    def row_named(self, cell: Located, raw: list[RawRow]) -> RawRow:
        """The row that a head names."""
        name = str(cell.value)
        index = find_row(raw, name)
        if index is not None:
            return raw[index]
        if not self.lowering.types.is_misnamed(name, raw):
            rows = [(row.name, row.type) for row in raw]
            report_unknown_row(cell, rows, self.diagnostics)
        raise Poisoned


def build_network(document: Document, diagnostics: Diagnostics) -> Network | None:
    """Check a document and infer its network; None after an error."""
    model = _validate(document.root, diagnostics)
    if model is None:
        return None
    return _NetworkBuilder(document, model, diagnostics).build()


def _validate(root: Located, diagnostics: Diagnostics) -> SpecModel | None:
    try:
        return SpecModel.make(root.plain())
    except Mistakes as error:
        known = SpecModel.all_keys()

        def place(path: tuple[Any, ...], of_key: bool) -> Span:
            if of_key:
                return root.at(path[:-1]).key(str(path[-1])).span
            return root.at(path).span if path else _first_key(root)

        sections = {
            "units": UnitsModel.all_keys(),
            "published": PublishedModel.all_keys(),
            "preprocess": PreprocessModel.all_keys(),
        }
        problems.report(error, "a spec", known, place, diagnostics, root, sections)
        return None


def _first_key(root: Located) -> Span:
    """The top of the file, for what is missing from all of it."""
    first = next(iter((root.keys or {}).values()), root)
    return first.span


class _NetworkBuilder:
    def __init__(self, document: Document, model: SpecModel, diagnostics: Diagnostics) -> None:
        self.document = document
        self.model = model
        self.diagnostics = diagnostics
        root = document.root.value
        self.root: dict[str, Located] = root
        self.table = RowTable.of(root.get("columns"), diagnostics)
        self.kept = {*self.table.keys, "remark"}
        """The cells of a row that a report shows."""
        modules = Modules(root.get("modules"), document.files, diagnostics)
        self.lowering = Lowering(modules, diagnostics)
        self.scope = self.network_scope(modules)
        self.sizes = SizeClaims(self.lowering, self.scope, document.file, diagnostics)
        self.claims_hold = model.claims and not document.overridden

    def network_scope(self, modules: Modules) -> Scope:
        classes = self.root.get("classes")
        arguments: dict[str, ColumnArgument] = {}
        if classes is not None and classes.value is not None:
            arguments["classes"] = ColumnArgument(classes)
        defaults = read_defaults(self.root.get("defaults"), modules, self.diagnostics)
        printed = {"classes": "classes"}
        return Scope(Surroundings(self.diagnostics, printed, (defaults,)), arguments)

    def build(self) -> Network | None:
        keys = self.table.keys
        if "type" not in keys or len(set(keys)) < len(keys):
            return None
        shape = read_input(self.model.input, self.root["input"], self.diagnostics)
        rows = raw_rows(self.table_rows(), self.table, self.diagnostics)
        for edits in self.document.edits:
            rows = edit_rows(rows, edits, self.table, self.diagnostics)
        link_rows(rows)
        self.lowering.modules.check()
        if shape is None or not self.check_some(rows):
            return None
        value = Value(shape)
        try:
            lowered = self.rows(rows, value)
            heads = Heads(self.lowering, self.scope, self.model).read(
                self.root.get("heads"), rows, lowered
            )
        except TooManyOperations as error:
            span = (error.place or self.root["rows"]).span
            message = (
                f"the network has more than {self.document.files.limits.operations:,} operations"
            )
            help_ = "use fewer repeats, or raise the limit: `--limit operations=NUMBER`"
            self.diagnostics.add(Code.TOO_MANY_OPERATIONS, message, span, help=help_)
            return None
        self.check_classes_used(lowered)
        if not self.diagnostics:
            check_read(lowered, heads, rows, self.lowering.modules, self.diagnostics)
        for definition in filter(None, list(self.lowering.modules.found.values())):
            for row in definition.body if not definition.met else ():
                self.lowering.unreached.check(row, self.scope, definition.columns)
        published = total_claims(self.document, self.diagnostics)
        preprocess = read_preprocess(self.model.preprocess, self.root, shape, self.diagnostics)
        if not self.diagnostics:
            self.table.check_used(self.diagnostics)
            self.lowering.modules.check_used()
        if self.diagnostics:
            return None
        assert len(lowered) == len(rows), "a row failed without a message"
        network = self.network(value, lowered, heads, published)
        network.preprocess = preprocess
        modules = self.lowering.modules
        self.name_parts(network)
        used, file = self.lowering.modules_used, self.document.file
        warn_unused(network, self.root, modules, used, file, self.diagnostics)
        return None if self.diagnostics else network

    def name_parts(self, network: Network) -> None:
        """Give code's names to the network's parts, where the spec says any."""
        names, stages = self.root.get("names"), self.root.get("stages")
        if names is None and stages is None:
            return
        from archc.spec.names import apply_names, read_stages  # which most specs do without

        file, modules = self.document.file, self.lowering.modules
        apply_names(network, names, file, modules, self.diagnostics)
        network.stages = read_stages(network, stages, self.diagnostics)

    def table_rows(self) -> Located:
        """The rows of the table, or of the variant's column of it."""
        rows, variants = self.root["rows"], self.root.get("variants")
        if variants is None or not variants.items:
            return rows
        names = self.document.variants
        index = names.index(self.document.variant or names[0])
        return column_rows(rows, index, len(names), self.diagnostics)

    def check_some(self, rows: list[RawRow]) -> bool:
        if rows:
            return True
        if not self.diagnostics:
            span = self.root["rows"].span
            help_ = "write `- [type, patch, ...]` for each"
            self.diagnostics.add(Code.NO_ROWS, "the network has no rows", span, help=help_)
        return False

    def network(
        self, value: Value, rows: list[Row], heads: list[Head], published: dict[str, Claim]
    ) -> Network:
        units, notes = self.model.units, self.model.notes
        return Network(
            name=self.document.title(self.model.network),
            source=self.model.source,
            input=value,
            rows=rows,
            heads=heads,
            classes=self.model.classes,
            notes=tuple([notes] if isinstance(notes, str) else notes or ()),
            columns=self.table.printed,
            units=Units(units.params, units.K, units.M, units.G),
            as_printed=self.claims_hold,
            published=published,
            variant=self.document.variant,
            variants=self.document.variants,
            spec=self.document.name,
            digest=self.document.digest,
        )

    # Rows

    def rows(self, raw: list[RawRow], value: Value) -> list[Row]:
        """All rows in a chain; one that fails leaves a gap and is reported."""
        rows: list[Row] = []
        self.scope.tensors["input"] = value
        classifier = self.classifier(raw)
        current: Value | None = value
        for row in raw:
            if row is classifier:
                self.widen_to_classes(row)
            lowered = self.lowering.row(row, raw, self.scope, current)
            if row.name in self.scope.tensors and row.text("name"):
                report_name_twice(row, raw, self.diagnostics)
            if lowered is not None:
                if self.claims_hold:
                    lowered = self.sizes.check(row, raw, lowered, current)
                rows.append(self.finished(row, lowered))
                current = lowered.output
            else:
                current = self.sizes.believed(row) if self.claims_hold else None
            self.scope.tensors[row.name] = current
        return rows

    def classifier(self, raw: list[RawRow]) -> RawRow | None:
        """The last row with filters of its own, if the spec declares classes."""
        if self.model.classes is None:
            return None
        for row in reversed(raw):
            parsed = parse_type(row.text("as") or row.type)
            op = ops.find(parsed.type) if parsed else None
            if parsed is not None and op is not None and "filters" in op.fields:
                with suppress(Poisoned):
                    module = self.lowering.types.module(row, parsed, op, self.scope)
                    return row if module is None else None
        return None

    def widen_to_classes(self, row: RawRow) -> None:
        """Make the classifier as wide as there are classes, where it is printed as wide."""
        printed = self.document.printed_classes
        parsed = parse_type(row.type)
        cell = row.cells.get("filters") or row.cells.get("output size") or row.following
        if parsed is not None and parsed.filters is not None:
            cell = row.cells["type"].with_value(parsed.filters)
        size = parse_size(str(cell.value)) if cell is not None else None
        if cell is not None and size is not None and size[-1] == printed:
            row.cells["filters"] = cell.with_value("classes")

    def check_classes_used(self, rows: list[Row]) -> None:
        classes = self.root.get("classes")
        if classes is None or "classes" not in self.scope.arguments or self.diagnostics:
            return
        if self.scope.arguments["classes"].expression:
            return
        message = f"nothing in the network is {self.model.classes} classes wide"
        help_ = "give the last row that many filters, or remove `classes`"
        self.diagnostics.add(Code.UNUSED_CLASSES, message, classes.span, help=help_)

    def finished(self, row: RawRow, lowered: Lowered) -> Row:
        unlisted = row.cells.get("unlisted")
        parsed = parse_type(row.type)
        return Row(
            printed=row.type or row.name,
            name=row.name,
            type=parsed.type if parsed else "split",
            nodes=lowered.nodes,
            input=lowered.input,
            output=lowered.output,
            origin=Origin(row.located.span),
            unlisted=bool(unlisted is not None and unlisted.value),
            repeat=self.lowering.types.repeat(row, self.scope, lowered.input).times,
            note=row.text("note"),
            claims=row_claims(row, self.diagnostics),
            cells={key: shown(cell) for key, cell in row.cells.items() if key in self.kept},
        )
