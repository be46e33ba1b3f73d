"""Waiting on a search: beginning, confirming, stopping and forgetting; without an account."""

from __future__ import annotations

import hmac
import json
import secrets
import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from urllib.parse import urlencode

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from app import dates
from app.db import db, new_id
from app.search import asked as reading
from app.search.chips import nights_text
from app.search.fallback import houses_with_room
from app.search.links import READABLE
from app.search.watches.models import EMAIL, PUSH, Watch, WatchHouse
from app.search.wish import Wish
from app.web import mail
from app.web.links import base_url

MOST_A_CONTACT = 5
# So many begin in an hour in the whole town before it is taken for an attack.
MOST_AN_HOUR = 500
CONFIRM_WITHIN = timedelta(hours=24)
LEFT_OUT = ("page", "per_page", "sort", "lang")


class TooMany(Exception):
    """The contact waits on as many searches as one may, or the town on too many at once."""


# --- Beginning ---------------------------------------------------------------------------------


def begin(
    channel: str, contact: str, parameters: Mapping[str, str], until: date, lang: str
) -> Watch:
    """Store a watch; one by e-mail sleeps until its link is followed. Raises :class:`TooMany`.

    The same search of the same contact is the same watch. Does not commit.
    """
    kept = {name: text for name, text in parameters.items() if name not in LEFT_OUT}
    index = index_of(channel, contact)
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(index.hex(), 0))))
    others = db.session.scalars(select(Watch).where(Watch.contact_index == index)).all()
    same = next((watch for watch in others if watch.parameters == kept), None)
    if same is not None:
        same.until = until
        return same
    if len(others) >= MOST_A_CONTACT or _begun_lately() >= MOST_AN_HOUR:
        raise TooMany
    watch = Watch(
        id=new_id(),
        channel=channel,
        contact_index=index,
        nonce=secrets.token_bytes(16),
        lang=lang,
        parameters=kept,
        until=until,
    )
    watch.contact = contact
    db.session.add(watch)
    db.session.flush()
    if channel == PUSH:
        confirm(watch)
    else:
        _ask_to_confirm(watch)
    return watch


def index_of(channel: str, contact: str) -> bytes:
    """Return what is equal for equal contacts, and says nothing about them without the secret."""
    if channel == PUSH:
        contact = json.loads(contact)["endpoint"]
    named = f"watch:{channel}:{contact.casefold()}"
    return hmac.digest(_secret(), named.encode(), "sha256")[:16]


def _begun_lately() -> int:
    since = dates.now() - timedelta(hours=1)
    return (
        db.session.scalar(select(func.count()).select_from(Watch).where(Watch.created_at > since))
        or 0
    )


def _ask_to_confirm(watch: Watch) -> None:
    with force_locale(watch.lang):
        url = link_of(watch)
        text = "\n\n".join(
            (
                _(
                    "Có người, chắc là bạn, muốn được báo khi có phòng: %(search)s",
                    search=about(watch),
                ),
                _("Nếu đúng, mở liên kết này và xác nhận trong 24 giờ:\n%(url)s", url=url),
                _("Nếu không phải bạn, xin bỏ qua thư này: địa chỉ của bạn sẽ được xoá."),
            )
        )
        mail.queue(watch.contact or "", _("Xác nhận: báo tôi khi có phòng"), text + "\n")


def confirm(watch: Watch) -> None:
    """Let a watch begin; what is vacant by now is no news. Does not commit."""
    if watch.confirmed_at is not None:
        return
    watch.confirmed_at = dates.now()
    wish = wish_of(watch)
    found = houses_with_room(wish) if wish is not None else set()
    rows = [{"watch_id": watch.id, "establishment_id": house, "is_open": True} for house in found]
    if rows:
        db.session.execute(insert(WatchHouse).values(rows).on_conflict_do_nothing())


# --- Ending ------------------------------------------------------------------------------------


def stop(watch: Watch) -> None:
    """Forget the watch, its contact and all that it was told. Does not commit."""
    db.session.execute(delete(Watch).where(Watch.id == watch.id))


def forget_ended() -> int:
    """Delete the watches that are over or were never confirmed; returns how many. Commits."""
    over = Watch.until < dates.today()
    unconfirmed = Watch.confirmed_at.is_(None) & (Watch.created_at < dates.now() - CONFIRM_WITHIN)
    gone = db.session.execute(delete(Watch).where(or_(over, unconfirmed)).returning(Watch.id)).all()
    db.session.commit()
    return len(gone)


# --- Links -------------------------------------------------------------------------------------


def token_of(watch: Watch) -> str:
    """Return what the links in a watch's messages carry; only who gets these has it."""
    digest = hmac.digest(_secret(), b"watch:" + watch.nonce, "sha256")
    return f"{watch.id.hex}-{digest.hex()[:40]}"


def watch_of(token: str) -> Watch | None:
    """Return whose link it is; None for a bent one, or one that is over."""
    key, _dash, _rest = token.partition("-")
    try:
        found = db.session.get(Watch, uuid.UUID(hex=key)) if len(key) == 32 else None
    except ValueError:
        return None
    if found is None or not hmac.compare_digest(token_of(found).encode(), token.encode()):
        return None
    return None if found.until < dates.today() else found


def _secret() -> bytes:
    return str(current_app.config["SECRET_KEY"]).encode()


def link_of(watch: Watch, tail: str = "") -> str:
    """Return the address of a watch's own page, or with ``/stop`` of stopping it."""
    language = "?lang=en" if watch.lang == "en" else ""
    base = base_url(current_app.extensions["config"])
    return f"{base}/search/watch/{token_of(watch)}{tail}{language}"


def search_link(watch: Watch) -> str:
    """Return the address of the search itself; built by hand, as the worker knows no request."""
    values = {**watch.parameters, **({"lang": "en"} if watch.lang == "en" else {})}
    base = base_url(current_app.extensions["config"])
    return f"{base}/search?{urlencode(values, safe=READABLE)}"


# --- Words -------------------------------------------------------------------------------------


def wish_of(watch: Watch) -> Wish | None:
    """Return what is waited for; None once its first night has passed."""
    return reading.read(watch.parameters).wish


def about(watch: Watch) -> str:
    """Return the dates, the party and the words of the search in a line."""
    wish = wish_of(watch)
    if wish is None or wish.stay is None:
        return ""
    parts = [
        nights_text(wish.stay),
        _("%(people)s người, %(rooms)s phòng", people=wish.people, rooms=wish.rooms),
    ]
    return ", ".join([*parts, *([f"“{wish.text}”"] if wish.text else [])])


CHANNELS = (EMAIL, PUSH)
