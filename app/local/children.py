"""The starter's own processes: none outlives it, and the next start waits for those of the last."""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from app.config import ROOT
from app.local.keeper import die_with_parent, try_lock
from app.local.service import LocalServerError

PATIENCE = 30.0
# How long a run that looks alive may take to say that it is stopping.
HESITATION = 2.0
# A little longer than the web server and the worker allow themselves.
STOP_SECONDS = 25.0


class Child:
    """A process that gets SIGTERM when the starter is gone, however that ended."""

    def __init__(self, name: str, argv: list[str], inherited: IO[Any]) -> None:
        self.name = name
        self.process = subprocess.Popen(
            argv,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if name == "preparation" else None,
            text=True,
            # A group of its own: Ctrl-C reaches the starter alone, which stops them in order.
            process_group=0,
            pass_fds=[inherited.fileno()],
            preexec_fn=die_with_parent(signal.SIGTERM),
        )

    def lines(self) -> Iterator[str]:
        assert self.process.stdout is not None
        with self.process.stdout as stdout:
            for line in stdout:
                yield line.rstrip()

    def wait(self, seconds: float) -> int:
        return self.process.wait(seconds)

    def end(self) -> None:
        """Ask, wait, and then insist; its own children included."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        self.signal_group(signal.SIGKILL)
        self.process.wait()

    def signal_group(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def said(self) -> str:
        code = self.process.returncode
        return f"exit {code}" if code >= 0 else signal.Signals(-code).name


class Children:
    """The processes of one run; a lock that they inherit is free when the last of them is gone."""

    def __init__(self, data_dir: Path) -> None:
        self.run_dir = data_dir / "run"
        self.all: list[Child] = []
        self.claimed: IO[str] | None = None
        self.inherited: IO[str] | None = None

    def claim(self) -> None:
        """Take DATA_DIR for this run; wait for an earlier one that is about to end."""
        self.run_dir.mkdir(parents=True, exist_ok=True)
        self.claimed = self._claim_run()
        self.inherited = self._outlive_predecessors()
        self._note("running")

    def _claim_run(self) -> IO[str]:
        claim = open(self.run_dir / "starter.lock", "a+")  # noqa: SIM115 - held for the whole run
        began = time.monotonic()
        while not try_lock(claim, fcntl.LOCK_EX):
            waited = time.monotonic() - began
            claim.seek(0)
            pid, _, state = claim.read().partition(" ")
            if waited > PATIENCE or (state == "running" and waited > HESITATION):
                claim.close()
                raise LocalServerError(
                    f"It already runs on {self.run_dir.parent} (process {pid}): stop that first,"
                    " or take another DATA_DIR and PORT"
                )
            time.sleep(0.1)
        return claim

    def _outlive_predecessors(self) -> IO[str]:
        path = self.run_dir / "children.lock"
        inherited = open(path, "a")  # noqa: SIM115 - held for the whole run, by the children too
        began = time.monotonic()
        while not try_lock(inherited, fcntl.LOCK_EX):
            waited = time.monotonic() - began
            if waited > 2 * PATIENCE:
                raise LocalServerError(
                    f"Processes of an earlier run do not end; see who has {path}"
                )
            if waited > PATIENCE:
                for pid in _holders(path):
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)
        return inherited

    def _note(self, state: str) -> None:
        if self.claimed is not None:
            self.claimed.truncate(0)
            self.claimed.write(f"{os.getpid()} {state}")
            self.claimed.flush()

    def start(self, name: str, argv: list[str]) -> Child:
        assert self.inherited is not None
        child = Child(name, argv, self.inherited)
        self.all.append(child)
        return child

    def forget(self, child: Child) -> None:
        self.all.remove(child)

    def running(self) -> list[Child]:
        return [child for child in self.all if child.process.poll() is None]

    def ended(self) -> list[Child]:
        return [child for child in self.all if child.process.poll() is not None]

    def stop(self) -> None:
        """End them one after the other, the web server first."""
        self._note("stopping")
        for child in sorted(self.all, key=lambda child: child.name != "web server"):
            child.end()

    def kill(self) -> None:
        for child in self.running():
            child.signal_group(signal.SIGKILL)

    def release(self) -> None:
        for lock in (self.inherited, self.claimed):
            if lock is not None:
                lock.close()


def _holders(path: Path) -> list[int]:
    """Who else has the file open; only our own processes ever do."""
    found = []
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            pid = int(descriptor.parts[2])
            if pid != os.getpid() and descriptor.readlink() == path:
                found.append(pid)
    return found
