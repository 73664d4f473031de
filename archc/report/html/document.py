"""The page around the sections: its head, its style, and what it may load (nothing)."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from archc.report.html.markup import Markup, lines, tag

__all__ = ["document"]


def document(title: str, *sections: Markup) -> str:
    """A whole page."""
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    head = lines(
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(style)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="generator", content="archc report"),
        tag("title", title),
        tag("style", Markup(style)),
    )
    body = tag("body", lines(tag("main", lines(*sections))))
    page = tag("html", lines(tag("head", head), body), lang="en")
    return f"<!DOCTYPE html>\n{page}\n"


def _policy(style: str) -> str:
    """Nothing is loaded and nothing runs; the one style sheet is known by its hash."""
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
