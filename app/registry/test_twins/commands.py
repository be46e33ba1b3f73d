"""``flask test-twin …``: the test twins of houses, from the command line."""

from __future__ import annotations

import click
from flask.cli import AppGroup
from sqlalchemy import select

from app.db import db
from app.registry.models import Establishment
from app.registry.test_twins import operations
from app.web.security import Principal

COMMAND_LINE = Principal(kind="command_line")

twin_commands = AppGroup("test-twin", help="Test twins of houses, whose data count nowhere.")


def _house(code: str) -> Establishment:
    house = db.session.scalar(select(Establishment).where(Establishment.code == code))
    if house is None:
        raise click.ClickException(f"there is no establishment {code}")
    return house


def _twin(code: str) -> Establishment:
    house = _house(code)
    twin = house if house.is_test else operations.twin_of(house)
    if twin is None:
        raise click.ClickException(f"{code} has no test twin")
    return twin


@twin_commands.command("create")
@click.argument("code")
def create(code: str) -> None:
    """Make the test twin of the house CODE, where it has none, and print its code."""
    try:
        twin = operations.make_twin(_house(code), by=COMMAND_LINE)
    except operations.NoTwin:
        raise click.ClickException(f"{code} is a test twin itself") from None
    db.session.commit()
    click.echo(twin.code)


@twin_commands.command("reset")
@click.argument("code")
def reset(code: str) -> None:
    """Delete all that the test twin of CODE (or the twin CODE) gathered."""
    twin = _twin(code)
    operations.reset_twin(twin, by=COMMAND_LINE)
    db.session.commit()
    click.echo(f"{twin.code} is empty")


@twin_commands.command("remove")
@click.argument("code")
def remove(code: str) -> None:
    """Remove the test twin of CODE; its keys open nothing any more."""
    twin = _twin(code)
    operations.remove_twin(twin, by=COMMAND_LINE)
    db.session.commit()
    click.echo(f"{twin.code} is removed")
