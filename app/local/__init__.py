"""The servers that run beside the application where none is configured: PostgreSQL, Meilisearch."""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

from app.config import ROOT, Config
from app.local.meilisearch import LocalMeilisearch, SearchServer
from app.local.postgres import LocalPostgres
from app.local.service import LocalServerError

_databases: dict[str, LocalPostgres] = {}
_engines: dict[str, LocalMeilisearch] = {}


def ensure_database(config: Config) -> str:
    """The database's URL: the configured one, else that of the local server, started if needed.

    The local server lives as long as some process that called this.
    """
    if config.database_url:
        return config.database_url
    key = str(config.data_dir)
    server = LocalPostgres(config.data_dir, make_schema=partial(make_schema, config.data_dir))
    return _databases.setdefault(key, server).ensure()


def make_schema(data_dir: Path, url: str) -> None:
    """Migrate a database that has just been made, so that every command finds its tables.

    In a process of its own: this may be called while an application is being created.
    """
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url, "DATA_DIR": str(data_dir)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise LocalServerError(f"the migrations failed:\n{done.stderr.strip()[-2000:]}")


def start_search(config: Config) -> SearchServer | None:
    """As `ensure_search`, but an engine that does not start is an error."""
    if config.meili_url:
        return SearchServer(config.meili_url, config.meili_master_key)
    if config.production or not config.meili_master_key:
        return None
    key = str(config.data_dir)
    engine = _engines.setdefault(key, LocalMeilisearch(config.data_dir, config.meili_master_key))
    return engine.ensure()


def ensure_search(config: Config) -> SearchServer | None:
    """The engine's address and key; None where there is none and SQL has to answer."""
    try:
        return start_search(config)
    except LocalServerError:
        return None


def database_is_gone(config: Config) -> bool:
    """Whether the local server that this process uses has ended."""
    server = _databases.get(str(config.data_dir))
    return server is not None and server.service.joined and not server.service.alive()


def search_is_gone(config: Config) -> bool:
    """Whether the local engine that this process uses has ended for good."""
    engine = _engines.get(str(config.data_dir))
    return engine is not None and engine.service.joined and not engine.service.alive()


def search_is_running(config: Config) -> bool:
    """Whether the engine is given or some process runs it, so that asking for it starts nothing."""
    if config.meili_url:
        return True
    engine = LocalMeilisearch(config.data_dir, config.meili_master_key or "")
    return engine.service.alive()


def leave(config: Config) -> None:
    """Stop using the local servers now rather than at exit; the last to leave stops them."""
    for servers in (_engines, _databases):
        server = servers.pop(str(config.data_dir), None)
        if server is not None:
            server.service.leave()


__all__ = [
    "LocalServerError",
    "SearchServer",
    "database_is_gone",
    "ensure_database",
    "ensure_search",
    "leave",
    "make_schema",
    "search_is_gone",
    "search_is_running",
    "start_search",
]
