"""The page in a browser: it loads without a word on the console, and its rows are rendered."""

from __future__ import annotations

import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner

import archc
from archc.cli import main

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--enable-logging=stderr", "--v=0", "--dump-dom",
)  # fmt: skip

pytestmark = pytest.mark.skipif(not BROWSER, reason="there is no Chromium on the path")


def rendered(page: Path) -> tuple[str, list[str]]:
    """The page as the browser has it, and what it wrote on the console."""
    profile = f"--user-data-dir={page.parent / 'profile'}"
    command = [BROWSER, *OPTIONS, profile, page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def test_the_page_loads_in_silence_with_every_row(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    CliRunner().invoke(main, ["report", "googlenet", "--format", "html", "-o", str(page)])
    dom, console = rendered(page)
    assert console == []
    rows = [row.printed for row in archc.load("googlenet").report().listed]
    table, _, rest = dom.partition("</table>")
    found = re.findall(r'<tr><th scope="row">([^<]*)</th>', table)
    assert [unescape(each) for each in found] == [*rows, "total"]
    assert rest.count("<rect ") == 24
    assert rest.count('<g class="node">') == 25


def test_the_browser_would_complain_of_a_script(tmp_path: Path) -> None:
    """What the test above relies on: the policy is in force, and its breach is heard of."""
    page = tmp_path / "page.html"
    text = archc.load("squeezenet1_1").report().to_html()
    page.write_text(text.replace("</main>", "<script>document.title = 'ran'</script></main>"))
    dom, console = rendered(page)
    assert any("Content Security Policy" in line for line in console)
    assert "<title>ran</title>" not in dom
