"""``docs/claims.md``, made from the claims and what archc computes for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.claims.judging import Claim, Figure

__all__ = ["entry_of", "figures_table", "page"]

_DOCUMENTS = {
    "000": "a code review of GoogLeNet",
    "001": "reading notes on GoogLeNet",
    "002": "slides on Inception-v2 and v3",
    "003": "lecture slides on GoogLeNet",
    "004": "a review of GoogLeNet as dimension reduction",
}
_PAPERS = "the papers themselves"

_HEAD = """\
# The claims, recomputed

What papers, reviews and slides on these networks say in numbers, and what archc computes. This
page is made by `make golden`, and a test fails when it is stale: every computed number comes from
a bundled spec. `specs/studies/` has small specs for what no whole network shows; they are named
`studies/NAME`, and `archc list` leaves them out.

A figure is *exact* if it rounds to the printed one, *rounding* within one unit of its last digit
(or where the document only says "about"), else an *erratum*. *Not reproducible* is what nothing
that is published gives. The command below each table prints the figures, or what they are made
of; `python -m tests.claims WORDS`, in a checkout, prints the table of any claim.
"""


def entry_of(claim: Claim, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """The only entry of the list of claims that begins as the claim's key does."""
    if not claim.key:
        return {}
    found = [
        each for each in entries if str(each.get("claim") or each["fact"]).startswith(claim.key)
    ]
    assert len(found) == 1, f"{claim.key!r} begins {len(found)} entries"
    return found[0]


def page(claims: Iterable[Claim], entries: list[dict[str, Any]]) -> str:
    """The whole page: a summary, and a section for each claim."""
    computed = [(claim, claim.compute()) for claim in claims]
    counts = Counter(claim.verdict(figures) for claim, figures in computed)
    lines = [_HEAD, "| verdict | claims |", "|---|---|"]
    lines += [f"| {verdict} | {count} |" for verdict, count in counts.most_common()]
    for claim, figures in computed:
        lines += ["", *_section(claim, figures, entry_of(claim, entries))]
    return "\n".join(lines) + "\n"


def _section(claim: Claim, figures: list[Figure], entry: dict[str, Any]) -> Iterable[str]:
    yield f"## {claim.words}"
    yield ""
    remark = f" {claim.remark}" if claim.remark else ""
    yield f"From {_origin(entry)}. Verdict: **{claim.verdict(figures)}**.{remark}"
    if figures:
        yield from ["", *figures_table(figures)]
    if claim.command:
        yield from ["", f"    {claim.command}"]


def figures_table(figures: list[Figure]) -> Iterable[str]:
    """The claim's figures as a Markdown table."""
    yield "| figure | printed | computed |"
    yield "|---|---:|---:|"
    for figure in figures:
        yield f"| {figure.what} | {figure.printed} | {figure.shown} |"


def _origin(entry: dict[str, Any]) -> str:
    numbers = [part for part in str(entry.get("seed", "")).split(",") if part]
    names = [_DOCUMENTS[number] for number in numbers] or [_PAPERS]
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
