"""Messages of channel managers about rooms left: OTA_HotelInvCountNotifRQ, read and answered.

``Start`` and ``End`` are both nights that are meant (End is the last night, not the departure);
CountType 2 is what is definitely available. A day's attribute that is true leaves the others out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from xml.etree import ElementTree as ET

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from app import dates
from app.dates import Period

NAMESPACE = "http://www.opentravel.org/OTA/2003/05"
DAYS = ("Mon", "Tue", "Weds", "Thur", "Fri", "Sat", "Sun")
AVAILABLE = "2"
MOST_NIGHTS = 20_000
MOST_ROOMS = 5_000
FAULTS_NAMED = 50
TRUE, FALSE = ("1", "true"), ("0", "false")
# Codes of the OTA's list ERR.
INVALID_DATE, INVALID_VALUE, MISSING, ROOM_TYPE, DATES, UNABLE = 15, 320, 321, 402, 404, 450


@dataclass(frozen=True)
class Fault:
    """One error or warning; its text holds nothing that was sent."""

    code: int
    text: str


class Refused(Exception):
    """The message is refused as a whole."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("refused")
        self.faults = list(faults)[:FAULTS_NAMED]


@dataclass(frozen=True)
class Message:
    """What was asked: rooms left of each room type's code and night; the last word counts."""

    hotel_code: str | None
    echo_token: str | None
    counts: dict[tuple[str, date], int]


def read(body: bytes) -> Message:
    """Read a message; raises :class:`Refused`."""
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ET.ParseError, DefusedXmlException, ValueError, LookupError):
        raise Refused([Fault(INVALID_VALUE, "The body is no XML that can be read")]) from None
    if _name(root) != "OTA_HotelInvCountNotifRQ":
        raise Refused([Fault(INVALID_VALUE, "The message is no OTA_HotelInvCountNotifRQ")])
    lists = _children(root, "Inventories")
    entries = [entry for one in lists for entry in _children(one, "Inventory")]
    if len(lists) != 1 or not entries:
        raise Refused([Fault(MISSING, "One Inventories with an Inventory is needed")])
    counts: dict[tuple[str, date], int] = {}
    faults: list[Fault] = []
    for number, entry in enumerate(entries, 1):
        try:
            counts |= _counts(entry)
        except _Wrong as wrong:
            faults.append(Fault(wrong.code, f"Inventory {number}: {wrong}"))
        if len(counts) > MOST_NIGHTS:
            raise Refused([Fault(UNABLE, f"At most {MOST_NIGHTS} nights a message")])
    if faults:
        raise Refused(faults)
    return Message(lists[0].get("HotelCode"), _token(root), counts)


class _Wrong(Exception):
    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _children(element: Any, name: str) -> list[Any]:
    return [child for child in element if _name(child) == name]


def _token(root: Any) -> str | None:
    token = str(root.get("EchoToken") or "")
    return token if 0 < len(token) <= 128 and token.isascii() and token.isprintable() else None


def _counts(entry: Any) -> dict[tuple[str, date], int]:
    controls = _children(entry, "StatusApplicationControl")
    if len(controls) != 1:
        raise _Wrong(MISSING, "one StatusApplicationControl is needed")
    code = (controls[0].get("InvTypeCode") or "").strip()
    if not code:
        raise _Wrong(MISSING, "InvTypeCode is missing")
    rooms = _available(entry)
    return {(code, night): rooms for night in _nights(controls[0])}


def _available(entry: Any) -> int:
    """Return the one count of what is available."""
    counts = [one for many in _children(entry, "InvCounts") for one in _children(many, "InvCount")]
    said = [one.get("Count") or "" for one in counts if one.get("CountType") == AVAILABLE]
    if len(said) != 1:
        raise _Wrong(MISSING, "one InvCount with CountType 2 is needed")
    text = said[0].strip()
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= MOST_ROOMS):
        raise _Wrong(INVALID_VALUE, f"Count must be a whole number up to {MOST_ROOMS}")
    return int(text)


def _nights(control: Any) -> list[date]:
    """Return the nights from Start through End on the days that are meant."""
    try:
        start, end = (dates.parse_date(control.get(name) or "") for name in ("Start", "End"))
    except ValueError:
        raise _Wrong(INVALID_DATE, "Start and End must be dates such as 2026-12-31") from None
    if end < start:
        raise _Wrong(DATES, "End lies before Start")
    if (end - start).days > MOST_NIGHTS:
        raise _Wrong(DATES, "the period is too long")
    meant = _days(control)
    return [n for n in Period(start, end + dates.ONE_DAY) if n.weekday() in meant]


def _days(control: Any) -> set[int]:
    said = {number: control.get(name) for number, name in enumerate(DAYS)}
    flags = {number: text.lower() for number, text in said.items() if text is not None}
    if any(flag not in TRUE + FALSE for flag in flags.values()):
        raise _Wrong(INVALID_VALUE, "a day's attribute must be true or false")
    chosen = {number for number, flag in flags.items() if flag in TRUE}
    return chosen or set(range(7)) - flags.keys()


# --- Answering -----------------------------------------------------------------------------


def answer(
    echo_token: str | None, *, errors: Sequence[Fault] = (), warnings: Sequence[Fault] = ()
) -> bytes:
    """Return the OTA_HotelInvCountNotifRS: Success with warnings perhaps, or Errors."""
    root = ET.Element("OTA_HotelInvCountNotifRS", xmlns=NAMESPACE, Version="1.0")
    root.set("TimeStamp", dates.local(dates.now()).isoformat(timespec="seconds"))
    if echo_token:
        root.set("EchoToken", echo_token)
    if errors:
        _list(root, "Error", errors)
    else:
        ET.SubElement(root, "Success")
        _list(root, "Warning", warnings)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="utf-8")


def _list(root: ET.Element, name: str, faults: Sequence[Fault]) -> None:
    if not faults:
        return
    many = ET.SubElement(root, f"{name}s")
    for fault in faults:
        one = ET.SubElement(many, name, Type="3", Code=str(fault.code), ShortText=fault.text)
        one.text = fault.text
