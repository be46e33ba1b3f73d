"""How gunicorn serves the application, in development and in production."""

import gc
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

# The workers of this master count into files of one folder, which whoever is asked adds up. It
# must stand in the environment before anything imports prometheus_client; a master that was
# re-executed makes one of its own, while the old one may still be removing its.
if f"register-metrics-{os.getpid()}-" not in os.environ.get("PROMETHEUS_MULTIPROC_DIR", ""):
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(
        prefix=f"register-metrics-{os.getpid()}-",
        dir="/dev/shm" if Path("/dev/shm").is_dir() else None,
    )

from prometheus_client import multiprocess

from app.config import Config, ConfigError
from app.local.keeper import die_with_parent

try:
    _config = Config.from_environ()
except ConfigError as error:
    # One line that names the setting, instead of a traceback from every worker.
    sys.exit(f"The start is refused. {error}")

wsgi_app = "app:create_app()"
_host = f"[{_config.host}]" if ":" in _config.host else _config.host
bind = f"{_host}:{_config.port}"

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or min(os.cpu_count() or 1, 4))
threads = int(os.environ.get("WEB_THREADS") or 8)
timeout = 60
graceful_timeout = 10
keepalive = 5
# Long lists of filters travel in the address.
limit_request_line = 8190
# The heartbeat file must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# It would leave a file behind, and nobody uses it.
control_socket_disable = True
loglevel = "info" if _config.production else "warning"
# An access log holds addresses of people and what they look for; the application logs routes.
accesslog = None


def child_exit(server: Any, worker: Any) -> None:
    """The gauges of a worker that ended no longer count; what it counted stays."""
    multiprocess.mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


def post_worker_init(worker: Any) -> None:
    """The names of the houses are filed aside, before anybody has to wait for that.

    What was made until now stays: the collector need not go through it over and over, which took a
    quarter of a request's time.
    """
    from app.search.vocabulary import names_of

    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    names_of(worker.wsgi).keep_aside(worker.wsgi)


def post_fork(server: Any, worker: Any) -> None:
    """A worker ends with the master, also when that is killed."""
    die_with_parent(signal.SIGTERM, parent=server.pid)()
