"""The commands of statistics: computing the facts anew, and checking them."""

from __future__ import annotations

from itertools import islice

import click
from flask.cli import AppGroup

from app.db import db
from app.statistics import facts, recount

SHOWN = 50

commands = AppGroup("statistics", help="The facts behind the statistics.")


@commands.command()
def rebuild() -> None:
    """Compute all facts again from the stays."""
    total = 0
    for month, count in facts.rebuild():
        total += count
        click.echo(f"{month.start:%Y-%m}  {count:>9,} facts")
    click.echo(f"{total:,} facts stored")


@commands.command()
def verify() -> None:
    """Compare the stored facts with the stays; exit 1 and name the differences."""
    # One snapshot, so that a change during the comparison is no difference.
    db.session.rollback()
    db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    db.session.execute(db.text("SET LOCAL statement_timeout = 0"))
    found = list(islice(recount.differences(), SHOWN + 1))
    for difference in found[:SHOWN]:
        click.echo(
            f"{difference.house} {difference.night} {difference.what}: "
            f"stored {difference.stored}, counted {difference.counted}"
        )
    if found:
        more = " (and more)" if len(found) > SHOWN else ""
        raise click.ClickException(f"{min(len(found), SHOWN)} differences{more}")
    click.echo("The facts equal the stays.")
