"""``flask import history`` and the renewal of sealed fields under a new key."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import select

from app.db import db
from app.registry.commands import COMMAND_LINE, imports
from app.registry.models import Establishment
from app.stays import history, resealing

BYTES_MOST = 256 * 1024 * 1024

identity_commands = AppGroup("identity", help="The keys that seal what identifies a guest.")


@imports.command("history")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--establishment", "code", required=True, metavar="CODE", help="The house's code.")
def import_history(file: Path, code: str) -> None:
    """Load past stays without identity from FILE (CSV in UTF-8), one room a row.

    Columns: reference, arrival_date, departure_date, room_type (code, id or name), adults,
    children, babies, country. A row that fails is named with its reason, the others go in; the
    same file again changes nothing.
    """
    house = db.session.scalar(select(Establishment).where(Establishment.code == code))
    if house is None:
        raise click.ClickException(f"no house has the code {code}")
    if file.stat().st_size > BYTES_MOST:
        raise click.ClickException(f"{file.name}: larger than {BYTES_MOST // 2**20} MB")
    try:
        outcome = history.load(house, history.read(file.read_bytes()), by=COMMAND_LINE)
    except history.UnreadableFile as fault:
        db.session.rollback()
        raise click.ClickException(f"{file.name}: {fault}") from None
    db.session.commit()
    _report(outcome)


def _report(outcome: history.Outcome) -> None:
    for line, reason in outcome.faults:
        click.echo(f"failed: line {line}: {reason}", err=True)
    for code, count in outcome.unknown_countries.most_common():
        click.echo(f"unknown country {code}: {count} rows counted as XXX", err=True)
    for column, count in sorted(outcome.uncounted.items()):
        if count:
            click.echo(f"unknown {column}: {count} rows counted as 0", err=True)
    click.echo(
        f"{outcome.rows} rows: {outcome.new} new, {outcome.known} unchanged, "
        f"{len(outcome.faults)} failed."
    )


@identity_commands.command("renew")
@click.option("--batch", default=500, show_default=True, help="Rows in one transaction.")
def renew(batch: int) -> None:
    """Seal every field that an older key sealed with the first of IDENTITY_KEYS."""
    done = 0
    while count := resealing.reseal(limit=batch):
        db.session.commit()
        done += count
    click.echo(f"{done} rows renewed; {resealing.count_left()} left under older keys.")
