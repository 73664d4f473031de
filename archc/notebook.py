"""What a notebook shows of a network and of its parts: the diagram and the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archc import ir
from archc.analysis.cost import Cost
from archc.analysis.figures import HeadFigures, RowFigures
from archc.ops import format_shape
from archc.quantities import short
from archc.texts import brief

if TYPE_CHECKING:
    from archc.show.diagram.drawing import Drawing

__all__ = ["NetworkHead", "NetworkRow", "network_html", "network_svg"]


def network_svg(graph: ir.Network) -> str | None:
    """Draw a box per row; None where nothing is installed that draws."""
    from archc.show.diagram import draw

    return _svg(draw(graph))


def network_html(graph: ir.Network) -> str:
    """Show the diagram, where it can be drawn, beside the table."""
    from archc.show.report import make_report
    from archc.show.report.page import fragment

    svg = network_svg(graph)
    return fragment(make_report(graph), None, svg.encode() if svg else None)


class NetworkRow(RowFigures):
    """A row's figures, which know their network and can show themselves."""

    __slots__ = ("network",)

    def __init__(self, row: ir.Row, cost: Cost, network: ir.Network) -> None:
        super().__init__(row, cost)
        self.network = network

    def __repr__(self) -> str:
        return brief(self, self.name, self.row.type, *_figures(self))

    def _repr_svg_(self) -> str | None:
        from archc.show.diagram import draw_part

        return _svg(draw_part(self.network, self.row))

    def _repr_html_(self) -> str:
        from archc.show.report import make_report
        from archc.show.report.page import fragment

        report = make_report(self.network)
        shown = [each for each in report.rows if each.figures.row is self.row]
        svg = self._repr_svg_()
        return fragment(report, shown, svg.encode() if svg else None)


class NetworkHead(HeadFigures):
    """A head's figures; it shows itself as its figure."""

    __slots__ = ("network",)

    def __init__(self, head: ir.Head, cost: Cost, network: ir.Network) -> None:
        super().__init__(head, cost)
        self.network = network

    def __repr__(self) -> str:
        return brief(self, self.name, f"after {self.head.after}", *_figures(self))

    def _repr_svg_(self) -> str | None:
        from archc.show.diagram import draw_part

        return _svg(draw_part(self.network, self.head))


def _figures(part: NetworkRow | NetworkHead) -> tuple[str, str, str]:
    """Say what a part gives and costs, in a few words."""
    cost = f"{part.params:,} params", f"{short(part.macs)} multiply-adds"
    return format_shape(part.output), *cost


def _svg(drawing: Drawing) -> str | None:
    """Draw on white: a notebook's theme is not the system's, which a picture would follow."""
    from archc.show.diagram import to_dot
    from archc.show.diagram.render import RenderError, render

    try:
        return render(to_dot(drawing, "light"), "svg").decode()
    except RenderError:
        return None
