"""``archc verify``: what it prints, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archc.cli import main
from tests.torchvision_ops import declare

SMALL = str(Path(__file__).parent / "small.yaml")
HAND = str(Path(__file__).parent / "hand.py")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["verify", *arguments])


def test_googlenet_golden(golden: Callable[[str, str], None]) -> None:
    declare()
    pytest.importorskip("torchvision")
    result = run("googlenet", "torchvision.models:googlenet")
    assert result.exit_code == 1
    golden("verify/googlenet_torchvision.txt", result.stdout)


def test_the_guide_shows_it() -> None:
    tests = Path(__file__).parent.parent
    shown = (tests / "golden" / "verify" / "googlenet_torchvision.txt").read_text()
    command = "$ archc verify googlenet torchvision.models:googlenet"
    guide = (tests.parent / "docs" / "verify.md").read_text()
    assert f"```console\n{command}\n{shown}```" in guide


def test_an_emitted_file_implements_its_spec(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    CliRunner().invoke(main, ["build", SMALL, "-o", str(file)])
    result = run(SMALL, str(file))
    assert (result.exit_code, result.stdout) == (0, f"{file} implements Small\n")


def test_a_class_of_a_file() -> None:
    assert run(SMALL, f"{HAND}:Hand").exit_code == 0


def test_a_module_of_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "verified_here.py").write_text(Path(HAND).read_text() + "\nhand = Hand()\n")
    monkeypatch.chdir(tmp_path)
    assert run(SMALL, "verified_here:Hand").exit_code == 0
    assert run(SMALL, "verified_here:hand").exit_code == 0


def test_settings_are_of_the_spec_and_arguments_of_the_module(tmp_path: Path) -> None:
    file = str(tmp_path / "net.py")
    CliRunner().invoke(main, ["build", SMALL, "-o", file])
    assert run(SMALL, file, "--set", "classes=7", "--arg", "num_classes=7").exit_code == 0
    result = run(SMALL, file, "--arg", "num_classes=7")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"{file} does not implement Small: 1 difference",
        "  linear: filters 10 in the spec, 7 in the module (linear)",
        "  in training only: aux, linear: filters 10 in the spec, 7 in the module (aux.linear)",
    ]


def test_json(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(
        Path(HAND).read_text() + "\nclass Other(Hand):\n"
        "    def __init__(self, filters):\n"
        "        super().__init__()\n"
        "        self.fc = nn.Linear(24, filters)\n"
        "    def forward(self, x):\n"
        "        return self.end(self.body(self.b(self.a(self.stem(x)))))\n"
    )
    result = run(SMALL, f"{file}:Other", "--arg", "filters=9", "--format", "json")
    found = json.loads(result.stdout)
    assert found["agrees"] is False
    assert found["differences"] == [
        {
            "place": "linear",
            "row": "linear",
            "kind": "filters",
            "spec": "filters 10",
            "module": "filters 9",
            "path": "fc",
            "count": 1,
            "training": False,
            "text": "linear: filters 10 in the spec, 9 in the module (fc)",
        }
    ]
    assert [each["text"] for each in found["training"]] == ["auxiliary head aux: not in the module"]
    result = run(SMALL, f"{file}:Other", "--arg", "filters=10")
    assert result.exit_code == 0
    assert " implements Small\n" in result.stdout
    strict = run(SMALL, f"{file}:Other", "--arg", "filters=10", "--strict")
    assert strict.exit_code == 1
    assert " does not implement Small: 1 difference in training\n" in strict.stdout
    strict = run(SMALL, f"{file}:Other", "--arg", "filters=10", "--strict", "--format", "json")
    assert json.loads(strict.stdout)["agrees"] is False
    assert result.stdout.endswith("\n  in training only: auxiliary head aux: not in the module\n")


def test_layers_of_the_same_weights_are_not_those_of_the_spec(tmp_path: Path) -> None:
    spec, file = tmp_path / "two.yaml", tmp_path / "net.py"
    rows = "rows:\n  - {type: 2×conv, kernel: 3×3, filters: 4, padding: same}\n"
    spec.write_text(f"network: Two\ninput: 8×8×4\n{rows}")
    file.write_text(
        "from torch import nn\n\nclass Two(nn.Module):\n"
        "    def __init__(self, tied=False, lazy=False):\n"
        "        super().__init__()\n"
        "        self.a = nn.Conv2d(4, 4, 3, padding=1)\n"
        "        self.b = self.a if tied else nn.Conv2d(4, 4, 3, padding=1)\n"
        "        self.unused = nn.LazyLinear(3) if lazy else nn.Identity()\n"
        "    def forward(self, x):\n"
        "        return self.b(self.a(x))\n\n"
        "class Twice(Two):\n"
        "    def forward(self, x):\n"
        "        return self.a(self.a(x))\n\n"
        "class Functions(Two):\n"
        "    def forward(self, x):\n"
        "        for part in (self.a, self.b):\n"
        "            x = nn.functional.conv2d(x, part.weight, part.bias, padding=1)\n"
        "        return x\n"
    )
    for right in (["Two"], ["Two", "--arg", "lazy=True"], ["Functions"]):
        assert run(str(spec), f"{file}:{right[0]}", *right[1:]).exit_code == 0
    assert run(str(spec), f"{file}:Functions", "--arg", "lazy=True").exit_code == 0
    for wrong in (["Two", "--arg", "tied=True"], ["Twice"], ["Functions", "--arg", "tied=True"]):
        result = run(str(spec), f"{file}:{wrong[0]}", *wrong[1:])
        assert result.exit_code == 1
        assert result.stdout.splitlines()[1:] == [
            "  the network, as layers share weights: params 296 in the spec, 148 in the module"
        ]


CODE = """\
import torch
from torch import nn

