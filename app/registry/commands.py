"""``flask import establishments`` and ``flask registry load-reference``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import AppGroup

from app.db import db
from app.registry import reference
from app.registry.importing import operations as importing
from app.registry.importing import tables
from app.registry.importing.rows import COLUMNS, HINTS, ColumnFault, columns_of
from app.registry.units import Units
from app.web.security import Principal

COMMAND_LINE = Principal(kind="command_line")
SHOW_PROGRESS_FROM = 2_000

imports = AppGroup("import", help="Lists of houses and of past stays.")
registry_commands = AppGroup("registry", help="The reference data of the registry.")


@registry_commands.command("load-reference")
def load_reference() -> None:
    """Bring units, areas and places into the database, or up to date."""
    reference.load()
    db.session.commit()


@imports.command("establishments")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="OUR=THEIRS",
    help=f"Our column is theirs; repeat it. Ours: {', '.join(COLUMNS + HINTS)}.",
)
@click.option("--quiet", is_flag=True, help="Print faults and the summary only.")
def establishments(file: Path, mapping: tuple[str, ...], quiet: bool) -> None:
    """Register the houses of FILE (CSV in UTF-8, or XLSX).

    The column "unit" takes a ward's or commune's code, its name of today or one of before July
    2025 (Phường 2), or a place with a ward of its own (Bãi biển Hồ Tràm). Where the file has no
    such column, the ward is looked for in "area", "address" and "locality".

    A row that fails is named with its line, column and reason; the others go in. The same file
    again changes nothing. Columns the file has and the register does not know are kept with the
    row, for completing later.
    """
    if not Units.load().today:
        reference.load()
        db.session.commit()
    try:
        headings, rows = tables.read(file)
        columns = columns_of(headings, _pairs(mapping))
        outcome = _run(rows, columns, quiet)
    except (tables.UnreadableFile, ColumnFault) as fault:
        db.session.rollback()
        raise click.ClickException(f"{file.name}: {fault}") from None
    _report(outcome, headings, columns, quiet)


def _pairs(mapping: tuple[str, ...]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for entry in mapping:
        ours, equals, theirs = entry.partition("=")
        if not equals or not ours.strip() or not theirs.strip():
            raise click.UsageError(f"--map takes our=theirs, not “{entry}”")
        if ours.strip() in pairs:
            raise click.UsageError(f"--map names {ours.strip()} twice")
        pairs[ours.strip()] = theirs.strip()
    return pairs


def _run(rows: Iterator[tables.Row], columns: dict[str, str], quiet: bool) -> importing.Outcome:
    stored = 0

    def done(count: int) -> None:
        nonlocal stored
        stored += count
        if stored >= SHOW_PROGRESS_FROM and not quiet:
            click.echo(f"  {stored} rows stored …", err=True)

    result = importing.Outcome()
    for outcome in importing.import_houses(rows, columns, by=COMMAND_LINE, done=done):
        db.session.commit()
        result = outcome
    return result


def _report(
    outcome: importing.Outcome, headings: list[str], columns: dict[str, str], quiet: bool
) -> None:
    if not quiet:
        unused = [heading for heading in headings if heading not in columns.values()]
        if unused:
            click.echo(f"not columns of the register: {', '.join(filter(None, unused))}", err=True)
        for doubt in outcome.doubts:
            click.echo(f"note: {doubt}", err=True)
    for fault in outcome.faults:
        click.echo(f"failed: {fault}", err=True)
    click.echo(
        f"{outcome.rows} rows: {outcome.new} new, {outcome.changed} changed, "
        f"{outcome.unchanged} unchanged, {outcome.failed} failed."
    )
    went_in = outcome.rows - outcome.failed
    if went_in:
        click.echo(
            f"Of the {went_in} that are in: ward known for {outcome.with_unit}, "
            f"no room count for {outcome.without_rooms}. "
            "What is missing is listed at /admin/establishments/missing."
        )
