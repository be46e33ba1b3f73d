"""How often one caller may ask: an address without a key, a key by itself; people not at all.

The counts are the process's own unless RATELIMIT_STORAGE_URI names a store that all share. Should
that store be away, each process counts by itself until it is back; nobody is refused for it.
"""

from __future__ import annotations

import ipaddress
import math
import threading
import time

from flask import Flask, Response, current_app, request
from flask_limiter import Limiter
from limits.storage import MemoryStorage

from app.config import Config
from app.web.security import is_api, principal

# A home or a telephone gets a whole network of this size, so one address of it says nothing.
IPV6_NETWORK = 64
FREE = ("static", "health.healthz", "health.readyz")


class Counts(MemoryStorage):
    """The counts of this process. The library's own start a thread at every request to clear up."""

    STORAGE_SCHEME = ["process"]
    CLEARED_EVERY = 60.0

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: str):
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self.lock = threading.Lock()
        self.clear_at = time.time() + self.CLEARED_EVERY

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        now = time.time()
        with self.lock:
            if now >= self.clear_at:
                self._forget(now)
            if self.expirations.get(key, 0) <= now:
                self.storage[key], self.expirations[key] = 0, now + expiry
            self.storage[key] += amount
            return self.storage[key]

    def get(self, key: str) -> int:
        return self.storage.get(key, 0) if self.expirations.get(key, 0) > time.time() else 0

    def _forget(self, now: float) -> None:
        self.clear_at = now + self.CLEARED_EVERY
        for key in [key for key, expiry in self.expirations.items() if expiry <= now]:
            del self.storage[key], self.expirations[key]


def init_app(app: Flask, config: Config) -> None:
    """Count from now on; after the gate, since a key's requests are counted by the key."""
    app.config["RATE_LIMITS"] = {
        "api": config.ratelimit_api,
        "pages": config.ratelimit_pages,
        "key": config.ratelimit_key,
    }
    if not any(app.config["RATE_LIMITS"].values()):
        return
    limiter = Limiter(
        caller,
        application_limits=[allowance],
        application_limits_exempt_when=is_free,
        strategy="moving-window" if config.ratelimit_storage_uri else "fixed-window",
        storage_uri=config.ratelimit_storage_uri or "process://",
        in_memory_fallback_enabled=bool(config.ratelimit_storage_uri),
    )
    limiter.init_app(app)
    app.extensions["rate_limiter"] = limiter
    app.after_request(_tell)


def kind() -> str:
    """Return which of the limits holds for the request; none for a person who signed in."""
    who = principal()
    if who.is_anonymous:
        return "api" if is_api() else "pages"
    return "key" if who.kind == "api_key" else ""


def allowance() -> str:
    """Return the limit as it is written in the settings; empty where none holds."""
    return str(current_app.config["RATE_LIMITS"].get(kind(), ""))


def is_free() -> bool:
    return request.endpoint in FREE or request.method == "OPTIONS"


def caller() -> str:
    """Return who is counted. ``remote_addr`` is the client's own behind as many proxies as set."""
    who = principal()
    if not who.is_anonymous:
        return who.actor
    return f"{kind()}:{network(request.remote_addr or '')}"


def network(address: str) -> str:
    """Return the address, or of IPv6 the network that one subscriber has."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, IPV6_NETWORK), strict=False))


def _tell(response: Response) -> Response:
    """Say how much is left, and after a refusal when to come again."""
    limiter: Limiter = current_app.extensions["rate_limiter"]
    limit = limiter.current_limit
    if limit is None or not (is_api() or limit.breached):
        return response
    seconds = math.ceil(limit.reset_at - time.time())
    seconds = min(max(1, seconds), limit.limit.get_expiry())
    response.headers["RateLimit-Limit"] = str(limit.limit.amount)
    response.headers["RateLimit-Remaining"] = str(max(0, limit.remaining))
    response.headers["RateLimit-Reset"] = str(seconds)
    if limit.breached:
        response.headers["Retry-After"] = str(seconds)
        response.headers["Cache-Control"] = "no-store"
    return response
