"""Drawings have the boxes, arrows and lines of the network, whatever it is called."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import onnx
import pytest
from click.testing import CliRunner

from archc import ir
from archc.cli import main
from archc.show.diagram import draw, draw_part, to_dot, to_mermaid
from archc.show.diagram.draw import LEVELS
from archc.show.diagram.render import render
from tests.hostile.shape import hidden
from tests.hostile.spec import DRAWN, MARKUP, NASTY, PYTHON, harmless, load, rotated

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def test_dot(tmp_path: Path) -> None:
    """Behind its strings the text is the same, and each string is what it was made of."""
    usual = _STRING.sub('""', to_dot(draw(load(harmless, tmp_path).graph)))
    for text in rotated(NASTY):
        dot = to_dot(draw(load(text, tmp_path).graph))
        assert hidden(dot) == set()
        assert _STRING.sub('""', dot) == usual


def test_boxes_and_arrows(tmp_path: Path) -> None:
    texts = [text for text in (*DRAWN, *PYTHON, *MARKUP) if len(text) < 80]
    usual = shapes(render(to_dot(draw(load(harmless, tmp_path).graph)), "svg"))
    for text in list(rotated(texts))[::4]:
        svg = render(to_dot(draw(load(text, tmp_path).graph)), "svg")
        assert shapes(svg) == usual
        words = " ".join(each.text or "" for each in ElementTree.fromstring(svg).iter(f"{SVG}text"))
        assert _solid(text("printed")) in _solid(words)


_LABEL = re.compile(r'"[^"\n]*"')
_PLAIN_LABEL = re.compile(r'"(?:[\w ×,()/%]|#\d+;|<br/>)*"')


def test_mermaid(tmp_path: Path) -> None:
    """Behind its strings the text is the same, and in them is nothing that could be markup."""
    usual = {
        level: _behind(to_mermaid(draw(load(harmless, tmp_path).graph, level))) for level in LEVELS
    }
    for text in rotated(NASTY):
        network = load(text, tmp_path).graph
        for level in LEVELS:
            found = to_mermaid(draw(network, level))
            assert hidden(found) == set()
            assert all(_PLAIN_LABEL.fullmatch(each) for each in _LABEL.findall(found))
            assert _behind(found) == usual[level]


def _behind(mermaid: str) -> str:
    return _LABEL.sub('""', mermaid)


def test_figures(tmp_path: Path) -> None:
    """Captions and bases have the spec's words too."""
    usual = [_STRING.sub('""', each) for each in _figures(load(harmless, tmp_path).graph)]
    for text in list(rotated(NASTY))[::2]:
        drawn = _figures(load(text, tmp_path).graph)
        assert all(hidden(each) == set() for each in drawn)
        assert [_STRING.sub('""', each) for each in drawn] == usual


def _figures(network: ir.Network) -> list[str]:
    parts: list[ir.Row | ir.Head] = [*network.rows[:3], *network.heads]
    return [to_dot(draw_part(network, each)) for each in parts]


def test_a_row_called_as_a_head(tmp_path: Path) -> None:
    usual = shapes(render(to_dot(draw(load(harmless, tmp_path).graph)), "svg"))
    named = load(lambda slot: "head my head" if slot == "tensor" else harmless(slot), tmp_path)
    assert shapes(render(to_dot(draw(named.graph)), "svg")) == usual


def _solid(text: str) -> str:
    """A text without the places where it may be broken."""
    return re.sub(r"\s", "", text)


SVG = "{http://www.w3.org/2000/svg}"


def shapes(svg: bytes | str) -> Counter[str]:
    """The elements by kind; a long text may be on several lines."""
    found = Counter(
        f"{each.tag} {each.get('class')}" for each in ElementTree.fromstring(svg).iter()
    )
    del found[f"{SVG}text None"]
    return found


@pytest.mark.parametrize("form", ["svg", "csv", "json", "markdown", "table"])
def test_sweeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """A second network, of the same costs and another name, is beside it in the legend."""
    monkeypatch.chdir(tmp_path)
    load(harmless, tmp_path, "harmless.yaml")
    found = []
    for text in (harmless, *list(rotated(NASTY))[:: 8 if form == "svg" else 4]):
        load(lambda slot, text=text: text(slot)[:30] or "-", tmp_path)  # type: ignore[misc]
        command = ["sweep", "small.yaml", "--against", "harmless.yaml", "--vary", "classes=2:4"]
        command += ["-o", "out.svg", "--force"] if form == "svg" else ["--format", form]
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 0, result.output
        assert hidden(result.stdout) == set()
        if form == "svg":
            written = Path("out.svg").read_text()
            assert hidden(written) == set()
            found.append(shapes(written))
    assert all(each == found[0] for each in found)


def test_onnx(tmp_path: Path) -> None:
    usual = onnx.load_from_string(bytes_of(load(harmless, tmp_path)))
    for text in rotated(NASTY):
        model = onnx.load_from_string(bytes_of(load(text, tmp_path)))
        onnx.checker.check_model(model)
        assert [node.op_type for node in model.graph.node] == [
            node.op_type for node in usual.graph.node
        ]
        names = [model.graph.name, *(node.name for node in model.graph.node)]
        assert hidden("".join([*names, model.doc_string])) == set()
        assert len(set(names[1:])) == len(names[1:])


def bytes_of(network: object) -> bytes:
    found = network.emit("onnx")  # type: ignore[attr-defined]
    assert isinstance(found, bytes)
    return found


COMMANDS = (
    ("check", "small.yaml"),
    ("report", "small.yaml"),
    ("report", "small.yaml", "small.yaml", "--format", "json"),
    ("report", "small.yaml", "--format", "latex"),
    ("diff", "small.yaml", "--set", "classes=3"),
    ("diff", "small.yaml", "--set", "classes=3", "--format", "markdown"),
    ("diff", "small.yaml", "squeezenet1_1", "--format", "json"),
    ("build", "small.yaml", "--emit", "keras", "-o", "-"),
    ("diagram", "small.yaml", "-o", "-"),
    ("diagram", "small.yaml", "\x1b[31m", "-o", "-"),
    ("check", "small.yaml", "--set", "input=1×1×3"),
    ("report", "small.yaml", "--variant", "\x1b[31m"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_commands(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what is printed nor what is said on stderr has a code for the terminal."""
    monkeypatch.chdir(tmp_path)
    for text in list(rotated(NASTY))[::6]:
        load(text, tmp_path)
        result = CliRunner().invoke(main, list(command))
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert hidden(result.stdout) == set()
        assert hidden(result.stderr) == set()


def test_settings_in_titles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a setting says is shown where a difference has no other name for its sides."""
    monkeypatch.chdir(tmp_path)
    load(harmless, tmp_path)
    for nasty in NASTY:
        for form in ("table", "markdown"):
            command = ["diff", "small.yaml", "--set", f"source='{nasty.replace(chr(39), '')}'"]
            result = CliRunner().invoke(main, [*command, "--format", form])
            assert hidden(result.output) == set(), result.output
