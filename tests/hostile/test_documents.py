"""Reports, differences and sweeps say what a spec says, as text, in every format."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from rich.console import Console

import archc
from archc.difference import compare
from archc.network import Network
from archc.show.report import html
from archc.show.report.comparison import line, to_csv, to_json, to_markdown, to_table
from archc.show.report.grid import Choice, make_grid
from archc.show.report.grid_terminal import print_grid
from archc.show.report.grid_text import csv as grid_csv
from archc.show.report.grid_text import json_text
from archc.show.report.grid_text import markdown as grid_markdown
from tests.hostile.shape import hidden
from tests.hostile.spec import NASTY, Text, harmless, load, rotated

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
CHOICE = Choice(("row", "name", "type", "patch", "output", "params", "paper-params"))


OTHER = archc.load("squeezenet1_1")


def grid(network: Network) -> Any:
    return make_grid(network.report(), CHOICE)


def difference(network: Network) -> Any:
    """What would make another network of it: every row and head is told."""
    return compare(network.graph, OTHER.graph)


MARKDOWNS: dict[str, Callable[[Network], str]] = {
    "report": lambda network: network.report().to_markdown(),
    "grid": lambda network: grid_markdown(grid(network)),
    "comparison": lambda network: to_markdown([line(network.graph.spec, network.report())]),
    "difference": lambda network: difference(network).to_markdown(),
}

CSVS: dict[str, Callable[[Network], str]] = {
    "report": lambda network: network.report().to_csv(),
    "grid": lambda network: grid_csv(grid(network)),
    "comparison": lambda network: to_csv([line(network.graph.spec, network.report())]),
}

JSONS: dict[str, Callable[[Network], str]] = {
    "report": lambda network: network.report().to_json(),
    "grid": lambda network: json_text([grid(network)]),
    "comparison": lambda network: to_json([network.report()]),
    "difference": lambda network: difference(network).to_json(),
}

TERMINALS: dict[str, Callable[[Network, Console], None]] = {
    "report": lambda network, console: network.report().print(console),
    "grid": lambda network, console: print_grid(grid(network), console),
    "comparison": lambda network, console: console.print(
        to_table([line(network.name, network.report())])
    ),
    "difference": lambda network, console: difference(network).print(console),
}


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Text, Network]]:
    """Networks with every nasty text in every slot, the first harmless."""
    folder = tmp_path_factory.mktemp("networks")
    return [(text, load(text, folder)) for text in (harmless, *rotated(NASTY))]


Networks = list[tuple[Text, Network]]


def flat(text: str) -> str:
    """As a format that has one line shows a text: stand-ins for what is hidden."""
    line = " ".join(text.split())
    return "".join("\N{REPLACEMENT CHARACTER}" if hidden(char) else char for char in line)


SHOWN = ("network", "source", "note", "claim note", "head", "printed", "module", "label")
"""The slots whose text a report shows."""


@pytest.mark.parametrize("form", MARKDOWNS)
def test_markdown(networks: Networks, form: str) -> None:
    usual = markdown_shape(MARKDOWNS[form](networks[0][1]))
    for text, network in networks:
        written = MARKDOWNS[form](network)
        assert hidden(written) == set()
        assert markdown_shape(written) == usual
        if form == "report":
            said = markdown_text(written)
            for slot in SHOWN:
                assert flat(text(slot)) in said


def markdown_shape(text: str) -> list[str]:
    """The blocks, cells and marks of a document; the length of a text says nothing."""
    found = []
    for token in MARKDOWN.parse(text):
        found.append(token.type)
        found += [
            child.type
            for child in token.children or ()
            if child.type not in ("text", "text_special")
        ]
    return [kind for kind in found if kind != "softbreak"]


def markdown_text(text: str) -> str:
    """What a reader sees."""
    inline = (token for token in MARKDOWN.parse(text) if token.type == "inline")
    return "\n".join("".join(child.content for child in token.children or ()) for token in inline)


@pytest.mark.parametrize("form", CSVS)
def test_csv(networks: Networks, form: str) -> None:
    usual = [len(row) for row in csv.reader(io.StringIO(CSVS[form](networks[0][1])))]
    for text, network in networks:
        written = CSVS[form](network)
        rows = list(csv.reader(io.StringIO(written)))
        assert [len(row) for row in rows] == usual
        assert len(written.splitlines()) == len(rows)
        cells = [cell for row in rows for cell in row]
        assert not [cell for cell in cells if re.match(r"\s*[=+@＝＋－＠-].", cell)]
        assert hidden(written) == set()
        if form != "comparison":
            printed = flat(text("printed"))
            assert printed in cells or f"'{printed}" in cells


@pytest.mark.parametrize("form", JSONS)
def test_json(networks: Networks, form: str) -> None:
    usual = json_shape(json.loads(JSONS[form](networks[0][1])))
    for text, network in networks:
        written = JSONS[form](network)
        found = json.loads(written)
        assert hidden(written) == set()
        assert json_shape(found) == usual
        if form == "report":
            assert found["name"] == f"{text('network')} {text('variant')}"
            assert found["rows"][0]["row"] == text("printed")


@pytest.mark.parametrize("file", ["\udcff.yaml", "\x1b[31m.yaml", "=1+1.yaml", "a|b.yaml"])
def test_the_files_own_name(tmp_path: Path, file: str) -> None:
    """Which need not even be text: a file's name may be any bytes."""
    network = load(harmless, tmp_path, file)
    for forms in (MARKDOWNS, CSVS, JSONS):
        for form in forms.values():
            written = form(network)
            assert hidden(written) == set()
            assert written.encode()
    assert json.loads(network.report().to_json())["spec"] == file


