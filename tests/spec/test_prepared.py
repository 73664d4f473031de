"""Rows that are prepared once for all uses of their module give what rows prepared anew give."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import archc
from archc import ir
from archc.diagnostics import Diagnostic, Source, Span
from archc.ir.expression import Binary, ChannelsOf, Expression, Extremum
from archc.library import spec_names
from archc.spec.misfits import is_within
from archc.spec.prepared import Surroundings
from tests.diagnostics.test_diagnostics import SPECS, diagnose
from tests.profile import repeatable
from tests.strategies import damaged_specs, specs

RANDOM = repeatable(150, 1000)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that each example overwrites."""
    return tmp_path_factory.mktemp("prepared") / "net.yaml"


class Picture:
    """All that a graph says, its tensors numbered in the order in which they are met."""

    def __init__(self, network: ir.Network) -> None:
        self.numbers: dict[ir.Value, int] = {}
        self.content = [
            self.value(network.input),
            [self.part(part) for part in network.parts],
            [self.users(operation) for operation in network.operations(heads=True)],
            network.stages,
        ]

    def value(self, value: ir.Value) -> Any:
        number = self.numbers.setdefault(value, len(self.numbers))
        return number, value.shape

    def part(self, part: ir.Row | ir.Head) -> Any:
        ends = self.value(part.input), self.value(part.output)
        return part.name, part.attribute, ends, self.origin(part.origin), self.nodes(part.nodes)

    def nodes(self, nodes: Iterable[ir.Node]) -> Any:
        return [self.node(node) for node in nodes]

    def node(self, node: ir.Node) -> Any:
        common = node.name, node.kind, node.attribute, self.origin(node.origin)
        if node.kind == "operation":
            inputs = [self.value(value) for value in node.inputs]
            expressions = self.expressions(node.expressions)
            assert node.output.producer is node
            return *common, node.op, inputs, self.value(node.output), expressions
        module = node.module and node.module.name
        arguments = self.expressions(node.arguments)
        ends = self.value(node.input), self.value(node.output)
        inside = self.nodes(node.children)
        return *common, module, arguments, ends, node.opened, node.called, inside

    def users(self, operation: ir.Operation) -> Any:
        users = operation.output.users
        return [self.value(user.output) for user in users]

    def origin(self, origin: ir.Origin) -> Any:
        return str(origin.span), [str(use) for use in origin.uses]

    def expressions(self, expressions: dict[str, Expression]) -> Any:
        return {name: self.expression(each) for name, each in expressions.items()}

    def expression(self, expression: Expression) -> Any:
        match expression:
            case ChannelsOf(tensor):
                return "channels", self.value(tensor)
            case Binary(operator, left, right):
                return operator, self.expression(left), self.expression(right), expression.value
            case Extremum(name, arguments):
                return name, [self.expression(each) for each in arguments], expression.value
        return expression


def said(diagnostics: Iterable[Diagnostic]) -> list[str]:
    return [diagnostic.render() for diagnostic in diagnostics]


def outcome(spec: str | Path, variant: str | None = None) -> Any:
    """What a spec becomes: its graph and its warnings, or what is wrong with it."""
    try:
        network = archc.load(spec, variant=variant)
    except archc.SpecError as error:
        return said(error.diagnostics)
    return Picture(network.graph).content, said(network.warnings), network.params, network.macs


def outcome_anew(spec: str | Path, variant: str | None = None) -> Any:
    """The same, each row prepared at each of its uses."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Surroundings, "remembers", False)
        return outcome(spec, variant)


@pytest.mark.parametrize("name", spec_names())
def test_bundled_specs(name: str) -> None:
    variants = archc.load(name).graph.variants
    for variant in variants or (None,):
        assert outcome(name, variant) == outcome_anew(name, variant)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_diagnostics(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remembered = said(diagnose(spec))
    monkeypatch.setattr(Surroundings, "remembers", False)
    assert said(diagnose(spec)) == remembered


@RANDOM
@given(text=specs())
def test_random_specs(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    assert outcome(path) == outcome_anew(path)


@RANDOM
@given(text=damaged_specs())
def test_damaged_specs(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    assert outcome(path) == outcome_anew(path)


SEVERAL_USES = """\
network: several uses
input: 8×8×4
defaults:
  convolution: {padding: same, bias: false, activation: relu}
  block: {width: 6}
modules:
  block:
    columns: {width: ~, kernel: 3×3, kind: convolution, after: relu, twice: 1}
    rows:
      - [convolution, kernel, width * twice]
      - {type: kind, patch: 1×1, filters: channels * 2, when: twice == 2, activation: after}
      - {branches: {a: [[convolution, 3×3, width]], b: []}, join: concat}
rows:
  - [block]
  - {type: block, width: 8, kernel: 5×5/2}
  - {type: block, twice: 2, kind: separable convolution, after: none}
  - {type: block, repeat: 3, width: [4, 5, 6]}
"""


def test_what_differs_by_use(path: Path) -> None:
    """Columns give a number, a patch, a type, what follows, and whether there is a row at all."""
    path.write_text(SEVERAL_USES, encoding="utf-8")
    network = archc.load(path)
    assert outcome(path) == outcome_anew(path)
    blocks = [[*node.operations()] for row in network.graph.rows for node in row.nodes]
    first = [operation[0].op.values() for operation in blocks]
    assert [values["filters"] for values in first] == [6, 8, 12, 4, 5, 6]
    assert [values["kernel"][0] for values in first] == [3, 5, 3, 3, 3, 3]
    names = [operation.op.names[0] for operation in blocks[2]]
    assert names[:4] == ["convolution", "relu", "separable convolution", "convolution"]


WRONG_IN_ONE_USE = """\
network: wrong in one use
input: 8×8×4
modules:
  block:
    columns: {width: ~}
    rows:
      - [convolution, 3×3, width, {padding: same}]
      - [convolution, 3×3, 6, {padding: same, groups: 2}]
rows:
  - {type: block, width: 8}
  - {type: block, width: 7}
  - {type: block, width: 6}
"""


def test_a_use_that_is_wrong_says_which(path: Path) -> None:
    path.write_text(WRONG_IN_ONE_USE, encoding="utf-8")
    with pytest.raises(archc.SpecError) as caught:
        archc.load(path)
    places = [
        [each.span.line, *(label.span.line for label in each.labels)]
        for each in caught.value.diagnostics
    ]
    assert places == [[8, 7, 8, 11]]  # the groups: the row that feeds them, and the second use
    assert said(caught.value.diagnostics) == outcome_anew(path)


@pytest.mark.parametrize(
    ("line", "column", "inside"),
    [(2, 2, False), (2, 3, True), (2, 9, True), (3, 1, True), (3, 4, True), (3, 5, False)],
)
def test_a_place_is_in_a_row(line: int, column: int, inside: bool) -> None:
    """From the row's first character on, until its end, which is not in it."""
    source = Source("net.yaml", "")
    row = Span(source, 2, 3, 3, 5)
    assert is_within(Span(source, line, column, line, column + 1), row) == inside
    assert not is_within(Span(Source("net.yaml", ""), 2, 4, 2, 5), row)
