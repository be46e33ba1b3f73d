"""When one wants to stay: from a day to a day, so many nights, a weekend, a holiday by its name."""

from dataclasses import dataclass
from datetime import date, timedelta

from app.dates import ONE_DAY, HolidayRun, Period, holiday_runs
from app.search.understanding.days import (
    CalendarDay,
    Day,
    NamedDay,
    Read,
    Weekday,
    after_ordinal,
    day_of_tet,
    read_day,
    read_numbered,
)
from app.search.understanding.sentence import DASHES, Match, Sentence
from app.search.understanding.words import HOLIDAY_DATES, REMEMBERED

FARTHEST_DAYS = 365
MOST_NIGHTS = 30


@dataclass(frozen=True, slots=True)
class Stay:
    """What one phrase said of the dates; `origin` is "weekend" or the code of a holiday."""

    check_in: date | None = None
    check_out: date | None = None
    nights: int | None = None
    origin: str = ""


def searchable(period: Period, today: date) -> bool:
    """Whether a search may ask for these nights: none before today, none too far, not too many."""
    return (
        today <= period.start <= today + timedelta(days=FARTHEST_DAYS)
        and len(period) <= MOST_NIGHTS
    )


def read_stay(sentence: Sentence, at: int) -> Match | None:
    """The longest reading of dates at `at`; dates nobody can search stay text as a whole."""
    if _after_street(sentence, at):
        return None
    readings = [
        reading
        for reader in (_holiday, _tet_day, _weekend, _nights, _short_range, _range_or_day)
        if (reading := reader(sentence, at)) is not None
    ]
    return max(readings, key=lambda match: match.end, default=None)


def _after_street(sentence: Sentence, at: int) -> bool:
    """After "đường" or "số" stand streets and house numbers; not after a house "Trùng Dương"."""
    if at - 1 in sentence.held:
        return False
    before = sentence.find(at - 1, "street")
    token = sentence.token(at - 1)
    if token is not None and token.text.lower() in {"số", "so", "hẻm", "no"}:
        return True
    return before is not None and before.end == at and before.start == at - 1


def _match(sentence: Sentence, start: int, end: int, stay: Stay, *, weak: bool = False) -> Match:
    period = _period(stay)
    if period is not None and not searchable(period, sentence.today):
        return Match(start, end, "text", None)
    return Match(start, end, "dates", stay, weak=weak)


def _period(stay: Stay) -> Period | None:
    if stay.check_in is None:
        return None
    return Period(stay.check_in, stay.check_out or stay.check_in + ONE_DAY)


# --- Days ------------------------------------------------------------------------------------


def _range_or_day(sentence: Sentence, at: int) -> Match | None:
    """A day, or a day to a day; "từ", "đến", "check-in" and "trả phòng" may say which it is."""
    lead = sentence.find(at, "from_day", "check_in", "check_out", "to_day")
    if lead and lead.field == "to_day" and sentence.find(at, "day_before", "relative_day"):
        lead = None  # "toi" is "tối" before a day and "tới" after one.
    start = lead.end if lead else at
    if sentence.is_mark(start, ":"):
        start += 1
    # "từ nay" is a day as it stands.
    first = read_day(sentence, start) or read_day(sentence, at)
    if first is None:
        return None
    if lead and lead.field in ("check_out", "to_day"):
        return _departure(sentence, at, first)
    is_name = _could_be_a_name(sentence, start, first)
    second = _second_day(sentence, first, alone=first.short or is_name)
    if second is not None:
        return _range(sentence, at, first, second)
    if first.short and isinstance(first.day, Weekday):
        return None
    check_in = first.day.on(sentence.today)
    if check_in is None or check_in < sentence.today:
        return Match(at, first.end, "text", None)
    weak = lead is None and (first.short or is_name)
    return _match(sentence, at, first.end, Stay(check_in=check_in), weak=weak)


