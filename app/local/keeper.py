"""Runs one local server for as long as somebody uses it; standard library only, started by path.

Whoever uses the server holds a shared lock on its `users` file. The kernel drops that lock when the
holder ends, however it ends, so the keeper that gets the exclusive lock knows that nobody is left.
"""

import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

POLL = 0.1
LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0
STILLBORN = 2.0
PR_SET_PDEATHSIG = 1


def try_lock(file: IO[Any], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def die_with_parent(death_signal: int, parent: int | None = None) -> Callable[[], None]:
    """What a child runs between fork and exec, so that it gets a signal when its parent is gone.

    The kernel forgets the wish when the user changes; subprocess changes the user before this.
    """
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
    parent = parent or os.getpid()

    def in_child() -> None:
        if prctl is None:
            return
        prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return in_child


class Keeper:
    """One server process, started, restarted if that is wanted, and stopped."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec
        self.asked_to_stop = False
        self.pause = 1.0
        self.started = 0.0
        self.starts = 0
        self.restart_at: float | None = None

    def start(self) -> subprocess.Popen[bytes]:
        spec = self.spec
        user = {}
        if spec.get("uid") is not None:
            user = {"user": spec["uid"], "group": spec["gid"], "extra_groups": []}
        self.started = time.monotonic()
        self.starts += 1
        return subprocess.Popen(
            spec["argv"],
            cwd=spec["cwd"],
            env=spec["env"],
            stdin=subprocess.DEVNULL,
            umask=0o077,
            preexec_fn=die_with_parent(spec["stop"][0][0]),
            **user,
        )

    def on_signal(self, *_: object) -> None:
        self.asked_to_stop = True

    def run(self) -> int:
        # Nobody but this process ever takes the keeper lock exclusively; who looks whether it is
        # held takes it shared for an instant.
        lock, users = open(self.spec["lock"], "a"), open(self.spec["users"], "a")  # noqa: SIM115
        deadline = time.monotonic() + 5
        while not try_lock(lock, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                return 3
            time.sleep(POLL / 10)
        child = self.start()
        while not (self.asked_to_stop or try_lock(users, fcntl.LOCK_EX)):
            if child.poll() is not None:
                if self.is_hopeless():
                    return 1
                if self.pause_is_over():
                    child = self.start()
            time.sleep(POLL)
        self.stop(child)
        return 0

    def is_hopeless(self) -> bool:
        """Not to be restarted, or dead as soon as it was first started: that is for the caller."""
        stillborn = self.starts == 1 and time.monotonic() - self.started < STILLBORN
        return not self.spec["restart"] or (stillborn and self.restart_at is None)

    def pause_is_over(self) -> bool:
        """Whether a server that has ended may be started again; each time a little later."""
        now = time.monotonic()
        if self.restart_at is None:
            if now - self.started > STEADY_AFTER:
                self.pause = 1.0
            self.restart_at, self.pause = now + self.pause, min(self.pause * 2, LONGEST_PAUSE)
        if now < self.restart_at:
            return False
        self.restart_at = None
        return True

    def stop(self, child: subprocess.Popen[bytes]) -> None:
        for number, seconds in self.spec["stop"]:
            with suppress(ProcessLookupError):
                child.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                child.wait(seconds)
                return


def main() -> int:
    keeper = Keeper(json.load(sys.stdin))
    signal.signal(signal.SIGTERM, keeper.on_signal)
    signal.signal(signal.SIGINT, keeper.on_signal)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    return keeper.run()


if __name__ == "__main__":
    sys.exit(main())
