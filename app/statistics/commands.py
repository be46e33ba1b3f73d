"""The commands of statistics: computing the facts anew, checking them, forecasting a series."""

from __future__ import annotations

from decimal import Decimal
from itertools import chain, islice
from pathlib import Path

import click
from flask.cli import AppGroup

from app.db import db
from app.statistics import facts, recount
from app.statistics.forecast.core.outlook import forecast
from app.statistics.forecast.core.series import Frequency, SeriesError, read_series
from app.statistics.quality import recount as recount_quality
from app.statistics.rollup import recount as recount_sums

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
    """Compare the facts with the stays, and the sums kept ready with the facts, those of quality
    as well; exit 1 and name the differences."""
    # One snapshot, so that a change during the comparison is no difference.
    db.session.rollback()
    db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    db.session.execute(db.text("SET LOCAL statement_timeout = 0"))
    every = (recount, recount_sums, recount_quality)
    found = list(islice(chain.from_iterable(each.differences() for each in every), SHOWN + 1))
    for difference in found[:SHOWN]:
        click.echo(
            f"{difference.house} {difference.night} {difference.what}: "
            f"stored {difference.stored}, counted {difference.counted}"
        )
    if found:
        more = " (and more)" if len(found) > SHOWN else ""
        raise click.ClickException(f"{min(len(found), SHOWN)} differences{more}")
    click.echo("The facts equal the stays.")


@commands.command("forecast")
@click.option(
    "--series",
    "file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV of date,value without gaps; a month as its first day.",
)
@click.option("--horizon", required=True, type=click.IntRange(min=1), help="How many steps.")
@click.option(
    "--frequency",
    type=click.Choice([str(frequency) for frequency in Frequency]),
    help="Told by the dates when left out.",
)
def forecast_series(file: Path, horizon: int, frequency: str | None) -> None:
    """Print what is to be expected after the last row of a series, as CSV.

    Which method was used and how far off it was in the past goes to standard error.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            series = read_series(lines, Frequency(frequency) if frequency else None)
        outlook = forecast(series, horizon)
    except SeriesError as error:
        raise click.ClickException(f"{file.name}: {error}") from error
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file.name}: not UTF-8 text") from error
    click.echo("date,point,low80,high80")
    for step in outlook.steps:
        numbers = (step.point, step.low80, step.high80)
        # Ten digits, never as 1e+06, which spreadsheets and people misread.
        click.echo(",".join([str(step.date), *(f"{Decimal(f'{n:.10g}'):f}" for n in numbers)]))
    click.echo(outlook.summary(), err=True)
