"""Commands as pages show them, run in the current folder."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator

from click.testing import CliRunner

from archc.cli import main

__all__ = ["Run", "commands", "in_process", "matches", "of_checkout"]

Run = Callable[[str], tuple[int, str]]
"""Runs a command; its exit status, and all that it prints."""

_VOLATILE = re.compile(r"\d+\.\d+ ?s\b|\d+ deselected")
_COMMAND = re.compile(r"(?:.*\\\n)*.*")
_LEFT_OUT = "…"


def in_process(command: str) -> tuple[int, str]:
    """Run ``archc …`` here, and ``python …`` in a process of its own."""
    program, *arguments = _words(command)
    if program != "archc":
        return _process(program, arguments)
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, _tidy(result.output)


def of_checkout(command: str) -> tuple[int, str]:
    """Run a command with the archc that lies in the current folder."""
    program, *arguments = _words(command)
    return _process("python", ["-m", program, *arguments])


def _words(command: str) -> list[str]:
    return shlex.split(command.replace("\\\n", " "))


def _process(program: str, arguments: list[str]) -> tuple[int, str]:
    assert program == "python", f"`{program}` is not run: say why in a comment above the block"
    result = subprocess.run(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "80", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return result.returncode, _tidy(result.stdout)


def _tidy(output: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in output.splitlines())


def commands(text: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with the output below it.

    A command whose line ends in a backslash goes on in the next one.
    """
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        match = _COMMAND.match(part)
        assert match, part
        yield match[0], part[match.end() + 1 :]


def matches(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed.

    Times differ, and how many tests there are besides; a line ``…`` stands for any lines.
    """
    lines = (
        r"(?:.*\n)*" if line.strip() == _LEFT_OUT else re.escape(f"{line}\n")
        for line in _VOLATILE.sub("", shown).splitlines()
    )
    return re.fullmatch("".join(lines), _VOLATILE.sub("", printed)) is not None
