"""How gunicorn serves the application, in development and in production."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

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


def post_fork(server: Any, worker: Any) -> None:
    """A worker ends with the master, also when that is killed."""
    die_with_parent(signal.SIGTERM, parent=server.pid)()
