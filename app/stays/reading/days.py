"""Dates as people and spreadsheets write them, in Vietnam's order of day and month; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache

from app.text import fold

# A spreadsheet counts days from here, having invented 29/02/1900. The other system, which counts
# from 1904, is never guessed: nothing in a number tells it.
EPOCH = date(1899, 12, 30)
SERIALS = range(3_000, 60_000)
YEARS = range(1900, 2101)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_TIME = re.compile(
    r"(?<![0-9/.\-])([01]?[0-9]|2[0-3])\s?[:hg]\s?([0-5][0-9])?(?::[0-5][0-9](?:\.[0-9]+)?)?"
    r"(?:\s?([ap])\.?m\.?)?(?:\+07:?00|z)?(?![0-9])"
)
_ISO = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_PARTS = re.compile(r"([0-9]{1,2})\s?[-/. ,]\s?([0-9]{1,2})\s?[-/. ,]\s?([0-9]{4}|[0-9]{2})")
_ORDER = re.compile(r"\s*'?([0-9]{1,2})\s?[-/.]\s?([0-9]{1,2})\s?[-/.]\s?[0-9]{2}")
_WORDS = re.compile(
    r"(?:ngay )?([0-9]{1,2})[ ,/\-]*(?:thang|thg|th|t) ?([0-9]{1,2})[ ,/\-]*(?:nam )?([0-9]{4})"
)
_ENGLISH = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?[ \-/.,]*([a-z]{3,9})\.?[ \-/.,]*([0-9]{2,4})")
_ENGLISH_US = re.compile(r"([a-z]{3,9})\.? *([0-9]{1,2})(?:st|nd|rd|th)?[ ,]+([0-9]{4})")
_MONTH_YEAR = re.compile(r"(?:0?[1-9]|1[0-2])[-/.](?:19|20)[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Day:
    """A day that was read; ``notes`` say how. ``day`` is None where it could not be."""

    day: date | None = None
    precision: str = "day"
    time: time | None = None
    notes: tuple[str, ...] = ()


@lru_cache(maxsize=16_384)
def read_day(text: str, *, latest: date | None = None, birth: bool = False) -> Day:
    """Return the day a text means, day before month.

    ``latest`` decides the century of a year of two digits. A year alone, or with zeros for day and
    month, is only understood of a birth.
    """
    plain = re.sub(r"\s+", " ", fold(text).strip(" '\"’")).replace("t00:00:00", "")
    serial = _serial(plain)
    if serial is not None:
        return serial
    clock, rest = _cut_time(plain)
    year = _year_only(rest) if birth else None
    if year is not None:
        return year
    for reader in (_iso, _numbers, _digits, _words):
        found = reader(rest, latest)
        if found is not None:
            return Day(found.day, found.precision, clock, found.notes)
    return Day(notes=("day_missing" if _MONTH_YEAR.fullmatch(rest) else "not_a_date",))


def is_month_first(texts: Iterable[str]) -> bool:
    """Whether dates stand in the order of the United States: some only so, none the other way."""
    seen = False
    for text in texts:
        match = _ORDER.match(text)
        if match and int(match[1]) > 12:
            return False
        seen = seen or (match is not None and int(match[2]) > 12)
    return seen


def is_either_order(text: str) -> bool:
    """Whether day and month could change places."""
    match = _ORDER.match(text)
    return (
        match is not None
        and match[1].lstrip("0") != match[2].lstrip("0")
        and (int(match[1]) <= 12 >= int(match[2]))
    )


def _serial(plain: str) -> Day | None:
    match = re.fullmatch(r"([0-9]{4,5})(\.[0-9]+)?", plain)
    if match is None or int(match[1]) not in SERIALS:
        return None
    if len(match[1]) == 4 and int(match[1]) in YEARS:
        return None
    seconds = round(float(match[2] or 0) * 86_400)
    clock = (date_time(seconds)) if seconds else None
    return Day(EPOCH + timedelta(days=int(match[1])), "day", clock, ("serial_date",))


def date_time(seconds: int) -> time:
    """Return the time of day so many seconds after midnight, to the minute."""
    minutes = min(round(seconds / 60), 24 * 60 - 1)
    return time(minutes // 60, minutes % 60)


def _cut_time(plain: str) -> tuple[time | None, str]:
    plain = re.sub(r"(?<=[0-9])t(?=[0-9]{2}:)", " ", plain)
    match = _TIME.search(plain)
    if match is None:
        return None, plain
    hour = int(match[1])
    if match[3] and hour <= 12:
        hour = hour % 12 + (12 if match[3] == "p" else 0)
    rest = (plain[: match.start()] + " " + plain[match.end() :]).strip(" ,-luc")
    return time(hour, int(match[2] or 0)), " ".join(rest.split())


def _year_only(plain: str) -> Day | None:
    match = re.fullmatch(
        r"(?:nam |0{1,2}[/.\-]0{1,2}[/.\-]|0000)?((?:19|20)[0-9]{2})(?:\.0)?", plain
    )
    if match is None:
        return None
    return Day(date(int(match[1]), 1, 1), "year", None, ("year_only",))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year in YEARS else None
    except ValueError:
        return None


def _iso(plain: str, latest: date | None) -> Day | None:
    match = _ISO.fullmatch(plain)
    found = _date(*map(int, match.groups())) if match else None
    return Day(found) if found else None


def _numbers(plain: str, latest: date | None) -> Day | None:
    match = _PARTS.fullmatch(plain)
    if match is None:
        return None
    notes: list[str] = []
    first, second = int(match[1]), int(match[2])
    year = _year(match[3], latest, notes)
    if second > 12 >= first:
        first, second = second, first
        notes.append("day_month_swapped")
    found = _date(year, second, first)
    return Day(found, notes=tuple(notes)) if found else None


def _year(text: str, latest: date | None, notes: list[str]) -> int:
    if len(text) == 4:
        return int(text)
    notes.append("two_digit_year")
    year = 2000 + int(text)
    return year - 100 if latest is not None and year > latest.year else year


def _digits(plain: str, latest: date | None) -> Day | None:
    """Digits in a row: day, month, year, whose first zero a spreadsheet may have eaten."""
    digits = plain.removesuffix(".0")
    if not re.fullmatch(r"[0-9]{6,8}", digits):
        return None
    notes = ["compact_date"]
    if len(digits) == 6:
        year = _year(digits[4:], latest, notes)
        found = _date(year, int(digits[2:4]), int(digits[:2]))
    else:
        whole = digits.zfill(8)
        found = _date(int(whole[4:]), int(whole[2:4]), int(whole[:2]))
        if found is None and len(digits) == 8:
            found = _date(int(whole[:4]), int(whole[4:6]), int(whole[6:]))
    return Day(found, notes=tuple(notes)) if found else None


def _words(plain: str, latest: date | None) -> Day | None:
    match = _WORDS.fullmatch(plain)
    if match:
        found = _date(int(match[3]), int(match[2]), int(match[1]))
        return Day(found) if found else None
    us, english = _ENGLISH_US.fullmatch(plain), _ENGLISH.fullmatch(plain)
    if us:
        month, day, year = us.groups()
    elif english:
        day, month, year = english.groups()
    else:
        return None
    if month[:3] not in _MONTHS:
        return None
    notes: list[str] = []
    found = _date(_year(year, latest, notes), _MONTHS.index(month[:3]) + 1, int(day))
    return Day(found, notes=tuple(notes)) if found else None
