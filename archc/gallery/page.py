"""Write the pages of the gallery: one about each network with its pictures, and the index."""

from __future__ import annotations

import re
import shlex
from collections.abc import Container, Iterable
from dataclasses import dataclass
from itertools import chain, count

from archc.gallery.figures import ModuleFigure
from archc.gallery.figures import figures as figures_of
from archc.ir import Head, Row
from archc.network import Network
from archc.ops import format_shape
from archc.quantities import aligned
from archc.show.diagram import draw, draw_part, to_dot
from archc.show.diagram.drawing import Drawing
from archc.show.diagram.render import render
from archc.show.diagram.sketch import Use
from archc.show.diagram.style import with_dark_colors
from archc.spec.tokens import slug
from archc.texts import escape_markdown, one_line

__all__ = ["GalleryEntry", "index_page", "pages"]

_TICKS = re.compile(r"^\s*(`{3,})", re.MULTILINE)
_LONGEST_NAME = 80
"""Characters of a row's name in a file's."""


@dataclass(frozen=True, slots=True)
class GalleryEntry:
    """A network, what the command line calls it, the text of its spec, and what was set in it."""

    called: str
    network: Network
    text: str
    settings: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """What follows a command: ``vgg --variant D``."""
        variant = self.network.graph.variant
        chosen = [] if variant is None else ["--variant", variant]
        changed = [word for setting in self.settings for word in ("--set", setting)]
        return shlex.join([self.called, *chosen, *changed])

    @property
    def stem(self) -> str:
        """What its files are called."""
        variant = self.network.graph.variant or ""
        return slug(f"{self.called.removesuffix('.yaml')} {variant}")


def pages(entry: GalleryEntry) -> dict[str, bytes]:
    """Write the files of a network's page, by name: Markdown, and SVG, the same everywhere."""
    graph = entry.network.graph
    pictures = {f"{entry.stem}.svg": _svg(draw(graph))}
    figures = []
    for figure in figures_of(graph):
        name = _picture(entry, figure.part, pictures)
        pictures[name] = _svg(draw_part(graph, figure.part))
        figures.append(_figure(entry, figure, name))
    text = "\n\n".join(
        [
            _table(entry),
            "## The rows",
            _code(f"archc diagram {entry.command}"),
            f"![The rows of {escape_markdown(entry.network.name)}]({entry.stem}.svg)",
            *(["## Its modules"] if figures else []),
            *figures,
            "## The spec",
            _fenced(entry.text, "yaml"),
            "## The code",
            _code(f"archc build {entry.command}"),
            _fenced(entry.network.emit("torch"), "python"),
        ]
    )
    return {f"{entry.stem}.md": f"{text}\n".encode(), **pictures}


def _table(entry: GalleryEntry) -> str:
    """Write the report, its heading the page's."""
    command = _code(f"archc report {entry.command}")
    heading, rest = entry.network.report().to_markdown().strip().split("\n", 1)
    return f"{heading.removeprefix('#')}\n{rest}\n\nThis is {command}."


def _picture(entry: GalleryEntry, part: Row | Head | Use, taken: Container[str]) -> str:
    """Name a part's picture as no other is named."""
    stem = f"{entry.stem}-{slug(part.name)[:_LONGEST_NAME]}"
    names = (f"{stem}{more}.svg" for more in chain([""], map("-{}".format, count(2))))
    return next(name for name in names if name not in taken)


def _figure(entry: GalleryEntry, figure: ModuleFigure, picture: str) -> str:
    title = escape_markdown(figure.title)
    command = f"archc diagram {entry.command} {shlex.quote(figure.part.name)}"
    also = _also("The same module", figure.same)
    also += _also("The same module, with widths of their own", figure.other_widths)
    return f"### {title}\n\n![{title}]({picture})\n\n{_code(command)}.{also}"


def _also(words: str, parts: list[str]) -> str:
    return f" {words}: {escape_markdown('; '.join(parts))}." if parts else ""


def _svg(drawing: Drawing) -> bytes:
    return with_dark_colors(render(to_dot(drawing), "svg", everywhere_alike=True))


def _code(text: str) -> str:
    """Mark a line as code, which no backtick in it ends."""
    line = one_line(text)
    longest = max(map(len, re.findall("`+", line)), default=0)
    ticks = "`" * (longest + 1)
    return f"{ticks} {line} {ticks}" if longest else f"{ticks}{line}{ticks}"


def _fenced(text: str, language: str) -> str:
    """Mark lines as a block of code that nothing in it ends."""
    longest = max((len(ticks) for ticks in _TICKS.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


_HEAD = """# Gallery

Each page has a network's table beside its paper's figures, its diagram, its modules' figures, the
spec, and the code that archc makes of it. `archc docs` writes them.

| network | input | depth | params | ops | source |
| --- | --- | ---: | ---: | ---: | --- |
"""


def index_page(entries: Iterable[GalleryEntry]) -> bytes:
    """Write a line for each network, with a link to its page."""
    return (_HEAD + "".join(map(_line, entries))).encode()


def _line(entry: GalleryEntry) -> str:
    net = entry.network
    cells = (
        f"[{escape_markdown(entry.command)}]({entry.stem}.md)",
        format_shape(net.input),
        f"{net.depth}",
        aligned(net.params, "M"),
        aligned(net.macs, "G"),
        escape_markdown(net.graph.source or ""),
    )
    return f"| {' | '.join(cells)} |\n"
