"""The database session, the declarative base and the column types every model shares."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import uuid_utils.compat
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, DateTime, ForeignKey, MetaData, String, func, select
from sqlalchemy.dialects.postgresql import DATERANGE, JSONB, Range
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, InstanceState, mapped_column, registry

# A rule of the database is known by its name: operations translate it once into a named error.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of all models; every instant is stored with its time zone."""

    # The extension derives a second base from this one, which allows the map in a registry only.
    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: DateTime(timezone=True),
            dict[str, Any]: JSONB,
            Range[date]: DATERANGE,
        },
    )


def make_dict_first(state: type[InstanceState[Any]]) -> None:
    """Let a state have its ``__dict__`` before anything can reach it through a weak reference.

    Python 3.11 makes the dict of an object when it is first asked for, and may collect garbage
    while it does. If that frees the row the state belongs to, the callback of SQLAlchemy's weak
    reference writes to the same state, and two dicts own one array of values: some time later the
    process dies of a segmentation fault. Python 3.12 collects between instructions only.
    """
    initialise = state.__init__

    def with_dict(self: InstanceState[Any], obj: Any, manager: Any) -> None:
        vars(self)
        initialise(self, obj, manager)

    state.__init__ = with_dict  # type: ignore[method-assign]


if sys.version_info < (3, 12):
    make_dict_first(InstanceState)

db = SQLAlchemy(model_class=Base, session_options={"join_transaction_mode": "create_savepoint"})

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


# The engine of statements that only read and stand alone: no transaction around them, no question
# beforehand whether the server is still there, and plans that are made once.
READING = "reading"


def reads_alone() -> bool:
    """Whether a statement may run outside of the session, which is in the midst of nothing."""
    stand_in: object = db.engine
    if not isinstance(stand_in, Engine):
        # A test has put its own connection, which it rolls back, in the engine's place.
        return False
    return not db.session.registry.has() or not db.session().in_transaction()


@contextmanager
def reading() -> Iterator[Connection]:
    """Yield a connection for one statement: the session's where it is in the midst of something."""
    if not reads_alone():
        yield db.session.connection()
        return
    with db.engines[READING].connect() as connection:
        yield connection


def new_id() -> uuid.UUID:
    """Return a time-ordered identifier (UUID version 7, RFC 9562)."""
    return uuid_utils.compat.uuid7()


IntKey = Annotated[int, mapped_column(primary_key=True)]
UuidKey = Annotated[uuid.UUID, mapped_column(primary_key=True, default=new_id)]
Code = Annotated[str, mapped_column(String(32))]
Name = Annotated[str, mapped_column(String(200))]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
CreatedAt = Annotated[
    datetime, mapped_column(DateTime(timezone=True), server_default=func.now(), index=False)
]
EstablishmentKey = Annotated[int, mapped_column(ForeignKey("establishment.id"), index=True)]


def constraint_of(error: IntegrityError) -> str | None:
    """Return the name of the violated constraint, or None where the driver does not tell."""
    diagnostics = getattr(error.orig, "diag", None)
    return getattr(diagnostics, "constraint_name", None)


@contextmanager
def advisory_lock(name: str, *, wait: float = 0.0) -> Iterator[bool]:
    """Hold a lock of the whole installation; yields whether it was free within ``wait`` seconds.

    It lives and dies with a connection of its own, so a process that is killed holds nothing.
    """
    key = func.hashtextextended(name, 0)
    with db.engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        deadline = time.monotonic() + wait
        while not (held := connection.scalar(select(func.pg_try_advisory_lock(key)))):
            if time.monotonic() >= deadline:
                break
            time.sleep(0.02)
        try:
            yield bool(held)
        finally:
            if held:
                connection.execute(select(func.pg_advisory_unlock(key)))
