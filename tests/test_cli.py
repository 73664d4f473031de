"""The command line: results on stdout, the rest on stderr, exit codes 0, 1 and 2."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import archc
from archc.cli import main
from archc.library import spec_names


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_check() -> None:
    result = run("check", "googlenet")
    assert result.exit_code == 0
    assert "GoogLeNet: 22 rows, 224×224×3 to 1000, 6,998,552 params" in result.stdout


def test_wrong_spec_exits_1(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text("network: wrong\ninput: 8×8×3\nrows:\n  - [convolutoin, 3×3, 8]\n")
    result = run("check", str(file), "googlenet")
    assert result.exit_code == 1
    assert "googlenet: ok" in result.stdout
    assert "wrong.yaml:4:6: error[E301]" in result.stderr
    assert "did you mean `convolution`?" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "no_such_spec"],
        ["check"],
        ["build", "googlenet", "--emit", "fortran"],
        ["diagram", "googlenet", "-o", "picture.gif"],
        ["nonsense"],
        ["report", "--set", "classes=10"],
        ["report", "vgg", "--variant", "F"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Error:" in result.stderr


@pytest.mark.parametrize("spec", ["no_such_spec", "a" * 5000, "nul\0"])
def test_a_spec_that_is_not_there(spec: str) -> None:
    result = run("check", spec)
    assert result.exit_code == 2
    assert "there is no file and no bundled spec" in result.stderr


def test_a_folder_is_no_spec(tmp_path: Path) -> None:
    result = run("check", str(tmp_path))
    assert result.exit_code == 2
    assert f"`{tmp_path}` is a folder: name the files in it" in result.stderr


def test_build_writes_the_default_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert run("build", "googlenet").exit_code == 0
    assert [path.name for path in (tmp_path / "build").glob("[!.]*")] == ["googlenet.py"]
    written = (tmp_path / "build" / "googlenet.py").read_text()
    assert written == run("build", "googlenet", "-o", "-").stdout


def test_build_fails_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run("build", "googlenet", "-o", str(tmp_path / "file" / "net.py"))
    assert result.exit_code == 1
    assert result.stderr.startswith("error: cannot write")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("form", ["table", "markdown", "csv", "json"])
def test_report_golden(form: str, golden: Callable[[str, str], None]) -> None:
    result = run("report", "googlenet", "--format", form)
    assert result.exit_code == 0
    golden(f"reports/googlenet.{form}", result.stdout)


def test_report_table_fits_80_columns() -> None:
    assert max(map(len, run("report", "googlenet").stdout.splitlines())) <= 80


@pytest.mark.parametrize("more", [[], ["--columns", "row,macs"]], ids=["default", "chosen"])
def test_csv_of_several_reports_is_one_table(more: list[str]) -> None:
    found = run("report", "googlenet", "resnet50", "--format", "csv", *more).stdout
    rows = list(csv.DictReader(io.StringIO(found)))
    assert {row["network"] for row in rows} == {"GoogLeNet", "ResNet-50"}
    total = sum(int(row["macs"] or 0) for row in rows if row["network"] == "ResNet-50")
    assert total == archc.load("resnet50").macs


def test_report_csv_is_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(run("report", "googlenet", "--format", "csv").stdout)))
    assert sum(int(row["params"]) for row in rows) == 6_998_552


def test_several_reports_are_one_json_document() -> None:
    found = json.loads(run("report", "googlenet", "googlenet", "--format", "json").stdout)
    assert [each["name"] for each in found] == ["GoogLeNet", "GoogLeNet"]


def test_settings() -> None:
    result = run("report", "googlenet", "--set", "classes=10", "--format", "json")
    assert json.loads(result.stdout)["rows"][-1]["output"] == [10]


def test_list_names_all_bundled_specs() -> None:
    listed = run("list").stdout
    assert all(name in listed for name in spec_names())
    assert "vgg --variant A-LRN" in listed


@pytest.mark.parametrize("form", ["table", "markdown", "csv"])
def test_comparison_golden(form: str, golden: Callable[[str, str], None]) -> None:
    result = run("report", "--format", form)
    assert result.exit_code == 0
    golden(f"reports/comparison.{form}", "\n".join(map(str.rstrip, result.stdout.splitlines())))


def test_comparison_as_json() -> None:
    found = {each["name"]: each for each in json.loads(run("report", "--format", "json").stdout)}
    assert found["VGG E"]["totals"]["params"] == 143_667_240
    assert found["VGG E"]["published"]["params"]["verdict"] == "exact"
    assert found["Inception-v3"]["published"]["ops"]["verdict"] == "erratum"


def test_variants_have_files_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("build", "vgg", "--variant", "A-LRN").exit_code == 0
    assert [path.name for path in (tmp_path / "build").glob("[!.]*")] == ["vgg_a_lrn.py"]


def test_schema_is_json() -> None:
    assert json.loads(run("schema").stdout)["title"] == "archc spec"
