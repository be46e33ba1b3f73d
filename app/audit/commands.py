"""``flask audit …``: checking the chain."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from app.audit import queries

commands = AppGroup("audit", help="The chained log.")


@commands.command("verify")
def verify() -> None:
    """Check the chain and name the first bad row."""
    bad = queries.first_bad()
    if bad is None:
        click.echo("the chain is whole")
        return
    click.echo(f"event {bad} does not fit the chain", err=True)
    sys.exit(1)
