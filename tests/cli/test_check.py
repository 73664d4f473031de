"""``archc check``: what it prints for people, editors and CI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from archc.cli import main

CASES = Path(__file__).parents[1] / "diagnostics" / "cases"

WRONG = """\
network: Wrong
input: 32×32×3
columns: [type, patch size/stride, filters]
rows:
  - [convolution, 3×3/1, 16, {name: one}]
  - [max pool, 2×2/2]
  - {type: add, from: [one, max_pool], name: sum}
"""


def check(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", *arguments], catch_exceptions=False)


@pytest.fixture
def wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("wrong.yaml").write_text(WRONG)
    return "wrong.yaml"


def test_a_wrong_spec_beside_a_right_one(wrong: str) -> None:
    result = check("resnet50", wrong)
    assert result.exit_code == 1
    assert result.stdout.startswith("resnet50: ok, ResNet-50: ")
    assert len(result.stdout.splitlines()) == 1
    assert "wrong.yaml:7:5: error[E403]" in result.stderr
    assert result.stderr.splitlines()[-1] == "1 error; see: archc explain E403"


def test_json(wrong: str) -> None:
    result = check("resnet50", wrong, "--format", "json")
    assert result.exit_code == 1
    assert not result.stderr
    found = json.loads(result.stdout)
    assert [(each["spec"], each["ok"]) for each in found["specs"]] == [
        ("resnet50", True),
        (wrong, False),
    ]
    assert found["specs"][0]["networks"][0]["params"] == 25_557_032
    assert (found["errors"], found["warnings"]) == (1, 0)
    (one,) = found["diagnostics"]
    assert {key: one[key] for key in ("code", "severity", "file", "line", "column")} == {
        "code": "E403", "severity": "error", "file": wrong, "line": 7, "column": 5,
    }  # fmt: skip
    assert one["message"].startswith("add needs inputs of the same shape")
    assert one["labels"][0]["message"]


def test_all_variants_are_in_json() -> None:
    found = json.loads(check("vgg", "--format", "json").stdout)
    names = [each["variant"] for each in found["specs"][0]["networks"]]
    assert names == ["A", "A-LRN", "B", "C", "D", "E"]


def sarif(*arguments: str) -> Any:
    return json.loads(check(*arguments, "--format", "sarif").stdout)


def test_sarif(wrong: str) -> None:
    log = sarif(wrong, "googlenet")
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [(rule["id"], rule["defaultConfiguration"]["level"]) for rule in rules] == [
        ("E403", "error"),
        ("W501", "warning"),
    ]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == wrong
    assert place["region"] == {"startLine": 7, "startColumn": 5, "endLine": 7, "endColumn": 50}
    assert run["results"][0]["relatedLocations"]


def test_sarif_names_files_as_uris(tmp_path: Path) -> None:
    path = tmp_path / "my net.yaml"
    path.write_text(WRONG)
    uri = sarif(str(path))["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert uri["artifactLocation"]["uri"] == path.as_uri()
    assert "my%20net.yaml" in path.as_uri()


def test_sarif_of_a_setting_is_in_no_file() -> None:
    (result,) = sarif("googlenet", "--set", "classes=0")["runs"][0]["results"]
    (location,) = result["locations"]
    assert location["logicalLocations"][0]["name"] == "--set"
    assert "physicalLocation" not in location


def test_a_right_spec_in_sarif() -> None:
    result = check("resnet50", "--format", "sarif")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["runs"][0]["results"] == []


def test_warnings_let_a_spec_pass_unless_strict() -> None:
    result = check("googlenet")
    assert result.exit_code == 0
    assert result.stderr.count("warning[W501]") == 4
    assert result.stderr.endswith("4 warnings; see: archc explain W501\n")
    assert check("googlenet", "--strict").exit_code == 1
    assert check("resnet50", "--strict").exit_code == 0


def test_what_several_specs_inherit_is_said_once() -> None:
    assert check("googlenet", "googlenet_bn").stderr.count("warning[W501]") == 4


def test_as_many_as_asked_for(tmp_path: Path) -> None:
    rows = "".join(f"  - [convolutoin, 3×3/1, {width}]\n" for width in range(1, 41))
    path = tmp_path / "many.yaml"
    path.write_text(WRONG.split("rows:")[0] + "rows:\n" + rows)
    assert check(str(path)).stderr.count("error[E301]") == 20
    few = check(str(path), "--max-errors", "3")
    assert few.stderr.count("error[E301]") == 3
    last = "40 errors (37 not shown: archc check --max-errors 0); see: archc explain E301"
    assert few.stderr.splitlines()[-1] == last
    assert check(str(path), "--max-errors", "0").stderr.count("error[E301]") == 40
    assert len(json.loads(check(str(path), "--format", "json").stdout)["diagnostics"]) == 40


VARIANTS = """\
network: Two
input: 32×32×3
modules:
  wide: {rows: [[convolution, 3×3, 64]]}
  slim: {rows: [[convolution, 3×3, 16]]}
  none: {rows: [[convolution, 3×3, 8]]}
