"""The claims page: it is fresh, its numbers are the reference's, and its commands run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from archc import library
from archc.cli import main
from archc.diagnostics import Diagnostics
from archc.spec.schema import json_schema
from archc.spec.source import read
from tests.claims.__main__ import print_claims
from tests.claims.claims import CLAIMS
from tests.claims.judging import OUTSIDE, Claim, Figure
from tests.claims.page import entry_of, page

PAGE = Path(__file__).parent.parent / "docs" / "claims.md"
ENTRIES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "data" / "claims.yaml").read_text()
)

_PRECISE = 4
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")


def test_page_is_fresh(golden: Callable[[Path, str], None]) -> None:
    golden(PAGE, page(CLAIMS, ENTRIES))


def test_every_entry_is_on_the_page() -> None:
    found = [id(entry_of(claim, ENTRIES)) for claim in CLAIMS if claim.key]
    assert sorted(found) == sorted(map(id, ENTRIES))


KNOWN = [claim for claim in CLAIMS if claim.key and claim.judged != OUTSIDE]


@pytest.mark.parametrize("claim", KNOWN, ids=lambda claim: claim.key)
def test_figures_are_the_references(claim: Claim) -> None:
    """The reference has each computed figure, and where it lists exact ones, all are computed."""
    entry, figures = entry_of(claim, ENTRIES), claim.compute()
    assert figures
    exact = entry["exact"]
    if str(exact).startswith("see "):
        return
    numbers = [*_numbers(entry), *PRECISE]
    for figure in figures:
        assert any(_is(figure, number) for number in numbers), (figure, numbers)
    listed = exact if isinstance(exact, list) else [exact] if isinstance(exact, int | float) else []
    for number in listed:
        assert any(_is(figure, str(number)) for figure in figures), number


@pytest.mark.parametrize("claim", KNOWN, ids=lambda claim: claim.key)
def test_verdicts_are_the_references(claim: Claim) -> None:
    verdict = claim.verdict(claim.compute())
    wanted = str(entry_of(claim, ENTRIES).get("verdict", "")).casefold()
    if verdict == "mixed":
        assert wanted not in ("exact", "rounding", "erratum")
    elif wanted:
        assert verdict in wanted


@pytest.mark.parametrize("command", sorted({claim.command for claim in CLAIMS} - {""}))
def test_commands_run(command: str) -> None:
    result = CliRunner().invoke(main, shlex.split(command)[1:])
    assert result.exit_code == 0, result.output


def test_figures_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_claims("torchsummary on") == 2
    shown = capsys.readouterr().out
    for printed in ("218.78", "527.79", "747.15", "94.25", "49.61", "144.43"):
        assert f"| {printed} |" in shown
    assert print_claims("nobody says this") == 0


def test_studies_are_used_checked_and_not_listed() -> None:
    named = PAGE.read_text()
    for study in library.study_names():
        assert CliRunner().invoke(main, ["check", study]).exit_code == 0
        assert study in named
        assert study not in library.spec_names()
    assert library.study_names()


def test_studies_fit_the_schema() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    for study in library.study_names():
        path = library.spec_path(study)
        assert path is not None
        located = read(path, study, Diagnostics())
        assert located is not None
        validator.validate(located.plain())


def _numbers(entry: dict[str, Any]) -> Iterator[str]:
    """The numbers of an entry; a comma may set thousands apart, or one number from the next."""
    for value in entry.values():
        yield from (number.replace(",", "") for number in _THOUSANDS.findall(str(value)))
        yield from _NUMBER.findall(str(value))


PRECISE = [
    number
    for entry in ENTRIES
    for number in _numbers(entry)
    if len(number.replace(".", "").lstrip("0")) >= _PRECISE
]
"""The numbers with many digits, which are one figure's wherever they stand."""


def _is(figure: Figure, number: str) -> bool:
    """Whether a figure is this number: a count to four digits at least, a ratio as printed."""
    if abs(figure.value) == float(number):
        return True
    digits, decimals = number.replace(".", "").lstrip("0"), len(number.partition(".")[2])
    if isinstance(figure.value, float):
        return len(digits) > 1 and round(abs(figure.value), decimals) == float(number)
    scales = (10**6, 10**9) if len(digits) >= _PRECISE else ()
    return any(round(figure.value / scale, decimals) == float(number) for scale in scales)
