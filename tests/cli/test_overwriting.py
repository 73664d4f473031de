"""A file that archc did not write, or that somebody changed, is not overwritten."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archc.cli import main

TABLE = "type\tpatch size/stride\toutput size\nconvolution\t3×3/1\t32×32×8\n"


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, and one of its own for what archc notes."""
    monkeypatch.setenv("ARCHC_STATE_DIR", str(tmp_path / "state"))
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.chdir(place)
    (place / "table.tsv").write_text(TABLE)
    return place


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


WRITERS = {
    "build": ("build", "squeezenet1_1", "-o", "out.file"),
    "report": ("report", "squeezenet1_1", "--format", "csv", "-o", "out.file"),
    "report html": ("report", "squeezenet1_1", "--format", "html", "-o", "out.file"),
    "diagram": ("diagram", "squeezenet1_1", "-o", "out.dot"),
    "sweep": ("sweep", "squeezenet1_1", "--vary", "classes=1:3", "-o", "out.svg"),
    "import": ("import", "table.tsv", "--input", "32×32×3", "-o", "out.file"),
}


@pytest.mark.parametrize("command", WRITERS.values(), ids=WRITERS)
def test_what_somebody_wrote_stays(command: tuple[str, ...]) -> None:
    file = Path(command[-1])
    file.write_text("somebody's work")
    result = run(*command)
    assert result.exit_code == 1
    assert result.stderr == (
        f"error: {file} is there already, and archc did not write it: "
        "name another file, or overwrite it with --force\n"
    )
    assert file.read_text() == "somebody's work"
    assert run(*command, "--force").exit_code == 0
    assert file.read_text() != "somebody's work"


@pytest.mark.parametrize("command", WRITERS.values(), ids=WRITERS)
def test_what_archc_wrote_is_written_again(command: tuple[str, ...]) -> None:
    assert f"wrote {command[-1]}\n" in run(*command).stderr
    again = run(*command)
    assert again.exit_code == 0
    assert f"unchanged {command[-1]}\n" in again.stderr


def test_another_text_replaces_archcs_own() -> None:
    assert run("build", "googlenet", "-o", "net.py").exit_code == 0
    result = run("build", "googlenet", "--set", "classes=10", "-o", "net.py")
    assert (result.exit_code, result.stderr) == (0, "wrote net.py\n")


def test_what_somebody_changed_stays() -> None:
    run("build", "googlenet", "-o", "net.py")
    file = Path("net.py")
    file.write_text(file.read_text().replace("0.4", "0.5"))
    mine = file.read_text()
    for _ in range(2):
        result = run("build", "googlenet", "-o", "net.py")
        assert result.exit_code == 1
        assert result.stderr.startswith("error: net.py was changed since archc wrote it: ")
        assert len(result.stderr.splitlines()) == 1
    assert file.read_text() == mine
    assert run("build", "googlenet", "-o", "net.py", "--force").exit_code == 0
    assert run("build", "googlenet", "--set", "classes=10", "-o", "net.py").exit_code == 0


def test_an_undone_change_is_none() -> None:
    run("build", "googlenet", "-o", "net.py")
    file = Path("net.py")
    text = file.read_text()
    file.write_text("mine")
    file.write_text(text)
    assert run("build", "squeezenet1_1", "-o", "net.py").exit_code == 0


def test_an_equal_text_is_left_alone() -> None:
    """Whoever wrote it: and it is archc's own from then on."""
    file = Path("net.py")
    file.write_text(run("build", "googlenet", "-o", "-").stdout)
    os.utime(file, (1, 1))
    assert run("build", "googlenet", "-o", "net.py").stderr == "unchanged net.py\n"
    assert file.stat().st_mtime == 1
    assert run("build", "squeezenet1_1", "-o", "net.py").exit_code == 0


def test_an_empty_file_has_nothing_to_lose() -> None:
    Path("net.py").touch()
    assert run("build", "googlenet", "-o", "net.py").exit_code == 0


def test_the_spec_itself_is_not_written_over() -> None:
    Path("mine.yaml").write_text("network: a\ninput: 8×8×3\nrows:\n  - [convolution, 3×3, 8]\n")
    before = Path("mine.yaml").read_text()
    result = run("build", "mine.yaml", "-o", "mine.yaml")
    assert result.exit_code == 1
    assert "--force" in result.stderr
    assert Path("mine.yaml").read_text() == before


def test_a_name_of_the_same_file() -> None:
    """The record is about the file, by whatever links and folders it is named."""
    Path("sub").mkdir()
    Path("link.py").symlink_to("sub/net.py")
    for name in ("sub/net.py", "sub/../sub/net.py", "link.py", str(Path("sub/net.py").absolute())):
        assert run("build", "googlenet", "--set", f"classes={len(name)}", "-o", name).exit_code == 0


def test_a_file_that_moved_is_somebodys() -> None:
    run("build", "googlenet", "-o", "net.py")
    Path("net.py").rename("other.py")
    assert run("build", "squeezenet1_1", "-o", "other.py").exit_code == 1


def test_the_record_says_nothing_but_hashes(tmp_path: Path, workplace: Path) -> None:
    run("build", "googlenet", "-o", "net.py")
    [entry] = (tmp_path / "state").iterdir()
    resolved = os.path.realpath(workplace / "net.py")
    assert entry.name == hashlib.sha256(os.fsencode(resolved)).hexdigest()
    assert entry.read_text() == hashlib.sha256(Path("net.py").read_bytes()).hexdigest()


@pytest.mark.parametrize("broken", ["file", "folder", "nonsense"])
def test_without_a_record_nothing_is_lost(tmp_path: Path, broken: str) -> None:
    """A record that cannot be had is no error; then overwriting takes ``--force``."""
    state = tmp_path / "state"
    if broken == "file":
        state.write_text("")
    else:
        run("build", "googlenet", "-o", "net.py")
        [entry] = state.iterdir()
        entry.unlink()
        if broken == "folder":
            entry.mkdir()
        else:
            entry.write_bytes(b"\xff\xfe")
    Path("net.py").unlink(missing_ok=True)
    assert run("build", "squeezenet1_1", "-o", "net.py").stderr == "wrote net.py\n"
    expected = 0 if broken == "nonsense" else 1  # which is written anew
    assert run("build", "googlenet", "-o", "net.py").exit_code == expected
    assert run("build", "googlenet", "-o", "net.py", "--force").exit_code == 0


def test_the_users_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARCHC_STATE_DIR")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    run("build", "googlenet", "-o", "net.py")
    assert run("build", "squeezenet1_1", "-o", "net.py").exit_code == 0
    assert [path for path in tmp_path.rglob("archc") if path.is_dir()]


def test_without_a_home_no_folder_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARCHC_STATE_DIR")
    monkeypatch.setenv("XDG_STATE_HOME", "")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as where nobody is known
    assert run("build", "googlenet", "-o", "net.py").exit_code == 0
    assert sorted(path.name for path in Path().iterdir()) == ["net.py", "table.tsv"]


def test_printing_takes_no_record(tmp_path: Path) -> None:
    assert run("build", "googlenet", "-o", "-").exit_code == 0
    assert json.loads(run("report", "googlenet", "--format", "json").stdout)
    assert not (tmp_path / "state").exists()
