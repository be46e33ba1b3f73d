"""Runs the migrations on the application's own database connection."""

from typing import Any

from alembic import context
from flask import current_app

from app.db import db

context_options: dict[str, Any] = current_app.extensions["migrate"].configure_args


def skip_empty(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Write no migration file where nothing differs."""
    if (
        getattr(context.config.cmd_opts, "autogenerate", False)
        and directives[0].upgrade_ops.is_empty()
    ):
        directives[:] = []


def run() -> None:
    """Apply the revisions in one transaction; a failing one leaves the schema as it was."""
    with db.engine.connect() as connection:
        options = {"process_revision_directives": skip_empty, **context_options}
        context.configure(connection=connection, target_metadata=db.metadata, **options)
        with context.begin_transaction():
            context.run_migrations()


run()
