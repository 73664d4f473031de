"""Every command shows what it has to show where stdout and stderr are not UTF-8."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archc.cli import COMMANDS, main
from archc.texts import readable

ENCODINGS = ["cp1252", "ascii"]

TINY = """network: 視覚 “tiny” – ü
source: A. Ü., “1×1” (2014)
input: 8×8×3
columns: [type, patch, filters, params, ops]
rows:
  - [convolution (漢字), 3×3, 4, 112, 1G]
  - [flatten]
  - [linear, ~, 10, ~, ~, {note: ≈ 10 → … ✗}]
"""
WRONG = """network: 視覚
input: 8×8×3
columns: [type, patch, filters]
rows:
  - [convolution (漢字 … ×), 3×3, 4, filtres: 4]
  - ["convolution (漢字 … ×)", 3×3, {filtres: 4}]
"""
TABLE = "type\tpatch size/stride\toutput size\nconvolution\t7×7/2\t112×112×64\n漢字\t3×3\t1×1\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("encodings")
    for name, text in {"tïny.yaml": TINY, "wröng.yaml": WRONG, "täble.tsv": TABLE}.items():
        (made / name).write_text(text, "utf-8")
    with zipfile.ZipFile(made / "tïny.bin", "w") as nothing:
        nothing.writestr("ü", "")
    return made


@pytest.fixture(autouse=True)
def in_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)


def run(encoding: str, *arguments: str) -> Result:
    return CliRunner(charset=encoding).invoke(main, list(arguments))


@cache
def usually(command: str) -> Result:
    return run("utf-8", *command.split(" "))


SHOWN = {
    "check": ["check tïny.yaml googlenet", "check wröng.yaml", "check nö.yaml"],
    "explain": ["explain", "explain E401", "explain ×"],
    "build": ["build tïny.yaml -o -", "build tïny.yaml -o tïny.py", "build tïny.yaml --emit ×"],
    "report": [
        *(f"report tïny.yaml --format {form}" for form in ("table", "markdown", "csv", "latex")),
        "report googlenet",
        "report tïny.yaml -o tïny.txt",
        "report tïny.yaml --format html",
        "report tïny.yaml --columns row,output,paper-ops,field,seen,jump,centre,alive,memory",
        "report tïny.yaml --columns ×",
        "report wröng.yaml",
    ],
    "diagram": ["diagram tïny.yaml -o tïny.dot", "diagram tïny.yaml 漢字 -o tïny.dot"],
    "diff": ["diff tïny.yaml squeezenet1_1", "diff tïny.yaml squeezenet1_1 --format markdown"],
    "sweep": [
        *(f"sweep tïny.yaml --vary input=8:64:8 --format {form}" for form in ("table", "csv")),
        "sweep tïny.yaml --vary classes=10,100 --against squeezenet1_1 --format markdown",
        "sweep tïny.yaml --vary ×=1",
    ],
    "import": ["import täble.tsv --name 視覚", "import nö.tsv"],
    "verify": ["verify tïny.yaml torch.nn:Identity", "verify tïny.yaml ü:Ü"],
    "run": ["run tïny.yaml --seconds 0.01", "run tïny.yaml --image ×"],
    "bench": ["bench tïny.yaml --against ×", "bench wröng.yaml"],
    "weights": ["weights squeezenet1_1 tïny.bin --dry-run", "weights tïny.yaml nö.bin"],
    "docs": ["docs tïny.yaml -o gällery"],
    "list": ["list"],
    "schema": [],
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("command", [each for listed in SHOWN.values() for each in listed])
def test_shown(command: str, encoding: str) -> None:
    """Neither a traceback nor another exit code than in UTF-8."""
    found, usual = run(encoding, *command.split(" ")), usually(command)
    assert isinstance(found.exception, SystemExit | None), found.exception
    assert found.exit_code == usual.exit_code
    assert bool(found.stdout_bytes) == bool(usual.stdout_bytes)
    assert bool(found.stderr_bytes) == bool(usual.stderr_bytes)
    if not re.search("html|latex|-o -", command):  # documents are UTF-8 wherever they go
        assert found.stdout_bytes.decode(encoding)[:40] == readable(usual.stdout, encoding)[:40]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("command", COMMANDS)
def test_help(command: str, encoding: str) -> None:
    found = run(encoding, command, "--help")
    assert found.exit_code == 0, found.exception
    assert found.stdout_bytes.decode(encoding).startswith("Usage: ")


def test_every_command_is_here() -> None:
    assert set(SHOWN) == set(COMMANDS)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "command",
    [
        "check tïny.yaml --format json",
        "check wröng.yaml --format sarif",
        "report tïny.yaml --format json",
        "report tïny.yaml --columns row,output --format json",
        "diff tïny.yaml squeezenet1_1 --format json",
        "sweep tïny.yaml --vary input=8:64:8 --format json",
        "verify tïny.yaml torch.nn:Identity --format json",
        "schema",
    ],
)
def test_json_is_the_same_document(command: str, encoding: str) -> None:
    found = run(encoding, *command.split(" ")).stdout_bytes.decode(encoding)
    assert json.loads(found) == json.loads(usually(command).stdout)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("options", [[], ["--columns", "row,output,params,paper-ops"]])
def test_columns_stay_columns(encoding: str, options: list[str]) -> None:
    """What stands for a character may be longer: it is replaced before it is measured."""
    found = run(encoding, "report", "tïny.yaml", *options).stdout_bytes.decode(encoding)
    size = "6x6x4" if encoding == "ascii" else "6×6×4"
    lines = found.splitlines()
    first, last = (at for at, line in enumerate(lines) if re.fullmatch("-+", line))
    row, flat = (next(line for line in lines if word in line) for word in (size, "144"))
    assert row.index(size) + len(size) == flat.index("144") + 3
    assert r"(\u6f22\u5b57)" in found
    assert max(len(line.rstrip()) for line in lines[first:last]) <= len(lines[first])


@pytest.mark.parametrize("encoding", ["utf-8", *ENCODINGS])
def test_carets_stand_below_what_they_mean(encoding: str) -> None:
    row = '{name: "漢字 … × →", type: convolutoin, filters: 8}'
    Path("w.yaml").write_text(f"network: n\ninput: 8×8×3\nrows:\n  - {row}\n", "utf-8")
    found = run(encoding, "check", "w.yaml").stderr_bytes.decode(encoding)
    lines = found.splitlines()
    at = next(at for at, line in enumerate(lines) if "^" in line)
    shown, start = lines[at - 1], lines[at].index("^")
    wide = sum(char in "漢字" for char in shown)  # each takes two columns
    assert shown[start - wide :].startswith("convolutoin")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_files_stay_utf_8(encoding: str) -> None:
    texts = []
    for each in (encoding, "utf-8"):
        assert run(each, "report", "tïny.yaml", "-o", f"{each}.txt").exit_code == 0
        texts.append(Path(f"{each}.txt").read_bytes())
    assert texts[0] == texts[1]
    assert "漢字" in texts[0].decode()


@pytest.mark.parametrize("command", ["report googlenet", "diff googlenet googlenet_bn"])
@pytest.mark.parametrize(
    "settings",
    [
        {"PYTHONIOENCODING": "cp1252"},
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=["cp1252", "ascii", "C"],
)
def test_as_a_program(command: str, settings: dict[str, str]) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "archc", *command.split()],
        env={**os.environ, **settings},
        capture_output=True,
        check=True,
    )
    assert found.stderr == b""
    usual = run("utf-8", *command.split()).stdout
    encoding = settings.get("PYTHONIOENCODING", "ascii")
    assert len(found.stdout.splitlines()) == len(usual.splitlines())
    assert found.stdout.splitlines()[0].decode(encoding) == readable(usual, encoding).split("\n")[0]
