"""Invented content for the sample pages."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

from app.dates import now, today

PAGE_NAMES = {
    "components": "Thành phần",
    "forms": "Biểu mẫu",
    "search": "Tìm phòng",
    "house": "Cơ sở",
    "tonight": "Tối nay",
    "calendar": "Lịch phòng",
    "statistics": "Công suất",
}

HOUSES: list[dict[str, Any]] = [
    {
        "code": "VT0001",
        "name": "Khách sạn Sóng Biển",
        "kind": "Khách sạn",
        "stars": 4,
        "ward": "P. Tam Thắng",
        "distance": "cách Bãi Sau 120 m",
        "count": 12,
        "total": 40,
        "freshness": "fresh",
        "minutes": 12,
        "price": 900000,
        "lat": 10.3445,
        "lon": 107.0952,
    },
    {
        "code": "VT0002",
        "name": "Nhà nghỉ Cô Ba Thùy Vân",
        "kind": "Nhà nghỉ du lịch",
        "stars": None,
        "ward": "P. Vũng Tàu",
        "distance": "cách Bãi Sau 300 m",
        "count": 2,
        "total": 11,
        "freshness": "fresh",
        "minutes": 47,
        "price": 420000,
        "lat": 10.3345,
        "lon": 107.0895,
    },
    {
        "code": "VT0003",
        "name": "Khu nghỉ dưỡng Hải Đăng Hồ Tràm – biệt thự và căn hộ hướng biển",
        "kind": "Khu nghỉ dưỡng",
        "stars": 5,
        "ward": "X. Hồ Tràm",
        "distance": "cách biển 40 m",
        "count": 1,
        "total": 64,
        "freshness": "ageing",
        "minutes": 300,
        "price": 4250000,
        "lat": 10.4712,
        "lon": 107.388,
    },
    {
        "code": "VT0004",
        "name": "Căn hộ Gió Lộng",
        "kind": "Căn hộ du lịch",
        "stars": 3,
        "ward": "P. Tam Thắng",
        "distance": "cách Bãi Sau 650 m",
        "count": 6,
        "total": 20,
        "freshness": "stale",
        "minutes": 2900,
        "price": 760000,
        "lat": 10.3509,
        "lon": 107.0939,
    },
    {
        "code": "VT0005",
        "name": "Homestay Bạch Dinh",
        "kind": "Nhà ở có phòng cho thuê",
        "stars": None,
        "ward": "P. Vũng Tàu",
        "distance": "cách Bãi Trước 400 m",
        "count": None,
        "total": 5,
        "freshness": "hidden",
        "minutes": None,
        "price": None,
        "lat": 10.352,
        "lon": 107.072,
    },
    {
        "code": "VT0006",
        "name": "Khách sạn Nghinh Phong",
        "kind": "Khách sạn",
        "stars": 2,
        "ward": "P. Vũng Tàu",
        "distance": "cách Bãi Sau 80 m",
        "count": 0,
        "total": 18,
        "freshness": "fresh",
        "minutes": 6,
        "price": 650000,
        "lat": 10.3262,
        "lon": 107.0885,
    },
]


def results() -> list[dict[str, Any]]:
    return [
        {
            **row,
            "confirmed_at": None
            if row["minutes"] is None
            else now() - timedelta(minutes=row["minutes"]),
        }
        for row in HOUSES
    ]


def points() -> list[dict[str, Any]]:
    steps = {0: 0, 1: 1, 2: 2, 6: 3, 12: 4}
    found = [
        {
            "id": row["code"],
            **{key: row[key] for key in ("name", "lat", "lon", "count")},
            "step": steps.get(row["count"]),
            "url": f"/establishments/{row['code']}",
            "price": f"{row['price'] or 0:,} ₫".replace(",", "."),
            "text": "Còn phòng" if row["count"] else "Hết phòng",
        }
        for row in HOUSES
    ]
    neighbour = {**found[0], "id": "VT0009", "name": "Sóng Biển 2", "lat": 10.3447, "lon": 107.0953}
    return [*found, neighbour]


def nights(count: int) -> list[date]:
    return [date(2026, 12, 18) + timedelta(days=step) for step in range(count)]


def occupancy(start: date, days: int) -> list[tuple[date, float | None, str, str | None]]:
    return [_night(start + timedelta(days=step), step) for step in range(days)]


def _night(day: date, step: int) -> tuple[date, float | None, str, str | None]:
    season = 0.48 + 0.16 * math.cos((day.timetuple().tm_yday - 190) / 58)
    weekend = 0.2 if day.weekday() in (4, 5) else 0
    value = min(0.99, season + weekend + 0.03 * math.sin(step * 1.7))
    url = f"?from={day}" if day.day == 1 else None
    if day.month == 9 and day.day in (10, 11):
        return day, None, "chưa có số liệu", url
    return day, value, f"{value:.1%}".replace(".", ","), url


def trend() -> dict[str, Any]:
    rows = occupancy(date(2026, 9, 20), 70)
    values = [value for _day, value, *_rest in rows]
    last = [value and value * 0.93 - 0.02 for value in values]
    head = [value if step < 56 else None for step, value in enumerate(values)]
    tail = [value if step >= 55 else None for step, value in enumerate(values)]
    band = [
        value and [value - 0.02 - (step - 55) / 120, min(1, value + 0.02 + (step - 55) / 120)]
        for step, value in enumerate(tail)
    ]
    return {
        "kind": "line",
        "format": "percent",
        "max": 1,
        "labels": [f"{day.day}/{day.month}" for day, *_rest in rows],
        "series": [
            {"name": "Năm nay", "data": head, "as": "now"},
            {"name": "Năm trước", "data": last, "as": "before"},
            {"name": "Dự báo", "data": tail, "as": "forecast"},
            {"name": "Khoảng 80 %", "data": band, "as": "band"},
        ],
        "marks": [{"label": "20/11", "from": 60, "to": 63}],
    }


def origins() -> dict[str, Any]:
    months = [f"Th {month}" for month in range(1, 13)]
    seasons = [1 + 0.4 * math.cos((month - 6) / 2) for month in range(12)]
    series = [("Trong nước", 24_000), ("Hàn Quốc", 3_100), ("Nga", 1_800), ("Trung Quốc", 1_500)]
    return {
        "kind": "stacked",
        "format": "number",
        "labels": months,
        "series": [
            {"name": name, "data": [round(base * season) for season in seasons]}
            for name, base in series
        ],
    }


def context() -> dict[str, Any]:
    year = occupancy(date(2026, 1, 1), 333)
    return {
        "results": results(),
        "points": points(),
        "nights": nights(31),
        "today": today(),
        "minute": timedelta(minutes=1),
        "page_url": lambda page: f"?page={page}",
        "loop_count": {"7": 12, "8": 3, "9": 1, "10": None},
        "year": year,
        "year_pairs": [(day.isoformat(), value) for day, value, *_rest in year],
        "trend": trend(),
        "origins": origins(),
        "room_types": [
            ("7", "Phòng đôi hướng biển", 14),
            ("8", "Phòng gia đình", 6),
            ("9", "Phòng tập thể 8 giường", 2),
            ("10", "Căn hộ 2 phòng ngủ", 8),
        ],
    }
