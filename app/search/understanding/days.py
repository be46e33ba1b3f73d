"""Days as people name them: 24/12, the 24th of December, Saturday next week, tomorrow."""

from dataclasses import dataclass
from datetime import date, timedelta

from app.dates import ONE_DAY, YEARS, Period, holidays_between
from app.search.understanding.sentence import Sentence
from app.search.understanding.tokens import NUMBER
from app.search.understanding.vocabulary import Found

_SOON = timedelta(days=30)
_ORDINALS = {"st", "nd", "rd", "th"}


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day by its number, with as much of month and year as was said."""

    day: int
    month: int | None = None
    year: int | None = None

    def on(self, earliest: date) -> date | None:
        """The first such day from `earliest` on; a full date is itself, be it past or not."""
        if self.year is not None and self.month is not None:
            return _date(self.year, self.month, self.day)
        months = ((earliest.year * 12 + earliest.month - 1 + i) for i in range(12 * 8))
        for count in months:
            year, month = divmod(count, 12)
            if self.month in (None, month + 1):
                found = _date(year, month + 1, self.day)
                if found is not None and found >= earliest:
                    return found
        return None

    def before(self, limit: date) -> date | None:
        """The last such day before `limit`, within a year."""
        days = (limit - timedelta(days=i) for i in range(1, 367))
        return next((day for day in days if self._is(day)), None)

    def _is(self, day: date) -> bool:
        return (
            day.day == self.day
            and self.month in (None, day.month)
            and self.year in (None, day.year)
        )


@dataclass(frozen=True, slots=True)
class Weekday:
    """A day of the week, Monday being 0; `which` one is meant: coming, after (today), next."""

    number: int
    which: str = ""

    def on(self, earliest: date) -> date:
        if self.which == "next":
            monday = earliest + timedelta(days=7 - earliest.weekday())
            return monday + timedelta(days=self.number)
        if self.which == "after":
            earliest += ONE_DAY
        return earliest + timedelta(days=(self.number - earliest.weekday()) % 7)


@dataclass(frozen=True, slots=True)
class NamedDay:
    """A day that needs no reckoning: tomorrow, Christmas Eve."""

    named: date

    def on(self, earliest: date) -> date | None:
        return self.named if self.named >= earliest else None


Day = CalendarDay | Weekday | NamedDay


@dataclass(frozen=True, slots=True)
class Read:
    """A day that was read, up to token `end`; a `short` one is a word too small to trust."""

    day: Day
    end: int
    short: bool = False


def read_day(sentence: Sentence, at: int) -> Read | None:
    """The day named at `at`, with what may lead it in ("ngày", "đêm", "on")."""
    start = sentence.after(at, "day_before")
    return (
        _written(sentence, start)
        or _weekday(sentence, at)
        or _weekday(sentence, start)
        or _relative(sentence, at)
        or _bare(sentence, start)
    )


def _written(sentence: Sentence, at: int) -> Read | None:
    """A date with its month, in figures or words."""
    for reader in (_iso, _with_slashes, _with_dots, _with_month_word, _month_first):
        read = reader(sentence, at)
        if read is not None:
            return read
    return None


def _iso(sentence: Sentence, at: int) -> Read | None:
    """2026-12-24."""
    year, month, day = (sentence.number(at + i) for i in (0, 2, 4))
    if not year or year < 1000 or not sentence.is_mark(at + 1, "-") or not month or not day:
        return None
    if not sentence.is_mark(at + 3, "-"):
        return None
    return _calendar(day, month, year, at + 5)


def _with_slashes(sentence: Sentence, at: int) -> Read | None:
    """24/12, 24/12/2026, 24-12-2026; 24-12 only where it can be nothing else."""
    day, month = sentence.number(at), sentence.number(at + 2)
    mark = sentence.token(at + 1)
    if day is None or month is None or mark is None or mark.text not in ("/", "-"):
        return None
    if _is_continued(sentence, at, mark.text):
        return None
    year, end = None, at + 3
    if sentence.is_mark(end, mark.text) and sentence.glued(end) and sentence.glued(end + 1):
        year, end = sentence.number(end + 1), end + 2
        if year is None:
            return None
    if mark.text == "-" and year is None and (day <= 12 or not sentence.glued(at + 2)):
        return None
    if month > 12 >= day and mark.text == "/":
        day, month = month, day
    return _calendar(day, month, year, end)


def _is_continued(sentence: Sentence, at: int, mark: str = "/") -> bool:
    """Whether these figures are the tail of longer ones, as 12/20 in 24/12/20."""
    return sentence.glued(at) and sentence.is_mark(at - 1, mark, ".")


def _with_dots(sentence: Sentence, at: int) -> Read | None:
    """24.12 and 24.12.2026, which the tokens hold as one number."""
    token = sentence.token(at)
    if token is None or token.kind != NUMBER or "," in token.folded:
        return None
    parts = token.folded.split(".")
    sizes = [len(part) for part in parts]
    if sizes not in ([2, 2], [2, 2, 4], [1, 2, 4], [2, 1, 4], [1, 1, 4]):
        return None
    if sentence.find(at + 1, "money", "metres", "stars"):
        return None
    year = int(parts[2]) if len(parts) == 3 else None
    return _calendar(int(parts[0]), int(parts[1]), year, at + 1)


def _with_month_word(sentence: Sentence, at: int) -> Read | None:
    """24 tháng 12 năm 2026, 24 Dec, 24th of December 2026."""
    day = sentence.number(at)
    if day is None or _is_continued(sentence, at):
        return None
    end = at + 1
    if (word := sentence.find(end, "month")) and (month := _month(sentence, word)):
        return _calendar(day, month[0], *_year(sentence, month[1]))
    end = after_ordinal(sentence, end)
    token = sentence.token(end)
    if token is not None and token.folded == "of":
        end += 1
    name = sentence.find(end, "month_name")
    if name is None:
        return None
    return _calendar(day, name.value, *_year(sentence, name.end))


def _month(sentence: Sentence, word: Found) -> tuple[int, int] | None:
    """The number of a month; "tháng sau" without marks is the next one and not the sixth."""
    if sentence.number(word.end) is None and sentence.find(word.start, "this_month"):
        return None
    return sentence.count(word.end)


def _month_first(sentence: Sentence, at: int) -> Read | None:
    """Dec 24, December 24th, 2026."""
    name = sentence.find(at, "month_name")
    if name is None or (day := sentence.number(name.end)) is None:
        return None
    return _calendar(day, name.value, *_year(sentence, after_ordinal(sentence, name.end + 1)))


def after_ordinal(sentence: Sentence, at: int) -> int:
    token = sentence.token(at)
    return at + 1 if token is not None and token.glued and token.folded in _ORDINALS else at


def _year(sentence: Sentence, at: int) -> tuple[int | None, int]:
    """The year that follows a date, and where it ends."""
    start = sentence.after(at, "year")
    if sentence.is_mark(start, ",", "/"):
        start += 1
    year = sentence.number(start)
    return (year, start + 1) if year is not None and 2000 <= year <= 2100 else (None, at)


def _calendar(day: int, month: int, year: int | None, end: int) -> Read | None:
    if year is not None and year < 100:
        year += 2000
    if _date(year or 2028, month, day) is None:
        return None
    return Read(CalendarDay(day, month, year), end)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year in YEARS else None
    except ValueError:
        return None


def _bare(sentence: Sentence, start: int) -> Read | None:
    """ "ngày 24": the number alone, and with "tháng này" or "tháng sau" after it."""
    lead = sentence.find(start - 1, "day_before")
    if lead is None or lead.value != "numbered":
        return None
    return _of_tet(sentence, start) or read_numbered(sentence, start)


def _of_tet(sentence: Sentence, start: int) -> Read | None:
    """ "mùng 1" in the weeks before Tết is the lunar year's."""
    day = sentence.number(start)
    if sentence.tokens[start - 1].folded not in {"mung", "mong"} or not 1 <= (day or 0) <= 10:
        return None
    named = day_of_tet(sentence.today, (day or 0) - 1)
    if named is None or named - sentence.today > _SOON or sentence.find(start + 1, "this_month"):
        return None
    return Read(NamedDay(named), start + 1)


