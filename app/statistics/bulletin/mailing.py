"""The e-mail list of the bulletin, and its sending once a month."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app import dates
from app.dates import Period
from app.db import db
from app.statistics import words
from app.statistics.bulletin.content import HEADLINE
from app.statistics.bulletin.models import BulletinIssue, BulletinRecipient
from app.statistics.indicators import INDICATORS
from app.statistics.open_data import files as publication_files
from app.statistics.open_data.models import OpenDataRelease
from app.statistics.open_data.releases import BY_WORKER, content_of, publish, release
from app.statistics.open_data.tables import COLUMNS
from app.statistics.queries import FINAL_ON_DAY, Figures
from app.web import mail
from app.web.filters import number, percent
from app.web.links import base_url

MOST_RECIPIENTS = 500
ATTACHED = ("unit", "kind", "country")


# --- The list ----------------------------------------------------------------------------------


def recipients() -> Sequence[BulletinRecipient]:
    """Return who is on the list, by address."""
    statement = select(BulletinRecipient).order_by(BulletinRecipient.email)
    return db.session.scalars(statement.limit(MOST_RECIPIENTS)).all()


def is_full() -> bool:
    count = db.session.scalar(select(func.count()).select_from(BulletinRecipient)) or 0
    return count >= MOST_RECIPIENTS


def add(email: str, *, by: str) -> bool:
    """Put a checked address on the list; False if it is on it already. Does not commit."""
    added = db.session.execute(
        insert(BulletinRecipient)
        .values(
            email=email.lower(), nonce=secrets.token_bytes(16), added_at=dates.now(), added_by=by
        )
        .on_conflict_do_nothing(index_elements=["email"])
        .returning(BulletinRecipient.id)
    )
    return added.first() is not None


def remove(recipient_id: int) -> bool:
    """Take an address off the list for good. Does not commit."""
    gone = db.session.execute(
        delete(BulletinRecipient)
        .where(BulletinRecipient.id == recipient_id)
        .returning(BulletinRecipient.id)
    )
    return gone.first() is not None


def token_of(recipient: BulletinRecipient) -> str:
    """Return what the link in a mail carries; only who got the mail has it."""
    secret = current_app.config["SECRET_KEY"].encode()
    digest = hmac.digest(secret, b"bulletin:" + recipient.nonce, "sha256")
    return f"{recipient.id}-{digest.hex()[:40]}"


def recipient_of(token: str) -> BulletinRecipient | None:
    """Return whose link it is; None for a bent one, or one who has left already."""
    number_, _dash, _rest = token.partition("-")
    if not (number_.isascii() and number_.isdigit() and len(number_) < 10):
        return None
    found = db.session.get(BulletinRecipient, int(number_))
    if found is None or not hmac.compare_digest(token_of(found).encode(), token.encode()):
        return None
    return found


# --- The mail ----------------------------------------------------------------------------------


def tick() -> bool:
    """Queue the bulletin of last month once it is final, to everybody on the list; commits.

    The mark of the month and the mails are one transaction, so none goes out twice.
    """
    month = month_due()
    if month is None or not mail.can_send() or not recipients():
        return False
    marked = db.session.execute(
        insert(BulletinIssue)
        .values(month=month.start, queued_at=dates.now(), recipients=0)
        .on_conflict_do_nothing()
        .returning(BulletinIssue.month)
    )
    if marked.first() is None:
        db.session.rollback()
        return False
    if release(month.start) is None:
        publish(month, by=BY_WORKER)
    queue(month)
    db.session.commit()
    return True


def month_due() -> Period | None:
    """Return the month before this one from the 12th on, where nothing was sent of it yet."""
    today = dates.today()
    if today.day < FINAL_ON_DAY:
        return None
    start = dates.previous_month(today)
    sent = db.session.get(BulletinIssue, start)
    return None if sent else Period.month(start.year, start.month)


def queue(month: Period) -> int:
    """Queue the mails of a month and note how many; returns their number. Does not commit."""
    subject, text = _subject(month), _text(month)
    attachments = _attachments(month)
    base = base_url(current_app.extensions["config"])
    people = recipients()
    for person in people:
        leave = f"{base}/bulletin/leave/{token_of(person)}"
        ending = _("Thôi nhận bản tin: %(url)s", url=leave)
        mail.queue(
            person.email,
            subject,
            f"{text}\n\n-- \n{ending}\n",
            unsubscribe_url=leave,
            attachments=attachments,
        )
    issue = db.session.get(BulletinIssue, month.start)
    if issue is not None:
        issue.recipients = len(people)
    return len(people)


def _subject(month: Period) -> str:
    return _("Bản tin lưu trú %(month)s", month=words.month(_key(month)).lower())


def _key(month: Period) -> str:
    return f"{month.start:%Y-%m}"


def _text(month: Period) -> str:
    """Return the figures of the whole town, which are published anyway, in a few lines.

    Readers of the mail need no account, so nothing finer than the open data goes into it.
    """
    base = base_url(current_app.extensions["config"])
    found = release(month.start)
    lines = [_subject(month), ""]
    if found is not None:
        lines += _lines(_published_total(found))
        lines += ["", _("Số liệu mở, làm tròn đến 5: %(url)s", url=f"{base}/open-data")]
    else:
        lines.append(_("Tháng này chưa đủ cơ sở góp số liệu để công bố."))
    page = f"{base}/statistics/bulletin?month={_key(month)}"
    lines.append(_("Bản tin đầy đủ, cần đăng nhập: %(url)s", url=page))
    return "\n".join(lines)


def _published_total(of: OpenDataRelease) -> Figures:
    row = content_of(of)["tables"]["month"]["rows"][0]
    return Figures(
        guest_nights=row["guest_nights"],
        arrivals=row["arrivals"],
        rooms_occupied=row["rooms_occupied"],
        rooms_net=row["rooms_available"],
    )


def _lines(total: Figures) -> list[str]:
    shown = []
    for name in HEADLINE:
        indicator = INDICATORS[name]
        value = indicator.of(total)
        text = (
            percent(value)
            if indicator.style == "percent"
            else number(value, 2 if indicator.style == "decimal" else 0)
        )
        shown.append(f"{indicator.label}: {text}")
    return shown


def _attachments(month: Period) -> list[mail.Attachment]:
    found = release(month.start)
    if found is None:
        return []
    kind = publication_files.MEDIA_TYPES["xlsx"]
    return [
        (f"{table}_{_key(month)}.xlsx", kind, publication_files.file_of(found, table, "xlsx"))
        for table in ATTACHED
        if table in COLUMNS
    ]


def last_final_month() -> Period:
    """Return the latest month that is final."""
    start = dates.previous_month(dates.today())
    if dates.today() < dates.next_month(start) + timedelta(days=FINAL_ON_DAY - 1):
        start = dates.previous_month(start)
    return Period.month(start.year, start.month)