def _departure(sentence: Sentence, at: int, read: Read) -> Match | None:
    if read.short and isinstance(read.day, Weekday):
        return None
    check_out = read.day.on(sentence.today + ONE_DAY)
    if check_out is None:
        return None
    return Match(at, read.end, "dates", Stay(check_out=check_out))


def _second_day(sentence: Sentence, first: Read, *, alone: bool) -> Read | None:
    """The day a range ends on; two days beside each other are one as well, unless `alone`."""
    connected = sentence.after(first.end, "to_day")
    if connected == first.end and sentence.is_mark(first.end, *DASHES):
        connected += 1
    if connected == first.end and alone:
        return None
    connected = sentence.after(connected, "check_out") if connected > first.end else connected
    second = read_day(sentence, connected)
    if second is None or (connected == first.end and second.short):
        return None
    return second


def _range(sentence: Sentence, at: int, first: Read, second: Read) -> Match:
    start, end = _with_which(first.day, second.day), second.day
    if _lacks_year(start) and not _lacks_year(end):
        check_out = end.on(sentence.today)
        check_in = start.before(check_out) if check_out and isinstance(start, CalendarDay) else None
    else:
        check_in = start.on(sentence.today)
        check_out = _following(end, check_in) if check_in else None
    if check_in is None or check_out is None or not sentence.today <= check_in < check_out:
        return Match(at, second.end, "text", None)
    return _match(sentence, at, second.end, Stay(check_in, check_out))


def _with_which(start: Day, end: Day) -> Day:
    """In "thứ 6 đến chủ nhật tuần sau" the week is said once, for both."""
    if isinstance(start, Weekday) and isinstance(end, Weekday) and not start.which:
        return Weekday(start.number, end.which)
    return start


def _following(end: Day, check_in: date) -> date | None:
    if isinstance(end, Weekday):
        return Weekday(end.number).on(check_in + ONE_DAY)
    return end.on(check_in + ONE_DAY)


def _lacks_year(day: Day) -> bool:
    return isinstance(day, CalendarDay) and day.year is None


def _short_range(sentence: Sentence, at: int) -> Match | None:
    """24-26/12, "từ 24 đến 26 tháng 12", Dec 24-26: the month is said once."""
    lead = sentence.find(at, "from_day", "check_in")
    start = lead.end if lead else at
    start = sentence.after(start, "day_before")
    month = sentence.find(start, "month_name")
    first = sentence.number(month.end if month else start)
    after = after_ordinal(sentence, (month.end if month else start) + 1)
    if first is None or not 1 <= first <= 31:
        return None
    connected = sentence.after(after, "to_day", "joined_by")
    if connected == after and sentence.is_mark(after, *DASHES):
        connected += 1
    if connected == after:
        return None
    end = _month_said_before(sentence, month.value, connected) if month else None
    end = end or read_day(sentence, connected) or _of_this_month(sentence, connected)
    if end is None or not isinstance(end.day, CalendarDay):
        return None
    if end.day.month is None and not lead and start == at:
        return None
    return _ending(sentence, at, first, end, end.day)


def _of_this_month(sentence: Sentence, at: int) -> Read | None:
    """The "30 tháng này" of "28 đến 30 tháng này"."""
    day = sentence.number(at)
    which = sentence.find(at + 1, "this_month") if day is not None else None
    if day is None or which is None or which.end == at + 2:
        return None
    return read_numbered(sentence, at)


def _month_said_before(sentence: Sentence, month: int, at: int) -> Read | None:
    day = sentence.number(at)
    if day is None or not 1 <= day <= 31 or sentence.find(at + 1, "month_name", "month"):
        return None
    return Read(CalendarDay(day, month), at + 1)


