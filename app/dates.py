"""Dates of the hotel trade: the one clock, the hotel day, periods of nights, Vietnam's holidays."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from holidays.countries.vietnam import Vietnam

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY_BEGINS = time(6, 0)
DEPARTURE_TIME = time(12, 0)
ONE_DAY = timedelta(days=1)

ANNOUNCED_HOLIDAYS = Path(__file__).parents[1] / "seeds" / "reference" / "holidays.csv"


# --- The clock -----------------------------------------------------------------------------


def now() -> datetime:
    """This instant, aware, in UTC. Nothing else in the application asks the system's clock."""
    return datetime.now(UTC)


def local(instant: datetime) -> datetime:
    """`instant` as the clocks of Vietnam show it; a naive datetime is a mistake of the caller."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return instant.astimezone(ZONE)


def hotel_day(instant: datetime) -> date:
    """The date whose night is running or next to come: the hotel day begins at 06:00."""
    moment = local(instant)
    return moment.date() - ONE_DAY if moment.time() < DAY_BEGINS else moment.date()


def today() -> date:
    """The running hotel day, which is what "today" means everywhere."""
    return hotel_day(now())


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """The instant at which Vietnam's clocks show this hour of this day."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)


# --- Reading dates -------------------------------------------------------------------------

# No stay, birth or licence lies outside; beyond, arithmetic on dates overflows.
YEARS = range(1900, 2201)
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ISO_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
_ISO_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})"
)


def parse_date(text: str) -> date:
    """A date written as 2026-12-24 in ASCII digits, and in no other way; else ValueError."""
    if not _ISO_DATE.fullmatch(text):
        raise ValueError("a date is written as YYYY-MM-DD")
    return _within_years(date.fromisoformat(text))


def _within_years(day: date) -> date:
    if day.year not in YEARS:
        raise ValueError("a year out of range")
    return day


def parse_month(text: str) -> "Period":
    """A month written as 2026-12; else ValueError."""
    if not _ISO_MONTH.fullmatch(text):
        raise ValueError("a month is written as YYYY-MM")
    first = _within_years(date(int(text[:4]), int(text[5:]), 1))
    return Period.month(first.year, first.month)


def parse_instant(text: str) -> datetime:
    """An instant in ISO 8601 with its offset, 2026-12-24T14:05:00+07:00; else ValueError."""
    if not _ISO_INSTANT.fullmatch(text):
        raise ValueError("an instant is written as YYYY-MM-DDTHH:MM:SS+HH:MM")
    instant = datetime.fromisoformat(text)
    _within_years(instant.date())
    return instant.astimezone(UTC)


# --- Periods -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Nights from `start` to before `end`: arrival included, departure not; never empty."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if isinstance(self.start, datetime) or isinstance(self.end, datetime):
            raise TypeError("a period consists of dates, not of instants")
        if self.start >= self.end:
            raise ValueError("a period ends after it starts")

    @classmethod
    def of(cls, start: date, nights: int) -> "Period":
        return cls(start, start + timedelta(days=nights))

    @classmethod
    def month(cls, year: int, month: int) -> "Period":
        first = date(year, month, 1)
        return cls(first, next_month(first))

    def nights(self) -> Iterator[date]:
        for day in range(len(self)):
            yield self.start + timedelta(days=day)

    def __iter__(self) -> Iterator[date]:
        return self.nights()

    def __len__(self) -> int:
        return (self.end - self.start).days

    def __contains__(self, other: object) -> bool:
        """Whether a night, or every night of another period, lies in this one."""
        if isinstance(other, Period):
            return self.start <= other.start and other.end <= self.end
        if isinstance(other, date) and not isinstance(other, datetime):
            return self.start <= other < self.end
        return False

    def contains(self, night: date) -> bool:
        return night in self

    def overlaps(self, other: "Period") -> bool:
        return self.start < other.end and other.start < self.end

    def intersection(self, other: "Period") -> "Period | None":
        if not self.overlaps(other):
            return None
        return Period(max(self.start, other.start), min(self.end, other.end))

    def months(self) -> Iterator["Period"]:
        """This period cut at the first of each month."""
        start = self.start
        while start < self.end:
            end = min(next_month(start), self.end)
            yield Period(start, end)
            start = end


def month_start(day: date) -> date:
    return day.replace(day=1)


def next_month(day: date) -> date:
    """The first of the month after `day`."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def previous_month(day: date) -> date:
    """The first of the month before `day`."""
    return month_start(month_start(day) - ONE_DAY)


def same_day_last_year(day: date) -> date:
    """The same day and month a year before; 28 February for a leap day."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


# --- Nights of a stay ----------------------------------------------------------------------


def departure_instant(departure: date | datetime) -> datetime:
    """The instant a departure means: a bare date is noon of that date."""
    if isinstance(departure, datetime):
        return local(departure).astimezone(UTC)
    return at(departure, DEPARTURE_TIME.hour, DEPARTURE_TIME.minute).astimezone(UTC)


