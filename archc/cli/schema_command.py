"""``archc schema``."""

from __future__ import annotations

import click

from archc.cli.console import print_json


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of specs, for editors."""
    from archc.spec.schema import json_schema

    print_json(json_schema())