def _ending(sentence: Sentence, at: int, first: int, end: Read, last: CalendarDay) -> Match | None:
    """The range from the day numbered `first` to `last`: reckoned from its end backwards."""
    earliest = sentence.today + ONE_DAY
    for _ in range(2):
        check_out = last.on(earliest)
        if check_out is None:
            return Match(at, end.end, "text", None)
        check_in = CalendarDay(first).before(check_out)
        if check_in is not None and check_in >= sentence.today:
            return _match(sentence, at, end.end, Stay(check_in, check_out))
        if last.year is not None:
            return Match(at, end.end, "text", None)
        earliest = check_out + ONE_DAY
    return None


def _could_be_a_name(sentence: Sentence, at: int, read: Read) -> bool:
    """ "30 Tháng 4" in words, beside a kind of house, is what houses are called; so is Tomorrow."""
    day = read.day
    if isinstance(day, NamedDay) and read.end == at + 1:
        return sentence.find(read.end, "kind") is not None
    word = sentence.find(at + 1, "month")
    if word is None or not isinstance(day, CalendarDay) or day.year is not None:
        return False
    if sentence.tokens[at + 1].capital and not sentence.is_shouted:
        return True
    return (day.day, day.month) in REMEMBERED


# --- Nights ----------------------------------------------------------------------------------


def _nights(sentence: Sentence, at: int) -> Match | None:
    """2 đêm, 3 ngày 2 đêm, 2n1đ, one week."""
    shorthand = _shorthand(sentence, at)
    if shorthand is not None:
        return shorthand
    count = sentence.count(at)
    unit = sentence.find(count[1], "nights", "days", "weeks") if count else None
    if count is None or unit is None:
        return None
    tonight = sentence.find(count[1], "relative_day", "short_relative_day")
    if tonight is not None and tonight.end > unit.end:
        return _from_then(sentence, at, count[0], tonight.end, tonight.value)
    number, end = count[0] * (7 if unit.field == "weeks" else 1), unit.end
    other = sentence.count(sentence.after(end, "joined_by"))
    other_unit = sentence.find(other[1], "nights", "days") if other else None
    if other and other_unit and {unit.field, other_unit.field} == {"nights", "days"}:
        number = other[0] if other_unit.field == "nights" else number
        end = other_unit.end
    return _of_nights(at, end, number)


def _shorthand(sentence: Sentence, at: int) -> Match | None:
    """2n1đ, 3N2Đ, 3d2n: whichever letter stands for the night, there is one day more."""
    first, second = sentence.number(at), sentence.number(at + 2)
    if first is None or second is None or abs(first - second) > 1:
        return None
    for place in (at + 1, at + 3):
        if not sentence.glued(place) or sentence.after(place, "short_nights") != place + 1:
            return None
    return _of_nights(at, at + 4, min(first, second))


def _of_nights(start: int, end: int, nights: int) -> Match:
    if not 1 <= nights <= MOST_NIGHTS:
        return Match(start, end, "text", None)
    return Match(start, end, "dates", Stay(nights=nights))


def _from_then(sentence: Sentence, at: int, nights: int, end: int, days: int) -> Match | None:
    """ "2 đêm nay" is two nights from tonight; after a name the 2 belongs to the name."""
    if sentence.free_before(at) or not 1 <= nights <= MOST_NIGHTS:
        return None
    start = sentence.today + timedelta(days=days)
    return Match(at, end, "dates", Stay(start, start + timedelta(days=nights)))


# --- Weekends and holidays -------------------------------------------------------------------


def _weekend(sentence: Sentence, at: int) -> Match | None:
    lead = sentence.find(at, "which_day_before", "day_before")
    found = sentence.find(lead.end if lead else at, "weekend")
    if found is None:
        return None
    after = sentence.find(found.end, "which_day")
    which = after.value if after else lead.value if lead else ""
    saturday = Weekday(5, "next" if which == "next" else "").on(sentence.today)
    end = after.end if after else found.end
    return _match(sentence, at, end, Stay(saturday, saturday + ONE_DAY, origin="weekend"))


