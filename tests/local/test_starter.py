"""`make run` as a whole: it starts, refuses, survives being killed, and leaves nothing behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
import requests

from app.config import ROOT
from app.local.starter import account_lines

READY = "Ready."
PATIENCE = 120.0


class Run:
    """One run of the starter, its output in a file."""

    def __init__(self, data_dir: Path, port: int) -> None:
        self.port = port
        self.output = data_dir.with_name(f"{data_dir.name}-{time.monotonic_ns()}.txt")
        self.file: IO[str] = self.output.open("w")
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.environ = kept | {"PORT": str(port), "DATA_DIR": str(data_dir), "DEMO": "0"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app.local.starter"],
            cwd=ROOT,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=self.file,
            stderr=self.file,
        )

    def said(self) -> str:
        return self.output.read_text()

    def until_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while READY not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)

    def answers(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=10) as answer:
            return int(answer.status)

    def end(self, number: int) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self.file.close()
        return code


def left_behind(data_dir: Path) -> list[str]:
    """Every process that has a file of this directory open, or its name among the arguments."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode().replace("\0", " ")
            files = [str(descriptor.readlink()) for descriptor in (process / "fd").iterdir()]
        except OSError:
            continue
        here = int(process.name) == os.getpid()
        if not here and any(str(data_dir) in text for text in (words, *files)):
            found.add(words)
    return sorted(found)


def nothing_is_left(data_dir: Path) -> bool:
    deadline = time.monotonic() + 60
    while left := left_behind(data_dir):
        if time.monotonic() > deadline:
            raise AssertionError(left)
        time.sleep(0.1)
    return True


@pytest.fixture
def data_dir(run_dir: Path, tmp_path: Path) -> Iterator[Path]:
    data_dir = run_dir / tmp_path.name
    yield data_dir
    for words in left_behind(data_dir):
        print("left behind:", words)  # noqa: T201 - shown with the failure


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def a_person_gets_in(run: Run) -> bool:
    """An administrator made on the command line sets a password, signs in and opens pages.

    The settings of a real start differ from the tests' own, so what stands before every page of a
    signed-in person is tried here once with them.
    """
    words = ["user", "create", "admin@example.test", "--name", "Quản trị", "--role", "admin"]
    command = [sys.executable, "-m", "flask", "--app", "app", *words]
    link = subprocess.check_output(command, cwd=ROOT, env=run.environ, text=True).strip()
    password = "một câu đủ dài để nhớ"
    browser = requests.Session()

    def send(address: str, **fields: str) -> requests.Response:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get(address).text)
        assert token
        return browser.post(address, data={"csrf_token": token[1], **fields})

    home = f"http://127.0.0.1:{run.port}"
    assert send(link, password=password, again=password).status_code == 200
    entered = send(f"{home}/sign-in", login="admin@example.test", password=password)
    pages = [browser.get(home + path) for path in ("/", "/account", "/admin/people")]
    return all(page.status_code == 200 for page in (entered, *pages))


@pytest.mark.slow
def test_a_life_of_the_whole_application(data_dir: Path) -> None:
    port = free_port()
    first = Run(data_dir, port)
    first.until_ready()
    assert first.answers() == 200
    assert f"http://127.0.0.1:{port}" in first.said()
    assert a_person_gets_in(first)

    # A second one on the same DATA_DIR is refused and disturbs nothing.
    refused = Run(data_dir, free_port())
    assert refused.end(0) == 1
    assert f"process {first.process.pid}" in refused.said()
    assert first.answers() == 200

    # Killed, and started again at once: the old processes end, the new one waits for them.
    first.end(signal.SIGKILL)
    second = Run(data_dir, port)
    second.until_ready()
    assert second.answers() == 200

    assert second.end(signal.SIGINT) == 0
    assert left_behind(data_dir) == []


@pytest.mark.slow
def test_killed_while_it_runs_it_leaves_nothing(data_dir: Path) -> None:
    run = Run(data_dir, free_port())
    run.until_ready()
    assert left_behind(data_dir)
    run.end(signal.SIGKILL)
    assert nothing_is_left(data_dir)


@pytest.mark.slow
def test_stopped_while_it_starts_it_leaves_nothing(data_dir: Path) -> None:
    run = Run(data_dir, free_port())
    while "PostgreSQL" not in run.said():
        time.sleep(0.05)
    run.end(signal.SIGTERM)
    assert left_behind(data_dir) == []


def test_a_port_in_use_is_named(data_dir: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = Run(data_dir, port)
        assert run.end(0) == 1
    assert re.search(rf"PORT: {port} .*is not free", run.said())
    assert left_behind(data_dir) == []


def test_accounts_are_printed_as_a_table(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    assert account_lines(path) == []
    path.write_text(
        '[{"role": "manager", "sign_in": "m@x", "password": "p", "note": "VT0001"},'
        ' {"role": "admin", "sign_in": "admin@x", "password": "pp"}]'
    )
    assert account_lines(path) == ["manager  m@x      p   VT0001", "admin    admin@x  pp"]