def first_night(arrived_at: datetime) -> date:
    """The night an arrival belongs to: before 06:00 that of the previous date."""
    return hotel_day(arrived_at)


def stay_nights(arrived_at: datetime, departure: date | datetime) -> Period | None:
    """The nights a stay takes, None for one that leaves on the date it came ("theo giờ").

    Raises ValueError for a departure before the arrival.
    """
    night = first_night(arrived_at)
    if isinstance(departure, datetime):
        if departure < arrived_at:
            raise ValueError("a departure before the arrival")
        last_day = local(departure).date()
    else:
        last_day = departure
    if last_day < night:
        raise ValueError("a departure before the arrival")
    return None if last_day == night else Period(night, last_day)


# --- Holidays ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Holiday:
    """One day off by law or by announcement; `code` says which holiday it belongs to."""

    date: date
    code: str
    name_vi: str
    name_en: str
    source: str


@dataclass(frozen=True, slots=True, order=True)
class HolidayRun:
    """An unbroken run of days off and weekends around a holiday, both ends included."""

    first: date
    last: date
    codes: tuple[str, ...]

    def stay(self) -> Period:
        """Check-in on the first day, check-out on the last; a single day begins the day before."""
        if self.first == self.last:
            return Period(self.first - ONE_DAY, self.first)
        return Period(self.first, self.last)


@dataclass(frozen=True, slots=True)
class _Year:
    days_off: dict[date, Holiday]
    workdays: frozenset[date]


COMPUTED = "computed: Labour Code 2019 art. 112, Vietnamese lunar calendar"

# The Vietnamese names of the calendar package, by the beginning of the name.
_CODES = (
    ("Tết Dương lịch", "new_year"),
    ("29 Tết", "tet"),
    ("Giao thừa", "tet"),
    ("Tết Nguyên Đán", "tet"),
    ("Mùng ", "tet"),
    ("Ngày Giỗ Tổ", "hung_kings"),
    ("Ngày Chiến thắng", "reunification"),
    ("Ngày Quốc tế Lao động", "labour"),
    ("Quốc khánh", "national_day"),
    ("Ngày Văn hóa", "culture_day"),
)


def holidays_between(period: Period) -> list[Holiday]:
    """The days off in `period`, in order; each day once."""
    return [
        holiday
        for year in range(period.start.year, period.end.year + 1)
        for day, holiday in _year(year).days_off.items()
        if day in period
    ]


def holiday_runs(year: int) -> list[HolidayRun]:
    """The runs of days off that hold a holiday of `year`, in order."""
    return list(_runs(year))


def is_day_off(day: date) -> bool:
    """Whether few people work: a holiday, or a weekend that makes up for none."""
    known = _year(day.year)
    if day in known.days_off:
        return True
    return day.weekday() >= 5 and day not in known.workdays


@lru_cache(maxsize=64)
def _runs(year: int) -> tuple[HolidayRun, ...]:
    runs: dict[date, HolidayRun] = {}
    for day in _year(year).days_off:
        first = last = day
        while is_day_off(first - ONE_DAY):
            first -= ONE_DAY
        while is_day_off(last + ONE_DAY):
            last += ONE_DAY
        codes = dict.fromkeys(h.code for h in holidays_between(Period(first, last + ONE_DAY)))
        runs[first] = HolidayRun(first, last, tuple(codes))
    return tuple(sorted(runs.values()))


@lru_cache(maxsize=64)
def _year(year: int) -> _Year:
    """The days off of a year: what was announced replaces what is computed for the same day."""
    vietnamese = Vietnam(years=year, language="vi")
    english = Vietnam(years=year, language="en_US")
    days: dict[date, Holiday] = {}
    for day, name in sorted(vietnamese.items()):
        code = _code(name) or _nearest_code(vietnamese, day)
        days[day] = Holiday(day, code, name, str(english[day]), COMPUTED)
    workdays = set(vietnamese.weekend_workdays)
    for holiday, works in _announced():
        if holiday.date.year != year:
            continue
        if works:
            workdays.add(holiday.date)
            days.pop(holiday.date, None)
        else:
            days[holiday.date] = holiday
    return _Year(dict(sorted(days.items())), frozenset(workdays))


def _code(name: str) -> str | None:
    return next((code for start, code in _CODES if name.startswith(start)), None)


def _nearest_code(names: Vietnam, day: date) -> str:
    """The holiday a substitute day off belongs to: the nearest one with a name of its own."""
    named = {other: code for other, name in names.items() if (code := _code(name))}
    return named[min(named, key=lambda other: (abs(other - day), other))]


@lru_cache(maxsize=1)
def _announced() -> tuple[tuple[Holiday, bool], ...]:
    """Rows of the announced calendar; True marks a weekend on which people work instead."""
    with ANNOUNCED_HOLIDAYS.open(encoding="utf-8", newline="") as file:
        return tuple(
            (
                Holiday(
                    parse_date(row["date"]),
                    row["code"],
                    row["name_vi"],
                    row["name_en"],
                    row["source"],
                ),
                row["day"] == "workday",
            )
            for row in csv.DictReader(file)
        )
