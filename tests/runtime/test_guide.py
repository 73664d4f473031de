"""What docs/run.md shows: its commands are right, and it names what there is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from PIL import Image

import archc
from archc.cli import bench_command, main, run_command
from archc.runtime.bench import engines
from archc.runtime.images import _FORMATS

GUIDE = Path(__file__).parents[2] / "docs" / "run.md"
COMMANDS = re.findall(r"^\$ archc (.*)$", GUIDE.read_text(), re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_are_taken(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in re.findall(r"\S+\.(?:safetensors|pth|txt|jpg)", command):
        Path(name).touch()
    assert isinstance(main, click.Group)
    name, *arguments = shlex.split(command)
    found = main.get_command(click.Context(main), name)
    assert found is not None
    context = found.make_context(name, arguments)
    archc.load(context.params["spec"])


def test_the_guide_names_all_engines() -> None:
    table = GUIDE.read_text().partition("| engine |")[2]
    listed = re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE)
    assert listed == [engines.BASE, *engines.OTHERS]


def test_the_guide_names_all_formats() -> None:
    sentence = GUIDE.read_text().partition(" are read,")[0].rpartition("\n\n")[2]
    words = {word.strip(",").upper() for word in sentence.replace("JPEG 2000", "JPEG2000").split()}
    assert set(_FORMATS) - {"MPO"} <= words  # a camera's JPEG with several pictures
    assert Image.MAX_IMAGE_PIXELS is not None
    assert Image.MAX_IMAGE_PIXELS // 10**6 == 89


def test_the_guide_has_the_defaults() -> None:
    seconds = next(each for each in run_command.command.params if each.name == "seconds")
    assert f"`--seconds` ({seconds.default:g})" in GUIDE.read_text()
    assert all(name in engines.OTHERS for name in bench_command.AGAINST.split(","))
