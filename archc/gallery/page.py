"""The page about one network, and the pictures on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from archc.diagram import draw, draw_part, to_dot
from archc.diagram.drawing import Drawing
from archc.diagram.render import render
from archc.diagram.theme import with_dark_colors
from archc.ir import Block, Head, Row
from archc.network import Network
from archc.spec.tokens import slug
from archc.texts import escape_markdown

__all__ = ["Subject", "pages"]

_TICKS = re.compile(r"^\s*(`{3,})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Subject:
    """A network, what the command line calls it, and the text of its spec."""

    called: str
    network: Network
    text: str

    @property
    def command(self) -> str:
        """What follows a command: ``vgg --variant D``."""
        variant = self.network.graph.variant
        return f"{self.called} --variant {variant}" if variant is not None else self.called

    @property
    def stem(self) -> str:
        """What its files are called."""
        variant = self.network.graph.variant or ""
        return slug(f"{self.called.removesuffix('.yaml')} {variant}")


def pages(subject: Subject) -> dict[str, bytes]:
    """The files of a network's page by name: Markdown, and SVG that is the same everywhere."""
    graph = subject.network.graph
    pictures = {f"{subject.stem}.svg": _svg(draw(graph))}
    figures = []
    for part, same in _figures(subject):
        name = f"{subject.stem}-{slug(part.name)}.svg"
        pictures[name] = _svg(draw_part(graph, part))
        figures.append(_figure(subject, part, same, name))
    text = "\n\n".join(
        [
            _table(subject),
            "## The rows",
            f"`archc diagram {subject.command}`",
            f"![The rows of {_alt(subject.network.name)}]({subject.stem}.svg)",
            *(["## Its modules"] if figures else []),
            *figures,
            "## The spec",
            _fenced(subject.text, "yaml"),
            "## The code",
            f"`archc build {subject.command}`",
            _fenced(subject.network.emit("torch"), "python"),
        ]
    )
    return {f"{subject.stem}.md": f"{text}\n".encode(), **pictures}


def _table(subject: Subject) -> str:
    """The report, its heading the page's."""
    command = f"`archc report {subject.command}`"
    heading, rest = subject.network.report().to_markdown().strip().split("\n", 1)
    return f"{heading.removeprefix('#')}\n{rest}\n\nThis is {command}."


def _figures(subject: Subject) -> Iterator[tuple[Row | Head, list[str]]]:
    """The first row, or head, that uses each module, and the others that do."""
    users: dict[str, list[Row | Head]] = {}
    parts: list[Row | Head] = [*subject.network.graph.rows, *subject.network.graph.heads]
    for part in parts:
        first = part.nodes[0] if part.nodes else None
        if isinstance(first, Block) and first.module is not None:
            users.setdefault(first.module.name, []).append(part)
    for part, *others in users.values():
        yield part, [_printed(each) for each in others]


def _figure(subject: Subject, part: Row | Head, same: list[str], picture: str) -> str:
    printed = escape_markdown(_printed(part))
    users = escape_markdown(", ".join(same))
    also = f" The same module, with widths of their own: {users}." if same else ""
    return (
        f"### {printed}\n\n![{_alt(_printed(part))}]({picture})\n\n"
        f"`archc diagram {subject.command} {slug(part.name)}`.{also}"
    )


def _printed(part: Row | Head) -> str:
    return part.name if isinstance(part, Head) else part.printed


def _alt(text: str) -> str:
    return escape_markdown(text)


def _svg(drawing: Drawing) -> bytes:
    return with_dark_colors(render(to_dot(drawing), "svg", everywhere_alike=True))


def _fenced(text: str, language: str) -> str:
    """A block of code that nothing in it ends."""
    longest = max((len(found) for found in _TICKS.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"
