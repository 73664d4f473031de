"""Golden files, compared whole and written anew with ``--update-golden``; fixtures for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# What programs ask about where they print: pytest, for one, prints differences whole where `CI` is
# set. Pages and golden files are those of a plain terminal.
_ABOUT_PRINTING = (
    "BUILD_NUMBER",
    "CI",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLUMNS",
    "FORCE_COLOR",
    "GITHUB_ACTIONS",
    "LINES",
    "NO_COLOR",
    "PYTEST_ADDOPTS",
    "PY_COLORS",
    "TERM",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
)


@pytest.fixture(scope="session", autouse=True)
def plain_terminal() -> Iterator[None]:
    """What is printed does not depend on who runs the tests, in subprocesses neither."""
    with pytest.MonkeyPatch.context() as patch:
        for name in _ABOUT_PRINTING:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """On tensors as small as those of many tests, torch's threads mostly wait for each other."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--update-golden``."""
    help_ = "write golden files anew instead of comparing; read the diff"
    parser.addoption("--update-golden", action="store_true", help=help_)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path | str, str], None]:
    """Compare a text with a file (below ``tests/golden`` unless absolute), or update it."""

    def compare(name: Path | str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            return
        assert path.exists(), f"{path} is missing: run `make golden` and read it"
        assert text == path.read_text(), f"{path} differs: run `make golden` and read the diff"

    return compare
