"""The pages about the bundled networks are what `archc docs` writes now."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

import archc
from archc.cli import main
from archc.cli.output import RECORD
from archc.library import spec_names

FOLDER = Path(__file__).parents[2] / "docs" / "gallery"
IMAGE = re.compile(r"!\[[^\n]*\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gallery")
    result = CliRunner().invoke(main, ["docs", "-o", str(folder)])
    assert result.exit_code == 0, result.output
    return folder


def test_committed_pages_are_fresh(written: Path, request: pytest.FixtureRequest) -> None:
    fresh = {path.name: path.read_bytes() for path in written.iterdir() if path.name != RECORD}
    if request.config.getoption("--update-golden"):
        FOLDER.mkdir(exist_ok=True)
        for path in FOLDER.iterdir():
            path.unlink()
        for name, data in fresh.items():
            (FOLDER / name).write_bytes(data)
    committed = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    assert sorted(fresh) == sorted(committed), "run `make golden`"
    stale = [name for name, data in fresh.items() if committed[name] != data]
    assert stale == [], "run `make golden`"


def test_every_network_has_a_page_and_every_picture_is_shown(written: Path) -> None:
    index = (written / "index.md").read_text()
    linked = set(re.findall(r"\]\((\w+\.md)\)", index))
    pages = {path.name for path in written.glob("*.md")} - {"index.md"}
    assert linked == pages
    networks = [archc.load(name) for name in spec_names()]
    assert len(pages) == sum(max(1, len(each.graph.variants)) for each in networks)
    shown = {name for page in pages for name in IMAGE.findall((written / page).read_text())}
    assert shown == {path.name for path in written.glob("*.svg")}


def test_a_page_is_made_of_what_the_commands_print(written: Path) -> None:
    page = (written / "vgg_d.md").read_text()
    network = archc.load("vgg", variant="D")
    assert network.report().to_markdown().split("\n", 1)[1].strip() in page
    assert network.emit("torch").rstrip() in page
    drawn = CliRunner().invoke(main, ["diagram", "googlenet", "inception_3a", "-o", "-"])
    assert "1×1" in drawn.output
    svg = (written / "googlenet-inception_3a.svg").read_text()
    assert svg.count('class="node convolution"') == drawn.output.count('class="convolution"')


def test_a_spec_of_ones_own_cannot_leave_its_fence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    spec = (
        "notes: |\n  ````\n  # a heading\nnetwork: '[a](b) <i>'\ninput: 8×8×3\n"
        "columns: [type, patch, filters]\nrows:\n  - [convolution, 3×3, 4]\n"
    )
    Path("mine.yaml").write_text(spec)
    result = CliRunner().invoke(main, ["docs", "mine.yaml", "-o", "out"])
    assert result.exit_code == 0, result.output
    page = Path("out/mine.md").read_text()
    assert page.startswith("# \\[a\\](b) \\<i\\>\n")
    assert f"`````yaml\n{spec}`````\n" in page
    assert "`archc diagram mine.yaml`" in page


JAPANESE = """network: 網
input: 32×32×3
columns: [type, width]
modules:
  塊: {columns: {width: ~}, rows: [[convolution, 1×1, width]]}
  一: {rows: [[global avg pool], [flatten], [linear, ~, 10]]}
  二: {rows: [[global avg pool], [flatten], [linear, ~, 12]]}
heads:
  補助 一: {after: 塊, module: 一}
  補助`二: {after: 塊, module: 二}
rows:
  - [塊, 8]
"""


def test_pictures_and_commands_of_parts_that_no_file_is_called_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Heads whose names have no letters of a file's: a picture each, and commands that draw it."""
    monkeypatch.chdir(tmp_path)
    Path("x.yaml").write_text(JAPANESE)
    result = CliRunner().invoke(main, ["docs", "x.yaml", "--set", "input=16×16×3", "-o", "out"])
    assert result.exit_code == 0, result.output
    page = Path("out/x.md").read_text()
    pictures = IMAGE.findall(page)
    assert len(pictures) == len(set(pictures)) == 4
    assert {path.name for path in Path("out").glob("*.svg")} == set(pictures)
    commands = re.findall(r"(?<!`)(`+) ?(archc .*?) ?\1(?!`)", page)
    assert len(commands) == 6
    for _, command in commands:
        program, *arguments = shlex.split(command)
        assert program == "archc"
        done = CliRunner().invoke(main, arguments)
        assert done.exit_code == 0, (command, done.output)
        assert "input=16×16×3" in arguments


@pytest.mark.parametrize(
    "files", [("a/x.yaml", "b/x.yaml"), ("a/x y.yaml", "a/x_y.yaml"), ("index.yaml",)]
)
def test_no_page_is_written_over_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    for file in files:
        Path(file).parent.mkdir(exist_ok=True)
        Path(file).write_text("network: x\ninput: 8×8×3\nrows: [relu]\n")
    result = CliRunner().invoke(main, ["docs", *files, "-o", "out"])
    assert result.exit_code == 2
    assert "rename one, or write them to folders of their own" in result.stderr
    assert not Path("out").exists()


def test_the_index_shows_small_networks_in_units_that_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.yaml").write_text("network: x\ninput: 8×8×3\nrows:\n  - [convolution, 3×3, 4]\n")
    result = CliRunner().invoke(main, ["docs", "x.yaml", "-o", "out"])
    assert result.exit_code == 0, result.output
    assert "| [x.yaml](x.md) | 8×8×3 | 1 | 112 | 3.89K |" in Path("out/index.md").read_text()
