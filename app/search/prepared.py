"""Statements built and compiled once: building them would take longer than running them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeAlias

from sqlalchemy import Row, Select
from sqlalchemy.dialects.postgresql import psycopg

from app.db import db

Statement: TypeAlias = "Select[*tuple[Any, ...]]"


class Prepared:
    """A statement with named parameters; the driver prepares it at the server when it is used."""

    def __init__(self, build: Callable[[], Statement]) -> None:
        self.build = build

    @cached_property
    def _compiled(self) -> tuple[str, dict[str, Any]]:
        compiled = self.build().compile(dialect=psycopg.dialect())
        return str(compiled), dict(compiled.params)

    def rows(self, **values: Any) -> Sequence[Row[Any]]:
        """Run it in the session's transaction."""
        text, constants = self._compiled
        unknown = values.keys() - constants.keys()
        if unknown:
            raise TypeError(f"no such parameter: {', '.join(sorted(unknown))}")
        return db.session.connection().exec_driver_sql(text, {**constants, **values}).all()
