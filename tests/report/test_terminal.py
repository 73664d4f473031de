"""The paper's table on a terminal, and as Markdown."""

from __future__ import annotations

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
