"""Reports of chosen columns: one definition each, the same figures in every format."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import archc
from archc.analysis.cost import CONVENTIONS
from archc.cli import main
from archc.show.report.chosen import ColumnChoice, choose_columns
from archc.show.report.columns import COLUMNS

GUIDE = Path(__file__).parents[3] / "docs" / "report.md"

MANY = "row,output,params,macs,params-share,activations,memory,alive,field,jump,paper-params"

_COMMAND = re.compile(r"```console\n\$ (archc .*?)\n(.*?)```", re.DOTALL)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["report", *arguments])


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("form", ["table", "markdown", "csv", "json", "latex"])
def test_googlenet(form: str, golden: Callable[[str, str], None]) -> None:
    result = run("googlenet", "--columns", MANY, "--batch", "8", "--format", form)
    assert result.exit_code == 0
    golden(f"reports/googlenet_columns.{form}", result.stdout)


def test_every_format_has_the_same_figures() -> None:
    """The exact counts of JSON are those of CSV, and Markdown's with separators."""
    arguments = ("vgg", "--columns", "name,params,macs,activations,memory")
    listed = rows_of(run(*arguments, "--format", "csv").stdout)
    data = json.loads(run(*arguments, "--format", "json").stdout)
    assert listed == [
        {key: str(cell) for key, cell in row["columns"].items()} for row in data["rows"]
    ]
    markdown = run(*arguments, "--format", "markdown").stdout
    for row in listed:
        count = int(row["macs"])
        assert not count or f"| {count:,} |" in markdown


def test_the_contract_of_json_holds() -> None:
    plain = json.loads(run("googlenet", "--format", "json").stdout)
    chosen = json.loads(run("googlenet", "--format", "json", "--columns", "field").stdout)
    for row in chosen["rows"]:
        assert list(row.pop("columns")) == ["field"]
    del chosen["totals"]["columns"], chosen["columns"], chosen["summary"]
    assert chosen == plain


def test_operations_sum_to_their_rows() -> None:
    report = archc.load("inception_v3").report()
    names = ("name", "params", "macs", "activations")
    rows = choose_columns(report, ColumnChoice(names)).to_dict()["rows"]
    operations = choose_columns(report, ColumnChoice(names, level="op")).to_dict()["rows"]
    for row, other in zip(rows, operations, strict=True):
        inside = [each["columns"] for each in other.get("operations", [])]
        for key in names[1:]:
            assert row["columns"][key] == sum(each[key] for each in inside), row["name"]
    assert sum(len(row.get("operations", [])) for row in operations) > 200


@pytest.mark.parametrize("tool", sorted(CONVENTIONS))
def test_totals_of_a_convention(tool: str) -> None:
    """The last line is the sum of the rows; the summary has the tool's own figures."""
    net = archc.load("googlenet_torchvision")
    chosen = choose_columns(net.report(), ColumnChoice(("macs", "flops"), count_like=tool))
    for column in range(2):
        cells = [row[column] for row in chosen.data]
        assert sum(cell for cell in cells if isinstance(cell, int)) == chosen.totals[column]
    own = {
        "paper": "6,624,904 params, 1,498,376,192 multiply-adds",
        "torchinfo": "13,004,888 params, heads included, 1,498,391,752 Total mult-adds",
        "fvcore": "13,004,888 params, heads included, 1,504,878,688 flops "
        "(one for each multiply-add)",
        "torch": "13,004,888 params, heads included, 2,996,752,384 FLOPs",
    }
    assert chosen.notes[0] == f"{own[tool]}, depth 22"


@pytest.mark.parametrize("width", [40, 80, 200])
def test_lines_fit(width: int) -> None:
    result = CliRunner(env={"COLUMNS": str(width)}).invoke(
        main, ["report", "googlenet", "--columns", MANY]
    )
    assert max(map(len, result.stdout.splitlines())) <= width
    assert "\x1b" not in result.stdout
    folded = "    memory MiB 3.06 · " in result.stdout
    assert folded == (width < 200)


def test_every_column_says_what_it_counts() -> None:
    report = archc.load("googlenet").report()
    for name, column in COLUMNS.items():
        chosen = choose_columns(report, ColumnChoice((name,)))
        assert column.name == name
        assert any(cell is not None for row in chosen.data for cell in row)
        assert chosen.convention or name in ("row", "name", "type", "patch")
        assert not any("{" in words for words in chosen.convention)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("googlenet", "--columns", "row,param"), "no column `param`, did you mean `params`?"),
        (("googlenet", "--columns", ""), "no column ``, the columns are row, name"),
        (("--columns", "row"), "a choice of columns needs a SPEC"),
        (("googlenet", "--columns", "row", "--format", "html"), "leave out --columns, --level"),
        (("googlenet", "--batch", "2", "--format", "html"), "--batch, or choose another format"),
        (("googlenet", "--batch", "0"), "0 is not in the range"),
        (("googlenet", "--dtype", "float8"), "'float8' is not one of"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


def test_guide_shows_what_is_printed(request: pytest.FixtureRequest) -> None:
    text = GUIDE.read_text()
    assert len(_COMMAND.findall(text)) >= 3
    fresh = _COMMAND.sub(_console, text)
    if request.config.getoption("--update-golden"):
        GUIDE.write_text(fresh)
    else:
        assert text == fresh, "docs/report.md is stale: run `make golden`"


def _console(match: re.Match[str]) -> str:
    result = CliRunner().invoke(main, shlex.split(match[1])[1:])
    shown = "\n".join(line.rstrip() for line in result.output.splitlines())
    return f"```console\n$ {match[1]}\n{shown}\n```"


def test_guide_lists_all_columns() -> None:
    listed = re.findall(r"^\| `([a-z-]+)` \|", GUIDE.read_text(), re.MULTILINE)
    assert listed == list(COLUMNS)


def test_python() -> None:
    chosen = choose_columns(archc.load("googlenet").report(), ColumnChoice(("row", "field")))
    found: dict[str, Any] = dict(chosen.named(chosen.data[0]))
    assert found == {"row": "convolution", "field": [7, 7]}
