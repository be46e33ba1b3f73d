"""Messages to browsers (RFC 8030, 8291, 8292): our key, what a subscription must be, sending."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import current_app
from py_vapid import Vapid02
from pywebpush import WebPusher
from sqlalchemy import select

from app import dates
from app.config import Config
from app.db import db
from app.search.watches import push_wire
from app.search.watches.models import PushNotice, Watch
from app.search.watches.operations import stop
from app.web import outside
from app.web.links import base_url

log = structlog.get_logger()

RETRY_MINUTES = (1, 5, 30)
# A room that was free six hours ago is no news for a browser that was off.
TIME_TO_LIVE = 6 * 3600
LARGEST_BODY = 3000
GONE = (404, 410)


class BadSubscription(ValueError):
    """What a browser sent is no subscription that can be sent to."""


def is_offered() -> bool:
    """Whether this installation has a key to send with."""
    return bool(_config().vapid_private_key)


def public_key() -> str:
    """Return the key a browser subscribes with."""
    point = _vapid().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def _config() -> Config:
    config: Config = current_app.extensions["config"]
    return config


def _vapid() -> Vapid02:
    return Vapid02.from_raw(_config().vapid_private_key.encode())


def read_subscription(text: str) -> str:
    """Return a browser's subscription in one spelling; raises :class:`BadSubscription`."""
    try:
        given = json.loads(text) if len(text) <= 4000 else {}
        endpoint, keys = given["endpoint"], given["keys"]
        point, secret = _decoded(keys["p256dh"]), _decoded(keys["auth"])
        outside.checked(endpoint, *push_wire.SCHEMES)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except (ValueError, TypeError, KeyError, AttributeError, outside.NotAllowed) as error:
        raise BadSubscription from error
    if len(secret) != 16 or len(point) != 65:
        raise BadSubscription
    kept = {"endpoint": endpoint, "keys": {"p256dh": _text(point), "auth": _text(secret)}}
    return json.dumps(kept, sort_keys=True)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError from error


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


# --- Sending -----------------------------------------------------------------------------------


def tick() -> bool:
    """Send the message that is due first; returns whether there was one. Commits.

    A subscription that its service calls gone is forgotten at once, with the watch.
    """
    notice = db.session.scalar(
        select(PushNotice)
        .where(PushNotice.due_at <= dates.now())
        .order_by(PushNotice.due_at, PushNotice.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if notice is None:
        return False
    watch = db.session.get(Watch, notice.watch_id)
    if watch is not None:
        _settle(notice, watch, send(watch, notice.content))
    db.session.commit()
    return True


def _settle(notice: PushNotice, watch: Watch, status: int | None) -> None:
    again = status is None or status == 429 or status >= 500
    if status in GONE:
        stop(watch)
    elif again and notice.attempts < len(RETRY_MINUTES):
        notice.due_at = dates.now() + timedelta(minutes=RETRY_MINUTES[notice.attempts])
        notice.attempts += 1
    else:
        db.session.delete(notice)


def send(watch: Watch, content: dict[str, Any]) -> int | None:
    """Encrypt for the browser and send; returns the status, None where nothing answered."""
    subscription = json.loads(watch.contact or "{}")
    endpoint = subscription["endpoint"]
    body = WebPusher(subscription).encode(_payload(content), "aes128gcm")["body"]
    headers = {
        **_vapid().sign({"aud": _origin(endpoint), "sub": _responsible()}),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(TIME_TO_LIVE),
        "Urgency": "high",
    }
    try:
        return push_wire.post(endpoint, body, headers)
    except outside.NotAllowed:
        # Its name points elsewhere now: that is as good as gone.
        log.warning("push endpoint not allowed", watch=str(watch.id))
        return 410
    except outside.NotReached as error:
        log.warning("push not sent", watch=str(watch.id), kind=str(error))
        return None


def _payload(content: dict[str, Any]) -> bytes:
    text = json.dumps(content, ensure_ascii=False).encode()
    if len(text) > LARGEST_BODY:
        text = json.dumps({**content, "body": ""}, ensure_ascii=False).encode()
    return text


def _origin(endpoint: str) -> str:
    parts = urlsplit(endpoint)
    return f"https://{parts.netloc}"


def _responsible() -> str:
    """Return whom a push service may ask, as RFC 8292 wants it."""
    config = _config()
    if config.mail_from and "<" not in config.mail_from:
        return f"mailto:{config.mail_from}"
    return f"mailto:no-reply@{urlsplit(base_url(config)).hostname or 'localhost'}"
