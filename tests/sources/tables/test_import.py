"""Tables as they are pasted become specs that check, and say what they assumed."""

from __future__ import annotations

import csv
import io
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

import archc
from archc import library
from archc.cli import main
from archc.diagnostics import Diagnostics, Source, SpecError
from archc.sources.tables import import_table
from archc.sources.tables.grid import clean
from archc.spec.source import parse, read

TABLES = Path(__file__).parents[2] / "data" / "tables"
GOOGLENET = TABLES / "googlenet_table1.tsv"

ALEXNET = """\
| Layer | Filters | Kernel size | Stride | Output size | Params |
|---|---|---|---|---|---|
| input | | | | 227×227×3 | |
| conv1 | 96 | 11x11 | 4 | 55×55×96 | 34,944 |
| pool1 | – | 3x3 | 2 | 27×27×96 | |
| conv2 | 256 | 5x5 | 1 | 27×27×256 | 614,656 |
| pool2 | – | 3x3 | 2 | 13×13×256 | |
| fc6 | 4096 | | | 4096 | |
| fc7 | 1000 | | | 1000 | |
"""


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["import", *arguments], input=stdin)


def imported(text: str, tmp_path: Path) -> dict[str, Any]:
    """The plain values of the spec that a table gives."""
    spec = import_table(text.encode(), "table", str(tmp_path / "spec.yaml")).text
    located = parse(Source("spec.yaml", spec), Diagnostics())
    assert located is not None
    plain: dict[str, Any] = located.plain()
    return plain


def googlenet_rows() -> list[list[str]]:
    return [line.split("\t") for line in GOOGLENET.read_text().splitlines()]


def as_markdown(rows: list[list[str]]) -> str:
    """As a README has it: bold heads, code, LaTeX, dashes for blanks, footnote marks."""
    head, *body = rows
    lines = [[f"**{cell.replace('#', chr(92) + '#').replace('×', 'x')}**" for cell in head]]
    lines += [["---"] * len(head)]
    for row in body:
        first, *rest = [*row, *[""] * (len(head) - len(row))]
        cells = [latex(cell) if cell else "—" for cell in rest]
        lines.append([f"`{first}`", *cells])
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return f"# A title | with a pipe\n\n{table}\n\nand text below\n"


def latex(cell: str) -> str:
    return "$" + cell.replace("×", r" \times ") + "$†"


