"""A page of the documentation as a list of its fenced blocks.

A block's title is the file that it is; a comment on the line above, which readers do not see, says
what a test cannot tell from the block::

    <!-- exits 1 -->                            its last command does, and not with 0
    <!-- run, not compared: times differ -->    it may print anything
    <!-- not run: needs a checkpoint -->        and why
    <!-- from build/googlenet.py -->            these lines stand in that file
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Block", "blocks"]

_BLOCK = re.compile(
    r"(?:^<!-- (?P<remark>[^\n]*) -->\n)?"
    r"^```(?P<language>\w*)(?P<info>[^\n]*)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
_TITLE = re.compile(r'title="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its text is ``page[start:end]``, its first line is number ``line``."""

    language: str
    title: str | None
    remark: str
    text: str
    line: int
    start: int
    end: int

    @property
    def source(self) -> str | None:
        """The file that the block is an excerpt of."""
        return self._after("from ")

    @property
    def excuse(self) -> str | None:
        """Why the block is not run."""
        return self._after("not run: ")

    @property
    def compared(self) -> bool:
        """Whether what its commands print is what the page shows."""
        return not self.remark.startswith("run, not compared")

    @property
    def status(self) -> int:
        """The exit status of its last command; all others' is 0."""
        return int(self._after("exits ") or 0)

    def _after(self, start: str) -> str | None:
        return self.remark.removeprefix(start) if self.remark.startswith(start) else None


def blocks(page: str) -> Iterator[Block]:
    """The blocks of a page, in order."""
    for match in _BLOCK.finditer(page):
        title = _TITLE.search(match["info"])
        yield Block(
            match["language"],
            title[1] if title else None,
            match["remark"] or "",
            match["text"],
            page.count("\n", 0, match.start("text")) + 1,
            *match.span("text"),
        )
