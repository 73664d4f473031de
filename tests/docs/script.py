"""A page as a script: its files are written, its edits made, its commands and its Python run."""

from __future__ import annotations

import doctest
import traceback
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from tests.docs.checkout import ROOT
from tests.docs.edits import edited
from tests.docs.page import Block, blocks
from tests.docs.shell import Run, commands, in_process, matches

__all__ = ["Script"]


class Script:
    """A page that is run in the current folder, block by block.

    With ``whole`` no block may be left that is neither a file nor run nor excused: the page is
    all that its reader needs.
    """

    def __init__(self, text: str, run: Run = in_process, whole: bool = False) -> None:
        """Prepare to run the page ``text``, its commands by ``run``."""
        self.text = text
        self.call = run
        self.whole = whole
        self.names: dict[str, Any] = {"__name__": "__main__"}

    def run(self) -> str:
        """The page with what is printed now. Raises `AssertionError` where a block fails."""
        fresh, end = "", 0
        for block in blocks(self.text):
            try:
                text = self.block(block)
            except AssertionError as error:
                raise AssertionError(f"line {block.line}: {error}") from None
            fresh += self.text[end : block.start] + text
            end = block.end
        return fresh + self.text[end:]

    def block(self, block: Block) -> str:
        """The block's text as it should be."""
        if block.excuse is not None:
            assert len(block.excuse.split()) > 1, "why is it not run?"
        elif block.source is not None:
            _check_excerpt(block)
        elif block.language == "console":
            return self.console(block)
        elif block.title is not None:
            _write(block.title, block.language, block.text)
        elif block.language == "python":
            return self.python(block)
        else:
            assert not block.text.startswith("$ "), "a block of commands is `console`"
            assert not self.whole, "a block without a title is neither a file nor run"
        return block.text

    def console(self, block: Block) -> str:
        """Run each command."""
        fresh = ""
        found = list(commands(block.text))
        assert found, "no line of it begins with `$ `"
        for index, (command, shown) in enumerate(found, 1):
            status, printed = self.call(command)
            wanted = block.status if index == len(found) else 0
            assert status == wanted, f"`{command}` exits {status}:\n{printed}"
            if block.compared and not matches(shown, printed):
                shown = printed
            fresh += f"$ {command}\n{shown}"
        return fresh

    def python(self, block: Block) -> str:
        """Execute a block, example by example where it has prompts."""
        if ">>> " not in block.text:
            self.execute(block.text, "exec")
            return block.text
        fresh = ""
        for example in doctest.DocTestParser().get_examples(block.text):
            printed = self.execute(example.source, "single")
            same = matches(example.want, printed) or not block.compared
            first, *more = example.source.splitlines(keepends=True)
            fresh += "".join([f">>> {first}", *(f"... {line}" for line in more)])
            fresh += example.want if same else printed
        return fresh

    def execute(self, source: str, mode: str) -> str:
        """What the code prints."""
        printed = StringIO()
        try:
            with redirect_stdout(printed):
                exec(compile(source, "page", mode), self.names)
        except Exception:  # noqa: BLE001  # whatever a page's code raises is its failure
            raise AssertionError(f"{source}\n{traceback.format_exc()}") from None
        return printed.getvalue()


def _check_excerpt(block: Block) -> None:
    assert block.source is not None
    path = Path(block.source)
    text = (path if path.exists() else ROOT / path).read_text()
    for part in block.text.split("…\n"):
        assert part.strip(), "nothing is shown"
        assert part.rstrip() in text, f"this is not in {block.source}:\n{part}"


def _write(name: str, language: str, text: str) -> None:
    path = Path(name)
    if language == "diff":
        path.write_text(edited(path.read_text(), text))
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
