"""The servers that run beside the application where none is configured: PostgreSQL, Meilisearch."""

from app.config import Config
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
    return _databases.setdefault(key, LocalPostgres(config.data_dir)).ensure()


def ensure_search(config: Config) -> SearchServer | None:
    """The engine's address and key; None where there is none and SQL has to answer."""
    if config.meili_url:
        return SearchServer(config.meili_url, config.meili_master_key)
    if config.production or not config.meili_master_key:
        return None
    key = str(config.data_dir)
    engine = _engines.setdefault(key, LocalMeilisearch(config.data_dir, config.meili_master_key))
    try:
        return engine.ensure()
    except LocalServerError:
        # The application goes on without the engine; the starter and `flask search verify` say so.
        return None


__all__ = ["LocalServerError", "SearchServer", "ensure_database", "ensure_search"]
