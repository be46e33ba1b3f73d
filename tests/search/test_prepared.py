"""Statements that run alone: on connections of their own, which may have been cut."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import DBAPIError

from app.db import READING, db, reads_alone
from app.registry.models import Establishment
from app.search.items import VACANT_HOUSES
from app.search.prepared import Prepared

OPEN = Prepared(
    lambda: select(Establishment.id, Establishment.code).where(
        Establishment.status == "approved", Establishment.id > bindparam("after")
    ),
    few=True,
)


def test_what_never_changes_stands_in_the_text() -> None:
    """Else a plan for any values could not take the index of open reservations alone."""
    assert OPEN.text.names == ("after",)
    assert "'approved'" in OPEN.text.numbered
    assert "$1" in OPEN.text.numbered
    assert "'open'" in VACANT_HOUSES.text.numbered


def test_a_wrong_parameter_is_named() -> None:
    with pytest.raises(TypeError, match="before"):
        OPEN.rows(before=1)


def test_cut_connections_are_made_anew(committed: Flask) -> None:
    with committed.app_context():
        assert OPEN.rows(after=0) == []
        pool = db.engines[READING]
        with pool.connect() as connection:
            own = connection.scalar(text("SELECT pg_backend_pid()"))
        with db.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
        assert OPEN.rows(after=0) == []


def test_they_cannot_write(committed: Flask) -> None:
    with (
        committed.app_context(),
        db.engines[READING].connect() as connection,
        pytest.raises(DBAPIError, match="read-only"),
    ):
        connection.execute(text("DELETE FROM establishment"))


def test_who_is_in_the_midst_of_something_sees_it(committed: Flask) -> None:
    with committed.app_context():
        assert reads_alone()
        db.session.execute(
            text(
                "INSERT INTO establishment (code, name, folded, status) VALUES"
                " ('X1', 'Gió', 'gio', 'approved')"
            )
        )
        assert not reads_alone()
        assert [row.code for row in OPEN.rows(after=0)] == ["X1"]
        db.session.rollback()
        assert OPEN.rows(after=0) == []
