"""Where the embedded cluster lives, what it says in its log, and what it does with an old lock."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app.local import postgres
from app.local.postgres import VOLATILE, LocalPostgres, choose_binaries, choose_home

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands files to another user")
SECRET = "B1234567"


@pytest.fixture
def data_dir(run_dir: Path, tmp_path: Path) -> Path:
    """A directory that PostgreSQL's user reaches (pytest's own is closed to others)."""
    return run_dir / tmp_path.name


@pytest.fixture
def server(data_dir: Path) -> Iterator[LocalPostgres]:
    server = LocalPostgres(data_dir, settings=VOLATILE)
    yield server
    server.service.leave()


def connect(server: LocalPostgres) -> psycopg.Connection:
    return psycopg.connect(server.ensure().replace("+psycopg", ""), autocommit=True)


def test_an_error_puts_no_value_into_the_log(server: LocalPostgres) -> None:
    log = server.service.log
    with connect(server) as connection:
        connection.execute("CREATE TABLE guest (number text UNIQUE, born date)")
        connection.execute("INSERT INTO guest VALUES (%s)", [SECRET])
        for _ in range(2):
            with pytest.raises(psycopg.errors.UniqueViolation):
                connection.execute("INSERT INTO guest VALUES (%s)", [SECRET])
            with pytest.raises(psycopg.errors.InvalidDatetimeFormat):
                connection.execute("INSERT INTO guest (born) VALUES (%s::text::date)", [SECRET])
        assert SECRET not in log.read_text()
        # The control: the same error does write it where the settings let it.
        connection.execute("SET log_min_messages = 'error'")
        with pytest.raises(psycopg.errors.InvalidDatetimeFormat):
            connection.execute("INSERT INTO guest (born) VALUES (%s::text::date)", [SECRET])
    assert SECRET in log.read_text()


def test_a_lock_left_behind_does_not_block_the_start(server: LocalPostgres, data_dir: Path) -> None:
    connect(server).close()
    server.service.leave()
    home = choose_home(data_dir)[1]
    # The process id has been given to somebody else since: to this test.
    (home / "postgres/postmaster.pid").write_text(f"{os.getpid()}\n{home}\n0\n1\n\n\n0 0\n")
    with connect(server) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_half_made_cluster_is_made_anew(server: LocalPostgres, data_dir: Path) -> None:
    (data_dir / "postgres.new").mkdir(parents=True)
    (data_dir / "postgres.new/PG_VERSION").write_text("18\n")
    with connect(server) as connection:
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
    assert not (data_dir / "postgres.new").exists()


def test_data_of_another_version_are_left_alone(server: LocalPostgres, data_dir: Path) -> None:
    cluster = choose_home(data_dir)[1] / "postgres"
    cluster.mkdir(mode=0o755)
    (cluster / "PG_VERSION").write_text("9\n")
    with pytest.raises(postgres.LocalServerError, match="PostgreSQL 9"):
        server.ensure()
    assert not server.service.alive()


@as_root
def test_root_keeps_a_closed_checkout_closed(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    run_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgres, "SYSTEM_HOME", run_dir / tmp_path.name / "system")
    (run_dir / tmp_path.name).mkdir()
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    umask = os.umask(0o077)
    request.addfinalizer(lambda: os.umask(umask))
    modes = [path.stat().st_mode for path in closed.parents]
    account, home = choose_home(closed / "var")
    assert account.uid
    assert home.parent == postgres.SYSTEM_HOME
    assert account.can("-x", home)
    assert [path.stat().st_mode for path in closed.parents] == modes
    assert closed.stat().st_mode & 0o077 == 0
    # The second time the pointer leads there.
    assert choose_home(closed / "var") == (account, home)
    # With DATA_DIR emptied its keys are gone: a new cluster, the old one aside.
    (home / "mark").touch()
    (closed / "var/postgres.elsewhere").unlink()
    assert choose_home(closed / "var") == (account, home)
    assert not (home / "mark").exists()
    assert (home.with_name(f"{home.name}.old") / "mark").exists()


@as_root
def test_root_copies_binaries_that_nobody_else_may_read(
    tmp_path: Path, run_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "SYSTEM_HOME", run_dir / tmp_path.name / "system")
    (run_dir / tmp_path.name).mkdir()
    account = choose_home(tmp_path / "var")[0]
    monkeypatch.setattr(type(account), "can", lambda *_: False)
    binaries = choose_binaries(account)
    assert binaries.is_relative_to(postgres.SYSTEM_HOME)
    said = account.run(binaries / "bin/postgres", "--version")
    assert said.stdout.startswith("postgres (PostgreSQL) 18.")
