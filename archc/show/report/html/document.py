"""The page around the sections: its head, its style, its script, and what it may load: nothing."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from archc.show.report.html.markup import NOTHING, Markup, lines, tag

__all__ = ["document"]

_STYLES = ("page.css", "explorer.css")
_SCRIPT = "explorer.js"


def document(title: str, *sections: Markup, explored: bool) -> str:
    """A whole page; one that is ``explored`` has networks, and the script for them."""
    style = "".join(map(_file, _STYLES if explored else _STYLES[:1]))
    script = _file(_SCRIPT) if explored else ""
    head = lines(
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="generator", content="archc report"),
        tag("title", title),
        tag("style", Markup(style)),
    )
    run = tag("script", Markup(script)) if script else NOTHING
    body = tag("body", lines(tag("main", lines(*sections)), run))
    page = tag("html", lines(tag("head", head), body), lang="en")
    return f"<!DOCTYPE html>\n{page}\n"


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Nothing is loaded; the one style sheet and the one script are known by their hashes."""
    allowed = [
        f"style-src {_digest(style)}",
        *([f"script-src {_digest(script)}"] if script else []),
    ]
    return "; ".join(["default-src 'none'", *allowed, "base-uri 'none'", "form-action 'none'"])


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
