"""How often one caller may ask: an address without a key, a key by itself; people not at all.

The counts are the process's own unless RATELIMIT_STORAGE_URI names a store that all share. Should
that store be away, each process counts by itself until it is back; nobody is refused for it.
"""

from __future__ import annotations

import ipaddress
import math
import time

from flask import Flask, Response, current_app, request
from flask_limiter import Limiter

from app.config import Config
from app.web.security import is_api, principal

# A home or a telephone gets a whole network of this size, so one address of it says nothing.
IPV6_NETWORK = 64
FREE = ("static", "health.healthz", "health.readyz")


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
        storage_uri=config.ratelimit_storage_uri or "memory://",
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
    """Return the limit as it is written in the settings."""
    # Asked even of those whom no limit holds for.
    return str(current_app.config["RATE_LIMITS"].get(kind(), ""))


def is_free() -> bool:
    if request.endpoint in FREE or request.method == "OPTIONS":
        return True
    return not current_app.config["RATE_LIMITS"].get(kind())


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
