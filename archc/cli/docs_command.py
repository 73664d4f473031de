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
    from archc.gallery import Subject


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

    found = list(_subjects(specs or spec_names(), settings))
    _check_pages(found)
    files = {"index.md": index_page(found)}
    with progress() as report:
        for number, subject in enumerate(found):
            report(subject.command, number / len(found))
            files |= pages(subject)
    for name, data in files.items():
        write_output(data, str(Path(output) / name), force)


def _check_pages(subjects: Iterable[Subject]) -> None:
    """Wrong usage (exit 2) where one page would be written over another."""
    pages = {"index": "the list of all pages"}
    for subject in subjects:
        if subject.stem in pages:
            raise click.BadParameter(
                f"{one_line(subject.command)} and {one_line(pages[subject.stem])} would both be "
                f"{subject.stem}.md: rename one, or write them to folders of their own",
                param_hint="SPEC",
            )
        pages[subject.stem] = subject.command


def _subjects(specs: Iterable[str], settings: tuple[str, ...]) -> Iterator[Subject]:
    from archc.gallery import Subject

    for spec in specs:
        path = spec_path(spec) or Path(spec)
        called = spec if spec_path(spec) else path.name
        network = load_spec(spec, settings)
        text = path.read_text(encoding="utf-8")
        yield Subject(called, network, text, settings)
        for variant in network.graph.variants[1:]:
            yield Subject(called, load_spec(spec, settings, variant), text, settings)
