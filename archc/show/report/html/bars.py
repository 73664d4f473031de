"""Which rows hold the params, do the work and need the memory, as bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archc.quantities import percent
from archc.show.report.html.markup import Markup, tag
from archc.show.report.html.view import View

__all__ = ["Share", "bar", "choice", "percentages", "shares"]


@dataclass(frozen=True, slots=True)
class Share:
    """A row's part of one measure: of the ``whole``, and of the ``most`` that a row has."""

    measure: str
    whole: float
    most: float


def shares(view: View) -> Iterator[list[Share]]:
    """The shares of each row, in order."""
    keys = {"params": view.counted, "macs": "macs", "memory": "memory"}
    rows = [view.grid.named(row) for row in view.grid.data]
    columns = [_shares(measure, [row[key] for row in rows]) for measure, key in keys.items()]
    return map(list, zip(*columns, strict=True))


def _shares(measure: str, cells: Sequence[object]) -> list[Share]:
    values = [cell if isinstance(cell, int) else 0 for cell in cells]
    whole, most = sum(values) or 1, max(values, default=0) or 1
    return [Share(measure, value / whole, value / most) for value in values]


def bar(row: Sequence[Share]) -> Markup:
    """A bar for each measure, of which the page shows the chosen one."""
    drawn = (
        tag("rect", class_=f"by-{each.measure}", width=f"{100 * each.most:.4g}", height="8")
        for each in row
    )
    return tag(
        "svg", *drawn,
        class_="bar", viewBox="0 0 100 8", preserveAspectRatio="none", aria_hidden="true",
    )  # fmt: skip


def percentages(row: Sequence[Share]) -> list[Markup]:
    """The same in numbers; nothing where there is nothing."""
    return [
        tag("span", percent(each.whole) if each.whole else "", class_=f"by-{each.measure}")
        for each in row
    ]


def choice(view: View) -> Markup:
    """Which measure the bars show; it needs no script."""
    words = {"params": view.counted, "macs": "multiply-adds", "memory": "memory"}
    buttons = (
        tag(
            "label",
            tag(
                "input", type="radio", name=f"measure-{view.number}", value=measure,
                **({"checked": ""} if measure == "macs" else {}),
            ),
            f" {word}",
        )
        for measure, word in words.items()
    )  # fmt: skip
    return tag("fieldset", tag("legend", "Bars"), *buttons, class_="measures")
