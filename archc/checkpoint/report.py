"""A match as tables for people, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from archc.checkpoint.mapping import LayerPair, Match
from archc.checkpoint.problems import KINDS, Problem
from archc.diagnostics import safe
from archc.ops import Shape
from archc.show.table import Note, Table, TableRow, TextColumn, plain_row

__all__ = ["match_tables", "to_dict"]

LISTED = 10
"""How many problems of one kind are listed."""


def match_tables(match: Match) -> list[Table]:
    """Show the map with a section for each row of the paper, or what does not fit, by kind."""
    tables = [_map_table(match)] if match.layers else []
    if match.problems:
        return [*tables, *_problem_tables(match)]
    lines = map(safe, _summary(match))
    return [*tables, Table(notes=tuple(map(Note, lines)))]


def _map_table(match: Match) -> Table:
    """Show each layer of ours with its counterpart."""
    rows = []
    for _, pairs in groupby(match.layers, key=lambda pair: pair.ours.place[0]):
        for index, pair in enumerate(pairs):
            ours, theirs, shape = map(safe, _cells(pair))
            cells = plain_row(ours, f"← {theirs}", shape).cells
            rows.append(TableRow(cells, "" if index else safe(pair.ours.row)))
    return _headless(rows)


def _headless(rows: Sequence[TableRow], notes: Sequence[Note] = ()) -> Table:
    columns = [TextColumn("", wraps=True)] * len(rows[0].cells)
    return Table(tuple(columns), tuple(rows), notes=tuple(notes))


def _cells(pair: LayerPair) -> tuple[str, str, str]:
    """Name a layer of ours, its counterpart and the shape of its main tensor."""
    shape = _shape(pair.ours.signature[1])
    if pair.reshaped:
        shape += f" from {_shape(pair.theirs.signature[1])}"
    return pair.ours.name, pair.theirs.name, shape


def _shape(shape: Shape | None) -> str:
    """Write a shape as torch orders it: ``64×3×7×7``."""
    return "×".join(map(str, shape)) if shape else "a scalar"


def _summary(match: Match) -> list[str]:
    """Say below the map: counts, and what was left out."""
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
        ours, theirs = match.by_order[0]
        more = len(match.by_order) - 1
        lines.append(
            f"{ours} and {theirs}{f', and {more} more pairs' if more else ''}: branches of the "
            "same shapes, told apart by their order alone"
        )
    return lines


def _problem_tables(match: Match) -> Iterator[Table]:
    """Show the problems, at most `LISTED` of a kind."""
    yield Table(notes=(Note(safe(f"does not fit: {_extent(match)}")),))
    for kind, meaning in KINDS.items():
        problems = [problem for problem in match.problems if problem.kind == kind]
        if not problems:
            continue
        rows = [plain_row(*map(safe, _problem_cells(problem))) for problem in problems[:LISTED]]
        rows[0] = rows[0]._replace(section=f"{kind} ({len(problems)}): {meaning}")
        more = len(problems) - LISTED
        yield _headless(rows, [Note(f"  … and {more} more")] if more > 0 else [])


def _extent(match: Match) -> str:
    """Say how much of the network is concerned, in a line."""
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
    """Write ``a or b``, and how many more."""
    more = len(names) - 3
    return " or ".join(names[:3]) + (f" or {more} more" if more > 0 else "")


def to_dict(match: Match) -> dict[str, Any]:
    """Return the match as plain data, tensor by tensor."""
    return {
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
