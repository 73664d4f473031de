"""Print what is claimed and computed: ``python -m tests.claims torchsummary``.

All claims, or those whose words contain the argument. The figures are computed anew.
"""

from __future__ import annotations

import sys

from tests.claims.claims import CLAIMS
from tests.claims.page import figures_table

__all__ = ["print_claims"]


def print_claims(words: str) -> int:
    """Print the claims that say ``words``; returns how many there are."""
    found = [claim for claim in CLAIMS if words.casefold() in claim.words.casefold()]
    for claim in found:
        figures = claim.compute()
        print(f"{claim.words}: {claim.verdict(figures)}")
        print(*figures_table(figures), sep="\n", end="\n\n")
    return len(found)


if __name__ == "__main__":
    sys.exit(0 if print_claims(" ".join(sys.argv[1:])) else "no claim says that")
