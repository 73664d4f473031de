"""``archc diff`` on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archc.cli import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["diff", *arguments])


@pytest.mark.parametrize("form", ["table", "markdown", "json"])
def test_golden(form: str, golden: Callable[[str, str], None]) -> None:
    result = run("googlenet", "googlenet_bn", "--format", form)
    assert result.exit_code == 0
    golden(f"diff/googlenet_bn.{form}", "\n".join(map(str.rstrip, result.stdout.split("\n"))))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("input", ["googlenet", "--set", "input=256×256×3"]),
        ("vgg", ["vgg", "--variant-a", "D", "--variant", "E"]),
        ("inception_v4", ["inception_v3", "inception_v4"]),
    ],
)
def test_more_tables(name: str, arguments: list[str], golden: Callable[[str, str], None]) -> None:
    text = run(*arguments).stdout
    assert max(map(len, text.splitlines())) <= 80
    golden(f"diff/{name}.table", "\n".join(map(str.rstrip, text.split("\n"))))


@pytest.mark.parametrize("width", [20, 60])
def test_no_figure_is_cut_on_a_narrow_terminal(width: int) -> None:
    arguments = ["diff", "googlenet", "--set", "classes=10"]
    text = CliRunner(env={"COLUMNS": str(width)}).invoke(main, arguments).stdout
    for figure in ("6,998,552", "1,581,658,112", "−1,013,760 (−14.50%)"):
        assert figure in text


def test_specs_of_one_name_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    files = []
    for folder, filters in (("old", 3), ("new", 4)):
        (tmp_path / folder).mkdir()
        file = tmp_path / folder / "net.yaml"
        rows = f"rows:\n  - {{type: convolution, kernel: 3×3, filters: {filters}}}\n"
        file.write_text(f"network: Net\ninput: 8×8×3\n{rows}")
        files.append(str(file))
    found = json.loads(run(*files, "--format", "json").stdout)
    assert [found[side]["title"] for side in ("before", "after")] == files


def test_help_shows_examples_line_by_line() -> None:
    lines = [line.strip() for line in run("--help").stdout.splitlines()]
    assert "archc diff googlenet googlenet_bn" in lines
    assert "archc diff vgg --variant-a D --variant E" in lines


def test_exit_code() -> None:
    assert run("googlenet", "googlenet_bn").exit_code == 0
    assert run("googlenet", "googlenet_bn", "--exit-code").exit_code == 1
    assert run("googlenet", "googlenet", "--exit-code").exit_code == 0


def totals(*arguments: str) -> tuple[int, int]:
    found = json.loads(run(*arguments, "--format", "json").stdout)
    return found["before"]["totals"]["params"], found["after"]["totals"]["params"]


def test_settings_apply_to_both_of_two_specs_and_to_one_side_of_one() -> None:
    ten, thousand = 5_983_802, 6_998_552
    assert totals("googlenet", "--set", "classes=10") == (thousand, ten)
    assert totals("googlenet", "googlenet", "--set", "classes=10") == (ten, ten)
    assert totals("googlenet", "googlenet", "--set-a", "classes=10") == (ten, thousand)
    assert totals("googlenet", "googlenet", "--set-b", "classes=10") == (thousand, ten)


@pytest.mark.parametrize(
    "arguments",
    [
        ["googlenet"],
        ["googlenet", "no_such_spec"],
        ["vgg", "--variant", "F"],
        ["googlenet", "googlenet_bn", "--format", "html"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_wrong_setting_exits_1() -> None:
    result = run("googlenet", "--set", "clases=10")
    assert result.exit_code == 1
    assert "did you mean `classes`?" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [["diff", "googlenet", "googlenet_bn"], ["sweep", "googlenet", "--vary", "classes=1:3"]],
    ids=lambda arguments: arguments[0],
)
def test_starts_light(arguments: list[str]) -> None:
    script = "import sys; from archc.cli import main; main(sys.argv[1:], standalone_mode=False);"
    script += "print('imported:', *sys.modules)"
    command = [sys.executable, "-c", script, *arguments]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    imported = set(found.stdout.rpartition("imported:")[2].split())
    assert "archc.cli" in imported
    assert not imported & {"torch", "numpy", "networkx", "graphviz", "matplotlib", "resvg_py"}
