"""What benchmarks share: rows of the report, percentiles, interleaved rounds, an installation."""

from __future__ import annotations

import gc
import json
import math
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask

from app import create_app, local
from app.config import ROOT, Config
from app.db import db
from app.local.keeper import die_with_parent

READY_SECONDS = 60.0


@dataclass(frozen=True)
class Row:
    """A line of BENCHMARKS.md: what was measured, how it came out, what was aimed at, and why.

    ``aim`` is empty where a figure only informs; ``met`` is None there.
    """

    measure: str
    value: str
    aim: str = ""
    note: str = ""
    met: bool | None = None


def row(
    measure: str,
    value: float,
    unit: str = "",
    *,
    most: float | None = None,
    least: float | None = None,
    note: str = "",
) -> Row:
    """Return a row whose aim is an upper or a lower bound of its value."""
    aim, met = "", None
    if most is not None:
        aim, met = f"≤ {shown(most)}{unit}", value <= most
    elif least is not None:
        aim, met = f"≥ {shown(least)}{unit}", value >= least
    return Row(measure, f"{shown(value)}{unit}", aim, note, met)


def shown(value: float) -> str:
    """Print a figure with three digits that count, and never more decimals than mean something."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    decimals = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{min(decimals, 3)}f}".rstrip("0").rstrip(".") if decimals else f"{value:,.0f}"


# --- Times -------------------------------------------------------------------------------------


def percentile(samples: Sequence[float], share: float) -> float:
    """Return the sample below which the share of all lies, between two neighbours in proportion."""
    ordered = sorted(samples)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


@dataclass
class Times:
    """Milliseconds of one case."""

    samples: list[float] = field(default_factory=list)

    @property
    def p50(self) -> float:
        return percentile(self.samples, 0.5)

    @property
    def p95(self) -> float:
        return percentile(self.samples, 0.95)

    @property
    def p99(self) -> float:
        return percentile(self.samples, 0.99)

    def __str__(self) -> str:
        return f"p50 {shown(self.p50)} ms, p95 {shown(self.p95)} ms"


Case = Callable[[Any], object]


def interleaved(
    cases: Mapping[str, Case], questions: Sequence[Any], *, warm: int = 5, seed: int = 1
) -> dict[str, Times]:
    """Ask every case every question, case after case in changing order, and time each alone.

    What else the machine does then falls on all cases alike, so that their ratios hold where
    absolute times do not.
    """
    dice = random.Random(seed)
    names = list(cases)
    times = {name: Times() for name in names}
    for question in questions[:warm]:
        for name in names:
            cases[name](question)
    gc.collect()
    gc.disable()
    try:
        for question in questions:
            dice.shuffle(names)
            for name in names:
                begun = time.perf_counter()
                cases[name](question)
                times[name].samples.append((time.perf_counter() - begun) * 1000)
    finally:
        gc.enable()
    return times


# --- An installation of its own ----------------------------------------------------------------


@dataclass
class Installation:
    """PostgreSQL, Meilisearch and an application under a directory that goes with them."""

    app: Flask
    config: Config
    environ: dict[str, str]

    @property
    def data_dir(self) -> Path:
        return self.config.data_dir

    @property
    def engine_dir(self) -> Path:
        return self.data_dir / "meilisearch"

    def engine_pid(self) -> int:
        """Return the process of this installation's search engine."""
        wanted = f"--db-path={self.engine_dir}".encode()
        for folder in Path("/proc").iterdir():
            with suppress(OSError):
                if folder.name.isdigit() and wanted in (folder / "cmdline").read_bytes():
                    return int(folder.name)
        raise RuntimeError("the engine does not run")

    @contextmanager
    def process(self, *argv: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run a process of the installation, which ends with the block."""
        child = subprocess.Popen(
            argv,
            cwd=ROOT,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
        try:
            yield child
        finally:
            if child.poll() is None:
                child.terminate()
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run the background process."""
        with self.process(sys.executable, "-m", "flask", "--app", "app", "worker") as child:
            yield child

    @contextmanager
    def web(self) -> Iterator[Web]:
        """Run one web process as in production, and a kept-alive connection to it."""
        argv = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]
        with self.process(*argv, "--workers", "1"):
            web = Web(self.config.port)
            web.wait_until_ready()
            try:
                yield web
            finally:
                web.connection.close()


class Web:
    """A client that keeps its connection, as a browser does."""

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=30)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> bytes:
        """Return the body of the answer, which must be a good one."""
        try:
            answer = self._ask(path, headers)
        except RemoteDisconnected:
            # Another case took so long that the server gave the connection up meanwhile.
            answer = self._ask(path, headers)
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} {path}")
        return body

    def _ask(self, path: str, headers: Mapping[str, str] | None) -> HTTPResponse:
        self.connection.request("GET", path, headers=dict(headers or {}))
        return self.connection.getresponse()

    def json(self, path: str) -> Any:
        return json.loads(self.get(path))

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                self.get("/readyz")
                return
            except (OSError, RuntimeError):
                self.connection.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)


@contextmanager
def installation() -> Iterator[Installation]:
    """Make an installation in an application context, and take it away afterwards."""
    data_dir = Path(tempfile.mkdtemp(prefix="register-bench-"))
    # Ours alone to open up: as root PostgreSQL runs under a user that has to get through.
    data_dir.chmod(0o711)
    own = {
        "APP_ENV": "development",
        "DATA_DIR": str(data_dir),
        "HOST": "127.0.0.1",
        "PORT": str(_free_port()),
        "DEMO": "0",
    }
    foreign = ("DATABASE_URL", "MEILI_URL", "MEILI_MASTER_KEY", "PUBLIC_URL", "FLASK_DEBUG")
    environ = {name: value for name, value in os.environ.items() if name not in foreign} | own
    config = Config.from_environ(environ, dotenv=None)
    app = create_app(config)
    try:
        with app.app_context():
            yield Installation(app, config, environ)
            db.session.remove()
            db.engine.dispose()
    finally:
        local.leave(config)
        elsewhere = data_dir / "postgres.elsewhere"
        if elsewhere.exists():
            shutil.rmtree(elsewhere.read_text("utf-8").strip(), ignore_errors=True)
        shutil.rmtree(data_dir, ignore_errors=True)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def connect(config: Config) -> psycopg.Connection[Any]:
    """Open a plain connection to the installation's database, without the application's layers."""
    url = local.ensure_database(config).replace("+psycopg", "")
    return psycopg.connect(url, autocommit=True)


# --- The machine -------------------------------------------------------------------------------


def disk_bytes(folder: Path) -> int:
    """Return what the files of a folder take on disk; a sparse one says it is larger."""
    return sum(file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file())


def memory_bytes(pid: int) -> int:
    """Return the memory that a process holds for itself, without the pages of its files."""
    return sum(
        int(line.split()[1]) * 1024
        for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
        if line.startswith("RssAnon:")
    )


def megabytes(count: float) -> float:
    return count / 1_000_000
