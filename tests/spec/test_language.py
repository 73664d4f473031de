"""What the language can say, in specs of a few lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import archc

HEAD = "network: net\ninput: 16×16×4\ndefaults: {convolution: {padding: same}}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(folder: Path, text: str, **settings: object) -> archc.Network:
    file = folder / "net.yaml"
    file.write_text(text if text.startswith("network") else HEAD + text)
    variant = settings.pop("variant", None)
    return archc.load(file, variant=str(variant) if variant else None, **settings)


def test_nested_branches_and_named_tensors(folder: Path) -> None:
    net = load(
        folder,
        """
rows:
  - [convolution, 1×1, 8, {name: stem}]
  - branches:
      left: [[convolution, 3×3, 6]]
      right:
        - branches:
            a: [[convolution, 1×3, 2]]
            b: [[convolution, 3×1, 2]]
  - {type: convolution, patch: 1×1, filters: channels(stem), name: back}
  - {type: add, from: [stem, back]}
  - {type: concat, from: [add, stem, input]}
""",
    )
    assert [row.output[0] for row in net.rows] == [8, 10, 8, 8, 20]


def test_modules_beside_the_spec_and_arithmetic(folder: Path) -> None:
    (folder / "modules").mkdir()
    (folder / "modules" / "bottleneck.yaml").write_text(
        "module: bottleneck\ncolumns: {width: ~, expansion: 4, stride: 1}\nbranches:\n"
        "  residual:\n    - [convolution, 1×1, width]\n    - [convolution, 3×3/stride, width]\n"
        "    - [convolution, 1×1, width * expansion]\n"
        '  shortcut: [[convolution, 1×1/stride, "max(width, 2) * expansion"]]\njoin: add\n'
    )
    net = load(folder, "columns: [type, width, stride]\nrows:\n  - [bottleneck, 3, 2]\n")
    assert net.output == (12, 8, 8)
    assert "4 * width" in net.emit()  # all uses leave the expansion at its default


def test_a_series_has_a_value_for_each_use(folder: Path) -> None:
    net = load(folder, "rows:\n  - [3×convolution, [3×3/2, 3×3, 1×1], [8, 9, 10]]\n")
    assert net.output == (10, 8, 8)
    assert net.params == 9 * 4 * 8 + 8 + 9 * 8 * 9 + 9 + 9 * 10 + 10


@pytest.mark.parametrize(
    ("row", "output"),
    [
        ("{type: 2×convolution, kernel: 3, filters: [8, 9], stride: [2×2, 1×1]}", (9, 8, 8)),
        ("{type: 2×convolution, kernel: 3, filters: [8, 9], stride: [[2, 2], 1]}", (9, 8, 8)),
        ("{type: 2×convolution, kernel: 3, filters: [8, 9], stride: 2×1}", (9, 4, 16)),
        ("{type: convolution, kernel: 3, filters: 8, stride: [2, 1]}", (8, 8, 16)),
        ("{type: 2×convolution, kernel: 3, filters: 8, stride: [2, 2]}", (8, 4, 4)),
        ("{type: 4×convolution, kernel: 3, filters: 8, stride: [2, 1, 1, 1]}", (8, 8, 8)),
        ("{type: 2×convolution, kernel: 3, filters: 8, padding: [same, valid]}", (8, 14, 14)),
        ("{type: 3×convolution, kernel: 3, filters: 8, padding: [0, 0, 1, 1]}", (8, 10, 16)),
        ("{type: 4×convolution, kernel: 3, filters: 8, padding: [1, 1, 1, 1]}", (8, 16, 16)),
    ],
)
def test_a_series_of_sizes(folder: Path, row: str, output: tuple[int, ...]) -> None:
    assert load(folder, f"rows:\n  - {row}\n").output == output


def test_a_modules_own_columns_list_a_value_for_each_use(folder: Path) -> None:
    module = (
        "modules:\n  block:\n    columns: {width: ~, stride: 1}\n    rows:\n"
        "      - [convolution, 3×3/stride, width]\ncolumns: [type, width, stride]\nrows:\n"
    )
    assert load(folder, module + "  - [2×block, 64, [2, 1]]\n").output == (64, 8, 8)
    assert load(folder, module + "  - [4×block, 64, [2, 1, 2, 1]]\n").output == (64, 4, 4)


def test_series_of_unlike_lengths_in_a_module_that_is_not_used(folder: Path) -> None:
    module = (
        "modules:\n  block:\n    columns: {n: ~}\n    rows:\n"
        "      - [convolution, [3×3, 1×1], [1, 2, 3], {repeat: n}]\nrows:\n  - relu\n"
    )
    assert load(folder, module).output == (4, 16, 16)


def test_groups_repeat_together(folder: Path) -> None:
    net = load(folder, "rows:\n  - {repeat: 2, rows: [[convolution, 3×3, 5], relu]}\n")
    assert len(list(net.graph.operations())) == 4


def test_columns_may_say_what_they_mean(folder: Path) -> None:
    net = load(
        folder,
        "columns: {Operator: type, c: filters, n: repeat, k: kernel}\nrows:\n"
        "  - [convolution, 8, 2, 3×3]\n",
    )
    assert net["convolution"].depth == 2


def test_conditions(folder: Path) -> None:
    text = """