def json_shape(value: Any) -> Any:
    """The structure without the texts."""
    if isinstance(value, dict):
        return {key: json_shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [json_shape(each) for each in value]
    return "" if isinstance(value, str) else value


class _Page(HTMLParser):
    """The tags and texts of a page, with nothing that could run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: Counter[str] = Counter()
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes.update(name for name, _ in attrs)
        for name, value in attrs:
            assert not name.startswith("on")
            if name in ("href", "src"):
                assert re.fullmatch(r"#[a-z0-9-]+", value or "")

    def handle_data(self, data: str) -> None:
        self.texts.append(" ".join(data.split()))

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)


def test_html(networks: Networks) -> None:
    usual = _Page(html.report_page(networks[0][1].report(), None))
    for text, network in networks:
        written = html.report_page(network.report(), None)
        page = _Page(written)
        assert hidden(written) == set()
        assert (page.tags, page.attributes) == (usual.tags, usual.attributes)
        assert page.tags["script"] == 1  # the page's own
        assert flat(text("printed")) in page.texts
        assert flat(f"{text('network')} {text('variant')}") in page.texts


ALLOWED = re.compile(
    r"\\(?:textbackslash|textasciitilde|textasciicircum|textless|textgreater|textbar|char34|"
    r"textasciigrave)\{\}|\$\\(?:times|neq|approx|leq|geq|rightarrow|cdot)\$|\$-\$|\$'\$|\\cdot|"
    r"\\[&%$#_{}]|\{[\[\]*]\}|\{\}"
)


def test_latex(networks: Networks) -> None:
    """Below what is escaped the same commands, cells and lines stand as with harmless texts."""
    usual = latex_shape(networks[0][1].report().to_latex())
    for _, network in networks:
        written = network.report().to_latex()
        assert hidden(written) == set()
        assert latex_shape(written) == usual


def latex_shape(text: str) -> list[str]:
    """What TeX would act on, line by line."""
    lines = (ALLOWED.sub("", each) for each in text.splitlines())
    return [re.sub(r"[^\\&%$#_{}^~]|(?<=\\)[a-z]+", "", each) for each in lines]


@pytest.mark.parametrize("form", TERMINALS)
@pytest.mark.parametrize("width", [80, 10_000])
def test_terminal(networks: Networks, form: str, width: int) -> None:
    """Only rich's own colours reach the terminal, and names in brackets are no markup."""
    for text, network in networks:
        out = io.StringIO()
        TERMINALS[form](
            network, Console(file=out, width=width, force_terminal=True, highlight=False)
        )
        plain = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())
        assert hidden(plain) == set()
        assert "\x1b]" not in out.getvalue()
        if width > 80 and form in ("report", "grid"):
            assert flat(text("printed")) in plain
            assert flat(f"{text('network')} {text('variant')}") in plain
    assert out.getvalue()
