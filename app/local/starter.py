"""What `make run` runs: starts every part in order, watches them, and stops them in order."""

import argparse
import json
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from types import FrameType

from app import local
from app.config import ROOT, Config, ConfigError
from app.local.children import Child, Children
from app.local.keeper import die_with_parent
from app.local.service import LocalServerError

READY_SECONDS = 60.0
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0
PREPARE_SECONDS = 3600.0
FLASK = [sys.executable, "-m", "flask", "--app", "app"]
# Seconds after which a second Ctrl-C is meant as one.
IMPATIENCE = 1.0
ACCOUNTS = "demo-accounts.json"


class Stopped(Exception):
    """Somebody asked for the end: Ctrl-C, or a signal."""


class Failed(Exception):
    """A part does not start, or ended by itself."""


class Starter:
    """One run of the whole application under one DATA_DIR."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.began = time.monotonic()
        self.children = Children(config.data_dir)
        self.stopping = 0.0
        self.worker_deaths = 0
        self.search_pause = FIRST_PAUSE
        self.search_again_at = 0.0

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self.began:5.1f} s] {text}", flush=True)

    def run(self) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.on_signal)
        code = 0
        try:
            self.start()
            self.watch()
        except Stopped:
            print(flush=True)
        except (Failed, ConfigError, LocalServerError) as error:
            self.say(str(error))
            code = 1
        except PermissionError as error:
            self.say(f"{error.filename}: no permission; DATA_DIR may belong to another user")
            code = 1
        finally:
            self.stop()
        return code

    def on_signal(self, number: int, _frame: FrameType | None) -> None:
        if not self.stopping:
            self.stopping = time.monotonic()
            raise Stopped
        # Make passes SIGTERM on to us after its group has had it; only a second Ctrl-C by hand
        # means that whoever still runs is not to be waited for.
        if number == signal.SIGINT and time.monotonic() - self.stopping > IMPATIENCE:
            self.children.kill()

    def start(self) -> None:
        self.children.claim()
        check_port(self.config)
        local.ensure_database(self.config)
        self.say("PostgreSQL " + ("is given" if self.config.database_url else "runs"))
        self.start_search()
        self.prepare()
        self.start_worker()
        web = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]
        self.children.start("web server", web)
        self.wait_until_ready()
        self.greet()

    def start_search(self) -> None:
        try:
            server = local.start_search(self.config)
        except LocalServerError as error:
            self.say(f"The search goes on in SQL, without typo tolerance. {error}")
            return
        if server is None:
            self.say("No Meilisearch for this platform: the search runs in SQL, and says so")
        else:
            self.say("Meilisearch " + ("is given" if self.config.meili_url else "runs"))

    def prepare(self) -> None:
        step = self.children.start("preparation", [sys.executable, "-m", "app.local.prepare"])
        for line in step.lines():
            self.say(line)
        if step.wait(PREPARE_SECONDS):
            raise Failed("The database could not be prepared, see above")
        self.children.forget(step)

    def start_worker(self) -> None:
        self.worker_started = time.monotonic()
        self.children.start("worker", [*FLASK, "worker"])

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not answers(f"{address(self.config)}/readyz"):
            self.look_after_children()
            if time.monotonic() > deadline:
                raise Failed(f"{address(self.config)}/readyz does not answer 200")
            time.sleep(0.1)

    def greet(self) -> None:
        self.say("Ready.")
        print(f"\n  {self.config.public_url}\n", flush=True)
        for line in account_lines(self.config.data_dir / ACCOUNTS):
            print(f"  {line}", flush=True)
        print("\n  Ctrl-C stops everything.\n", flush=True)

    def watch(self) -> None:
        while True:
            time.sleep(0.3)
            self.look_after_children()
            self.look_after_servers()

    def look_after_children(self) -> None:
        for child in self.children.ended():
            if child.name != "worker":
                raise Failed(
                    f"The {child.name} ended by itself ({child.said()}); stopping the rest"
                )
            self.restart_worker(child)

    def restart_worker(self, child: Child) -> None:
        """Once more, unless it hardly lives: then the cause is not a passing one."""
        short = time.monotonic() - self.worker_started < 10
        self.worker_deaths = self.worker_deaths + 1 if short else 0
        if self.worker_deaths >= 3:
            raise Failed(f"The worker keeps ending ({child.said()}); stopping the rest")
        self.say(f"The worker ended by itself ({child.said()}); starting it again")
        self.children.forget(child)
        time.sleep(self.worker_deaths)
        self.start_worker()

    def look_after_servers(self) -> None:
        if local.database_is_gone(self.config):
            log = self.config.data_dir / "log/postgres.log"
            raise Failed(f"PostgreSQL ended by itself ({log}); stopping the rest")
        if local.search_is_gone(self.config) and time.monotonic() > self.search_again_at:
            # Its keeper restarts the engine; here the keeper itself is gone.
            self.search_again_at = time.monotonic() + self.search_pause
            self.search_pause = min(self.search_pause * 2, LONGEST_PAUSE)
            self.say("Meilisearch ended by itself; starting it again")
            self.start_search()

    def stop(self) -> None:
        self.stopping = self.stopping or time.monotonic()
        if self.children.claimed is None:
            return
        names = [child.name for child in self.children.running()]
        if names:
            self.say(f"Stopping {', '.join(names)} …")
        # Web server, worker, engine, database: whoever writes ends before what it writes to.
        self.children.stop()
        local.leave(self.config)
        self.children.release()
        self.say("Stopped.")


def check_port(config: Config) -> None:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except PermissionError:
            raise ConfigError(
                "PORT", f"{config.port} needs more rights; take one above 1023"
            ) from None
        except OSError as error:
            busy = f"{config.port} on {config.host} is not free ({error.strerror})"
            other = f"choose another, for example: PORT={config.port + 1} make run"
            raise ConfigError("PORT", f"{busy}; {other}") from None


def address(config: Config) -> str:
    """Where this machine itself reaches the web server."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.host, config.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{config.port}"


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def account_lines(path: Path) -> list[str]:
    """The demo's accounts as a table; nothing where there is no demo."""
    try:
        accounts = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return []
    keys = ("role", "sign_in", "password", "note")
    rows = [[str(account.get(key, "")) for key in keys] for account in accounts]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="app.local.starter", description=__doc__)
    parser.add_argument("--with-parent", action="store_true", help="end when the caller ends")
    options = parser.parse_args()
    if options.with_parent:
        # So that `kill -9` of make leaves nothing behind either.
        die_with_parent(signal.SIGTERM, parent=os.getppid())()
    try:
        config = Config.from_environ()
    except ConfigError as error:
        print(f"The start is refused. {error}", file=sys.stderr)
        return 1
    except PermissionError as error:
        print(f"{error.filename}: no permission; DATA_DIR may belong to another user")
        return 1
    if config.production:
        print("In production run gunicorn and `flask worker` as services, see README.md.")
        return 1
    with suppress(KeyboardInterrupt):
        return Starter(config).run()
    return 1


if __name__ == "__main__":
    sys.exit(main())
