"""Statements built and compiled once: building them would take longer than running them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import psycopg as driver
from psycopg.rows import namedtuple_row
from psycopg.sql import Literal
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import PoolProxiedConnection

from app.db import READING, db, reads_alone

Statement: TypeAlias = "Select[*tuple[Any, ...]]"

_PARAMETER = re.compile(r"%\((\w+)\)s")
_NAMED = re.compile(r"%\((\w+)\)s|%%")


class _Text(NamedTuple):
    """A statement with its parameters by name, and with numbers in the order of the names."""

    named: str
    numbered: str
    names: tuple[str, ...]


class Prepared:
    """A statement with named parameters; the driver prepares it at the server when it is used.

    What never changes stands in the text, so that a plan for any values may use an index of open
    rows alone. With ``few`` rows by their keys such a plan is as good as one for these values, and
    is made once; the statement then runs by itself, outside of a transaction.
    """

    def __init__(self, build: Callable[[], Statement], *, few: bool = False) -> None:
        self.build, self.few = build, few

    @cached_property
    def text(self) -> _Text:
        compiled = self.build().compile(dialect=psycopg.dialect())
        constants = {name: value for name, value in compiled.params.items() if value is not None}
        names = tuple(dict.fromkeys(compiled.params.keys() - constants.keys()))

        def written(parameter: re.Match[str]) -> str:
            name = parameter[1]
            if name not in constants:
                return parameter[0]
            return Literal(constants[name]).as_string().replace("%", "%%")

        def number(parameter: re.Match[str]) -> str:
            return f"${names.index(parameter[1]) + 1}" if parameter[1] else "%"

        named = _PARAMETER.sub(written, str(compiled))
        return _Text(named, _NAMED.sub(number, named), names)

    def rows(self, **values: Any) -> Sequence[Any]:
        """Run it, in the session's transaction where there is one."""
        text = self.text
        if values.keys() != set(text.names):
            raise TypeError(f"no such parameter: {sorted(values.keys() ^ set(text.names))}")
        if not self.few or not reads_alone():
            return db.session.connection().exec_driver_sql(text.named, values).all()
        numbered = [values[name] for name in text.names]
        pool = db.engines[READING]
        try:
            return _rows(pool.raw_connection(), text.numbered, numbered)
        except OperationalError as error:
            if not error.connection_invalidated:
                raise
        # The server was restarted since: every connection that was kept is as dead as this.
        pool.dispose()
        return _rows(pool.raw_connection(), text.numbered, numbered)


def _rows(connection: PoolProxiedConnection, text: str, values: list[Any]) -> Sequence[Any]:
    """Run it past the layers that look at a statement of this length anew each time."""
    raw: Any = connection.driver_connection
    try:
        cursor = driver.RawCursor(raw, row_factory=namedtuple_row)
        return cursor.execute(text, values, prepare=True).fetchall()
    except driver.OperationalError as error:
        if raw.closed:
            connection.invalidate()
        raise OperationalError(
            text, None, error, hide_parameters=True, connection_invalidated=raw.closed
        ) from error
    finally:
        connection.close()
