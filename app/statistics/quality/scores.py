"""The four scores of quality and their product: their sums, their formulas, and reading them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import ARRAY, Integer, any_, literal, select, text

from app import dates
from app.dates import ONE_DAY, Period
from app.db import db
from app.registry.models import Establishment
from app.statistics.periods import BY_TIME, parts
from app.statistics.quality.facts import clipped
from app.statistics.quality.summed import now
from app.statistics.quality.sums import NOTED, SUMMED
from app.statistics.queries import KEYS, Filters, ratio

# A day never reported weighs as much as this many days reported late.
MISSED_WEIGHT = 2


@dataclass(frozen=True, slots=True)
class Quality:
    """Sums over houses and days; each score is a fraction of two of them, None over zero."""

    key: str = ""
    establishments: int = 0
    due: int = 0
    reported: int = 0
    on_time: int = 0
    late: int = 0
    records: int = 0
    errors: int = 0
    duplicates: int = 0
    contradictions: int = 0
    closes: int = 0
    vacancies: int = 0
    fresh: int = 0
    filings: int = 0
    filings_sent: int = 0
    # Nights said to be without guests while the ward was full: to be looked at, no fault.
    zeros: int = 0

    @property
    def missed(self) -> int:
        return self.due - self.reported

    @property
    def valid_records(self) -> int:
        return self.records - self.errors

    @property
    def all_records(self) -> int:
        """Guests and closes by hand: what can contradict itself."""
        return self.records + self.closes

    @property
    def clean_records(self) -> int:
        return self.all_records - self.duplicates - self.contradictions

    @property
    def weighed_days(self) -> int:
        """On time, late, and each missed day twice; a day of which no moment is known is none."""
        return self.on_time + self.late + MISSED_WEIGHT * self.missed

    @property
    def complete(self) -> float | None:
        return ratio(self.reported, self.due)

    @property
    def valid(self) -> float | None:
        return ratio(self.valid_records, self.records)

    @property
    def clean(self) -> float | None:
        return ratio(self.clean_records, self.all_records)

    @property
    def timely(self) -> float | None:
        return ratio(self.on_time, self.weighed_days)

    @property
    def fresh_share(self) -> float | None:
        return ratio(self.fresh, self.vacancies)

    @property
    def alive(self) -> float | None:
        """The mean of days on time and of fresh vacancies; the one there is, where one lacks."""
        known = [share for share in (self.timely, self.fresh_share) if share is not None]
        return sum(known) / len(known) if known else None

    @property
    def known_scores(self) -> list[float]:
        scores = (self.complete, self.valid, self.clean, self.alive)
        return [score for score in scores if score is not None]

    @property
    def score(self) -> float | None:
        """The geometric mean of the scores there are: one that is zero can't be hidden."""
        known = self.known_scores
        return math.prod(known) ** (1 / len(known)) if known else None


NAMES = (
    *("establishments", *SUMMED[:4], "missed", *SUMMED[4:9], "vacancies", "fresh", "zeros"),
    *("complete", "valid", "clean", "timely", "fresh_share", "alive", "score"),
)


@dataclass(frozen=True, slots=True)
class Measure:
    """A score: its name, what it says, and its fraction; a mean of others has no fraction."""

    name: str
    label: LazyString
    words: LazyString
    over: tuple[str, LazyString] | None = None
    under: tuple[str, LazyString] | None = None
    of: tuple[str, ...] = ()


MEASURES = {
    measure.name: measure
    for measure in (
        Measure(
            "complete",
            _l("Đủ"),
            _l(
                "Mỗi ngày một cơ sở có tên trong sổ là một ngày phải báo. Ngày chốt tay, ngày có"
                " hoạt động ghi trong sổ, ngày có khách và ngày đã báo đóng cửa là ngày đã báo."
                " Ngày chưa tới hạn thì chưa tính."
            ),
            ("reported", _l("ngày đã báo")),
            ("due", _l("ngày phải báo")),
        ),
        Measure(
            "valid",
            _l("Đúng"),
            _l(
                "Một bản ghi là một khách đến trong ngày. Bản ghi có lỗi khi thiếu điều bắt buộc."
                " Cảnh báo mà cơ sở đã xác nhận vẫn là đúng. Đêm không có khách trong khi các cơ sở"
                " khác cùng phường kín từ 70 % được nêu để xem lại, không trừ điểm."
            ),
            ("valid_records", _l("bản ghi không lỗi")),
            ("records", _l("bản ghi")),
        ),
        Measure(
            "clean",
            _l("Sạch"),
            _l(
                "Tính cả bản ghi khách và lần chốt ngày bằng tay. Trùng: cùng giấy tờ, cùng ngày"
                " đến, hai bản ghi chồng giờ nhau. Mâu thuẫn: chồng giờ với bản ghi của ngày khác,"
                " hoặc ngày chốt ít phòng hơn số phòng đang có khách."
            ),
            ("clean_records", _l("bản ghi không trùng, không mâu thuẫn")),
            ("all_records", _l("bản ghi và lần chốt ngày")),
        ),
        Measure(
            "timely",
            _l("Đúng hạn"),
            _l(
                "Hạn của một ngày là 12 giờ trưa hôm sau; hệ thống ngừng thì hạn lùi lại. Ngày"
                " không báo tính gấp đôi ngày báo trễ. Ngày đã báo đóng cửa không có giờ báo nên"
                " không tính."
            ),
            ("on_time", _l("ngày báo đúng hạn")),
            ("weighed_days", _l("ngày đúng hạn + ngày trễ + 2 × ngày không báo")),
        ),
        Measure(
            "fresh_share",
            _l("Phòng trống mới xác nhận"),
            _l(
                "Một dòng là một loại phòng trong một đêm, từ đêm nay đến 14 đêm tới. Dòng còn mới"
                " khi được xác nhận trong 3 giờ (đêm nay, đêm mai) hoặc trong một ngày (các đêm"
                " sau). Mỗi ngày ghi lại một lần vào buổi tối; hôm nay là lúc này."
            ),
            ("fresh", _l("dòng còn mới")),
            ("vacancies", _l("dòng phòng trống")),
        ),
        Measure(
            "alive",
            _l("Sống"),
            _l("Trung bình cộng của đúng hạn và phòng trống mới xác nhận; thiếu một thì lấy một."),
            of=("timely", "fresh_share"),
        ),
        Measure(
            "score",
            _l("Điểm chung"),
            _l("Trung bình nhân của bốn điểm: một điểm bằng 0 thì điểm chung bằng 0."),
            of=("complete", "valid", "clean", "alive"),
        ),
    )
}
SCORES = ("complete", "valid", "clean", "alive", "score")


