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

import archc
from archc.difference import compare
from archc.difference.table import difference_tables
from archc.network import Network
from archc.show.markdown import to_markdown
from archc.show.report import page
from archc.show.report.chosen import ColumnChoice, choose_columns, chosen_table
from archc.show.report.tables import comparison_table, network_totals, paper_table
from archc.show.spreadsheet import to_csv
from archc.show.table import Table
from archc.show.terminal import Screen, to_text
from archc.texts import dump_json
from tests.hostile.shape import hidden
from tests.hostile.spec import NASTY, Text, harmless, load, rotated

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
CHOICE = ColumnChoice(("row", "name", "type", "patch", "output", "params", "paper-params"))


OTHER = archc.load("squeezenet1_1")


def chosen(network: Network) -> Any:
    return choose_columns(network.report(), CHOICE)


def compared(network: Network) -> Table:
    return comparison_table([network_totals(network.graph.spec, network.report())])


def difference(network: Network) -> Any:
    """What would make another network of it: every row and head is told."""
    return compare(network.graph, OTHER.graph)


MARKDOWNS: dict[str, Callable[[Network], str]] = {
    "report": lambda network: network.report().to_markdown(),
    "chosen": lambda network: to_markdown(chosen_table(chosen(network))),
    "comparison": lambda network: to_markdown(compared(network)),
    "difference": lambda network: difference(network).to_markdown(),
}

CSVS: dict[str, Callable[[Network], str]] = {
    "report": lambda network: network.report().to_csv(),
    "chosen": lambda network: to_csv(chosen_table(chosen(network))),
    "comparison": lambda network: to_csv(compared(network)),
}

JSONS: dict[str, Callable[[Network], str]] = {
    "report": lambda network: network.report().to_json(),
    "chosen": lambda network: dump_json(chosen(network).to_dict()),
    "difference": lambda network: difference(network).to_json(),
}

TEXTS: dict[str, Callable[[Network], tuple[Table, ...]]] = {
    "report": lambda network: (paper_table(network.report()),),
    "chosen": lambda network: (chosen_table(chosen(network)),),
    "comparison": lambda network: (compared(network),),
    "difference": lambda network: difference_tables(difference(network)),
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
    usual = _Page(page.report_page(networks[0][1].report(), None))
    for text, network in networks:
        written = page.report_page(network.report(), None)
        shown = _Page(written)
        assert hidden(written) == set()
        assert (shown.tags, shown.attributes) == (usual.tags, usual.attributes)
        assert shown.tags["script"] == 1  # the page's own
        assert flat(text("printed")) in shown.texts
        assert flat(f"{text('network')} {text('variant')}") in shown.texts


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


@pytest.mark.parametrize("form", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "ascii"])
@pytest.mark.parametrize("width", [80, 10_000])
def test_terminal(networks: Networks, form: str, encoding: str, width: int) -> None:
    """Only archc's own colours reach the terminal, in any encoding."""
    for text, network in networks:
        written = to_text(*TEXTS[form](network), screen=Screen(width, encoding, color=True))
        assert written.encode(encoding)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", written)
        assert hidden(plain) == set()
        assert "\x1b]" not in written
        if width > 80 and form in ("report", "chosen") and encoding == "utf-8":
            assert flat(text("printed")) in plain
            assert flat(f"{text('network')} {text('variant')}") in plain
