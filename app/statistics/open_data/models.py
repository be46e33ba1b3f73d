"""Releases of open data: stored once, never changed, with what they were computed from beside."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Instant, IntKey, Model


class OpenDataRelease(Model):
    """The published tables of one month; a correction is a row of its own with the next version.

    ``content`` is the exact text whose SHA-256 is published. ``basis`` are the sums of single
    houses behind it, which a correction is measured against: it never leaves the database.
    """

    __tablename__ = "open_data_release"
    __table_args__ = (UniqueConstraint("month", "version"),)

    id: Mapped[IntKey]
    month: Mapped[date]
    version: Mapped[int] = mapped_column(SmallInteger)
    published_at: Mapped[Instant]
    published_by: Mapped[str] = mapped_column(String(60))
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[str] = mapped_column(Text)
    basis: Mapped[dict[str, Any]]


# The database itself refuses to change or remove what was published.
FROZEN_FUNCTION = """
CREATE FUNCTION open_data_release_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a release of open data is never changed' USING ERRCODE = 'check_violation';
END $$
"""
FROZEN_TRIGGER = """
CREATE TRIGGER open_data_release_frozen BEFORE UPDATE OR DELETE ON open_data_release
FOR EACH ROW EXECUTE FUNCTION open_data_release_is_frozen()
"""
