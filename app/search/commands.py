"""The commands ``flask search rebuild`` and ``flask search verify``."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from app.search.index import Refused
from app.search.live import engine
from app.search.rebuild import RebuildRunning, rebuild
from app.search.sweep import NotUpToDate, verify
from app.search.wire import Away

commands = AppGroup("search", help="The search index.")
MOST_NAMED = 200


@commands.command("rebuild")
def rebuild_command() -> None:
    """Fill a new index from the database and swap it in; searches and writes go on meanwhile."""
    found = engine()
    if found is None:
        raise click.ClickException("There is no search engine here: SQL answers the searches.")
    try:
        uid = rebuild(found)
    except RebuildRunning:
        raise click.ClickException("Another process is rebuilding the index.") from None
    except (Away, Refused) as error:
        raise click.ClickException(f"The engine does not do it: {error}") from None
    click.echo(f"The live index is {uid}.")


@commands.command("verify")
@click.option("--seconds", default=60.0, help="How long to wait until the index is up to date.")
def verify_command(seconds: float) -> None:
    """Wait until the index is up to date and compare it with the database, both ways."""
    try:
        differences = verify(seconds)
    except NotUpToDate as error:
        raise click.ClickException(f"Not verified: {error}.") from None
    except (Away, Refused) as error:
        raise click.ClickException(f"The engine does not answer: {error}") from None
    for line in differences[:MOST_NAMED]:
        click.echo(line)
    if len(differences) > MOST_NAMED:
        click.echo(f"… and {len(differences) - MOST_NAMED} more")
    if differences:
        sys.exit(1)
    click.echo("The index is the same as the database.")
