"""``archc build --emit ir``."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from archc.cli import main
from archc.targets.ir import STEPS
from tests import test_startup


def build(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["build", "googlenet_torchvision", "-o", "-", *arguments])


def test_the_last_pass_is_the_default() -> None:
    assert build("--emit", "ir").stdout == build("--emit", "ir", "--after", STEPS[-1]).stdout


@pytest.mark.parametrize(
    ("step", "line"),
    [
        ("linearize", "%2 = batch norm, eps 0.001 (%1)"),
        ("fold_norm", "%2 = relu (%1)"),
        ("fuse_activation", "%2 = max pool 3×3/2, ceil (%1)"),
    ],
)
def test_after(step: str, line: str) -> None:
    done = build("--emit", "ir", "--after", step)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[4].split("  ")[0] == line


def test_an_unknown_pass() -> None:
    done = build("--emit", "ir", "--after", "fold\x1b[norm")
    assert done.exit_code == 2
    assert ", ".join(STEPS) in " ".join(done.stderr.split())
    assert "\x1b" not in done.stderr


def test_only_programs_have_passes() -> None:
    done = build("--after", "fold_norm")
    assert done.exit_code == 2
    assert "--emit ir" in done.stderr


def test_it_needs_no_torch() -> None:
    test_startup.test_imports_nothing_heavy(["build", "googlenet", "--emit", "ir", "-o", "-"])