def friday_before(stay: Period, today: date) -> Period | None:
    """The same weekend from Friday on, where that Friday is still to come."""
    friday = stay.start - ONE_DAY
    return Period(friday, stay.end) if friday >= today else None


def _holiday(sentence: Sentence, at: int) -> Match | None:
    """ "lễ 30/4", "tết", "dịp giỗ tổ": the run of days off."""
    lead = sentence.find(at, "holiday_before")
    start = lead.end if lead else sentence.after(at, "day_before")
    named = sentence.find(start, "holiday")
    if named is None and (sentence.number(start) or 0) in range(23, 30):
        named = sentence.find(start + 1, "holiday")  # "28 tết": the run of days off around it.
        named = named if named and named.value == "tet" else None
    if named is not None:
        return _run(sentence, at, named.end, named.value)
    read = (read_day(sentence, start) or _dashed(sentence, start)) if lead else None
    if read is None:
        return None
    code = _holiday_on(read)
    if code is None:
        return None
    end = read.end
    if sentence.is_mark(end, "-", "–", "&", "+", "/", ","):
        end += 1
    other = read_day(sentence, sentence.after(end, "to_day", "joined_by"))
    together = other is not None and _holiday_on(other) is not None
    return _run(sentence, at, other.end if other and together else read.end, code, read)


def _dashed(sentence: Sentence, at: int) -> Read | None:
    """ "lễ 2-9", a date here and nowhere else."""
    day, month = sentence.number(at), sentence.number(at + 2)
    if not sentence.is_mark(at + 1, "-") or not sentence.glued(at + 2) or (day, month) is None:
        return None
    if (day, month) not in HOLIDAY_DATES:
        return None
    return Read(CalendarDay(day or 0, month), at + 3)


def _holiday_on(read: Read) -> str | None:
    day = read.day
    if not isinstance(day, CalendarDay) or day.month is None:
        return None
    return HOLIDAY_DATES.get((day.day, day.month))


def _run(
    sentence: Sentence, at: int, end: int, code: str, read: Read | None = None
) -> Match | None:
    year = read.day.year if read and isinstance(read.day, CalendarDay) else None
    said = sentence.number(end)
    if said is not None and 2000 <= said <= 2100:
        year, end = said, end + 1
    found = _next_run(sentence.today, code, year)
    if found is None:
        return Match(at, end, "text", None)
    stay = found.stay()
    check_in = max(stay.start, sentence.today)
    return _match(sentence, at, end, Stay(check_in, stay.end, origin=code))


def _next_run(today: date, code: str, year: int | None) -> HolidayRun | None:
    """The run of a holiday that is still to end, the one of `year` where that was said."""
    years = (year,) if year else (today.year, today.year + 1, today.year + 2)
    runs = (run for y in years for run in holiday_runs(y) if code in run.codes)
    return next((run for run in runs if run.stay().end > today), None)


def _tet_day(sentence: Sentence, at: int) -> Match | None:
    """ "giao thừa", "mùng 2 tết", "mùng 1 đến mùng 4 tết": days of the lunar calendar."""
    found = sentence.find(at, "tet_day", "lunar_eve")
    if found is not None:
        offset = found.value - 1 if found.field == "tet_day" else -1
        check_in = day_of_tet(sentence.today, offset)
        return _match(sentence, at, found.end, Stay(check_in=check_in)) if check_in else None
    start = sentence.after(at, "day_before")
    first = sentence.number(start)
    connected = sentence.after(start + 1, "to_day")
    if connected == start + 1 and sentence.is_mark(connected, *DASHES):
        connected += 1
    last = sentence.find(connected, "tet_day")
    if first is None or last is None or connected == start + 1 or not 1 <= first < last.value:
        return None
    check_in = day_of_tet(sentence.today, first - 1)
    if check_in is None:
        return None
    stay = Stay(check_in, check_in + timedelta(days=last.value - first))
    return _match(sentence, at, last.end, stay)