modules:
  block:
    columns: {stride: 1}
    rows:
      - [convolution, 3×3/stride, channels, {name: conv}]
      - {type: add, from: [conv, input], when: stride == 1}
columns: [type, stride]
rows:
  - [block, 1]
  - [block, 2]
"""
    net = load(folder, text)
    names = [operation.op.names[0] for operation in net.graph.operations()]
    assert names == ["convolution", "add", "convolution"]


def test_extends_edits_rows(folder: Path) -> None:
    (folder / "base.yaml").write_text(
        HEAD + "rows:\n  - [convolution, 3×3, 8]\n  - relu\n  - [max pool, 2×2/2]\n"
    )
    net = load(
        folder,
        "network: other\nextends: base\nrows:\n  relu: ~\n  convolution: {filters: 6}\n"
        "  tail: {after: max_pool, type: convolution, patch: 1×1, filters: 3}\n",
    )
    assert [row.name for row in net.rows] == ["convolution", "max_pool", "tail"]
    assert net.output == (3, 8, 8)


def test_variants_as_columns_and_as_changes(folder: Path) -> None:
    columns = 'variants: [A, B]\nrows:\n  - [conv3-8, "conv3-8, conv1-9"]\n  - [relu]\n'
    assert load(folder, columns).output == (8, 16, 16)
    assert load(folder, columns, variant="B").output == (9, 16, 16)
    changes = "variants: {wide: {rows: {conv: {filters: 20}}}}\nrows:\n  - [conv, 3×3, 8]\n"
    assert load(folder, changes, variant="wide").output == (20, 16, 16)
    with pytest.raises(archc.UnknownVariantError, match="it has `wide`"):
        load(folder, changes, variant="narrow")


def test_errata_are_no_errors_but_must_be_wrong(folder: Path) -> None:
    row = "columns: [type, patch, filters, output size]\nrows:\n  - [convolution, 3×3, 8, {}, {}]\n"
    wrong = "{errata: {output size: a slip}}"
    assert load(folder, row.format("9×9×8", wrong).replace("{}", "")).output == (8, 16, 16)
    with pytest.raises(archc.SpecError, match="is right, but called an erratum"):
        load(folder, row.format("16×16×8", wrong))


def test_filters_from_what_the_table_claims(folder: Path) -> None:
    outputs = "columns: [type, patch, output size]\nrows:\n  - [convolution, 3×3/2, 8×8×7]\n"
    assert load(folder, outputs).output == (7, 8, 8)
    inputs = (
        "columns: [type, patch, input size]\nrows:\n  - [convolution, 3×3/2, 16×16×4]\n"
        "  - [max pool, 2×2/2, 8×8×5]\n"
    )
    assert load(folder, inputs).output == (5, 4, 4)


def test_settings(folder: Path) -> None:
    text = "classes: 10\nrows:\n  - [global avg pool]\n  - flatten\n  - [linear, ~, 10]\n"
    assert load(folder, text, classes=3).output == (3,)
    assert load(folder, text).output == (10,)  # a setting does not outlive its call
    with pytest.raises(archc.SpecError, match="--set:1:9"):
        load(folder, text, classes="many")


def test_all_mistakes_at_once(folder: Path) -> None:
    with pytest.raises(archc.SpecError) as caught:
        load(
            folder,
            "rows:\n  - [convolution, 3×3, 8, 9]\n  - [relu6, ~, ~, {nam: x}]\n  - [poool]\n",
        )
    assert [each.span.line for each in caught.value.diagnostics] == [5, 6, 7]


def test_a_setting_changes_a_cell_of_a_row() -> None:
    wider: dict[str, Any] = {"rows.inception_3a.#1×1": 96}
    net = archc.load("googlenet", **wider)
    assert net["inception_3a"].output == (288, 28, 28)
    assert not net.graph.as_printed
    missing: dict[str, Any] = {"rows.inception_3x.#1×1": 96}
    with pytest.raises(archc.SpecError, match="inception_3b"):
        archc.load("googlenet", **missing)
