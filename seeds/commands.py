"""``flask seed …``: the demo town."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import func, select, text, update

from app import dates
from app.db import db
from app.registry import reference
from app.registry.models import Establishment, RoomType
from app.statistics import facts
from seeds.demo import accounts, books, town

commands = AppGroup("seed", help="Data to try the system with.")


@commands.command("demo")
@click.option("--establishments", default=120, type=click.IntRange(1, 100_000))
@click.option("--days", default=183, type=click.IntRange(0, 365), help="Days ahead.")
@click.option("--history-days", default=396, type=click.IntRange(0, 3_660), help="Days behind.")
@click.option("--seed", default=1, help="The same number gives the same town.")
@click.option("--first-start", is_flag=True, help="Only where there is no house yet.")
def demo(establishments: int, days: int, history_days: int, seed: int, first_start: bool) -> None:
    """Make an invented, consistent town; refused in production."""
    config = current_app.extensions["config"]
    if config.production:
        raise click.ClickException("an invented town has no place in production")
    houses = db.session.scalar(select(func.count()).select_from(Establishment))
    if houses and first_start:
        renewed = refresh()
        db.session.commit()
        click.echo(f"the town is here: {houses} houses, {renewed} vacancies confirmed anew")
        return
    if houses:
        raise click.ClickException("there are houses already; the demo wants an empty register")
    started = time.monotonic()
    for line in build(establishments, days, history_days, seed):
        click.echo(f"{time.monotonic() - started:6.1f} s  {line}")
    accounts.write(accounts.create(), config.data_dir)
    db.session.commit()


def build(establishments: int, days: int, history_days: int, seed: int) -> Iterator[str]:
    """Make the town, commit it batch by batch, compute its facts; yields what is done."""
    reference.load()
    db.session.commit()
    plan = town.plan(days=days, history_days=history_days, seed=seed)
    # Other processes may work for minutes, and a transaction left open meanwhile would be ended.
    db.session.commit()
    for houses, stays in town.make(plan, establishments):
        yield f"{houses} of {establishments} houses, {stays} stays"
    # A town of thousands of houses takes longer than any request may.
    db.session.execute(text("SET LOCAL statement_timeout = 0"))
    db.session.execute(text("ANALYZE"))
    db.session.commit()
    for month, count in facts.rebuild():
        yield f"{count} facts of {month.start:%Y-%m}"
    yield f"the books of {books.make(history_days)} mornings"
    db.session.commit()


def refresh() -> int:
    """Confirm the demo's vacancies anew, so that a town of last week is alive today."""
    age = func.random() * timedelta(minutes=150)
    result = db.session.execute(
        update(RoomType)
        .where(
            RoomType.confirmed_at.is_not(None),
            RoomType.establishment_id.in_(select(Establishment.id).where(Establishment.is_demo)),
        )
        .values(confirmed_at=dates.now() - age)
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        update(Establishment)
        .where(Establishment.is_demo)
        .values(search_version=Establishment.search_version + 1)
        .execution_options(synchronize_session=False)
    )
    return result.rowcount  # type: ignore[attr-defined]