def read_numbered(sentence: Sentence, start: int) -> Read | None:
    """A day by its number alone, the next such one or that of the month that is said."""
    day = sentence.number(start)
    if day is None or not 1 <= day <= 31:
        return None
    if sentence.find(start + 1, "nights", "days", "people", "rooms", "money"):
        return None
    which = sentence.find(start + 1, "this_month")
    if which is None:
        return Read(CalendarDay(day), start + 1)
    first = sentence.today.replace(day=1)
    year, month = divmod(first.year * 12 + first.month - 1 + which.value, 12)
    return Read(CalendarDay(day, month + 1, year), which.end)


def _weekday(sentence: Sentence, at: int) -> Read | None:
    lead = sentence.find(at, "which_day_before")
    start = lead.end if lead else at
    name = sentence.find(start, "weekday")
    short = None if name else sentence.find(start, "short_weekday")
    found = name or short
    if found is None:
        return None
    which, end = "", found.end
    if sentence.tokens[start].folded == "cn" and sentence.is_word(end) and not sentence.found(end):
        return None  # "cn dao" is Côn Đảo with a letter lost rather than a Sunday.
    if lead:
        which = lead.value
    elif name and (after := sentence.find(end, "which_day")):
        which, end = after.value, after.end
    if which == "" and end < len(sentence) and sentence.tokens[end].folded == "night":
        end += 1
    return Read(Weekday(found.value, which), end, short=bool(short) and lead is None)


def _relative(sentence: Sentence, at: int) -> Read | None:
    found = sentence.find(at, "relative_day")
    if found is not None:
        return Read(NamedDay(sentence.today + timedelta(days=found.value)), found.end)
    found = sentence.find(at, "named_date")
    if found is not None:
        day, month = found.value
        year, end = _year(sentence, found.end)
        return Read(CalendarDay(day, month, year), end)
    found = sentence.find(at, "short_relative_day")
    if found is not None:
        return Read(NamedDay(sentence.today + timedelta(days=found.value)), found.end, short=True)
    return None


def day_of_tet(today: date, offset: int) -> date | None:
    """The next day that lies so many days after the first of the lunar year."""
    ahead = Period.of(today - timedelta(days=10), 500)
    first_days = (h.date for h in holidays_between(ahead) if h.name_vi == "Tết Nguyên Đán")
    days = (day + timedelta(days=offset) for day in first_days)
    return next((day for day in days if day >= today), None)
