"""``flask backup`` and ``restore``: the database as one file, without the keys that read it."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade
from sqlalchemy import select, text, update
from sqlalchemy.engine import make_url

from app import dates
from app.audit.operations import record
from app.config import Config
from app.db import db
from app.local.postgres import client_programs
from app.registry.commands import COMMAND_LINE
from app.registry.models import Establishment
from app.stays import erasing

DUMP, LEDGER, MANIFEST = "database.dump", "erasures.csv", "manifest.json"
FORMAT = 1
LOCK_SECONDS = 20

Ledger = list[tuple[uuid.UUID, datetime, str]]


class BackupError(click.ClickException):
    """Says what is wrong with a backup, or what keeps it from being made or read."""


@click.command("backup")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@with_appcontext
def backup(folder: Path) -> None:
    """Write the whole database into DIR, which must be new or empty.

    Guests stay sealed in it, and the identity keys are not part of it: keep those elsewhere.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackupError(f"{folder} is not empty")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    begun = dates.now()
    run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={folder / DUMP}")
    write_ledger(folder / LEDGER, read_ledger())
    manifest = {
        "format": FORMAT,
        "made_at": begun.isoformat(timespec="seconds"),
        "schema": schema_version(),
        "sha256": sha256(folder / DUMP),
        "identity_keys": sorted(the_config().identity_keys),
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    record("backup", by=COMMAND_LINE)
    db.session.commit()
    size = (folder / DUMP).stat().st_size / 1e6
    click.echo(f"{folder}: {size:.1f} MB. Without IDENTITY_KEYS and BLIND_INDEX_KEY, which are")
    click.echo("not in it, nobody reads a guest from it, nor do you.")


@click.command("restore")
@click.argument(
    "folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--yes", is_flag=True, help="Replace what the database holds without asking.")
@with_appcontext
def restore(folder: Path, yes: bool) -> None:
    """Replace the database by the backup in DIR, all of it or nothing.

    Whoever was erased since, by the ledger of the present database or of DIR, is erased again.
    Afterwards the schema is brought up to date and the search index is told to follow.
    """
    check(folder)
    if not yes:
        click.confirm("This replaces everything in the database. Go on?", abort=True)
    erased = {row[0]: row for row in [*read_file(folder / LEDGER), *read_ledger()]}
    db.session.remove()
    replace_database(folder / DUMP)
    db.engine.dispose()
    upgrade()
    count = erasing.replay(list(erased.values()), by=COMMAND_LINE)
    # The index may be ahead of what was restored, so that every house has to be sent again.
    db.session.execute(
        update(Establishment).values(search_version=Establishment.search_version + 1)
    )
    record("restore", by=COMMAND_LINE, erased_again=count)
    db.session.commit()
    click.echo(f"restored {folder}; {count} guests erased again.")


def check(folder: Path) -> None:
    """Refuse what is no backup, was altered, or is sealed under keys that are not here."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
        known, digest = manifest["format"] == FORMAT, manifest["sha256"]
        keys = set(manifest["identity_keys"])
    except (OSError, ValueError, KeyError, TypeError):
        raise BackupError(f"{folder} is not a backup of this register") from None
    if not known:
        raise BackupError(f"{folder} was made by another version of `flask backup`")
    if not (folder / DUMP).is_file() or sha256(folder / DUMP) != digest:
        raise BackupError(f"{folder / DUMP} was altered or is cut off")
    if missing := keys - set(the_config().identity_keys):
        raise BackupError(
            f"IDENTITY_KEYS lacks {', '.join(sorted(missing))}, which seal guests in it"
        )


def replace_database(dump: Path) -> None:
    """Drop and fill the schema in one transaction, so that a failure leaves all as it was."""
    options = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")
    first = (
        f"--command=SET lock_timeout = '{LOCK_SECONDS}s'",
        "--command=DROP SCHEMA public CASCADE; CREATE SCHEMA public",
    )
    with (
        program("pg_restore", "--no-owner", "--no-privileges", "--file=-", str(dump)) as reading,
        program("psql", *options, *first, "--file=-") as writing,
    ):
        assert reading.stdout
        assert writing.stdin
        assert writing.stderr
        with suppress(BrokenPipeError):
            shutil.copyfileobj(reading.stdout, writing.stdin)
        reading.stdout.close()
        if reading.wait():
            # Leaving now ends the writer before it sees the end of its input, and so commits.
            raise BackupError(f"{dump} cannot be read")
        with suppress(BrokenPipeError):
            writing.stdin.close()
        said = writing.stderr.read().decode(errors="replace")
        if writing.wait():
            raise BackupError(f"psql failed: {_reason(said)}")


def read_ledger() -> Ledger:
    """Return the erasures that the database knows; none where it has no such table yet."""
    if not db.session.scalar(text("SELECT to_regclass('public.erasure') IS NOT NULL")):
        return []
    rows = db.session.execute(
        select(
            erasing.Erasure.guest_id, erasing.Erasure.erased_at, erasing.Erasure.reason
        ).order_by(erasing.Erasure.guest_id)
    )
    return [(guest, at, reason) for guest, at, reason in rows]


def write_ledger(path: Path, rows: Ledger) -> None:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["guest_id", "erased_at", "reason"])
        writer.writerows([guest, at.isoformat(), reason] for guest, at, reason in rows)


def read_file(path: Path) -> Ledger:
    """Return the erasures of a backup's ledger, which may be a newer one put into the folder."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return [
                (
                    uuid.UUID(row["guest_id"]),
                    datetime.fromisoformat(row["erased_at"]),
                    row["reason"],
                )
                for row in csv.DictReader(lines)
            ]
    except (OSError, ValueError, KeyError):
        raise BackupError(f"{path} is missing or unreadable") from None


def the_config() -> Config:
    config: Config = current_app.extensions["config"]
    return config


def schema_version() -> str:
    return str(db.session.scalar(text("SELECT version_num FROM alembic_version")))


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def environment() -> dict[str, str]:
    """The database's address for PostgreSQL's programs; a password never on a command line."""
    url = make_url(db.engine.url)
    given = {
        "PGHOST": url.host,
        "PGPORT": str(url.port or 5432),
        "PGUSER": url.username,
        "PGPASSWORD": None if url.password is None else str(url.password),
        "PGDATABASE": url.database,
        "PGCONNECT_TIMEOUT": "10",
        "PGCLIENTENCODING": "UTF8",
    }
    words = {name: value for name, value in given.items() if value}
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"} | words


def run(name: str, *words: str) -> None:
    with program(name, *words) as process:
        _, said = process.communicate()
        if process.returncode:
            raise BackupError(f"{name} failed: {_reason(said.decode(errors='replace'))}")


@contextmanager
def program(name: str, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of PostgreSQL's programs, which does not outlive the block."""
    process = subprocess.Popen(
        [client_programs() / name, *words],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE if name == "pg_restore" else subprocess.DEVNULL,
        stderr=subprocess.DEVNULL if name == "pg_restore" else subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            with suppress(BrokenPipeError):
                if stream:
                    stream.close()


def _reason(said: str) -> str:
    """The first line alone: the DETAIL below it may quote a row."""
    return said.strip().partition("\n")[0][:300]
