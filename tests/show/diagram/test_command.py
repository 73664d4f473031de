"""``archc diagram``: what it writes where, and what it says when it cannot."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click
import pytest
from click.testing import CliRunner, Result

from archc.cli import main
from archc.cli.diagram_command import FORMATS, command
from archc.show.diagram import draw, draw_part, find_part, to_dot, to_mermaid
from archc.show.diagram.draw import LEVELS, MEASURES
from archc.show.diagram.render import Format
from archc.show.diagram.style import THEMES
from tests.show.diagram.networks import graph


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the commands run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    """The command's output."""
    return CliRunner().invoke(main, ["diagram", *arguments])


def written(*arguments: str) -> str:
    """What a command writes to stdout."""
    result = run(*arguments, "-o", "-")
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_network() -> None:
    network = graph("googlenet")
    assert written("googlenet") == to_dot(draw(network))
    assert written("googlenet", "--level", "ops") == to_dot(draw(network, "ops"))
    assert written("googlenet", "--by", "macs", "--direction", "up", "--theme", "dark") == to_dot(
        draw(network, "rows", "macs", up=True), "dark"
    )


@pytest.mark.parametrize("name", ["inception (3a)", "inception_3a"])
def test_a_row(name: str) -> None:
    network = graph("googlenet")
    row = find_part(network, "inception_3a")
    assert written("googlenet", name) == to_dot(draw_part(network, row))
    assert written("googlenet", name, "--direction", "down", "--level", "ops") == to_dot(
        draw_part(network, row, "ops", up=False)
    )


def test_a_head() -> None:
    network = graph("googlenet")
    assert written("googlenet", "aux1") == to_dot(draw_part(network, find_part(network, "aux1")))


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("inception (3z)", "did you mean `inception (3b)`?"),
        ("inception_3", "did you mean `inception_3b`?"),
        ("aux3", "did you mean `aux2`?"),
        ("nothing of the kind", "GoogLeNet has no row and no head `nothing of the kind`\n"),
    ],
)
def test_no_such_row(asked: str, hint: str) -> None:
    result = run("googlenet", asked)
    assert result.exit_code == 2
    assert hint in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        ([], "googlenet.svg"),
        (["--level", "ops"], "googlenet_ops.svg"),
        (["inception (3a)"], "googlenet_inception_3a.svg"),
        (["aux1", "--level", "ops"], "googlenet_aux1_ops.svg"),
        (["aux1", "--by", "macs"], "googlenet_aux1_macs.svg"),
    ],
)
def test_where_it_is_written(folder: Path, arguments: list[str], file: str) -> None:
    result = run("googlenet", *arguments)
    assert result.exit_code == 0
    assert [path.name for path in (folder / "build").glob("[!.]*")] == [file]
    assert b"prefers-color-scheme: dark" in (folder / "build" / file).read_bytes()


def test_a_long_name_fits_in_a_file_s(folder: Path) -> None:
    name = "long " * 60
    spec = f"network: x\ninput: 8×8×3\nrows:\n  - {{type: relu ({name}), name: {name}}}\n"
    (folder / "x.yaml").write_text(spec)
    result = run("x.yaml", name.strip())
    assert result.exit_code == 0, result.stderr
    assert len(list((folder / "build").glob("[!.]*"))) == 1


def test_rows_are_no_level_of_a_row(folder: Path) -> None:
    result = run("googlenet", "aux1", "--level", "rows")
    assert result.exit_code == 2
    assert "--level: of a ROW, choose modules or ops\n" in result.stderr
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_is_kept(folder: Path, theme: str) -> None:
    assert run("googlenet", "--theme", theme, "-o", "x.svg").exit_code == 0
    svg = (folder / "x.svg").read_bytes()
    assert b"prefers-color-scheme" not in svg
    assert (b'fill="#0d1117"' in svg) == (theme == "dark")


@pytest.mark.parametrize(
    ("file", "start"),
    [("x.svg", b"<?xml"), ("x.PNG", b"\x89PNG"), ("x.pdf", b"%PDF-"), ("x.dot", b"digraph"),
     ("x.mmd", b"flowchart BT")],
)  # fmt: skip
def test_formats(folder: Path, file: str, start: bytes) -> None:
    assert run("googlenet", "inception (3a)", "-o", file).exit_code == 0
    assert (folder / file).read_bytes().startswith(start)


@pytest.mark.parametrize("file", ["x.gif", "x", "x.svg.txt", ".svgz"])
def test_no_such_format(folder: Path, file: str) -> None:
    result = run("googlenet", "-o", file)
    assert result.exit_code == 2
    assert "must end in one of .svg, .png, .pdf, .dot, .mmd" in result.stderr
    assert list(folder.iterdir()) == []


def test_what_controls_a_terminal_is_not_told() -> None:
    assert "\a" not in run("googlenet", "-o", "\a.gif").stderr


def test_choices_are_what_there_is() -> None:
    """The command names them itself, as what draws takes time to import."""
    choices = {
        each.name: tuple(each.type.choices)
        for each in command.params
        if isinstance(each.type, click.Choice)
    }
    assert choices["level"] == LEVELS
    assert choices["by"] == MEASURES
    assert choices["theme"] == tuple(THEMES)
    assert (*get_args(Format), "dot", "mmd") == FORMATS


def test_mermaid(folder: Path) -> None:
    result = run("googlenet", "-o", "x.mmd")
    assert (folder / "x.mmd").read_text() == to_mermaid(draw(graph("googlenet")))
    assert "Mermaid" not in result.stderr


def test_more_than_mermaid_draws(folder: Path) -> None:
    result = run("inception_resnet_v2", "--level", "ops", "-o", "x.mmd")
    assert result.exit_code == 0
    assert "Mermaid draws no more than 50,000 and 500" in result.stderr
    assert (folder / "x.mmd").exists()


def test_a_wrong_spec(folder: Path) -> None:
    (folder / "x.yaml").write_text("network: x\n")
    assert run("x.yaml").exit_code == 1
