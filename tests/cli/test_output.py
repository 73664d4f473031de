"""What commands write: all of a file or nothing, through links, never over a device."""

from __future__ import annotations

import errno
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from click.testing import CliRunner, Result

from archc.cli import main, output
from archc.cli.output import RECORD

BUILD = ("build", "googlenet", "-o")
FIRST = ("build", "squeezenet1_1", "-o")
"""Two commands that write different texts to the same file."""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def fails(result: Result, words: str) -> None:
    """One line on stderr, and exit 1."""
    assert result.exit_code == 1, result.output
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert result.stdout == ""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    path = tmp_path / "out"
    path.mkdir()
    return path


def files(folder: Path) -> list[str]:
    """What is in a folder and below it, but for the records of what archc wrote."""
    found = (path for path in folder.rglob("*") if path.name != RECORD)
    return sorted(str(path.relative_to(folder)) for path in found)


def test_a_link_is_written_through(folder: Path) -> None:
    link, target = folder / "link.py", folder / "target.py"
    link.symlink_to(target.name)
    for command in (FIRST, BUILD):  # at first the link leads nowhere
        assert run(*command, link).exit_code == 0
        assert link.is_symlink()
        assert target.read_text() == run(*command, "-").stdout
    assert files(folder) == ["link.py", "target.py"]


def test_links_in_a_circle(folder: Path) -> None:
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to("a")
    fails(run(*BUILD, folder / "a"), os.strerror(errno.ELOOP))


def test_missing_folders_are_made(folder: Path) -> None:
    assert run(*BUILD, folder / "a" / "b" / "net.py").exit_code == 0
    assert files(folder) == ["a", "a/b", "a/b/net.py"]


def test_new_files_have_the_default_mode(folder: Path) -> None:
    plain = folder / "plain"
    plain.touch()
    assert run(*BUILD, folder / "net.py").exit_code == 0
    assert (folder / "net.py").stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize("mode", [0o600, 0o755, 0o664])
def test_permission_bits_are_kept(folder: Path, mode: int) -> None:
    file = folder / "net.py"
    run(*FIRST, file)
    file.chmod(mode)
    assert run(*BUILD, file).exit_code == 0
    assert file.stat().st_mode & 0o777 == mode


def test_a_device_is_written_to_and_stays() -> None:
    before = Path("/dev/null").stat()
    for _ in range(2):
        assert run(*BUILD, "/dev/null").exit_code == 0
    after = Path("/dev/null").stat()
    assert (before.st_ino, before.st_rdev, before.st_mode) == (
        after.st_ino,
        after.st_rdev,
        after.st_mode,
    )


def test_a_link_to_a_device(folder: Path) -> None:
    (folder / "nowhere").symlink_to("/dev/null")
    assert run(*BUILD, folder / "nowhere").exit_code == 0
    assert (folder / "nowhere").is_char_device()


def test_a_pipe_is_written_to_and_stays(folder: Path) -> None:
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    assert run(*BUILD, pipe).exit_code == 0
    reader.join(10)
    assert pipe.is_fifo()
    assert read == [run(*BUILD, "-").stdout]


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="no /dev/stdout")
def test_dev_stdout_is_stdout(folder: Path) -> None:
    """Also where it is a file that has something in it already."""
    log = folder / "log"
    log.write_text("before\n")
    with log.open("a") as file:
        command = [sys.executable, "-m", "archc", *BUILD, "/dev/stdout"]
        subprocess.run(command, stdout=file, check=True)
    assert log.read_text() == "before\n" + run(*BUILD, "-").stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_device() -> None:
    fails(run(*BUILD, "/dev/full"), "cannot write /dev/full: No space left on device")
    assert Path("/dev/full").is_char_device()


def test_a_closed_stdout() -> None:
    command = f"{shlex.quote(sys.executable)} -m archc build googlenet -o - >&-"
    found = subprocess.run(command, shell=True, stderr=subprocess.PIPE, text=True)
    assert (found.returncode, found.stderr) == (1, "error: cannot write: stdout is closed\n")


def test_a_folder(folder: Path) -> None:
    fails(run(*BUILD, folder), "Is a directory")
    fails(run(*BUILD, f"{folder}/new/"), "Is a directory")
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_made(folder: Path) -> None:
    (folder / "file").write_text("text")
    fails(run(*BUILD, folder / "file" / "net.py"), "Not a directory")
    fails(run(*BUILD, folder / "file" / "more" / "net.py"), "Not a directory")
    fails(run(*BUILD, folder / ("n" * 300) / "net.py"), "File name too long")
    assert [path.name for path in folder.iterdir()] == ["file"]


def test_long_names_are_names(folder: Path) -> None:
    name = "n" * 255
    assert run(*BUILD, folder / name).exit_code == 0
    assert files(folder) == [name]


def test_a_path_that_no_file_can_have() -> None:
    fails(run(*BUILD, "a\0b.py"), "cannot write a\N{REPLACEMENT CHARACTER}b.py")


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_read_only_file(folder: Path, force: tuple[str, ...]) -> None:
    file = folder / "net.py"
    run(*FIRST, file)
    before = file.read_bytes()
    file.chmod(0o444)
    fails(run(*BUILD, file, *force), "Permission denied")
    assert file.read_bytes() == before


