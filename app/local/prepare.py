"""Brings the database up to date before a start: migrations, then the demo town."""

import click
from flask import Flask
from flask.cli import ScriptInfo
from flask_migrate import upgrade

from app import create_app
from app.config import Config, folder
from app.db import db

SEED = ("seed", "demo")


def main() -> None:
    config = Config.from_environ()
    app = create_app(config)
    with app.app_context():
        if (folder("app/migrations") / "env.py").exists():
            upgrade()
        else:
            db.create_all()
    print("the schema is up to date", flush=True)
    if not config.demo:
        print("no demo town (DEMO=0)", flush=True)
    elif command(app, *SEED) is None:
        print("there is no demo town yet", flush=True)
    else:
        # Fills an empty register; where there is one it only confirms the demo's vacancies anew.
        flask(app, *SEED, "--first-start")


def command(app: Flask, group: str, name: str) -> click.Command | None:
    found = app.cli.commands.get(group)
    return found.commands.get(name) if isinstance(found, click.Group) else None


def flask(app: Flask, *words: str) -> None:
    info = ScriptInfo(create_app=lambda: app)
    app.cli.main(args=list(words), prog_name="flask", standalone_mode=False, obj=info)


if __name__ == "__main__":
    main()
