"""A backup is restored whole on real PostgreSQL, and erases again whom it brought back."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import select, text

from app import backup
from app.audit.models import AuditEvent
from app.audit.queries import first_bad
from app.db import db
from app.registry.models import Establishment
from app.stays import erasing
from app.stays.models import Guest
from tests.factories import EstablishmentFactory, GuestFactory, RoomTypeFactory, StayFactory

CANARY = "Cánh Chim Canary"


@pytest.fixture
def cli(committed: Flask) -> FlaskCliRunner:
    return committed.test_cli_runner()


@pytest.fixture
def guest(committed: Flask) -> Any:
    with committed.app_context():
        house = EstablishmentFactory(name="Trước khi mất", search_version=7, sent_version=7)
        stay = StayFactory(room_type=RoomTypeFactory(establishment=house))
        guest = GuestFactory(stay=stay, full_name=CANARY)
        db.session.commit()
        return guest.id


def invoke(cli: FlaskCliRunner, *words: str) -> str:
    done = cli.invoke(args=list(words))
    assert done.exit_code == 0, done.output
    return done.output


def test_it_comes_back_as_it_was(
    committed: Flask, cli: FlaskCliRunner, guest: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "monday"
    invoke(cli, "backup", str(folder))
    with committed.app_context():
        db.session.execute(text("UPDATE establishment SET name = 'Sau đó'"))
        db.session.execute(text("CREATE TABLE a_later_schema (id int)"))
        db.session.commit()
    invoke(cli, "restore", str(folder), "--yes")
    with committed.app_context():
        house = db.session.scalars(select(Establishment)).one()
        assert house.name == "Trước khi mất"
        # Behind, so that the index, which may be ahead of the backup, is filled anew.
        assert house.search_version > (house.sent_version or 0)
        assert db.session.get_one(Guest, guest).full_name == CANARY
        assert db.session.scalar(text("SELECT to_regclass('a_later_schema')")) is None
        actions = db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
        assert actions[-1] == "restore"
        assert first_bad() is None


def test_neither_keys_nor_guests_are_readable_in_it(
    committed: Flask, cli: FlaskCliRunner, guest: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "monday"
    invoke(cli, "backup", str(folder))
    config = committed.extensions["config"]
    for path in folder.iterdir():
        content = path.read_bytes()
        assert CANARY.encode() not in content
        for key in (*config.identity_keys.values(), config.blind_index_key):
            assert key not in content
            assert key.hex().encode() not in content
    dump = str(folder / backup.DUMP)
    with committed.app_context(), backup.program("pg_restore", "--file=-", dump) as reading:
        assert reading.stdout
        sql = reading.stdout.read().decode()
    assert CANARY not in sql
    assert "Trước khi mất" in sql


def test_whoever_was_erased_since_is_erased_again(
    committed: Flask, cli: FlaskCliRunner, guest: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "monday"
    invoke(cli, "backup", str(folder))
    with committed.app_context():
        assert erasing.erase([guest], reason="retention", by=erasing.WORKER) == 1
        db.session.commit()
    assert "1 guests erased again" in invoke(cli, "restore", str(folder), "--yes")
    with committed.app_context():
        again = db.session.get_one(Guest, guest)
        assert (again.full_name, again.document_index) == (None, None)
        assert again.identity_erased_at is not None


def test_a_newer_ledger_serves_on_a_new_machine(
    committed: Flask, cli: FlaskCliRunner, guest: Any, tmp_path: Path
) -> None:
    old, new = tmp_path / "monday", tmp_path / "tuesday"
    invoke(cli, "backup", str(old))
    with committed.app_context():
        erasing.erase([guest], reason="retention", by=erasing.WORKER)
        db.session.commit()
    invoke(cli, "backup", str(new))
    with committed.app_context():
        db.session.execute(text("DELETE FROM erasure"))
        db.session.commit()
    (old / backup.LEDGER).write_bytes((new / backup.LEDGER).read_bytes())
    invoke(cli, "restore", str(old), "--yes")
    with committed.app_context():
        assert db.session.get_one(Guest, guest).full_name is None


def altered(folder: Path) -> None:
    with (folder / backup.DUMP).open("ab") as file:
        file.write(b"x")


def of_another_version(folder: Path) -> None:
    manifest = json.loads((folder / backup.MANIFEST).read_text())
    (folder / backup.MANIFEST).write_text(json.dumps(manifest | {"format": 99}))


def sealed_elsewhere(folder: Path) -> None:
    manifest = json.loads((folder / backup.MANIFEST).read_text())
    keys = manifest | {"identity_keys": ["lost"]}
    (folder / backup.MANIFEST).write_text(json.dumps(keys))


def without_ledger(folder: Path) -> None:
    (folder / backup.LEDGER).unlink()


def of_a_bent_ledger(folder: Path) -> None:
    with (folder / backup.LEDGER).open("a", newline="") as lines:
        csv.writer(lines).writerow(["x", "y", "z"])


def unreadable(folder: Path) -> None:
    (folder / backup.DUMP).write_bytes(b"PGDMP nothing")
    manifest = json.loads((folder / backup.MANIFEST).read_text())
    digest = backup.sha256(folder / backup.DUMP)
    (folder / backup.MANIFEST).write_text(json.dumps(manifest | {"sha256": digest}))


@pytest.mark.parametrize(
    "spoil",
    [altered, of_another_version, sealed_elsewhere, without_ledger, of_a_bent_ledger, unreadable],
)
def test_what_is_wrong_with_it_leaves_the_database_alone(
    committed: Flask, cli: FlaskCliRunner, guest: Any, tmp_path: Path, spoil: Any
) -> None:
    folder = tmp_path / "monday"
    invoke(cli, "backup", str(folder))
    spoil(folder)
    done = cli.invoke(args=["restore", str(folder), "--yes"])
    assert (done.exit_code, "Error" in done.output) == (1, True)
    with committed.app_context():
        assert db.session.get_one(Guest, guest).full_name == CANARY


def test_a_folder_with_something_in_it_is_left_alone(cli: FlaskCliRunner, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    done = cli.invoke(args=["backup", str(tmp_path)])
    assert (done.exit_code, "not empty" in done.output) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