columns: [type]
variants:
  big: {rows: {block: {type: wide}}}
  small: {}
rows:
  - {type: slim, name: block}
"""


def test_a_module_that_some_variant_uses_is_used(tmp_path: Path) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(VARIANTS)
    result = check(str(path))
    assert result.exit_code == 0
    assert result.stderr.count("warning") == 2  # one, and the count
    assert "no row uses the module `none`" in result.stderr
    assert check(str(path), "--variant", "big").stderr.count("warning[W502]") == 2


WRONG_VARIANTS = """\
network: Two
input: 32×32×3
variants: [A, B, C]
rows:
  - [conv3-16, conv3-16, "conv3-16, cnov3-16"]
  - [max pool, {patch: 2×2/2}]
  - [FC-10, "flatten, FC-10", "flatten, FC-10"]
  - [sfotmax]
"""


def test_errors_of_all_variants_each_once(tmp_path: Path) -> None:
    path = tmp_path / "variants.yaml"
    path.write_text(WRONG_VARIANTS)
    result = check(str(path))
    assert result.exit_code == 1
    assert not result.stdout
    told = [
        tuple(line for line in each.splitlines() if "error[" in line or "= note: " in line)
        for each in result.stderr.replace(f"{path}:", "").split("\n\n")[:-1]
    ]
    assert told == [
        (
            "5:26: error[E301]: there is no operation or module `cnov`",
            "  = note: in the variant C",
        ),
        (
            "7:6: error[E405]: linear needs a vector, its input is a feature map of 15×15×16",
            "  = note: in the variant A",
        ),
        ("8:6: error[E301]: there is no operation or module `sfotmax`",),
    ]
    assert result.stderr.endswith("3 errors; see: archc explain E301\n")
    assert check(str(path), "--variant", "B").stderr.count("error[") == 1
    assert "= note" not in check(str(path), "--variant", "C").stderr


def test_a_wrong_variant_beside_right_ones(tmp_path: Path) -> None:
    path = tmp_path / "variants.yaml"
    text = WRONG_VARIANTS.replace("sfotmax", "softmax")
    path.write_text(text.replace("[FC-10, ", '["flatten, FC-10", '))
    result = check(str(path))
    assert [line.split(": ")[1] for line in result.stdout.splitlines()] == [
        "ok, Two A",
        "ok, Two B",
    ]
    assert result.stderr.count("error[") == 1
    found = json.loads(check(str(path), "--format", "json").stdout)
    assert [each["variant"] for each in found["specs"][0]["networks"]] == ["A", "B"]
    assert not found["specs"][0]["ok"]
    assert [each["variants"] for each in found["diagnostics"]] == [["C"]]
    (one,) = sarif(str(path))["runs"][0]["results"]
    assert "`cnov`, in the variant C (did you" in one["message"]["text"]


def test_what_is_wrong_before_there_are_variants_is_said_once(tmp_path: Path) -> None:
    path = tmp_path / "variants.yaml"
    for wrong in ("variants: [A, B, C]\ncolour: red", "variants: [A, A]", "variants: 3"):
        path.write_text(WRONG_VARIANTS.replace("variants: [A, B, C]", wrong))
        result = check(str(path))
        assert result.stderr.count("error[") == 1
        assert "= note" not in result.stderr


def test_of_many_variants_the_first_are_named(tmp_path: Path) -> None:
    names = [f"n{number}" for number in range(10)]
    variants = "".join(f"  {name}: {{rows: {{a: {{filters: 7}}}}}}\n" for name in names[:9])
    path = tmp_path / "variants.yaml"
    path.write_text(
        "network: Many\ninput: 8×8×3\ncolumns: [type, patch, filters]\n"
        "rows:\n  - [conv, 1×1, 8, {name: a}]\n  - {type: conv, patch: 1×1, filters: 8, name: b}\n"
        f"  - {{type: add, from: [a, b]}}\nvariants:\n{variants}  n9: {{}}\n"
    )
    assert "= note: in the variants n0, n1, n2, n3, n4, n5 and 3 more\n" in check(str(path)).stderr