print("importing")
number = 3

def printed():
    print("constructing")
    return number

class Fails(nn.Module):
    def __init__(self):
        raise ValueError("no\\nway")

class Counts(nn.Module):
    def __init__(self):
        super().__init__()
        self.rates = [float(rate) for rate in torch.linspace(0, 1, 3)]
    def forward(self, x):
        return x.relu()

class Quits(nn.Module):
    def __init__(self):
        raise SystemExit(0)

class QuitsLater(nn.Module):
    def forward(self, x):
        raise SystemExit(0)
"""


@pytest.mark.parametrize(
    ("target", "code", "message"),
    [
        ("code.py:Fails", 1, "error: constructing `code.py:Fails` failed: ValueError: no"),
        ("raises.py:Net", 1, "error: importing `raises.py` failed: ZeroDivisionError: division by"),
        ("quits.py:Net", 1, "error: importing `quits.py` failed: SystemExit: 3"),
        ("code.py:Quits", 1, "error: code.py:Quits ended the program instead of giving"),
        ("code.py:QuitsLater", 1, "error: code.py:QuitsLater ended the program instead of"),
        ("needs.py:Net", 1, "error: importing `needs.py` failed: ModuleNotFoundError: No module"),
        ("code.py:Fail", 2, "`code.py` has no `Fail`, did you mean `Fails`?"),
        ("code.py:number", 2, "`code.py:number` is of type int, not a class or a function"),
        ("code.py:printed", 2, "`code.py:printed` gives of type int"),
        ("code.py", 2, "`code.py` has no `__all__`: name the class, as code.py:Net"),
        ("absent.py:Net", 2, "there is no file `absent.py`"),
        ("absent.models:Net", 2, "there is no module `absent`"),
        ("torch.absent:Net", 2, "there is no module `torch.absent`"),
        ("torch.nn", 2, "`torch.nn` is neither package.module:callable nor file.py"),
        ("torch.nn:Linear", 1, "error: constructing `torch.nn:Linear` failed: TypeError"),
        ("code.py:Counts", 1, ""),
    ],
)
def test_what_is_wrong_is_one_line(
    target: str, code: int, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "code.py").write_text(CODE)
    (tmp_path / "raises.py").write_text("1 / 0\n")
    (tmp_path / "quits.py").write_text("raise SystemExit(3)\n")
    (tmp_path / "needs.py").write_text("import a_module_that_is_not_there\n")
    monkeypatch.chdir(tmp_path)
    result = run(SMALL, target)
    assert result.exit_code == code
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert "importing" not in result.stdout
    lines = [line for line in result.stderr.splitlines() if line.lower().startswith("error")]
    assert len(lines) == bool(message)


@pytest.mark.parametrize("argument", ["filters", "=3", "a b=3"])
def test_arguments_have_a_name_and_a_value(argument: str) -> None:
    result = run(SMALL, f"{HAND}:Hand", "--arg", argument)
    assert result.exit_code == 2
    assert "is not KEY=VALUE" in result.stderr


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a=None", None),
        ("a=0.5", 0.5),
        ("a=True", True),
        ("a=DEFAULT", "DEFAULT"),
        ("a=", ""),
        ("a={[]: 1}", "{[]: 1}"),
        ("a=" + 20_000 * "-" + "1", 20_000 * "-" + "1"),
    ],
    ids=lambda each: str(each)[:20],
)
def test_argument_values(text: str, value: object) -> None:
    from archc.cli.verify_command import parse_argument

    assert parse_argument(text) == ("a", value)
