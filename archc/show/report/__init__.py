"""The paper's table regenerated, beside what the paper printed."""

from __future__ import annotations

from archc.show.report.table import Report, make_report

__all__ = ["Report", "make_report"]