def test_a_read_only_folder(folder: Path) -> None:
    folder.chmod(0o555)
    try:
        fails(run(*BUILD, folder / "net.py"), "Permission denied")
        fails(run(*BUILD, folder / "new" / "net.py"), "Permission denied")
        assert list(folder.iterdir()) == []
    finally:
        folder.chmod(0o755)


def break_writing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let a file be made, and nothing be written to it."""
    real = Path.open

    def open_(path: Path, mode: str = "r") -> object:
        file = real(path, mode)
        if mode != "xb":
            return file
        file.close()
        raise error

    monkeypatch.setattr(Path, "open", open_)


@pytest.mark.parametrize("existing", [True, False])
def test_a_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch, existing: bool) -> None:
    file = folder / "new" / "net.py"
    if existing:
        run(*FIRST, file)
    before = sorted(folder.rglob("*")), file.read_bytes() if existing else None
    with monkeypatch.context() as patch:
        break_writing(patch, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        result = run(*BUILD, file)
    fails(result, "No space left on device")
    assert (sorted(folder.rglob("*")), file.read_bytes() if existing else None) == before


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), SystemExit(143)])
def test_nothing_stays_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    file = folder / "net.py"
    file.write_bytes(b"before")
    break_writing(monkeypatch, error)
    with pytest.raises(type(error)):
        output.replace_file(file, b"after")
    with pytest.raises(type(error)):
        output.replace_file(folder / "new" / "net.py", b"after")
    monkeypatch.undo()
    assert list(folder.rglob("*")) == [file]
    assert file.read_bytes() == b"before"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root may mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_that_is_really_full(small_disk: Path) -> None:
    file = small_disk / "new" / "net.py"
    assert run(*FIRST, file).exit_code == 0
    before = file.read_bytes()
    (small_disk / "filler").write_bytes(bytes(52 << 10))
    fails(run("report", "googlenet", "--format", "html", "-o", file), "No space left on device")
    fails(run("report", "--format", "html", "-o", small_disk / "a" / "b"), "No space left")
    assert file.read_bytes() == before
    assert files(small_disk) == ["filler", "new", "new/net.py"]


SLOW = """
import io, pathlib, sys
from archc.cli.output import write_output

real = pathlib.Path.open

class Slow(io.BytesIO):
    def __init__(self, file):
        super().__init__()
        self.file = file

    def write(self, data):
        self.file.write(data[:2])
        self.file.flush()
        print("writing", flush=True)
        sys.stdin.read()
        self.file.write(data[2:])
        self.file.close()

def open(path, mode="r"):
    file = real(path, mode)
    if mode != "xb":
        return file
    pathlib.Path.open = real
    return Slow(file)

pathlib.Path.open = open
write_output("text", sys.argv[1], force=True)
"""
"""Writes half a file, and the other half when its standard input ends."""

SIGNALS = {signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGINT: -signal.SIGINT}
"""Those that end a program, and its exit status then; Python ends itself by SIGINT."""


@contextmanager
def half_written(file: Path, number: int, disposition: signal.Handlers) -> Iterator[Popen[bytes]]:
    """A process that is writing the file, started by one that ignores the signal or does not.

    Whoever runs the tests may ignore it, as nohup does: that is inherited.
    """
    command = [sys.executable, "-c", SLOW, str(file)]

    def start() -> None:
        signal.signal(number, disposition)

    with Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, preexec_fn=start) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        assert len(list(file.parent.glob(".archc-*"))) == 1
        yield process


@pytest.fixture(params=["existing", "new"])
def slow_file(folder: Path, request: pytest.FixtureRequest) -> Path:
    """A file that is written over, or one in a folder that is made for it."""
    file = folder / "new" / "net.py"
    if request.param == "existing":
        file.parent.mkdir()
        file.write_bytes(b"before")
    return file


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_while_writing(slow_file: Path, folder: Path, number: signal.Signals) -> None:
    before = sorted(folder.rglob("*"))
    with half_written(slow_file, number, signal.SIG_DFL) as process:
        process.send_signal(number)
        assert process.wait(60) == SIGNALS[number]
    assert sorted(folder.rglob("*")) == before
    assert not before or slow_file.read_bytes() == b"before"


@pytest.mark.parametrize("number", SIGNALS)
def test_an_ignored_signal_stays_ignored(slow_file: Path, number: signal.Signals) -> None:
    """Whoever ignores it wants the work to be finished: nohup, or a shell's job behind ``&``."""
    with half_written(slow_file, number, signal.SIG_IGN) as process:
        process.send_signal(number)
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert slow_file.read_text() == "text"
    assert files(slow_file.parent) == ["net.py"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_handler_of_somebody_else_stays(number: signal.Signals) -> None:
    def handler(number: int, frame: object) -> None: ...

    before = signal.signal(number, handler)
    try:
        with output.unwinding():
            assert signal.getsignal(number) is handler
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_handlers_are_put_back(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_DFL)
    try:
        with pytest.raises(SystemExit), output.unwinding():
            signal.raise_signal(number)
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, before)


def test_a_thread_may_write(folder: Path) -> None:
    """Only the main thread may handle signals."""
    thread = threading.Thread(target=output.write_output, args=("text", str(folder / "a")))
    thread.start()
    thread.join()
    assert (folder / "a").read_text() == "text"
