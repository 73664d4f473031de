"""``archc sweep`` on the command line, and its plots."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archc.cli import main

HERE = Path(__file__).parent
STUDY = ["inception.yaml", "--against", "convolution_3.yaml", "--vary", "input=224×224×1:256"]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def beside_the_specs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["sweep", *arguments])


def stripped(text: str) -> str:
    return "\n".join(map(str.rstrip, text.split("\n")))


def test_table(golden: Callable[[str, str], None]) -> None:
    golden("sweep/inception.table", stripped(run(*STUDY).stdout))


@pytest.mark.parametrize("form", ["table", "markdown", "csv", "json"])
def test_formats(form: str, golden: Callable[[str, str], None]) -> None:
    result = run("googlenet", "--vary", "input=160:288:32", "--format", form)
    assert result.exit_code == 0
    golden(f"sweep/googlenet.{form}", stripped(result.stdout))


def test_plot(golden: Callable[[str, str], None], tmp_path: Path) -> None:
    path = tmp_path / "plot.svg"
    result = run(*STUDY, "-o", str(path))
    assert result.exit_code == 0
    assert f"wrote {path}" in result.stderr
    golden("sweep/inception.svg", path.read_text())


def test_plot_is_accessible_and_says_where_the_lines_cross(tmp_path: Path) -> None:
    run(*STUDY, "-o", str(tmp_path / "plot.svg"))
    root = ET.parse(tmp_path / "plot.svg").getroot()
    named = (root.get("aria-labelledby") or "").split()
    texts = {each.get("id"): each.text or "" for each in root if each.get("id")}
    assert "Inception against 3×3 convolution" in texts[named[0]]
    assert "from 59 on, Inception is cheaper" in texts[named[1]]
    marks = [each.text for each in root.iter(f"{SVG}text") if each.get("class") == "mark"]
    assert marks == ["from 59 on, Inception is cheaper"] * 2
    lines = [
        each.get("d") or "" for each in root.iter(f"{SVG}path") if " c" in f" {each.get('class')}"
    ]
    assert sorted(len(re.findall("[ML]", line)) for line in lines)[-4:] == [256] * 4


def test_plot_leaves_gaps_for_invalid_points(tmp_path: Path) -> None:
    run("googlenet", "--vary", "input=160:288:32", "-o", str(tmp_path / "plot.svg"))
    root = ET.parse(tmp_path / "plot.svg").getroot()
    assert len(list(root.iter(f"{SVG}circle"))) == 2 * 3


def test_png(tmp_path: Path) -> None:
    path = tmp_path / "plot.png"
    names = ["googlenet", "--vary", "defaults.max pool.ceil=true,false"]
    assert run(*names, "-o", str(path)).exit_code == 0
    assert path.read_bytes().startswith(b"\x89PNG")


def test_csv_has_all_points_and_both_networks() -> None:
    rows = list(csv.DictReader(io.StringIO(run(*STUDY, "--format", "csv").stdout)))
    assert len(rows) == 256
    assert rows[58]["input"] == "224×224×59"
    assert rows[58]["Inception params"] == "136400"
    assert rows[58]["3×3 convolution params"] == "136448"


def test_json_has_crossings() -> None:
    found = json.loads(run(*STUDY, "--format", "json", "--columns", "params").stdout)
    assert found["crossings"] == [
        {"column": "params", "from": {"input": "224×224×59"}, "cheaper": "Inception"}
    ]
    assert found["points"][0]["figures"] == [{"params": 124_336}, {"params": 2_816}]


def test_a_figure_of_report_at_that_setting() -> None:
    swept = json.loads(run("googlenet", "--vary", "classes=7", "--format", "json").stdout)
    arguments = ["report", "googlenet", "--set", "classes=7", "--format", "json"]
    totals = json.loads(CliRunner().invoke(main, arguments).stdout)["totals"]
    figures = swept["points"][0]["figures"][0]
    assert (figures["params"], figures["ops"]) == (totals["params"], totals["macs"])


def test_memory_is_measured_where_asked_for() -> None:
    arguments = ["--variant", "E", "--columns", "alive", "--format", "json"]
    found = json.loads(run("vgg", "--vary", "input=224,448", *arguments).stdout)
    small, large = (point["figures"][0]["alive"] for point in found["points"])
    assert small >= 2 * 224 * 224 * 64 * 4  # a convolution's input and output
    assert large >= 3.9 * small
    assert "float32" in found["convention"]


def test_set_holds_for_both() -> None:
    found = run(*STUDY[:3], "--set", "input=8×8×3", "--vary", "defaults.convolution.norm=none")
    assert found.exit_code == 0
    assert "8×8×256" in found.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["googlenet"],
        ["no_such_spec", "--vary", "classes=1:3"],
        ["googlenet", "--vary", "classes=3:1"],
        ["googlenet", "--vary", "classes=1:3", "--columns", "speed"],
        ["googlenet", "--vary", "classes=1:3", "-o", "plot.gif"],
        ["googlenet", "--vary", "classes=1:3", "--against-variant", "B"],
        ["googlenet", "--vary", "classes=1:3", "--columns", "output", "-o", "x.svg"],
        ["vgg", "--vary", "classes=1:3", "--variant", "F"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


@pytest.mark.parametrize(
    ("against", "option"),
    [
        (["no_such_spec"], "--against:"),
        (["vgg", "--against-variant", "F"], "--against-variant:"),
    ],
)
def test_the_wrong_option_is_named(against: list[str], option: str) -> None:
    result = run("googlenet", "--vary", "classes=1:3", "--against", *against)
    assert result.exit_code == 2
    assert f"Invalid value for {option}" in result.stderr


def test_against_what_is_right_at_some_points_only() -> None:
    arguments = ["--vary", "input=64×64×3,224×224×3", "--set", "input=8×8×3", "--format", "csv"]
    result = run("vgg", *arguments, "--against", "googlenet")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 3


def test_specs_of_one_name_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    text = (HERE / "inception.yaml").read_text()
    files = []
    for folder in ("old", "new"):
        (tmp_path / folder).mkdir()
        files.append(tmp_path / folder / "net.yaml")
        files[-1].write_text(text)
    arguments = ["--vary", "input=8×8×1:2", "--columns", "params", "--format", "csv"]
    result = run(str(files[0]), *arguments, "--against", str(files[1]))
    head = f"input,{files[0]} params,{files[1]} params,error"
    assert result.stdout.splitlines()[0] == head


def test_wrong_sweep_exits_1() -> None:
    result = run("googlenet", "--vary", "clases=1:3")
    assert result.exit_code == 1
    assert "did you mean `classes`?" in result.stderr
