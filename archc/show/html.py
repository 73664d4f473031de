"""Pages of HTML that stand alone, from the templates beside this file.

Jinja2 escapes whatever a template puts in; before that, a text becomes what a browser shows as it
is, on one line and in its own order. Only templates, and `Markup` made of archc's own files, are
markup.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from archc.diagnostics import safe

__all__ = ["environment", "page", "render"]

_STYLES = ("page.css", "explorer.css")
_SCRIPT = "explorer.js"


def render(template: str, **values: object) -> Markup:
    """Fill the template with the values."""
    return Markup(environment().get_template(template).render(values))


def page(title: str, *sections: Markup, explored: bool) -> str:
    """Make a whole page; one that is ``explored`` has networks, and the script for them."""
    style = "".join(map(_file, _STYLES if explored else _STYLES[:1]))
    script = _file(_SCRIPT) if explored else ""
    whole = render(
        "page.html",
        title=title,
        policy=_policy(style, script),
        style=Markup(style),
        script=Markup(script),
        sections=sections,
    )
    return str(whole)  # markup would escape what is compared with it, or replaced in it


@cache
def environment() -> Environment:
    """Find templates by their files' names; a value that a template lacks is an error."""
    return Environment(
        loader=FunctionLoader(_file),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )


def _file(name: str) -> str:
    return files("archc.show").joinpath("templates", name).read_text(encoding="utf-8")


def _shown(value: object) -> object:
    """Replace in a text what would hide, reorder or break it; markup and numbers stay."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return safe(re.sub(r"\s", " ", value))


def _policy(style: str, script: str) -> str:
    """Allow nothing to be loaded, but the one style sheet and the one script by their hashes."""
    allowed = [
        f"style-src {_digest(style)}",
        *([f"script-src {_digest(script)}"] if script else []),
    ]
    return "; ".join(["default-src 'none'", *allowed, "base-uri 'none'", "form-action 'none'"])


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
