"""Prometheus metrics: what each process counts, what the database says; not public.

Processes count requests by route rule, never by path, since a path names houses and links. What is
the same for all of them (the town, queues, jobs) is read from the database when it is asked for.
Under gunicorn the counters of all its processes are added up, see ``gunicorn.conf.py``.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Callable, Iterable, Iterator
from ipaddress import ip_address
from typing import Any

import structlog
from flask import Blueprint, Flask, Response, abort, current_app, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import event, func, select
from sqlalchemy.exc import SQLAlchemyError

from app import dates
from app.config import Config
from app.db import db
from app.web import jobs
from app.web.mail import OutgoingMail
from app.web.security import public

log = structlog.get_logger()
blueprint = Blueprint("metrics", __name__)

Source = Callable[[], Iterable[Metric]]

REGISTRY = CollectorRegistry()
MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip")

DURATION = Histogram(
    "register_http_request_duration_seconds",
    "Seconds from the request's arrival to its answer's headers, by route rule.",
    ("method", "route", "status"),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)
SEARCHES = Counter(
    "register_searches",
    "Vacancy searches by who answered: meilisearch, or the database in its place.",
    ("engine",),
    registry=REGISTRY,
)
CONNECTIONS = Gauge(
    "register_database_connections_in_use",
    "Connections taken from the pools of the web processes.",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)


def init_app(app: Flask, sources: Iterable[Source] = ()) -> None:
    """Time every request; call it before whatever else looks at requests."""
    app.extensions["metric_sources"] = (worker_metrics, queue_metrics, *sources)
    app.before_request(_begin)
    app.after_request(_end)


def watch_connections(app: Flask) -> None:
    """Count the connections that are taken from the pools."""
    with app.app_context():
        for engine in db.engines.values():
            event.listen(engine, "checkout", lambda *_: CONNECTIONS.inc())
            event.listen(engine, "checkin", lambda *_: CONNECTIONS.dec())


def note_search(answerer: str) -> None:
    """Count a search that ``meilisearch`` or ``database`` answered."""
    SEARCHES.labels(answerer).inc()


def _begin() -> None:
    g.request_began = time.perf_counter()


def _end(response: Response) -> Response:
    began = g.pop("request_began", None)
    if began is not None:
        route = request.url_rule.rule if request.url_rule else OTHER
        method = request.method if request.method in METHODS else OTHER
        seconds = time.perf_counter() - began
        DURATION.labels(method, route, str(response.status_code)).observe(seconds)
    return response


# --- The page ---------------------------------------------------------------------------------


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """Answer in Prometheus' text format whoever may ask; for others there is nothing here."""
    if not _may_ask():
        abort(404)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_FromDatabase(current_app.extensions["metric_sources"]))
    text = _of_processes() + generate_latest(registry)
    response = Response(text, content_type=CONTENT_TYPE_LATEST)
    response.headers["Cache-Control"] = "no-store"
    return response


def _may_ask() -> bool:
    config: Config = current_app.extensions["config"]
    if config.metrics_token:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        expected = config.metrics_token.encode()
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), expected)
    # A proxy on the same machine makes everybody look local: in production only a token counts.
    if config.production or any(name in request.headers for name in FORWARDED):
        return False
    return _is_loopback(request.remote_addr or "")


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _of_processes() -> bytes:
    if not os.environ.get(MULTIPROCESS):
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return generate_latest(registry)


class _FromDatabase(Collector):
    """Reads every source; one that fails is left out, and that the database is away is said."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self.sources = tuple(sources)

    def collect(self) -> Iterator[Metric]:
        up = 1
        for source in self.sources:
            try:
                yield from list(source())
            except SQLAlchemyError as error:
                db.session.rollback()
                log.error("metrics source failed", kind=type(error).__name__)
                up = 0
        yield gauge("register_database_up", "1 where the database answered all of these.", up)


def gauge(name: str, text: str, value: float | None = None) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def labelled(
    name: str, text: str, label: str, values: Iterable[tuple[str, float]]
) -> GaugeMetricFamily:
    """Return a gauge with a value for each value of one label."""
    family = GaugeMetricFamily(name, text, labels=(label,))
    for key, value in values:
        family.add_metric((key,), value)
    return family


# --- What the database says about the machinery -----------------------------------------------


def worker_metrics() -> Iterator[Metric]:
    """Yield how long ago each job of the worker ended well, and how often it failed since."""
    now, runs = dates.now(), jobs.runs()
    silent = jobs.silent_for()
    if silent is not None:
        name = "register_worker_silent_seconds"
        yield gauge(name, "Seconds since any job ended well.", silent.total_seconds())
    yield labelled(
        "register_job_success_age_seconds",
        "Seconds since the job last ended well.",
        "job",
        [
            (run.name, (now - run.succeeded_at).total_seconds())
            for run in runs
            if run.succeeded_at is not None
        ],
    )
    yield labelled(
        "register_job_failures",
        "Failures of the job since it last ended well.",
        "job",
        [(run.name, run.failures) for run in runs],
    )


def queue_metrics() -> Iterator[Metric]:
    """Yield how many messages wait to be sent, and how many were given up in the last days."""
    waiting: Any = (OutgoingMail.sent_at.is_(None), ~OutgoingMail.given_up)
    count = db.session.scalar(select(func.count()).where(*waiting)) or 0
    yield gauge("register_mail_waiting", "Messages that wait to be sent.", count)
    lost = db.session.scalar(select(func.count()).where(OutgoingMail.given_up)) or 0
    yield gauge("register_mail_given_up", "Messages given up, of those still kept.", lost)
