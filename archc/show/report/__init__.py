"""The paper's table regenerated, beside what the paper printed.

Figures (`figures`, `columns`, `comparison`) become tables (`tables`), and tables become text
(`archc.show.terminal` and its like). `Report` is both for those who want one format at once.
"""

from __future__ import annotations

from archc.ir import Network
from archc.show.report.figures import ReportFigures, settle

__all__ = ["Report", "make_report"]


class Report(ReportFigures):
    """What `archc report` shows, in several formats."""

    __slots__ = ()

    def to_json(self) -> str:
        """Write JSON with one line per member."""
        from archc.texts import dump_json

        return dump_json(self.to_dict()) + "\n"

    def to_markdown(self) -> str:
        """Write a Markdown table with its footnotes."""
        from archc.show.markdown import to_markdown
        from archc.show.report.tables import paper_table

        return to_markdown(paper_table(self))

    def to_csv(self) -> str:
        """Write CSV, one line per row, exact counts."""
        from archc.show.report.tables import exact_table
        from archc.show.spreadsheet import to_csv

        return to_csv(exact_table(self))

    def to_html(self) -> str:
        """Make one page to explore the network in, which stands alone; modules are lists."""
        from archc.show.report.page import report_page

        return report_page(self)

    def to_latex(self) -> str:
        """Write a LaTeX table in the style of booktabs, its notes below it."""
        from archc.show.latex import to_latex
        from archc.show.report.tables import paper_table

        return to_latex(paper_table(self))

    def to_text(self, columns: int = 80) -> str:
        """Write the table as plain text, so many columns wide."""
        from archc.show.report.tables import paper_table
        from archc.show.terminal import Screen, to_text

        return to_text(paper_table(self), screen=Screen(columns))

    def print(self) -> None:
        """Print that text."""
        print(self.to_text(), end="")


def make_report(network: Network) -> Report:
    """Compute the figures and settle every printed cell.

    Cells are not judged when settings made this another network than the paper's.
    """
    return Report(network, *settle(network))
