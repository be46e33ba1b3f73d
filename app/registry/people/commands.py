"""``flask user …`` and ``flask api-key …``: people and programs, from the command line."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from app.accounts import operations as accounts
from app.accounts.models import HOUSE_ROLES, ROLES, User
from app.accounts.queries import user_by_login
from app.audit.operations import record
from app.db import db
from app.registry.models import Establishment
from app.registry.people import operations
from app.web.links import base_url
from app.web.security import Principal

COMMAND_LINE = Principal(kind="command_line")

# What the key of an official's role is for where nobody said more.
OFFICIAL_PURPOSE = "thống kê du lịch (tourism statistics)"

user_commands = AppGroup("user", help="People: create, reset, disable.")
key_commands = AppGroup("api-key", help="Keys of programs.")


def _link(token: str) -> str:
    return f"{base_url(current_app.extensions['config'])}/set-password/{token}"


def _house(code: str) -> Establishment:
    house = db.session.scalar(select(Establishment).where(Establishment.code == code))
    if house is None:
        raise click.ClickException(f"there is no establishment {code}")
    return house


def _user(login: str) -> User:
    user = user_by_login(login)
    if user is None:
        raise click.ClickException(f"there is no user {login}")
    return user


@user_commands.command("create")
@click.argument("login")
@click.option("--name", required=True)
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--establishment", "establishment_code", help="Code of the house of the role.")
@click.option("--unit", "unit_code", help="Code of the ward of a ward official.")
def create(
    login: str, name: str, role: str, establishment_code: str | None, unit_code: str | None
) -> None:
    """Create LOGIN (or give it a further role) and print a one-time link."""
    if (role in HOUSE_ROLES) != bool(establishment_code):
        raise click.UsageError("--establishment goes with the roles of a house, and only with them")
    if (role == "ward_official") != bool(unit_code):
        raise click.UsageError("--unit goes with the role ward_official, and only with it")
    if unit_code and not operations.unit_exists(unit_code):
        raise click.ClickException(f"there is no unit {unit_code}")
    try:
        _, token = operations.give_role(
            login=login,
            name=name,
            role=role,
            establishment=_house(establishment_code) if establishment_code else None,
            unit_code=unit_code,
            by=COMMAND_LINE,
        )
    except operations.AlreadyMember:
        raise click.ClickException(f"{login} has this role already") from None
    db.session.commit()
    click.echo(_link(token) if token else f"{login} has the role now")


@user_commands.command("reset")
@click.argument("login")
def reset(login: str) -> None:
    """End LOGIN's sessions and print a link to set a new password."""
    token = operations.reset(_user(login), by=COMMAND_LINE)
    db.session.commit()
    click.echo(_link(token))


@user_commands.command("disable")
@click.argument("login")
def disable(login: str) -> None:
    """Close LOGIN's account; every session ends at once."""
    operations.set_active(_user(login), False, by=COMMAND_LINE)
    db.session.commit()
    click.echo(f"{login} is disabled")


@key_commands.command("create")
@click.option("--establishment", "codes", multiple=True, help="Code of a house; may be repeated.")
@click.option("--role", type=click.Choice(ROLES))
@click.option("--unit", "unit_code")
@click.option("--purpose", default="", help="What for; houses whose figures it opens read it.")
def create_key(
    codes: tuple[str, ...], role: str | None, unit_code: str | None, purpose: str
) -> None:
    """Create a key for houses, or for an official's role, and print it once."""
    if bool(codes) == bool(role and role not in HOUSE_ROLES):
        raise click.UsageError("give either --establishment or the --role of an official")
    if (role == "ward_official") != bool(unit_code):
        raise click.UsageError("--unit goes with the role ward_official, and only with it")
    if unit_code and not operations.unit_exists(unit_code):
        raise click.ClickException(f"there is no unit {unit_code}")
    key, text = accounts.create_api_key(
        role=role or "manager",
        establishment_ids=[_house(code).id for code in dict.fromkeys(codes)],
        unit_code=unit_code,
        purpose=purpose or (OFFICIAL_PURPOSE if role else ""),
    )
    record("api_key_created", by=COMMAND_LINE, subject=f"api_key:{key.id}")
    db.session.commit()
    click.echo(f"API key (shown once): {text}")
