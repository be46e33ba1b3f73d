"""Outgoing mail reaches a real server once, waits when it is refused, and is sealed meanwhile."""

from __future__ import annotations

import dataclasses
import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, text

from app import dates
from app.config import Config, ConfigError
from app.db import db
from app.web import mail


class Postbox(socketserver.ThreadingTCPServer):
    """An SMTP server of the few words that smtplib says (RFC 5321), with answers to choose."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.received: list[bytes] = []
        self.answer_to_recipient = b"250 ok"


class _Talk(socketserver.StreamRequestHandler):
    server: Postbox

    def handle(self) -> None:
        self.wfile.write(b"220 postbox\r\n")
        for line in iter(self.rfile.readline, b""):
            word = line[:4].upper().strip()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                body = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.received.append(body)
                self.wfile.write(b"250 taken\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                known = self.server.answer_to_recipient if word == b"RCPT" else b"250 ok"
                self.wfile.write(known + b"\r\n")


@pytest.fixture
def postbox(app: Flask, db_session: Any) -> Iterator[Postbox]:
    server = Postbox()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    before: Config = app.extensions["config"]
    host, port = server.server_address[:2]
    app.extensions["config"] = dataclasses.replace(before, smtp_url=f"smtp://{host}:{port}")
    yield server
    app.extensions["config"] = before
    server.shutdown()
    thread.join()
    server.server_close()


def the_mail() -> mail.OutgoingMail:
    db.session.expire_all()
    return db.session.scalars(select(mail.OutgoingMail)).one()


def test_a_message_arrives_once(postbox: Postbox) -> None:
    mail.queue(
        "khach@example.vn",
        "Có phòng trống",
        "Đêm mai còn phòng.",
        unsubscribe_url="https://example.vn/stop/1",
        attachments=[("bảng.csv", "text/csv", "ngày,số\n".encode())],
    )
    db.session.flush()
    assert mail.tick()
    assert not mail.tick()
    (raw,) = postbox.received
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message["To"] == "khach@example.vn"
    assert message["Subject"] == "Có phòng trống"
    assert message["List-Unsubscribe"] == "<https://example.vn/stop/1>"
    body, attached = message.get_body(("plain",)), next(message.iter_attachments())
    assert body is not None
    assert body.get_content().strip() == "Đêm mai còn phòng."
    assert (attached.get_filename(), attached.get_content()) == ("bảng.csv", "ngày,số\n")
    assert the_mail().sent_at is not None


def test_what_is_refused_for_now_is_sent_later(postbox: Postbox) -> None:
    mail.queue("khach@example.vn", "Chào", "…")
    db.session.flush()
    postbox.answer_to_recipient = b"451 later"
    assert mail.tick()
    assert (the_mail().given_up, the_mail().failure) == (False, "SMTPRecipientsRefused")
    assert not mail.tick()
    postbox.answer_to_recipient = b"250 ok"
    with time_machine.travel(dates.now() + timedelta(minutes=2), tick=False):
        assert mail.tick()
    assert len(postbox.received) == 1


@pytest.mark.parametrize("answer", [b"550 no such person", b"451 later"])
def test_it_is_given_up_in_the_end(postbox: Postbox, answer: bytes) -> None:
    mail.queue("khach@example.vn", "Chào", "…")
    db.session.flush()
    postbox.answer_to_recipient = answer
    tries = 0
    for hours in range(12):
        with time_machine.travel(dates.now() + timedelta(hours=9 * hours), tick=False):
            tries += mail.tick()
    assert the_mail().given_up
    assert tries == (1 if answer.startswith(b"5") else 1 + len(mail.RETRY_MINUTES))
    assert postbox.received == []


def test_a_server_that_is_away_loses_nothing(app: Flask, postbox: Postbox) -> None:
    mail.queue("khach@example.vn", "Chào", "…")
    db.session.flush()
    closed = dataclasses.replace(app.extensions["config"], smtp_url="smtp://127.0.0.1:9")
    app.extensions["config"] = closed
    assert mail.tick()
    assert (the_mail().sent_at, the_mail().given_up) == (None, False)


def test_whom_and_what_is_sealed_and_forgotten(postbox: Postbox) -> None:
    mail.queue("canary@example.vn", "canary", "canary")
    db.session.flush()
    row = db.session.execute(text("SELECT outgoing_mail::text FROM outgoing_mail")).scalar_one()
    assert b"canary".hex() not in row
    assert "canary" not in row
    mail.tick()
    with time_machine.travel(dates.now() + timedelta(days=8), tick=False):
        mail.forget_old()
    assert db.session.scalar(select(mail.OutgoingMail)) is None


def test_without_a_server_a_developer_finds_a_file(app: Flask, db_session: Any) -> None:
    mail.queue("khach@example.vn", "Chào", "…")
    db.session.flush()
    mail.tick()
    config: Config = app.extensions["config"]
    assert (config.data_dir / "mail" / f"{the_mail().id}.eml").is_file()
    assert mail.can_send(config)
    assert not mail.can_send(dataclasses.replace(config, env="production"))


@pytest.mark.parametrize("subject", ["Chào\nBcc: all@example.vn", "Chào\r\nX: y"])
def test_a_subject_adds_no_header(postbox: Postbox, subject: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        mail.queue("khach@example.vn", subject, "…")


def test_a_wrong_address_of_the_server_stops_the_start() -> None:
    with pytest.raises(ConfigError, match="SMTP_URL"):
        Config.from_environ({"SMTP_URL": "mail.example.vn:25", "APP_ENV": "test"}, dotenv=None)
