"""What one does on the page: search, choose what the bars show, unfold and fold."""

from __future__ import annotations

from archc.show.report.html.bars import choice
from archc.show.report.html.markup import Markup, lines, tag
from archc.show.report.html.view import View

__all__ = ["toolbar"]


def toolbar(view: View) -> Markup:
    """The tools; those that need the script are hidden without it."""
    field = tag(
        "input", type="search", id=f"search-{view.number}", autocomplete="off",
        spellcheck="false", placeholder="row, type, operation, size",
        aria_keyshortcuts="/", aria_describedby=f"found-{view.number}",
    )  # fmt: skip
    name = view.report.network.name
    label = tag("label", "Search", for_=f"search-{view.number}")
    found = tag("p", class_="found", id=f"found-{view.number}", role="status")
    folds = (
        tag("button", "Unfold all", type="button", class_="unfold"),
        tag("button", "Fold all", type="button", class_="fold"),
    )
    return tag(
        "div",
        lines(
            tag(
                "div",
                label,
                field,
                found,
                class_="search scripted",
                role="search",
                aria_label=f"Search {name}",
            ),
            choice(view),
            tag("div", *folds, class_="folds scripted"),
        ),
        class_="tools",
    )
