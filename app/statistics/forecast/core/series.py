"""A series of numbers on consecutive days or months, and reading one from a file."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from app.dates import ONE_DAY, next_month, parse_date

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
# Wide enough for a country's guests in dong, and far from where squares lose their digits.
LARGEST = 1e15


class Frequency(StrEnum):
    DAILY = "daily"
    MONTHLY = "monthly"


SEASONS = {Frequency.DAILY: 7, Frequency.MONTHLY: 12}
# Less than this shows neither a weekday nor a month twice, so nothing can be learned of either.
SHORTEST = {Frequency.DAILY: 28, Frequency.MONTHLY: 24}


class SeriesError(ValueError):
    """What is wrong with a series, with the line of its file where there is one."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Series:
    """Values on consecutive days or months; what came before `start` is not known."""

    frequency: Frequency
    start: date
    values: tuple[float, ...]

    @property
    def season(self) -> int:
        """After how many steps the shortest cycle begins again: a week, or a year of months."""
        return SEASONS[self.frequency]

    def __len__(self) -> int:
        return len(self.values)

    def date_at(self, step: int) -> date:
        """The date of a step, also of one after the last value."""
        if self.frequency is Frequency.DAILY:
            return self.start + timedelta(days=step)
        months = self.start.year * 12 + self.start.month - 1 + step
        return date(months // 12, months % 12 + 1, 1)

    def until(self, origin: int) -> Series:
        """The first `origin` values: all that a forecast made at that moment may know."""
        return replace(self, values=self.values[:origin])


def read_series(lines: Iterable[str], frequency: Frequency | None = None) -> Series:
    """The series in a CSV of `date,value`; without a frequency the dates tell which it is."""
    rows = list(_rows(lines))
    if not rows:
        raise SeriesError("the file holds no values")
    if frequency is None:
        frequency = _frequency_of([day for _, day, _ in rows])
    _check_steps(rows, frequency)
    series = Series(frequency, rows[0][1], tuple(value for _, _, value in rows))
    if len(series) < SHORTEST[frequency]:
        raise SeriesError(
            f"too short: {len(series)} values; a {frequency} series needs "
            f"at least {SHORTEST[frequency]}"
        )
    return series


def _rows(lines: Iterable[str]) -> Iterable[tuple[int, date, float]]:
    reader = csv.reader(lines)
    try:
        header = next(reader, None)
        if header is None or [name.strip("\ufeff ").lower() for name in header] != [
            "date",
            "value",
        ]:
            raise SeriesError("the header must be date,value", 1)
        for row in reader:
            if row:
                yield (reader.line_num, *_read_row(row, reader.line_num))
    except csv.Error as error:
        raise SeriesError(f"not CSV: {error}", reader.line_num) from error


def _read_row(row: list[str], line: int) -> tuple[date, float]:
    if len(row) != 2:
        raise SeriesError(f"{len(row)} columns instead of date,value", line)
    try:
        day = parse_date(row[0].strip())
    except ValueError as error:
        raise SeriesError(f"no date: {row[0]!r} ({error})", line) from error
    text = row[1].strip()
    if not text:
        raise SeriesError(f"no value for {day}; a gap cannot be forecast from", line)
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise SeriesError(f"no number: {row[1]!r}", line)
    value = float(text)
    if value < 0:
        raise SeriesError(f"negative value {text}", line)
    if value > LARGEST:
        raise SeriesError(f"value {text} is too large", line)
    return day, value


def _frequency_of(days: list[date]) -> Frequency:
    monthly = len(days) > 1 and all(day.day == 1 for day in days)
    return Frequency.MONTHLY if monthly else Frequency.DAILY


def _check_steps(rows: list[tuple[int, date, float]], frequency: Frequency) -> None:
    """Every row follows the one before by exactly one step."""
    expected: date | None = None
    for line, day, _ in rows:
        if frequency is Frequency.MONTHLY and day.day != 1:
            raise SeriesError(f"{day} is not the first day of a month", line)
        if expected is not None and day != expected:
            if day < expected:
                twice = any(other == day for before, other, _ in rows if before < line)
                raise SeriesError(f"{day} {'comes twice' if twice else 'is out of order'}", line)
            raise SeriesError(f"gap: {expected} is missing before {day}", line)
        expected = day + ONE_DAY if frequency is Frequency.DAILY else next_month(day)
