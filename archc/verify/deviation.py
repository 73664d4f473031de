"""What `verify` tells: deviations of a module from a spec, alike findings told once.

Findings that are alike at most layers of an operation become one deviation; those that are
alike within a row become one of that row; the others are told one by one, in the spec's order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from archc.ir.flat import FlatLayer

__all__ = ["Deviation", "Finding", "summarize"]

_FEWEST = 4
"""So many alike findings at least are told as one; fewer are told each at its own layer."""
_NAMED = 3
"""So many exceptions at most are listed by name; more are counted."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """One thing that the spec and the module say differently.

    ``place`` names it in the spec's words (a row, and a column or branch of it), ``row`` is the
    row alone, empty for the whole network. ``spec`` and ``module`` are what each of them says,
    None where it has nothing. ``path`` is the module's part, ``count`` the number of layers that
    deviate. ``training`` is true of what leaves the output in evaluation as it is: a head, the
    rate of a dropout.
    """

    place: str
    row: str
    kind: str
    spec: str | None
    module: str | None
    path: str
    count: int = 1
    training: bool = False

    @property
    def text(self) -> str:
        """Say the deviation in one line."""
        path = f" ({self.path})" if self.path else ""
        if self.kind == "unknown":
            return f"not understood: {self.module}{path}, {self.place}"
        if self.spec is None:
            return f"{self.place}: {self.module} in the module, not in the spec{path}"
        if self.module is None:
            what = f"{self.spec} in the spec, " if self.spec else ""
            return f"{self.place}: {what}not in the module{path}"
        module = self.module.removeprefix(self._first_word())
        return f"{self.place}: {self.spec} in the spec, {module} in the module{path}"

    def _first_word(self) -> str:
        """Return the word that need not be said again of the module: ``kernel ``."""
        assert self.spec is not None
        word, _, rest = self.spec.partition(" ")
        several = self.kind not in ("wiring", "order") and ", " in rest
        return "" if several or self.kind == "operation" else f"{word} "

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, with the text."""
        return {**asdict(self), "text": self.text}


@dataclass(frozen=True, slots=True)
class Finding:
    """What deviates at one layer of the spec, before alike findings are put together.

    ``general`` is true of what a network has at all its layers or at none: a bias, a norm, an
    activation. ``place`` says where it is, if not at the layer. The rest is as in `Deviation`.
    """

    layer: FlatLayer
    kind: str
    spec: str | None
    module: str | None
    path: str
    general: bool = False
    place: str | None = None
    count: int = 1
    training: bool = False


def summarize(
    findings: Iterable[Finding], main: Sequence[FlatLayer], heads: Sequence[FlatLayer]
) -> list[Deviation]:
    """Put alike findings together: general deviations first, the others in the spec's order."""
    layers = [*main, *heads]
    place = {layer: index for index, layer in enumerate(layers)}
    ordered = sorted(findings, key=lambda finding: place.get(finding.layer, -1))
    deviations: list[Deviation] = []
    single: list[Finding] = []
    for alike in _alike(ordered):
        general = _general(alike, layers, {*heads})
        if general is None:
            single += alike
        else:
            deviations.append(general)
    single.sort(key=lambda finding: place.get(finding.layer, -1))
    return deviations + [_deviation(finding, heads) for finding in _by_row(single)]


def _alike(findings: Iterable[Finding]) -> Iterator[list[Finding]]:
    """Group the findings that say the same of layers of one operation."""
    groups: dict[object, list[Finding]] = {}
    for finding in findings:
        operation = None if finding.kind == "unknown" else type(finding.layer.op)
        key = finding.kind, finding.spec, finding.module, operation
        groups.setdefault(key, []).append(finding)
    yield from groups.values()


def _general(
    alike: Sequence[Finding], layers: Sequence[FlatLayer], heads: Collection[FlatLayer]
) -> Deviation | None:
    """Tell alike findings as one, if they are general and at most layers of their operation."""
    first = alike[0]
    if not first.general:
        return None
    if first.kind == "unknown" and len(alike) > 1:
        path = f"{first.path} and {len(alike) - 1} more".removeprefix(" and ")
        return replace(_deviation(first, heads), path=path, count=len(alike))
    op = first.layer.op
    if len(alike) < _FEWEST:
        return None
    of_operation = [layer for layer in layers if type(layer.op) is type(op)]
    deviating = {finding.layer for finding in alike}
    if 2 * len(deviating) <= len(of_operation):
        return None
    place = f"every {op.names[0]} ({_count(deviating, heads)})"
    if others := [layer.label for layer in of_operation if layer not in deviating]:
        exceptions = "; ".join(others) if len(others) <= _NAMED else f"{len(others)}"
        share = f"{len(deviating)} of {len(of_operation)}"
        place = f"{share} {op.names[0]} layers, all but {exceptions}"
    training = first.training or all(layer in heads for layer in deviating)
    return Deviation(place, "", first.kind, first.spec, first.module, "", len(deviating), training)


def _count(layers: Collection[FlatLayer], heads: Collection[FlatLayer]) -> str:
    """Count layers, those in heads apart: ``57, and 4 in the heads``."""
    in_heads = sum(layer in heads for layer in layers)
    if in_heads in (0, len(layers)):
        return str(len(layers))
    return f"{len(layers) - in_heads}, and {in_heads} in the heads"


def _by_row(findings: Iterable[Finding]) -> list[Finding]:
    """Tell layers of one row that read the same wrong tensor as that row."""
    groups: dict[object, list[Finding]] = {}
    for index, finding in enumerate(findings):
        key = finding.layer.scopes[0], finding.spec, finding.module
        groups.setdefault(key if finding.kind == "wiring" else index, []).append(finding)
    return [
        alike[0]
        if len(alike) == 1
        else replace(alike[0], place=alike[0].layer.scopes[0], count=len(alike))
        for alike in groups.values()
    ]


def _deviation(finding: Finding, heads: Collection[FlatLayer]) -> Deviation:
    return Deviation(
        place=finding.place or finding.layer.label,
        row=finding.layer.scopes[0],
        kind=finding.kind,
        spec=finding.spec,
        module=finding.module,
        path=finding.path,
        count=finding.count,
        training=finding.training or (finding.layer in heads and finding.kind != "unknown"),
    )
