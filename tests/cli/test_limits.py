"""``--limit`` and ``--allow``, on every command that reads specs."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import archc
from archc.cli import main
from archc.limits import MOST

BASE = """\
network: Base
input: 32×32×3
columns: [type, patch size/stride, filters]
rows:
  - [convolution, 3×3/1, 16]
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.mark.parametrize(
    "command",
    [
        ("check", "resnet50"),
        ("build", "resnet50", "-o", "-"),
        ("report", "resnet50"),
        ("diagram", "resnet50", "-o", "-"),
        ("diff", "resnet50", "googlenet"),
        ("sweep", "resnet50", "--vary", "classes=10,20"),
        ("verify", "resnet50", "torch.nn:Linear"),
    ],
    ids=lambda words: words[0],
)
def test_a_limit_holds_for_every_command(command: tuple[str, ...]) -> None:
    result = run(*command, "--limit", "operations=20")
    assert result.exit_code == 1
    assert "the network has more than 20 operations" in result.stderr


def test_limits_can_be_raised(tmp_path: Path) -> None:
    path = tmp_path / "long.yaml"
    path.write_text(BASE.replace("[convolution", "[50001×relu]\n  - [convolution"))
    assert "error[E410]" in run("check", str(path)).stderr
    assert run("check", str(path), "--limit", "operations=50002").exit_code == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("operation=3", "did you mean `operations`?"),
        ("colour=3", "the limits are bytes, values, depth, files, operations, size, errors"),
        ("depth", "is not depth=NUMBER"),
        ("depth=deep", "is not depth=NUMBER"),
        ("depth=0", "must be at least 1"),
        (f"depth={MOST['depth'] + 1}", f"can be {MOST['depth']} at most"),
        ("depth=-1", "is not depth=NUMBER"),
        (f"depth={'9' * 40}", "is not depth=NUMBER"),
    ],
)
def test_wrong_limits_are_wrong_usage(text: str, message: str) -> None:
    result = run("check", "resnet50", "--limit", text)
    assert result.exit_code == 2
    assert message in result.stderr


def test_the_deepest_limit_is_within_pythons_stack(tmp_path: Path) -> None:
    deepest = MOST["depth"]
    uses = [f"  m{index}: {{rows: [[m{index + 1}]]}}\n" for index in range(deepest - 1)]
    last = f"  m{deepest - 1}: {{rows: [[relu]]}}\n"
    modules = "modules:\n" + "".join(uses) + last
    path = tmp_path / "deep.yaml"
    path.write_text("network: Deep\ninput: 8×8×3\n" + modules + "rows:\n  - [m0]\n")
    network = archc.load(path, archc.Limits(depth=deepest))
    assert network.emit("torch")
    brackets = "[" * (deepest - 2) + "]" * (deepest - 2)
    path.write_text(f"network: Deep\ninput: 8×8×3\nrows: {brackets}\n")
    with pytest.raises(archc.SpecError, match="E209"):
        archc.load(path, archc.Limits(depth=deepest))


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """A spec that extends one in a folder beside its own."""
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "base.yaml").write_text(BASE)
    (tmp_path / "mine").mkdir()
    spec = tmp_path / "mine" / "net.yaml"
    spec.write_text("extends: ../shared/base\nnetwork: Mine\n")
    return spec


def test_files_outside_the_folder_must_be_allowed(beside: Path) -> None:
    result = run("check", str(beside))
    assert result.exit_code == 1
    assert "error[E110]" in result.stderr
    shared = beside.parent.parent / "shared"
    assert run("check", str(beside), "--allow", str(shared)).exit_code == 0
    assert archc.load(beside, archc.Limits(folders=(shared,))).name == "Mine"


def test_an_absolute_path_is_outside(beside: Path) -> None:
    base = beside.parent.parent / "shared" / "base"
    beside.write_text(f"extends: {base}\nnetwork: Mine\n")
    assert "error[E110]" in run("check", str(beside)).stderr


def test_a_link_that_leads_outside_is_outside(beside: Path) -> None:
    (beside.parent / "base.yaml").symlink_to("../shared/base.yaml")
    beside.write_text("extends: base\nnetwork: Mine\n")
    assert "error[E110]" in run("check", str(beside)).stderr


def test_a_module_behind_a_link_is_outside(beside: Path) -> None:
    module = beside.parent.parent / "shared" / "block.yaml"
    module.write_text("module: block\nrows: [[relu]]\n")
    (beside.parent / "block.yaml").symlink_to(module)
    beside.write_text(BASE + "  - [block]\n")
    assert "error[E110]" in run("check", str(beside)).stderr
    assert run("check", str(beside), "--allow", str(module.parent)).exit_code == 0


def test_a_step_up_inside_the_folder_is_fine(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "middle.yaml").write_text("extends: ../base\nnetwork: Middle\n")
    spec = tmp_path / "net.yaml"
    spec.write_text("extends: sub/middle\nnetwork: Mine\n")
    assert archc.load(spec).name == "Mine"


def test_a_spec_that_is_a_link_reads_beside_the_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "net.yaml").write_text("extends: base\nnetwork: Mine\n")
    (tmp_path / "base.yaml").write_text(BASE)
    (tmp_path / "net.yaml").symlink_to("real/net.yaml")
    assert archc.load(tmp_path / "net.yaml").name == "Mine"


def test_the_billion_laughs_end_at_once(tmp_path: Path) -> None:
    levels = "".join(
        f"l{index + 1}: &l{index + 1} [{', '.join([f'*l{index}'] * 9)}]\n" for index in range(30)
    )
    path = tmp_path / "laughs.yaml"
    path.write_text("l0: &l0 x\n" + levels)
    with pytest.raises(archc.SpecError, match="E106"):
        archc.load(path)


@pytest.mark.parametrize("key", ["\u2028classes", "\nclasses", "a\r\nb"])
def test_a_setting_with_a_line_end_in_its_key_has_a_place(key: str) -> None:
    result = run("check", "googlenet", "--set", f"{key} = *a")
    assert result.exit_code == 1
    assert "no anchor `&a`" in result.stderr
    assert "= *a" in result.stderr
