"""Brings the database up to date before a start: migrations, then the demo town."""

import click
from flask import Flask
from flask.cli import ScriptInfo
from flask_migrate import upgrade
from sqlalchemy import text

from app import create_app
from app.config import Config
from app.db import db

SEED = ("seed", "demo")
UNFINISHED = "demo.unfinished"


def main() -> None:
    config = Config.from_environ()
    app = create_app(config)
    with app.app_context():
        drop_half_a_town(config)
        upgrade()
    print("the schema is up to date", flush=True)
    flask(app, "registry", "load-reference")
    if not config.demo:
        print("no demo town (DEMO=0)", flush=True)
    else:
        make_town(app, config)


def make_town(app: Flask, config: Config) -> None:
    """Fill an empty register; where there is one only confirm the demo's vacancies anew."""
    mark = config.data_dir / UNFINISHED
    with app.app_context():
        empty = db.session.scalar(text("SELECT NOT EXISTS (SELECT FROM establishment)"))
    if empty and config.database_url is None:
        mark.touch()
    flask(app, *SEED, "--first-start")
    mark.unlink(missing_ok=True)
    if empty:
        fill_index(app)


def fill_index(app: Flask) -> None:
    """Let the first search find its engine filled; without an engine SQL answers."""
    try:
        flask(app, "search", "rebuild")
    except click.ClickException as problem:
        print(problem.format_message(), flush=True)


def drop_half_a_town(config: Config) -> None:
    """A first start that was stopped half-way: nobody has worked with what it left.

    Only ever in the local database, and only after that very start found it empty.
    """
    mark = config.data_dir / UNFINISHED
    if not mark.exists() or config.database_url is not None:
        return
    print("the demo town was left unfinished: making it anew", flush=True)
    db.session.execute(text("DROP SCHEMA public CASCADE"))
    db.session.execute(text("CREATE SCHEMA public"))
    db.session.commit()
    mark.unlink()


def flask(app: Flask, *words: str) -> None:
    info = ScriptInfo(create_app=lambda: app)
    app.cli.main(args=list(words), prog_name="flask", standalone_mode=False, obj=info)


if __name__ == "__main__":
    main()
