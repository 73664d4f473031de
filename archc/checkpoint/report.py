"""A match as people and programs read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from archc.checkpoint.mapping import LayerPair, Match
from archc.checkpoint.problems import KINDS, Problem
from archc.diagnostics import safe
from archc.ops import Shape
from archc.texts import dump_json

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["print_table", "to_json", "to_text"]

LISTED = 10
"""How many problems of one kind are listed."""


def to_text(match: Match) -> str:
    """The map with a heading for each row of the paper, or what does not fit; no colours."""
    lines: list[str] = []
    cells = [_cells(pair) for pair in match.layers]
    widths = [max((len(each[at]) for each in cells), default=0) for at in (0, 1)]
    for row, pairs in groupby(match.layers, key=lambda pair: pair.ours.place[0]):
        listed = list(pairs)
        lines += [*([""] if row is not match.layers[0].ours.place[0] else []), listed[0].ours.row]
        for ours, theirs, shape in map(_cells, listed):
            lines.append(f"  {ours:<{widths[0]}}  ← {theirs:<{widths[1]}}  {shape}")
    lines += [*([""] if lines else []), *summary(match)]
    return "\n".join(map(safe, lines)) + "\n"


def print_table(match: Match, console: Console) -> None:
    """The same on a terminal."""
    from rich.table import Table
    from rich.text import Text

    from archc.show.report.terminal import RULES

    if match.layers:
        table = Table(box=RULES, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
        for name in ("row", "module", "checkpoint", "shape"):
            table.add_column(name, overflow="fold", header_style="bold")
        for _, pairs in groupby(match.layers, key=lambda pair: pair.ours.place[0]):
            for index, pair in enumerate(pairs):
                row = "" if index else pair.ours.row
                table.add_row(*(Text(safe(cell)) for cell in (row, *_cells(pair))))
        console.print(table)
        console.print()
    for line in summary(match):
        console.print(Text(safe(line)))


def _cells(pair: LayerPair) -> tuple[str, str, str]:
    """A layer of ours, its counterpart and the shape of its main tensor."""
    shape = _shape(pair.ours.signature[1])
    if pair.reshaped:
        shape += f" from {_shape(pair.theirs.signature[1])}"
    return pair.ours.name, pair.theirs.name, shape


def _shape(shape: Shape | None) -> str:
    """As torch orders it: ``64×3×7×7``."""
    return "×".join(map(str, shape)) if shape else "a scalar"


def summary(match: Match) -> list[str]:
    """What stands below the map: counts and what was left out, or the problems by kind."""
    if match.problems:
        return _listing(match)
    tensors = sum(len(pair.keys) for pair in match.layers)
    lines = [f"{len(match.layers)} layers, {tensors} tensors"]
    lines += [
        f"head {name}: not in the checkpoint, left out; load with strict=False, "
        "or build the network without its heads (--set heads=null)"
        for name in match.absent_heads
    ]
    lines += [
        f"{name}: an auxiliary head in the checkpoint, not in the network, left out"
        for name in match.spare_heads
    ]
    if match.by_order:
        one, other = match.by_order[0]
        more = len(match.by_order) - 1
        lines.append(
            f"{one} and {other}{f', and {more} more pairs' if more else ''}: branches of the same "
            "shapes, told apart by their order alone"
        )
    return lines


def _listing(match: Match) -> list[str]:
    """The problems, at most `LISTED` of a kind."""
    lines = [f"does not fit: {_extent(match)}"]
    for kind, meaning in KINDS.items():
        found = [problem for problem in match.problems if problem.kind == kind]
        if not found:
            continue
        lines += ["", f"{kind} ({len(found)}): {meaning}"]
        lines += _aligned([_problem_cells(problem) for problem in found[:LISTED]])
        if len(found) > LISTED:
            lines.append(f"  … and {len(found) - LISTED} more")
    return lines


def _extent(match: Match) -> str:
    """How much of the network is concerned, in a line."""
    concerned = {problem.layer or problem.ours for problem in match.problems if problem.ours}
    spare = sum(1 for problem in match.problems if not problem.ours)
    text = f"{len(concerned)} of the network's {match.wanted} layers"
    text += f", {spare} of the checkpoint's" if spare else ""
    if match.classes is not None:
        text += f"; it is for {match.classes} classes: try --set classes={match.classes}"
    return text


def _problem_cells(problem: Problem) -> tuple[str, ...]:
    row, expected, found = problem.row, _shape(problem.expected), _shape(problem.found)
    match problem.kind:
        case "missing":
            return row, problem.ours, expected
        case "unexpected":
            return problem.theirs[0], found
        case "wrong shape":
            return row, f"{problem.ours} {expected}", f"← {problem.theirs[0]} {found}"
        case "wrong type":
            return row, problem.ours, f"← {problem.theirs[0]} {problem.note}"
        case "misplaced":
            return row, f"{problem.ours} {expected}", f"← {problem.theirs[0]}"
    note = f" ({problem.note})" if problem.note else ""
    return row, problem.ours, f"← {_either(problem.theirs)}{note}"


def _either(names: Sequence[str]) -> str:
    """``a or b``, and how many more."""
    more = len(names) - 3
    return " or ".join(names[:3]) + (f" or {more} more" if more > 0 else "")


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()


def to_json(match: Match) -> str:
    """The match as a JSON document, tensor by tensor."""
    document: dict[str, Any] = {
        "fits": not match.problems,
        "tensors": [
            {"row": pair.ours.row, "name": ours, "checkpoint": theirs, "shape": list(shape)}
            for pair in match.layers
            for ours, theirs, shape in pair.keys
        ],
        "left_out": {"heads": list(match.absent_heads), "checkpoint": list(match.spare_heads)},
        "told_by_order": [list(pair) for pair in match.by_order],
        "problems": [_problem_dict(problem) for problem in match.problems],
    }
    return dump_json(document) + "\n"


def _problem_dict(problem: Problem) -> dict[str, Any]:
    return {
        "kind": problem.kind,
        "row": problem.row,
        "name": problem.ours,
        "checkpoint": list(problem.theirs),
        "expected": None if problem.expected is None else list(problem.expected),
        "found": None if problem.found is None else list(problem.found),
        "note": problem.note,
    }
