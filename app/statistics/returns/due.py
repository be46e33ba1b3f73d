"""When the monthly return of a house is due, and whether it owes a full one or one of zeroes; pure.

The day is a dated row of ``seeds/reference/duty_rules.csv`` (D13), so that a change of the law is
a change of data.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from app import dates
from app.dates import ONE_DAY
from app.reference import duty_rule

RULE = "D13"


@dataclass(frozen=True, slots=True)
class ReturnDuty:
    """What a house owes of a month; on time is what comes before ``limit``."""

    month: date
    kind: Literal["full", "zero"]
    limit: datetime


def return_due(month: date) -> datetime | None:
    """Return the instant before which the return of the month must come: the end of its day.

    ``month`` is any day of it. None for a month whose due day lies before the first rule.
    """
    following = dates.next_month(month)
    rule = duty_rule(RULE, following)
    if rule is None or rule.day_of_month is None:
        return None
    return dates.at(following.replace(day=rule.day_of_month) + ONE_DAY, 0)


def is_on_time(sent_at: datetime, month: date) -> bool:
    limit = return_due(month)
    return limit is None or sent_at < limit


def return_duty(month: date, *, nights_in_register: int, nights_open: int) -> ReturnDuty | None:
    """Return what the house owes of the month; one closed all month owes zeroes all the same.

    A house that stood in the register on no night of the month owes nothing.
    """
    limit = return_due(month)
    if limit is None or nights_in_register == 0:
        return None
    return ReturnDuty(dates.month_start(month), "full" if nights_open else "zero", limit)
