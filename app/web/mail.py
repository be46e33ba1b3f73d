"""Outgoing mail: queued in the caller's transaction, handed to the SMTP server by the worker."""

from __future__ import annotations

import base64
import json
import smtplib
import ssl
from collections.abc import Sequence
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from flask import current_app
from sqlalchemy import Index, String, delete, func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from app import dates
from app.config import Config
from app.db import CreatedAt, Instant, Model, UuidKey, db, new_id
from app.identity import Sealed
from app.web.links import base_url

log = structlog.get_logger()

Attachment = tuple[str, str, bytes]
"""The file's name, its media type ("text/csv"), its bytes."""

TIMEOUT_SECONDS = 10
# What a server refuses for now is tried again after these many minutes, then given up.
RETRY_MINUTES = (1, 5, 30, 120, 480)
KEPT = timedelta(days=7)
LARGEST_BYTES = 5_000_000


class OutgoingMail(Model):
    """A message that waits, went out or was given up; whom and what is sealed."""

    __tablename__ = "outgoing_mail"
    __table_args__ = (
        Index(
            "ix_outgoing_mail_due",
            "due_at",
            postgresql_where=text("sent_at IS NULL AND NOT given_up"),
        ),
    )

    id: Mapped[UuidKey]
    created_at: Mapped[CreatedAt]
    content_sealed: Mapped[bytes]
    content = Sealed()
    due_at: Mapped[Instant] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(server_default="0")
    sent_at: Mapped[Instant | None]
    given_up: Mapped[bool] = mapped_column(server_default="false")
    failure: Mapped[str | None] = mapped_column(String(100))


def can_send(config: Config | None = None) -> bool:
    """Return whether mail leaves: a server is set, or it is development and files stand for it."""
    config = config or current_app.extensions["config"]
    return bool(config.smtp_url) or not config.production


def queue(
    to: str,
    subject: str,
    text: str,
    *,
    unsubscribe_url: str | None = None,
    attachments: Sequence[Attachment] = (),
) -> OutgoingMail:
    """Queue a message in this transaction; it leaves after the commit.

    ``to`` is one checked address, ``subject`` one line. ``unsubscribe_url`` becomes the headers of
    RFC 8058, so that a mail program offers to stop with one click (it sends a POST there). Raises
    ValueError on an address or a subject of several lines, and on attachments of more than
    ``LARGEST_BYTES``.
    """
    if len(f"{to} {subject}".splitlines()) != 1:
        raise ValueError("address and subject are one line")
    if sum(len(content) for _, _, content in attachments) > LARGEST_BYTES:
        raise ValueError(f"attachments of more than {LARGEST_BYTES} bytes")
    mail = OutgoingMail(id=new_id())
    mail.content = json.dumps(
        {
            "to": to,
            "subject": subject,
            "text": text,
            "unsubscribe_url": unsubscribe_url,
            "attachments": [
                (name, kind, base64.b64encode(content).decode())
                for name, kind, content in attachments
            ],
        }
    )
    db.session.add(mail)
    return mail


def tick() -> bool:
    """Send the message that has waited longest; return whether there was one.

    A worker that is killed between the server's yes and the commit sends it again, under the same
    Message-ID.
    """
    mail = db.session.scalar(
        select(OutgoingMail)
        .where(
            OutgoingMail.sent_at.is_(None),
            ~OutgoingMail.given_up,
            OutgoingMail.due_at <= dates.now(),
        )
        .order_by(OutgoingMail.due_at, OutgoingMail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if mail is None:
        return False
    _try(mail, current_app.extensions["config"])
    db.session.commit()
    return True


def forget_old() -> None:
    """Delete what went out or was given up a while ago. Does not commit."""
    old = OutgoingMail.created_at < dates.now() - KEPT
    ended = OutgoingMail.sent_at.is_not(None) | OutgoingMail.given_up
    db.session.execute(delete(OutgoingMail).where(old, ended))


def _try(mail: OutgoingMail, config: Config) -> None:
    mail.attempts += 1
    try:
        _deliver(_message(mail, config), config)
    except (OSError, smtplib.SMTPException) as error:
        # The server's words may quote the address, so the kind alone is kept.
        mail.failure = type(error).__name__
        later = mail.attempts <= len(RETRY_MINUTES) and not _is_final(error)
        if later:
            mail.due_at = dates.now() + timedelta(minutes=RETRY_MINUTES[mail.attempts - 1])
        mail.given_up = not later
        log.warning("mail not sent", mail=str(mail.id), kind=mail.failure, again=later)
    else:
        mail.sent_at, mail.failure = dates.now(), None


def _is_final(error: Exception) -> bool:
    """Whether the server said never (5xx, RFC 5321 §4.2.1), and not only later."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    # A wrong password is ours to mend, so the message waits for it.
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return False
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500


def _message(mail: OutgoingMail, config: Config) -> EmailMessage:
    content: dict[str, Any] = json.loads(mail.content or "{}")
    domain = urlsplit(base_url(config)).hostname or "localhost"
    message = EmailMessage(policy=SMTP)
    message["From"] = config.mail_from or f"no-reply@{domain}"
    message["To"] = content["to"]
    message["Subject"] = content["subject"]
    message["Date"] = format_datetime(dates.now())
    message["Message-ID"] = f"<{mail.id}@{domain}>"
    # Out-of-office programs leave such mail unanswered (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    if content["unsubscribe_url"]:
        message["List-Unsubscribe"] = f"<{content['unsubscribe_url']}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(content["text"])
    for name, kind, encoded in content["attachments"]:
        main, _, sub = kind.partition("/")
        message.add_attachment(
            base64.b64decode(encoded),
            maintype=main,
            subtype=sub,
            filename=name,
            params={"charset": "utf-8"} if main == "text" else None,
        )
    return message


def _deliver(message: EmailMessage, config: Config) -> None:
    if config.smtp_url:
        return _send(message, config.smtp_url)
    if config.production:
        raise smtplib.SMTPServerDisconnected("SMTP_URL is not set")
    return _keep(message, config.data_dir / "mail")


def _send(message: EmailMessage, url: str) -> None:
    """Send through ``smtp://user:password@host:587`` (STARTTLS where offered) or ``smtps://``."""
    address = urlsplit(url)
    host, context = address.hostname or "localhost", ssl.create_default_context()
    server: smtplib.SMTP
    if address.scheme == "smtps":
        server = smtplib.SMTP_SSL(
            host, address.port or 465, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(host, address.port or 25, timeout=TIMEOUT_SECONDS)
    with server:
        server.ehlo()
        if address.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        if address.username:
            server.login(unquote(address.username), unquote(address.password or ""))
        server.send_message(message)


def _keep(message: EmailMessage, folder: Path) -> None:
    """Put the message where a developer can open it."""
    folder.mkdir(parents=True, exist_ok=True)
    name = message["Message-ID"].strip("<>").partition("@")[0]
    (folder / f"{name}.eml").write_bytes(message.as_bytes())