def as_csv(rows: list[list[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([[cell.replace("×", "x") for cell in row] for row in rows])
    return buffer.getvalue()


@pytest.mark.parametrize("table", sorted(TABLES.glob("*.tsv")), ids=lambda path: path.stem)
def test_tables_of_the_papers(
    table: Path, tmp_path: Path, golden: Callable[[str, str], None]
) -> None:
    target = tmp_path / f"{table.stem}.yaml"
    result = run(str(table), "-o", str(target))
    assert result.exit_code == 0, result.output
    golden(f"import/{table.stem}.yaml", target.read_text())
    assert CliRunner().invoke(main, ["check", str(target)]).exit_code == 0


def test_googlenet_has_the_figures_of_the_bundled_spec(tmp_path: Path) -> None:
    target = tmp_path / "googlenet.yaml"
    assert run(str(GOOGLENET), "-o", str(target)).exit_code == 0
    found, wanted = (
        [row for row in archc.load(spec).report().to_dict()["rows"] if not row.get("unlisted")]
        for spec in (target, "googlenet")
    )
    assert len(found) == len(wanted) == len(googlenet_rows()) - 1
    for mine, theirs in zip(found, wanted, strict=True):
        for key in ("row", "name", "output", "depth", "weights", "params", "macs"):
            assert mine[key] == theirs[key], (mine["row"], key)
        verdicts = [
            {key: (cell["printed"], cell["verdict"]) for key, cell in row["published"].items()}
            for row in (mine, theirs)
        ]
        assert verdicts[0] == verdicts[1]


@pytest.mark.parametrize("form", [as_markdown, as_csv])
def test_other_forms_say_the_same(form: Callable[[list[list[str]]], str], tmp_path: Path) -> None:
    assert imported(form(googlenet_rows()), tmp_path) == imported(GOOGLENET.read_text(), tmp_path)


def test_vgg_has_the_params_of_the_bundled_spec(tmp_path: Path) -> None:
    target = tmp_path / "vgg.yaml"
    assert run(str(TABLES / "vgg_table.tsv"), "-o", str(target)).exit_code == 0
    for variant in ("A", "A-LRN", "B", "C", "D", "E"):
        mine, theirs = (archc.load(spec, variant=variant) for spec in (target, "vgg"))
        assert (mine.params, mine.macs) == (theirs.params, theirs.macs)


def test_vgg_as_its_paper_sets_it(tmp_path: Path) -> None:
    """A caption, counts of layers, the input, and cells with several lines."""
    text = (
        "ConvNet Configuration\t\n"
        "A\tB\n"
        "2 weight layers\t3 weight layers\n"
        "input (32 × 32 RGB image)\t\n"
        "conv3-64\tconv3-64 <b>conv3-64</b>\n"
        "maxpool\t\n"
        "FC-10\t\n"
        "soft-max\t\n"
    )
    spec = imported(text, tmp_path)
    assert spec["input"] == "32×32×3"
    assert spec["rows"][:2] == [["conv3-64", "conv3-64, conv3-64"], ["maxpool"]]
    assert spec["classes"] == 10


def test_padding_comes_from_the_sizes(tmp_path: Path) -> None:
    target = tmp_path / "alexnet.yaml"
    result = run("-", "-o", str(target), stdin=ALEXNET)
    assert result.exit_code == 0
    assert "convolution: padding same fits the printed sizes of 1 row" in result.stderr
    assert "line 4, conv1: no padding, which its sizes need" in result.stderr
    conv1, pool1 = archc.load(target).report().to_dict()["rows"][:2]
    assert conv1["published"]["params"]["verdict"] == "exact"
    assert pool1["output"] == [96, 27, 27]


def test_a_repeated_row_pads_each_time(tmp_path: Path) -> None:
    text = "type,patch,filters,repeat,output size\nconv,3×3/2,8,3,28×28×8\n"
    table = import_table(text.encode(), "t.csv", str(tmp_path / "t.yaml"), size="224×224×3")
    assert not table.diagnostics
    assert "convolution: padding same fits the printed sizes of 1 row" in table.notes[0]


def test_activations_of_the_table_are_those_of_the_spec(tmp_path: Path) -> None:
    text = (
        "type,patch,filters,Activation function\n"
        "conv,3×3,8,Tanh\nAvg pooling,2×2/2,8,-\nconv,3×3,8,ReLU\nfc,,5,\n"
    )
    table = import_table(text.encode(), "t.csv", str(tmp_path / "t.yaml"), size="8×8×3")
    assert not table.diagnostics
    assert not [note for note in table.notes if "ReLU" in note]
    assert not [note for note in table.notes if "no operation" in note]
    (tmp_path / "t.yaml").write_text(table.text)
    net = archc.load(tmp_path / "t.yaml")
    names = [each.op.names[0] for row in net.graph.rows for each in row.operations()]
    assert names == ["convolution", "tanh", "avg pool", "convolution", "relu", "flatten", "linear"]


@pytest.mark.parametrize(
    ("row", "assumed"), [("tanh", False), ("gelu", False), ("relu", False), ("softmax", True)]
)
def test_rows_that_are_activations_are_all_that_there_are(row: str, assumed: bool) -> None:
    """A softmax is none: it ends the network in probabilities."""
    text = f"type,patch,filters\nconv,3×3,8\nflatten\nfc,,5\n{row},,\n"
    table = import_table(text.encode(), "t", "-", size="8×8×3")
    assert any("ReLU follows" in note for note in table.notes) == assumed
    assert not table.diagnostics


@pytest.mark.parametrize(("kind", "padded"), [("convolution", True), ("max pool", False)])
def test_a_pool_is_padded_by_half_its_window_at_most(kind: str, padded: bool) -> None:
    """The operations' own rules decide: around 3×3, a convolution may have more."""
    text = f"type,patch,output size,filters\nconv,1×1,8×8×4,4\n{kind},3×3/1,10×10×4,4\n"
    notes = import_table(text.encode(), "t", "-", size="8×8×3").notes
    assert (f"{kind}: padding 2 fits the printed sizes of 1 row" in notes) is padded


def test_maps_that_a_pool_prints_are_comments(tmp_path: Path) -> None:
    text = "type,filters,kernel,stride\nconv,8,3×3,1\npool,8,2×2,2\n"
    table = import_table(text.encode(), "t.csv", str(tmp_path / "t.yaml"), size="8×8×3")
    assert not table.diagnostics
    assert "# filters: 8" in table.text.splitlines()[-1]
    assert "the filters of pools are those that they read: kept as comments" in table.notes


def test_a_module_without_columns_is_said_to_be_it(tmp_path: Path) -> None:
    table = import_table(b"type,params\ninception,1K\n", "t.csv", str(tmp_path / "t.yaml"))
    assert any(note.startswith("`inception` is read as the library's") for note in table.notes)


def test_impossible_sizes_are_said(tmp_path: Path) -> None:
    text = "type,patch,filters,output size\nconv,3×3/1,8,32×32×8\nconv,3×3/2,8,11×11×8\n"
    target = tmp_path / "spec.yaml"
    result = run("-", "-o", str(target), "--input", "32x32x3", stdin=text)
    assert result.exit_code == 1
    assert "line 3, conv: no padding gives its printed sizes" in result.stderr
    assert f"{target}:" in result.stderr
    assert "error[E401]" in result.stderr
    assert "11×11×8" in target.read_text()


def test_what_a_table_leaves_out_is_found_by_its_sizes(tmp_path: Path) -> None:
    rows = imported((TABLES / "inception_v2_table.tsv").read_text(), tmp_path)["rows"]
    unlisted = [row["type"] for row in rows if isinstance(row, dict)]
    assert unlisted == ["figure 10", "factorized grid reduction", "flatten"]


def test_wrong_sizes_are_listed_and_the_spec_is_written(tmp_path: Path) -> None:
    """BN-Inception's table: its errata are all that is wrong with what is imported."""
    bundled = archc.load("bn_inception").graph
    path = library.spec_path("bn_inception")
    assert path is not None
    located = read(path, path.name, Diagnostics())
    assert located is not None
    spec = located.plain()
    printed = [row for row in spec["rows"] if isinstance(row, list)]
    lines = [[cell for cell in row if not isinstance(cell, dict)] for row in printed]
    errata = [row[0] for row in printed if isinstance(row[-1], dict) and "errata" in row[-1]]
    table = "\n".join(
        "\t".join("" if cell is None else str(cell) for cell in line)
        for line in [spec["columns"], *lines]
    )
    target = tmp_path / "spec.yaml"
    result = run("-", "-o", str(target), stdin=table)
    assert result.exit_code == 1
    assert errata
    assert re.findall(r"error\[E401\]: (.*?) gives", result.stderr) == errata
    assert f"\n{len(errata)} errors; see: archc explain E401" in result.stderr
    rows = [row for row in bundled.rows if not row.unlisted]
    assert len(imported(table, tmp_path)["rows"]) == len(rows)


FLOPS = """\
type,patch,filters,output size,FLOPs
conv,3×3/1,8,32×32×8,221K
conv,3×3/1,8,32×32×8,590K
"""
TWICE = FLOPS.replace("221K", "442K").replace("590K", "1.18M")


@pytest.mark.parametrize(
    ("table", "options", "kept", "note"),
    [
        (
            FLOPS,
            [],
            True,
            "`FLOPs` count 1 for a multiply-add: then 2 of its 2 are right, and 0 if",
        ),
        (
            TWICE,
            [],
            False,
            "`FLOPs` count 2 for a multiply-add: then 2 of its 2 are right, and 0 if",
        ),
        (TWICE.replace("442K", "9K").replace("1.18M", "9K"), [], True, "`--flops 2` says that"),
        (TWICE, ["--flops", "1"], True, ""),
        (FLOPS, ["--flops", "2"], False, "`ops` count 1 for a multiply-add, `FLOPs` 2: kept as"),
    ],
    ids=["one", "two", "neither fits", "one is said", "two is said"],
)
def test_flops_count_one_or_two(
    table: str, options: list[str], kept: bool, note: str, tmp_path: Path
) -> None:
    """A multiply-add is one operation or two: what fits is taken, and said."""
    target = tmp_path / "spec.yaml"
    result = run("-", "-o", str(target), "--input", "32x32x3", *options, stdin=table)
    assert result.exit_code == 0, result.output
    assert note in " ".join(result.stderr.split())
    assert ("--flops" in result.stderr) == (not options)
    rows = archc.load(target).report().to_dict()["rows"]
    assert all(("ops" in row["published"]) == kept for row in rows)
    assert ("# FLOPs: " in target.read_text()) != kept


def test_flops_beside_multiply_adds(tmp_path: Path) -> None:
    """Where FLOPs count two, the column of multiply-adds is the one of `ops`."""
    header, *lines = TWICE.splitlines()
    text = "\n".join([f"{header},MACs", f"{lines[0]},221K", f"{lines[1]},590K"])
    spec = import_table(text.encode(), "t.csv", str(tmp_path / "t.yaml"), size="32×32×3")
    assert not spec.diagnostics
    assert "MACs: ops" in spec.text


def test_a_column_called_ops_is_not_doubted() -> None:
    for name in ("ops", "MACs", "mult-adds"):
        result = run("-", "-o", "-", "--input", "32x32x3", stdin=TWICE.replace("FLOPs", name))
        assert "for a multiply-add" not in result.stderr


def test_unknown_columns_stay_as_comments() -> None:
    text = "type,patch,filters,output siez,colour\nconv,3×3/1,8,32×32×8,red\n"
    result = run("-", "-o", "-", "--input", "32×32×3", stdin=text)
    assert "the column `output siez` is not known, did you mean `output size`?" in result.stderr
    assert "]  # output siez: 32×32×8; colour: red\n" in result.stdout


LENET = """\
| Layer | Type | Maps | Filters | Size | Kernel size | Stride |
|---|---|---|---|---|---|---|
| Input | Input | | 1 (gray) | 32×32 | – | – |
| C1 | Convolution | 6 maps | 6 | 28×28 | 5×5 | 1 |
| S2 | Avg pooling | 6 maps | | 14×14 | 2×2 | 2 |
| C3 | Convolution | 16 maps | 16 | 10×10 | 5×5 | 1 |
| F4 | Fully connected | | | 1,000 | | |
"""


def test_a_column_called_type_beats_what_may_be_one(tmp_path: Path) -> None:
    spec = imported(LENET, tmp_path)
    assert spec["input"] == "32×32×1"
    assert spec["columns"]["Layer"] == "name"
    assert spec["columns"]["Type"] is None
    assert [row[:2] for row in spec["rows"] if isinstance(row, list)] == [
        ["C1", "Convolution"], ["S2", "Avg pooling"], ["C3", "Convolution"],
        ["F4", "Fully connected"],
    ]  # fmt: skip
    found = import_table(LENET.encode(), "table", "-")
    assert not found.diagnostics
    assert "`Layer` names the rows" in found.notes
    assert "`Maps` is a second column of `filters`: its cells are kept as comments" in found.notes


@pytest.mark.parametrize("name", ["C1", "3", "conv 3", "class"])
def test_layers_that_cannot_be_names_are_comments(name: str, tmp_path: Path) -> None:
    table = LENET.replace("| C3 |", f"| {name} |")
    assert "Layer" not in imported(table, tmp_path)["columns"]
    found = import_table(table.encode(), "table", "-")
    assert f"# Layer: {name}" in found.text
    assert not found.diagnostics


def test_a_name_says_the_type_where_that_is_blank(tmp_path: Path) -> None:
    table = LENET.replace("| F4 |", "| Flatten | | | | | | |\n| F4 |")
    assert ["Flatten", "Flatten"] in imported(table, tmp_path)["rows"]


def test_of_two_columns_that_may_be_types_the_one_with_types_is(tmp_path: Path) -> None:
    table = LENET.replace("Type", "Operation")
    assert imported(table, tmp_path)["columns"]["Operation"] == "type"


def test_name_and_input() -> None:
    text = "type,patch,filters\nconv,3×3,8\n"
    result = run("-", "-o", "-", "--name", 'My "net": a\nb', "--input", "64x48x1", stdin=text)
    assert result.exit_code == 0
    assert 'network: "My \\"net\\": a b"\n' in result.stdout
    assert "input: 64×48×1\n" in result.stdout
    assert run("-", "--input", "64", stdin=text).exit_code == 2


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (r"$56 \times 56$", "56×56"),
        (r"$3 \times$ Inception", "3×Inception"),
        ("7 x 7 / 2", "7×7/2"),
        ("224²×3", "224×224×3"),
        ("**conv**†", "conv"),
        ("`max pool`<sup>1</sup>", "max pool"),
        ("138\u202f357\u2009544", "138357544"),
        ("[conv](http://example.org)", "conv"),
        ("zero\u200bwidth", "zerowidth"),
        ("\u00a0–\u00a0", ""),
        ("—", ""),
        (r"\#3x3", "#3×3"),
        ("64*", "64"),
        (r"\textbf{conv}", "conv"),
        ("a<br>b", "a, b"),
        ("28 &times; 28", "28×28"),
        ("27 x 27 x 256[^1]", "27×27×256"),
        ("conv1[^note]", "conv1"),
        ("$1.8\\times10^9$", "1.8G"),
        ("3.8 $\\times$ 10$^{9}$ †", "3.8G"),
        ("1.8×10⁹ [1]", "1.8G"),
        ("5 · 10^6", "5M"),
        ("2x10³", "2K"),
        ("1.8×10^12", "1.8×10^12"),
        ("1.8×10¹²", "1.8×10¹²"),
        ("10¹", "10"),
        ("100×10", "100×10"),
    ],
)
def test_cells(raw: str, text: str) -> None:
    assert clean(raw) == text


NASTY = ['"]}', "!!python/object", "&a", "*a", "{a: b}", "- x", "a: b", "a #b", "~x", "yes", "1e3"]


@pytest.mark.parametrize("cell", NASTY)
def test_cells_never_become_yaml(cell: str, tmp_path: Path) -> None:
    text = f"type\tpatch\tfilters\nconv\t3×3\t8\nconv\t{cell}\t8\n"
    assert imported(text, tmp_path)["rows"][1][1] == clean(cell)


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        (b"", "1:1", "the table is empty"),
        (b"just words\n", "1:1", "there is no table here"),
        (b"type,patch\n", "1:1", "there is no table here"),
        (b"a,b\n1,2\n", "1:1", "no column says what the rows are"),
        (b"type\tpatch\nconv\t3x3\nconv\t3x3\t8\n", "3:10", "3 cells, but 2 columns"),
        (b"type\tpatch\n\t3x3\n", "2:2", "the row has no type"),
        (b"type,patch\nconv,\xff\n", "2:6", "the file is not UTF-8 text"),
        (b"type,patch\nconv,\x00\n", "2:6", "the character U+0000 is no text"),
        (b"type,patch\nconv," + b"9" * 500 + b"\n", "2:6", "a cell of 500 characters"),
        (b"a," * 200 + b"\n1,2\n", "1:201", "200 columns, more than 100"),
        (b"type,patch\n" + b"conv,1\n" * 6000, "5002:1", "6,000 rows, more than 5,000"),
    ],
)
def test_hostile_tables_give_one_message(
    data: bytes, place: str, message: str, tmp_path: Path
) -> None:
    table, target = tmp_path / "table.csv", tmp_path / "spec.yaml"
    table.write_bytes(data)
    result = run(str(table), "-o", str(target))
    assert result.exit_code == 1
    assert f"{table}:{place}: error[" in result.stderr
    assert message in result.stderr
    assert "\n1 error; see: archc explain " in result.stderr
    assert not target.exists()


