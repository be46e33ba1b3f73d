"""The application factory: configuration, extensions, blueprints, error pages, commands."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from sqlalchemy import event
from sqlalchemy.engine import make_url
from werkzeug.middleware.proxy_fix import ProxyFix

from app import blueprints, cli, local, navigation
from app.accounts import access as accounts_access
from app.config import PACKAGE, Config, folder
from app.db import READING, db
from app.identity import Keyring
from app.statistics.tonight import metrics as now_metrics
from app.web import (
    assets,
    cors,
    discovery,
    errors,
    filters,
    kept,
    limits,
    locale,
    logs,
    metrics,
    security,
)

# Stands for the address that is found when the first connection is made.
LOCAL_DATABASE = "postgresql+psycopg:///register"

csrf = CSRFProtect()
migrate = Migrate(directory=str(PACKAGE / "migrations"), compare_type=True)


def create_app(config: Config | None = None) -> Flask:
    """Return the WSGI application; without ``config`` it is read from the environment."""
    config = config or Config.from_environ()
    logs.configure(config)
    app = Flask(
        __name__, template_folder=str(folder("templates")), static_folder=str(folder("static"))
    )
    app.config.from_mapping(settings(config))
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["config"] = config
    app.extensions["keyring"] = Keyring(config.identity_keys, config.blind_index_key)
    if config.proxy_hops:
        hops = config.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops)  # type: ignore[method-assign]
    db.init_app(app)
    if config.database_url is None:
        connect_to_local_database(app, config)
    migrate.init_app(app, db)
    metrics.init_app(app, now_metrics.SOURCES)
    metrics.watch_connections(app)
    locale.init_app(app)
    filters.init_app(app)
    kept.init_app(app)
    navigation.init_app(app)
    assets.init_app(app)
    blueprints.register(app, csrf)
    security.init_app(app, accounts_access.load_principal)
    limits.init_app(app, config)
    cors.init_app(app)
    discovery.init_app(app, config)
    app.extensions["refusal_listeners"] = [accounts_access.record_refusal]
    csrf.init_app(app)
    errors.init_app(app)
    cli.register(app)
    return app


def connect_to_local_database(app: Flask, config: Config) -> None:
    """Start PostgreSQL beside the application at the first connection, not before.

    A command that needs no database, such as a forecast of a file, does not wait for one.
    """

    def find(_dialect: Any, _record: Any, _arguments: Any, parameters: dict[str, Any]) -> None:
        url = make_url(local.ensure_database(config))
        parameters.update(url.translate_connect_args(username="user", database="dbname"))
        parameters.update(url.query)

    with app.app_context():
        for engine in db.engines.values():
            event.listen(engine, "do_connect", find)


def engine_options(more: str = "") -> dict[str, object]:
    """Return what holds for every connection; no request may wait for ever on another's lock."""
    options = (
        "-c lock_timeout=5s -c statement_timeout=30s"
        " -c idle_in_transaction_session_timeout=60s -c timezone=UTC -c jit=off"
    )
    return {
        "pool_size": 8,
        "max_overflow": 8,
        "pool_timeout": 5,
        "connect_args": {"connect_timeout": 5, "options": options + more},
        "hide_parameters": True,
    }


def settings(config: Config) -> dict[str, object]:
    """Return Flask's settings."""
    url = config.database_url or LOCAL_DATABASE
    return {
        "ENV_NAME": config.env,
        "TESTING": config.env == "test",
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINE_OPTIONS": {**engine_options(), "pool_pre_ping": True},
        "SQLALCHEMY_BINDS": {
            READING: {
                **engine_options(
                    " -c default_transaction_read_only=on -c plan_cache_mode=force_generic_plan"
                ),
                "url": url,
                "isolation_level": "AUTOCOMMIT",
                # The one that was used last knows the statements.
                "pool_use_lifo": True,
            }
        },
        "MAX_CONTENT_LENGTH": 16 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "MAX_FORM_PARTS": 5_000,
        "MAP_TILES": {"url": config.map_tiles_url, "attribution": config.map_tiles_attribution},
        "MAP_TILE_ORIGIN": config.map_tile_origin,
        "TRUSTED_HOSTS": list(config.trusted_hosts) or None,
        "SESSION_COOKIE_NAME": "__Host-session" if config.production else f"session-{config.port}",
        "SESSION_COOKIE_SECURE": config.production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,
        "BABEL_DEFAULT_LOCALE": "vi",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Ho_Chi_Minh",
        "BABEL_TRANSLATION_DIRECTORIES": "translations",
        "ARGON2_TIME_COST": 1 if config.env == "test" else 2,
        "ARGON2_MEMORY_COST": 64 if config.env == "test" else 19_456,
    }
