"""``archc docs``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archc.cli.console import progress
from archc.cli.options import force_option, load_spec, settings_option
from archc.cli.output import write_output
from archc.library import spec_names, spec_path
from archc.texts import one_line

if TYPE_CHECKING:
    from archc.gallery import GalleryEntry


@click.command("docs")
@click.argument("specs", metavar="[SPEC]...", nargs=-1)
@click.option(
    "-o", "output", metavar="FOLDER", default="build/gallery", show_default=True,
    help="Where the pages go.",
)  # fmt: skip
@force_option
@settings_option
def command(specs: tuple[str, ...], output: str, force: bool, settings: tuple[str, ...]) -> None:
    """Write a page about each network, in Markdown with SVG pictures.

    Without a SPEC, about every bundled one and its variants.
    """
    from archc.gallery import index_page, pages

    entries = list(_entries(specs or spec_names(), settings))
    _check_pages(entries)
    files = {"index.md": index_page(entries)}
    with progress() as report:
        for number, entry in enumerate(entries):
            report(entry.command, number / len(entries))
            files |= pages(entry)
    for name, data in files.items():
        write_output(data, str(Path(output) / name), force)


def _check_pages(entries: Iterable[GalleryEntry]) -> None:
    """Refuse (exit 2) to write one page over another."""
    pages = {"index": "the list of all pages"}
    for entry in entries:
        if entry.stem in pages:
            raise click.BadParameter(
                f"{one_line(entry.command)} and {one_line(pages[entry.stem])} would both be "
                f"{entry.stem}.md: rename one, or write them to folders of their own",
                param_hint="SPEC",
            )
        pages[entry.stem] = entry.command


def _entries(specs: Iterable[str], settings: tuple[str, ...]) -> Iterator[GalleryEntry]:
    from archc.gallery import GalleryEntry

    for spec in specs:
        path = spec_path(spec) or Path(spec)
        called = spec if spec_path(spec) else path.name
        network = load_spec(spec, settings)
        text = path.read_text(encoding="utf-8")
        yield GalleryEntry(called, network, text, settings)
        for variant in network.graph.variants[1:]:
            yield GalleryEntry(called, load_spec(spec, settings, variant), text, settings)