@dataclass(frozen=True, slots=True)
class QualityTable:
    """Rows by key in the order of the keys, and all of them together."""

    rows: list[Quality] = field(default_factory=list)
    total: Quality = field(default_factory=lambda: Quality("total"))


_SUMS = ", ".join(f"coalesce(sum(f.{name}), 0)::int AS {name}" for name in (*SUMMED, *NOTED))
# By house first: a house that changed its kind stands in two rows, and once in the total.
_TABLE = f"""{{now}},
of_house AS (
    SELECT {{key}} AS key, f.establishment_id, {_SUMS}
    FROM summed_now f WHERE {{condition}} GROUP BY 1, 2 HAVING sum(f.days) > 0
)
SELECT key, count(DISTINCT f.establishment_id) FILTER (WHERE f.due > 0) AS establishments, {_SUMS}
FROM of_house f GROUP BY GROUPING SETS ((1), ()) ORDER BY 1 NULLS LAST
"""
# On one day as many houses are due as there are days due.
_DAYS = f"""{{now}}
SELECT {{key}} AS key, sum(f.due)::int AS establishments, {_SUMS}
FROM summed_now f WHERE {{condition}} GROUP BY 1 HAVING sum(f.days) > 0
"""
# Nights that are to be looked at, by the facts that are stored; tonight is not over.
ZEROS = """
SELECT {columns} FROM fact_zero f
WHERE f.night BETWEEN :first AND :last AND f.night < :today
  AND (CAST(:house AS int) IS NULL OR f.establishment_id = :house) AND {condition}
"""


def quality(period: Period, *, by: str, filters: Filters | None = None) -> QualityTable:
    """Return the scores of the period by day, month, unit, kind, establishment, …

    Rows stand in the order of their keys, houses by name: no list here ranks anybody.
    """
    days = clipped(period)
    if days is None:
        return QualityTable()
    filters = filters or Filters()
    key = "CAST(f.establishment_id AS text)" if by == "establishment" else KEYS[by]
    found, values = _summed(_TABLE, days, "NULL" if by == "day" else key, filters)
    total = found.pop()
    if by == "day":
        found, _ = _summed(_DAYS, days, key, filters)
    zeros = _zeros(key, filters, values)
    found = [replace(row, zeros=zeros.get(row.key, 0)) for row in found]
    total = replace(total, key="total", zeros=sum(zeros.values()))
    if by == "establishment":
        found = _by_code(found)
    if by in BY_TIME:
        by_key = {row.key: row for row in found}
        found = [by_key.get(key, Quality(key)) for key, _ in parts(days, by)]
    return QualityTable(found, total)


def _summed(
    statement: str, days: Period, key: str, filters: Filters
) -> tuple[list[Quality], dict[str, Any]]:
    """Return the rows by key, and the parameters of the days."""
    condition, values = filters.condition()
    start, more = now(days, by_day=statement is _DAYS, house_id=filters.house_id)
    made = statement.format(now=start, key=key, condition=condition)
    rows = db.session.execute(text(made), values | more)
    return [_quality(row._mapping) for row in rows], more


def _quality(row: Mapping[Any, Any]) -> Quality:
    sums: dict[str, Any] = {name: int(row[name]) for name in row if name != "key"}
    return Quality(key=row["key"] or "", **sums)


def _by_code(found: list[Quality]) -> list[Quality]:
    """Put the houses' codes where their ids stood, in the order of the codes."""
    rows = db.session.execute(
        select(Establishment.id, Establishment.code).where(
            Establishment.id == any_(literal([int(row.key) for row in found], ARRAY(Integer)))
        )
    )
    codes = {str(number): code for number, code in rows}
    return sorted((replace(row, key=codes[row.key]) for row in found), key=lambda row: row.key)


def _zeros(key: str, filters: Filters, days: dict[str, Any]) -> dict[str, int]:
    condition, values = filters.condition()
    columns = f"{key} AS key, count(*) AS number"
    statement = ZEROS.format(columns=columns, condition=condition) + " GROUP BY 1"
    return {row.key: row.number for row in db.session.execute(text(statement), values | days)}


def last_days(count: int = 30) -> Period:
    """Return the latest days up to today, what a page shows at first."""
    today = dates.today()
    return Period(today - (count - 1) * ONE_DAY, today + ONE_DAY)
