"""The command line: one file per command, imported when it is called."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from archc.cli.console import prepare_streams, show_diagnostics
from archc.diagnostics import ArchcError, SpecError
from archc.texts import one_line

__all__ = ["main"]

COMMANDS = {
    "check": "Check specs.",
    "explain": "Say what an error or a warning means.",
    "build": "Write a network as source.",
    "report": "Print the paper's table, every cell settled.",
    "diagram": "Draw a network.",
    "diff": "Compare two specs, row by row.",
    "sweep": "Cost over a range of settings.",
    "import": "Make a spec of a pasted table.",
    "verify": "Compare a torch.nn.Module with a spec.",
    "run": "Run a network: on images, or timed.",
    "bench": "Time the executor beside other engines.",
    "weights": "Map a checkpoint onto a network.",
    "docs": "Write a page about each network.",
    "list": "List the bundled networks.",
    "schema": "Print the JSON Schema of specs.",
}


class _Commands(click.Group):
    """Imports a command's file only when that command is wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"archc.cli.{cmd_name}_command")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SpecError as error:
            show_diagnostics(error.diagnostics)
            ctx.exit(1)
        except ArchcError as error:
            click.echo(f"error: {one_line(str(error))}", err=True)
            ctx.exit(1)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        prepare_streams()
        try:
            return super().main(*args, **kwargs)
        except OSError as error:  # click ends quietly where the reader has gone
            click.echo(f"error: cannot write: {error.strerror}", err=True)
            sys.exit(1)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="archc")
def main() -> None:
    """Compile convolutional networks written down as their papers print them.

    A SPEC is a file, or the name of a bundled network (`archc list`).
    """
