"""A local server that several processes share: the first starts it, the last stops it."""

import atexit
import fcntl
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from app.local.keeper import try_lock

KEEPER = Path(__file__).with_name("keeper.py")
PATIENCE = 90.0
LOG_LIMIT = 5_000_000


class LocalServerError(Exception):
    """A local server that does not start or does not stop; the message says what to do."""


@dataclass(frozen=True)
class Spec:
    """How to run and stop the server; `stop` is signals, each with the seconds it is given."""

    argv: list[str]
    cwd: str
    stop: list[tuple[int, float]]
    env: dict[str, str] = field(default_factory=dict)
    uid: int | None = None
    gid: int | None = None
    restart: bool = False


class Service:
    """The locks and the keeper of one server under one DATA_DIR.

    `start` is held while somebody starts or leaves, `users` is held shared by everybody who uses
    the server, `keeper` exclusively by the process that runs it.
    """

    def __init__(self, name: str, data_dir: Path) -> None:
        self.name = name
        self.run_dir = data_dir / "run"
        self.log = data_dir / "log" / f"{name}.log"
        self.users: IO[Any] | None = None
        self.owner = 0
        self.keeper: subprocess.Popen[bytes] | None = None

    def path(self, what: str) -> Path:
        return self.run_dir / f"{self.name}.{what}"

    @property
    def joined(self) -> bool:
        return self.users is not None and self.owner == os.getpid()

    def join(
        self,
        prepare: Callable[[], tuple[Spec, dict[str, Any]]],
        wait_ready: Callable[[dict[str, Any]], None],
    ) -> dict[str, Any]:
        """Use the server until this process ends; start it if nobody has. Returns its facts."""
        self.run_dir.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self._starting():
            if not self.joined:
                self._hold()
            if self.alive():
                return dict(json.loads(self.path("json").read_text(encoding="utf-8")))
            spec, facts = prepare()
            self._write(facts)
            self._launch(spec)
            try:
                wait_ready(facts)
            except BaseException:
                self._release()
                raise
            return facts

    def _hold(self) -> None:
        users = open(self.path("users"), "a")  # noqa: SIM115 - held until this process ends
        if not _wait(lambda: try_lock(users, fcntl.LOCK_SH), PATIENCE):
            users.close()
            raise LocalServerError(f"{self.name}: an earlier one does not stop; see {self.log}")
        self.users, self.owner = users, os.getpid()
        atexit.register(self.leave)

    def alive(self) -> bool:
        """Whether a keeper runs the server now."""
        try:
            with open(self.path("keeper"), "a") as lock:
                return not try_lock(lock, fcntl.LOCK_SH)
        except FileNotFoundError:
            return False

    def leave(self, patience: float = PATIENCE) -> None:
        """Stop using the server and, if nobody else does, wait until it is gone."""
        if not self.joined:
            return
        with suppress(LocalServerError, OSError), self._starting():
            self._release()
            _wait(lambda: not self.alive() or self._others(), patience)
        self._release()
        if self.keeper is not None and not self.alive():
            with suppress(subprocess.TimeoutExpired):
                self.keeper.wait(patience)

    def _release(self) -> None:
        if self.users is not None:
            self.users.close()
            self.users = None

    def _others(self) -> bool:
        """Whether somebody else uses the server: the lock can be shared, but not be had alone."""
        with open(self.path("users"), "a") as alone, open(self.path("users"), "a") as shared:
            return not try_lock(alone, fcntl.LOCK_EX) and try_lock(shared, fcntl.LOCK_SH)

    @contextmanager
    def _starting(self) -> Iterator[None]:
        with open(self.path("start"), "a") as lock:
            if not _wait(lambda: try_lock(lock, fcntl.LOCK_EX), PATIENCE):
                raise LocalServerError(
                    f"{self.name}: another process has been starting it too long"
                )
            yield

    def _launch(self, spec: Spec) -> None:
        with suppress(FileNotFoundError):
            if self.log.stat().st_size > LOG_LIMIT:
                self.log.replace(self.log.with_suffix(".log.1"))
        message = {
            **asdict(spec),
            "lock": str(self.path("keeper")),
            "users": str(self.path("users")),
        }
        with open(self.log, "ab", opener=_private) as log:
            # A session of its own: Ctrl-C in the terminal must not reach the server before those
            # who use it have ended.
            self.keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", str(KEEPER), self.name],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )
        assert self.keeper.stdin is not None
        # Over the pipe, not in the arguments: these hold keys and `ps` shows arguments to anybody.
        with self.keeper.stdin as stdin, suppress(BrokenPipeError):
            stdin.write(json.dumps(message).encode())

    def failed(self) -> bool:
        """Whether the keeper this process started has already given up."""
        return self.keeper is not None and self.keeper.poll() is not None

    def last_words(self, lines: int = 8) -> str:
        with suppress(OSError):
            return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])
        return ""

    def port(self) -> int:
        """The port of the last time where that is free, since others may remember it; else any."""
        facts: dict[str, Any] = {}
        with suppress(OSError, ValueError):
            facts = json.loads(self.path("json").read_text(encoding="utf-8"))
        for number in (facts.get("port", 0), 0):
            with socket.socket() as probe, suppress(OSError):
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", number))
                return int(probe.getsockname()[1])
        raise LocalServerError(f"{self.name}: no free port on 127.0.0.1")

    def _write(self, facts: dict[str, Any]) -> None:
        draft = self.path(f"json.{os.getpid()}")
        draft.write_text(json.dumps(facts), encoding="utf-8")
        draft.replace(self.path("json"))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _wait(condition: Callable[[], bool], seconds: float, pause: float = 0.02) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
