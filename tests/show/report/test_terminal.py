"""The paper's table on a terminal, and as Markdown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from archc.cli import main


def report(*arguments: str, width: int = 80) -> str:
    return CliRunner(env={"COLUMNS": str(width)}).invoke(main, ["report", *arguments]).stdout


@pytest.mark.parametrize("width", [10, 40, 60])
def test_no_figure_is_cut_on_a_narrow_terminal(width: int) -> None:
    text = report("googlenet", width=width)
    for cell in ("112×112×64", "2.7K ✗", "118.01M", "1072K ✗", "6,826.44K", "1,582.67M"):
        assert cell in text


def test_only_figures_stand_at_the_right_in_markdown() -> None:
    lines = report("inception_v2", "--format", "markdown").splitlines()
    head = next(index for index, line in enumerate(lines) if line.startswith("| row"))
    assert lines[head].startswith("| row | patch or remarks | output size |")
    assert lines[head + 1].startswith("| --- | --- | ---: |")


DEPTHS = """network: D
input: 32×32×3
columns: [type, patch, filters, depth, params]
rows:
  - [convolution, 3×3, 8, 2, 224]
  - {type: convolution, patch: 3×3, filters: 8, depth: 1, params: 2K, note: why so}
  - [convolution, 3×3, 8, 3]
"""


def test_every_erratum_is_marked_counted_and_listed(tmp_path: Path) -> None:
    path = tmp_path / "depths.yaml"
    path.write_text(DEPTHS)
    table, _, below = report(str(path), width=100).partition("total")
    assert re.findall(r"\d \(paper \d\) ✗", table) == ["1 (paper 2) ✗", "1 (paper 3) ✗"]
    assert table.count("✗") == 3
    assert "= exact (1)   ✗ erratum (3)\n" in below
    assert re.findall(r"\n✗ (.*)", below) == [
        "convolution (1): depth printed 2, is 1",
        "convolution (2): params printed 2K, is 0.58K (why so)",
        "convolution (3): depth printed 3, is 1",
    ]


def test_on_the_page_a_depth_in_error_leads_to_its_note(tmp_path: Path) -> None:
    path = tmp_path / "depths.yaml"
    path.write_text(DEPTHS)
    page = report(str(path), "--format", "html")
    assert re.search(r'class="number">1 \(paper 3\) <a class="erratum" href="#note-1-3"', page)
    assert page.count('<li id="note-1-') == 3
