"""A file that archc did not write, or that somebody changed, is not overwritten."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archc.cli import main, output
from archc.cli.output import RECORD, write_output

TABLE = "type\tpatch size/stride\toutput size\nconvolution\t3×3/1\t32×32×8\n"


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in."""
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


def test_a_copied_folder_is_still_archcs(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On another machine, say, or in a checkout that has the record too."""
    run("build", "googlenet", "-o", "net.py")
    shutil.copytree(workplace, workplace.parent / "copy")
    monkeypatch.chdir(workplace.parent / "copy")
    assert run("build", "squeezenet1_1", "-o", "net.py").stderr == "wrote net.py\n"


def recorded(folder: Path | str = ".") -> dict[str, str]:
    """The digests in a folder's record by file."""
    heading, *lines = (Path(folder) / RECORD).read_text().splitlines()
    assert heading.startswith("# written by archc")
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def test_the_record_has_what_archc_wrote() -> None:
    for name in ("net.py", "b/net.py", "a net.py"):
        assert run("build", "squeezenet1_1", "-o", name).exit_code == 0
    digest = sha256(Path("net.py").read_bytes()).hexdigest()
    assert recorded() == {"net.py": digest, "a net.py": digest}
    assert recorded("b") == {"net.py": digest}
    Path("net.py").unlink()
    run("build", "googlenet", "-o", "other.py")
    assert recorded().keys() == {"a net.py", "other.py"}


def test_the_record_is_beside_the_file_itself() -> None:
    Path("sub").mkdir()
    Path("link.py").symlink_to("sub/net.py")
    run("build", "squeezenet1_1", "-o", "link.py")
    assert not Path(RECORD).exists()
    assert recorded("sub").keys() == {"net.py"}


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum")
def test_sha256sum_reads_the_record() -> None:
    run("build", "squeezenet1_1", "-o", "net.py")
    run("build", "googlenet", "-o", "b\\ net.py")
    command = ["sha256sum", "-c", "--strict", RECORD]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    Path("net.py").write_text("mine")
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


BROKEN = ("nothing", "empty", "nonsense", "somebody's", "huge", "unreadable", "folder", "pipe")
LINKED = {"link": "elsewhere", "link to nothing": "missing", "link to a device": "/dev/zero"}


def spoil(record: Path, how: str) -> None:
    """Put something else in the record's place; or change it so that it is none."""
    text = record.read_bytes()
    Path("elsewhere").write_bytes(text)
    if how not in ("huge", "unreadable"):
        record.unlink()
    match how:
        case "empty":
            record.touch()
        case "nonsense":
            record.write_bytes(b"\xff\xfe\n")
        case "somebody's":
            record.write_bytes(b"notes\n" + text)
        case "huge":
            os.truncate(record, 1 << 30)
        case "unreadable":
            record.chmod(0)
        case "folder":
            record.mkdir()
        case "pipe":
            os.mkfifo(record)
        case _ if how in LINKED:
            record.symlink_to(LINKED[how])


@pytest.mark.parametrize("how", [*BROKEN, *LINKED])
def test_without_a_record_nothing_is_lost(workplace: Path, how: str) -> None:
    """Overwriting takes ``--force`` then; no command fails, and what is there instead stays."""
    if how == "unreadable" and os.geteuid() == 0:
        pytest.skip("root reads everything")
    run("build", "googlenet", "-o", "net.py")
    record = workplace / RECORD
    spoil(record, how)
    before = None if how == "nothing" else record.lstat()
    assert run("build", "squeezenet1_1", "-o", "new.py").stderr == "wrote new.py\n"
    result = run("build", "squeezenet1_1", "-o", "net.py")
    assert result.exit_code == 1
    assert "archc did not write it" in result.stderr
    assert run("build", "squeezenet1_1", "-o", "net.py", "--force").exit_code == 0
    if before is not None:
        after = record.lstat()
        assert (after.st_ino, after.st_mode, after.st_size) == (
            before.st_ino,
            before.st_mode,
            before.st_size,
        )
        assert not Path("missing").exists()


def test_lines_that_mean_nothing_are_passed_over() -> None:
    """As of a merge, or of somebody who wants files elsewhere to be looked at."""
    run("build", "squeezenet1_1", "-o", "net.py")
    record = Path(RECORD)
    heading, line = record.read_text().splitlines()
    zeros = "0" * 64
    foreign = [f"{zeros}  ../{Path.cwd().name}/table.tsv", f"{zeros}  {Path.cwd()}/table.tsv"]
    record.write_text("\n".join([heading, "<<<<<<<", line, "=======", *foreign, f"{zeros}  gone"]))
    assert run("build", "googlenet", "-o", "net.py").exit_code == 0
    assert recorded().keys() == {"net.py"}


def test_names_that_lines_cannot_hold() -> None:
    for name in ("a\nb.py", "\udcff.py"):
        assert run("build", "squeezenet1_1", "-o", name).exit_code == 0
        result = run("build", "googlenet", "-o", name)
        assert result.exit_code == ("\n" in name), result.output


def test_a_record_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    real = output.replace_file

    def replace(target: Path, data: bytes, mode: int | None = None) -> None:
        if target.name == RECORD:
            raise OSError(28, "No space left on device")
        real(target, data, mode)

    monkeypatch.setattr(output, "replace_file", replace)
    assert run("build", "googlenet", "-o", "net.py").stderr == "wrote net.py\n"
    assert run("build", "squeezenet1_1", "-o", "net.py").exit_code == 1


def test_what_is_changed_at_once_is_not_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes the file between archc and its note, another archc say, notes it."""
    real = output.replace_file

    def replace(target: Path, data: bytes, mode: int | None = None) -> None:
        real(target, data, mode)
        if target.name == "net.py":
            target.write_text("mine")

    with monkeypatch.context() as patch:
        patch.setattr(output, "replace_file", replace)
        assert run("build", "googlenet", "-o", "net.py").exit_code == 0
    assert not Path(RECORD).exists()
    assert run("build", "googlenet", "-o", "net.py").exit_code == 1
    assert Path("net.py").read_text() == "mine"


def test_a_foreign_lock_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_PATIENCE", 0.1)
    handle = os.open(".", os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        start = time.monotonic()
        assert run("build", "squeezenet1_1", "-o", "net.py").exit_code == 0
        assert time.monotonic() - start < 60
    finally:
        os.close(handle)
    assert recorded().keys() == {"net.py"}


MANY = """
import sys
from archc.cli.output import write_output
for number in range(40):
    write_output(f"{sys.argv[1]} {number}", f"new/{sys.argv[1]}-{number}", force=True)
    write_output(f"{sys.argv[1]} {number}", "new/shared", force=True)
"""


def test_processes_at_once() -> None:
    """No note is lost, and the last one about a file that all write is of what it holds."""
    writers = [subprocess.Popen([sys.executable, "-c", MANY, name]) for name in "abc"]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    digests = {
        path.name: sha256(path.read_bytes()).hexdigest()
        for path in Path("new").iterdir()
        if path.name != RECORD
    }
    assert len(digests) == 121
    assert recorded("new") == digests


def test_what_is_not_left_in_a_folder_takes_no_record(workplace: Path) -> None:
    assert run("build", "googlenet", "-o", "-").exit_code == 0
    assert json.loads(run("report", "googlenet", "--format", "json").stdout)
    Path("nowhere").symlink_to("/dev/null")
    write_output("text", "nowhere")
    assert {path.name for path in workplace.iterdir()} == {"table.tsv", "nowhere"}
    assert not Path("/dev", RECORD).exists()
