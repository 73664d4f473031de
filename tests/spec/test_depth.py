"""What nests without end is refused with a diagnostic, however it nests."""

from __future__ import annotations

from pathlib import Path

import pytest

import archc
from archc.diagnostics import Code

HEAD = "network: Deep\ninput: 8×8×3\n"


def refusal(folder: Path, text: str) -> set[Code]:
    path = folder / "net.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    with pytest.raises(archc.SpecError) as caught:
        archc.load(path)
    return {each.code for each in caught.value.diagnostics}


@pytest.mark.parametrize("sum_", ["{}", "{} + 1", "(({} * 2))"])
def test_columns_that_need_other_columns(tmp_path: Path, sum_: str) -> None:
    columns = ", ".join(f"c{each}: {sum_.format(f'c{each + 1}')}" for each in range(2000))
    module = f"{{columns: {{{columns}, c2000: 1}}, rows: [[convolution, 1×1, c0]]}}"
    assert refusal(tmp_path, f"rows: [m]\nmodules: {{m: {module}}}\n") == {Code.TOO_DEEP}


def test_groups_in_modules_in_groups(tmp_path: Path) -> None:
    lines = []
    for each in range(50):
        row = f"m{each + 1}"
        for _ in range(12):
            row = f"{{branches: {{a: [{row}]}}}}"
        lines.append(f"  m{each}: {{rows: [{row}]}}\n")
    text = f"rows: [m0]\nmodules:\n{''.join(lines)}  m50: {{rows: [relu]}}\n"
    assert refusal(tmp_path, text) == {Code.TOO_DEEP}


def test_nested_as_deep_as_may_be_is_written(tmp_path: Path) -> None:
    lines = [f"  m{each}: {{rows: [m{each + 1}]}}\n" for each in range(59)]
    path = tmp_path / "net.yaml"
    path.write_text(f"{HEAD}rows: [m0]\nmodules:\n{''.join(lines)}  m59: {{rows: [relu]}}\n")
    net = archc.load(path)
    net.report().to_json()
    compile(net.emit("torch"), "net.py", "exec")
