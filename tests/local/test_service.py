"""A shared local server: the first who needs it starts it, the last who leaves stops it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.local.keeper import STILLBORN
from app.local.service import Service, Spec

SLEEP = ["/bin/sleep", "600"]
# Joins and then lives until its standard input closes. Only the modules it needs are loaded, not
# the whole application, so that many of these are cheap.
USER = """
import sys, types
package = types.ModuleType("app"); package.__path__ = [sys.argv[1]]; sys.modules["app"] = package
local = types.ModuleType("app.local"); local.__path__ = [sys.argv[1] + "/local"]
sys.modules["app.local"] = local
from pathlib import Path
from app.local.service import Service, Spec
service = Service("sleeper", Path(sys.argv[2]))
spec = Spec(["/bin/sleep", "600"], "/", [(15, 5.0), (9, 5.0)])
print(service.join(lambda: (spec, {"port": 1}), lambda facts: None)["port"], flush=True)
sys.stdin.read()
"""


def user(data_dir: Path) -> subprocess.Popen[str]:
    app = Path(__file__).parents[2] / "app"
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(app), str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "1\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    with process:
        process.communicate()


def until(condition: Callable[[], Any], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def servers(data_dir: Path) -> list[int]:
    """The processes that the keeper of this directory runs."""
    return [pid for keeper in keepers(data_dir) for pid in children_of(keeper)]


def the_server(data_dir: Path) -> int:
    """The one server, which the keeper may be about to start."""
    assert until(lambda: servers(data_dir))
    (server,) = servers(data_dir)
    return server


def keepers(data_dir: Path) -> list[int]:
    lock = data_dir / "run/sleeper.keeper"
    return [
        int(fd.parts[2])
        for fd in Path("/proc").glob("[0-9]*/fd/*")
        if _points_to(fd, lock) and b"keeper.py" in _read(fd.parents[1] / "cmdline")
    ]


def children_of(pid: int) -> list[int]:
    return [int(word) for word in _read(Path(f"/proc/{pid}/task/{pid}/children")).split()]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _points_to(link: Path, path: Path) -> bool:
    try:
        return link.readlink() == path
    except OSError:
        return False


def alive(pid: int) -> bool:
    return b" Z " not in _read(Path(f"/proc/{pid}/stat")) and Path(f"/proc/{pid}").exists()


def test_the_last_user_stops_what_the_first_started(tmp_path: Path) -> None:
    first, second = user(tmp_path), user(tmp_path)
    server = the_server(tmp_path)
    end(first)
    assert alive(server)
    assert servers(tmp_path) == [server]
    end(second)
    assert not alive(server)
    assert keepers(tmp_path) == []


def test_a_killed_user_leaves_nothing(tmp_path: Path) -> None:
    with user(tmp_path) as only:
        server = the_server(tmp_path)
        only.kill()
    assert until(lambda: not alive(server) and not keepers(tmp_path))


def test_a_killed_keeper_takes_the_server_along(tmp_path: Path) -> None:
    only = user(tmp_path)
    server = the_server(tmp_path)
    os.kill(keepers(tmp_path)[0], signal.SIGKILL)
    assert until(lambda: not alive(server))
    end(only)


def test_the_next_start_never_runs_beside_a_killed_one(tmp_path: Path) -> None:
    """It waits for the old server to end, or, coming before the keeper looked, takes it over."""
    with user(tmp_path) as first:
        old = the_server(tmp_path)
        first.kill()
    second = user(tmp_path)
    new = the_server(tmp_path)
    assert servers(tmp_path) == [new]
    assert new == old or not alive(old)
    end(second)
    assert not alive(new)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service("sleeper", tmp_path)
    yield service
    service.leave()


def join(service: Service, **changes: Any) -> None:
    spec = Spec(**{"argv": SLEEP, "cwd": "/", "stop": [(15, 5.0), (9, 5.0)]} | changes)
    service.join(lambda: (spec, {}), lambda facts: None)


def test_a_server_that_ends_is_restarted_only_where_that_is_wanted(
    service: Service, tmp_path: Path
) -> None:
    join(service, restart=True)
    old = the_server(tmp_path)
    time.sleep(STILLBORN)
    os.kill(old, signal.SIGKILL)
    assert until(lambda: servers(tmp_path) not in ([], [old]))
    assert service.alive()


def test_a_server_that_dies_at_birth_is_not_tried_for_ever(service: Service) -> None:
    join(service, restart=True, argv=["/bin/false"])
    assert until(service.failed)


def test_a_server_that_ends_ends_its_keeper(service: Service, tmp_path: Path) -> None:
    join(service)
    os.kill(the_server(tmp_path), signal.SIGKILL)
    assert until(lambda: not service.alive())


def test_a_server_that_ignores_the_polite_signal_is_killed(
    service: Service, tmp_path: Path
) -> None:
    stubborn = [sys.executable, "-c", "import signal,time\nsignal.signal(15,1)\ntime.sleep(600)"]
    join(service, argv=stubborn, stop=[(15, 0.3), (9, 5.0)])
    server = the_server(tmp_path)
    time.sleep(0.3)
    service.leave()
    assert not alive(server)


def test_keys_are_not_in_the_arguments(service: Service, tmp_path: Path) -> None:
    join(service, env={"KEY": "not-for-other-eyes"})
    the_server(tmp_path)
    (keeper,) = keepers(tmp_path)
    assert b"not-for-other-eyes" not in _read(Path(f"/proc/{keeper}/cmdline"))
    assert (tmp_path / "log/sleeper.log").stat().st_mode & 0o077 == 0
