"""The site: built strictly, all pages in their places, and nothing loaded from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

from archc.diagnostics import Code
from tests.docs.checkout import ROOT

DECISIONS = ROOT / "docs" / "decisions"


def make(folder: Path, **settings: Any) -> Path:
    """Build into ``folder``, strictly. Raises `Abort` where something is wrong."""
    config = load_config(str(ROOT / "mkdocs.yml"), strict=True, site_dir=str(folder), **settings)
    build(config)
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_MKDOCS_2_WARNING", "1")
        yield make(tmp_path_factory.mktemp("site"))


class Loaded(HTMLParser):
    """What a browser fetches to show a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "link" and named.get("rel") in ("canonical", "next", "prev"):
            return
        key = "href" if tag == "link" else "src"
        if tag in ("img", "link", "script", "iframe", "object") and (url := named.get(key)):
            self.found.append(url)


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        parser = Loaded()
        parser.feed(page.read_text())
        assert parser.found
        for url in parser.found:
            base = site if url.startswith("/") else page.parent
            target = base / url.lstrip("/").partition("?")[0]
            assert url.startswith("data:") or target.is_file(), f"{page.name} loads {url}"
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//|@import", sheet.read_text()), sheet.name


def test_it_can_be_searched_from_a_folder(site: Path) -> None:
    """The index is a script then, and a frame the worker that a browser would not start."""
    assert (site / "search" / "search_index.js").read_text().startswith("var __index = {")
    page = (site / "errors" / "index.html").read_text()
    assert page.index('src="../assets/iframe-worker.js"') < page.index("assets/javascripts/bundle")
    worker = next((site / "assets" / "javascripts" / "workers").glob("search.*.js")).read_text()
    assert '"IFrameWorker"in parent' in worker
    shim = (site / "assets" / "iframe-worker.js").read_text()
    assert "window.IFrameWorker = IFrameWorker;" in shim


def test_every_page_is_reached(site: Path) -> None:
    """By the navigation, or by the index of its folder."""
    home = (site / "index.html").read_text()
    folders = set(re.findall(r'href="([\w-]+)/[\w-]+\.html"', home))
    assert {"errors", "how-to", "decisions"} <= folders
    listed = (site / "errors" / "index.html").read_text()
    assert all(f'href="{code.code}.html"' in listed for code in Code)


def test_remarks_for_tests_are_not_shown(site: Path) -> None:
    text = (site / "tutorial.html").read_text()
    assert "<!-- run, not compared" in text
    assert "run, not compared" not in re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)


def test_decisions_are_listed() -> None:
    listed = re.findall(r"\| \[(\d+)\]\((.*?)\) \| (.*) \|", (DECISIONS / "README.md").read_text())
    paths = sorted(DECISIONS.glob("[0-9]*.md"))[1:]  # the first is the template
    titles = [path.read_text().partition("\n")[0] for path in paths]
    assert [name for _, name, _ in listed] == [path.name for path in paths]
    assert [f"# {number}: {title}" for number, _, title in listed] == titles


@pytest.mark.parametrize(
    "text",
    ["[a page](missing.md)", "[a heading](#missing)", "[of the other](other.md#missing)"],
)
def test_strict_means_strict(text: str, tmp_path: Path) -> None:
    """A broken link or anchor ends the build."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_text("# Home\n")
    (docs / "other.md").write_text("# Other\n")
    settings = {"docs_dir": str(docs), "nav": ["index.md", "other.md"], "extra_css": []}
    make(tmp_path / "right", **settings)
    (docs / "index.md").write_text(f"# Home\n\n{text}\n")
    with pytest.raises(Abort):
        make(tmp_path / "wrong", **settings)


def test_a_page_without_a_place_ends_the_build(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    (docs / "errors").mkdir(parents=True)
    for name in ("index.md", "errors/README.md", "errors/E101.md"):
        (docs / name).write_text("# Page\n")
    settings = {"docs_dir": str(docs), "nav": ["index.md", {"E": ["errors/*"]}], "extra_css": []}
    make(tmp_path / "right", **settings)
    (docs / "lost.md").write_text("# Page\n")
    with pytest.raises(Abort):
        make(tmp_path / "wrong", **settings)
