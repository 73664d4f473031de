"""Shares of the whole, told alike wherever they stand."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from archc.cli import main

COLUMNS = ("--columns", "row,macs-share")


def report(*arguments: str) -> str:
    return CliRunner().invoke(main, ["report", "densenet121", *arguments]).stdout


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (COLUMNS, "fully-connected             <0.1%"),
        ((*COLUMNS, "--format", "markdown"), r"| fully-connected | \<0.1% |"),
        (("--format", "html"), '<span class="by-macs">&lt;0.1%</span>'),
        (("--format", "html"), '1,024,000<span class="share-of"> &lt;0.1%</span>'),
    ],
    ids=["table", "markdown", "table of the page", "inspector of the page"],
)
def test_a_small_share_is_not_none(arguments: tuple[str, ...], shown: str) -> None:
    text = report(*arguments)
    assert shown in text
    assert not re.search(r"\b0\.0%", text)


def test_a_share_is_a_number_in_data() -> None:
    rows = json.loads(report(*COLUMNS, "--format", "json"))["rows"]
    assert 0 < rows[-2]["columns"]["macs-share"] < 0.0005