_WORDS = st.sampled_from(
    ["type", "conv", "max pool", "3×3/2", "input size", "patch", "28×28×8", "As in figure 5", "~",
     "inception", "pool", "FC-10", "conv3-8", "#1×1", "n", "0", "99", "linear", '"', "|---|", "1K"]
)  # fmt: skip
_CELLS = st.one_of(_WORDS, st.text(max_size=6))
_TEXTS = st.builds(
    lambda rows, delimiter: "\n".join(delimiter.join(row) for row in rows),
    st.lists(st.lists(_CELLS, min_size=1, max_size=5), max_size=6),
    st.sampled_from(["\t", ",", " | ", ";"]),
)


@settings(max_examples=150, deadline=None)
@given(_TEXTS)
def test_any_text_is_a_spec_or_a_message(text: str) -> None:
    try:
        spec = import_table(text.encode(errors="replace"), "table", "-").text
    except SpecError:
        return
    assert parse(Source("spec.yaml", spec), Diagnostics()) is not None


GUIDE = Path(__file__).parents[3] / "docs" / "import.md"
_EXAMPLE = re.compile(r"```text\n(.*?)```\n\n```console\n\$ (archc .*?)\n(.*?)```", re.DOTALL)


def test_guide_shows_what_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, golden: Callable[[Path, str], None]
) -> None:
    text = GUIDE.read_text()
    match = _EXAMPLE.search(text)
    assert match is not None
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.md").write_text(match[1])
    result = CliRunner().invoke(main, shlex.split(match[2])[1:])
    assert result.exit_code == 0
    golden(GUIDE, text[: match.start(3)] + result.stdout + text[match.end(3) :])


@pytest.mark.parametrize(
    "row", ["conv\t999999999×1/1\t8\t5×5×8", "999999×conv\t3×3\t8\t9×9×8", "conv\t3×3\t8\t0×0×0"]
)
def test_absurd_numbers_are_no_burden(row: str) -> None:
    text = f"type\tpatch\tfilters\toutput size\n{row}\n"
    result = run("-", "-o", "-", "--input", "9x9x3", stdin=text)
    assert result.exit_code == 1
    assert "error[E" in result.stderr
