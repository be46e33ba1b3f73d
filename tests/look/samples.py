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

HOUSES = [
    ("VT0001", "Khách sạn Sóng Biển", "Khách sạn", 4, "P. Tam Thắng", "cách Bãi Sau 120 m", 12, 40, "fresh", 12, 900_000, 10.3445, 107.0952),
    ("VT0002", "Nhà nghỉ Cô Ba Thùy Vân", "Nhà nghỉ du lịch", None, "P. Vũng Tàu", "cách Bãi Sau 300 m", 2, 11, "fresh", 47, 420_000, 10.3345, 107.0895),
    ("VT0003", "Khu nghỉ dưỡng Hải Đăng Hồ Tràm – biệt thự và căn hộ hướng biển", "Khu nghỉ dưỡng", 5, "X. Hồ Tràm", "cách biển 40 m", 1, 64, "ageing", 300, 4_250_000, 10.4712, 107.388),
    ("VT0004", "Căn hộ Gió Lộng", "Căn hộ du lịch", 3, "P. Tam Thắng", "cách Bãi Sau 650 m", 6, 20, "stale", 2900, 760_000, 10.3509, 107.0939),
    ("VT0005", "Homestay Bạch Dinh", "Nhà ở có phòng cho thuê", None, "P. Vũng Tàu", "cách Bãi Trước 400 m", None, 5, "hidden", None, None, 10.352, 107.072),
    ("VT0006", "Khách sạn Nghinh Phong", "Khách sạn", 2, "P. Vũng Tàu", "cách Bãi Sau 80 m", 0, 18, "fresh", 6, 650_000, 10.3262, 107.0885),
]


def results() -> list[dict[str, Any]]:
    keys = ("code", "name", "kind", "stars", "ward", "distance", "count", "total", "freshness", "minutes", "price", "lat", "lon")
    rows = [dict(zip(keys, house, strict=True)) for house in HOUSES]
    for row in rows:
        row["confirmed_at"] = now() - timedelta(minutes=row["minutes"]) if row["minutes"] is not None else None
    return rows


def points() -> list[dict[str, Any]]:
    steps = {0: 0, 1: 1, 2: 2, 6: 3, 12: 4}
    found = [
        {"id": row["code"], "name": row["name"], "lat": row["lat"], "lon": row["lon"], "count": row["count"], "step": steps.get(row["count"]), "url": f"/establishments/{row['code']}", "price": f"{row['price'] or 0:,} ₫".replace(",", "."), "text": "Còn phòng" if row["count"] else "Hết phòng"}
        for row in results()
    ]
    return [*found, {**found[0], "id": "VT0009", "name": "Khách sạn Sóng Biển 2", "lat": 10.3447, "lon": 107.0953}]


def nights(count: int) -> list[date]:
    return [date(2026, 12, 18) + timedelta(days=step) for step in range(count)]


def occupancy(start: date, days: int) -> list[tuple[date, float | None, str, str | None]]:
    rows: list[tuple[date, float | None, str, str | None]] = []
    for step in range(days):
        day = start + timedelta(days=step)
        value = 0.48 + 0.16 * math.cos((day.timetuple().tm_yday - 190) / 58) + (0.2 if day.weekday() in (4, 5) else 0)
        value = None if day.month == 9 and day.day in (10, 11) else min(0.99, value + 0.03 * math.sin(step * 1.7))
        text = "chưa có số liệu" if value is None else f"{value:.1%}".replace(".", ",")
        rows.append((day, value, text, f"?from={day}" if day.day == 1 else None))
    return rows


def trend() -> dict[str, Any]:
    rows = occupancy(date(2026, 9, 20), 70)
    last = [None if value is None else value * 0.93 - 0.02 for _day, value, _text, _url in rows]
    head = [value if step < 56 else None for step, (_d, value, _t, _u) in enumerate(rows)]
    tail = [value if step >= 55 else None for step, (_d, value, _t, _u) in enumerate(rows)]
    band = [[value - 0.02 - (step - 55) / 120, min(1, value + 0.02 + (step - 55) / 120)] if step >= 55 and value else None for step, (_d, value, _t, _u) in enumerate(rows)]
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
    series = [("Trong nước", 24_000), ("Hàn Quốc", 3_100), ("Nga", 1_800), ("Trung Quốc", 1_500)]
    return {
        "kind": "stacked",
        "format": "number",
        "labels": months,
        "series": [{"name": name, "data": [round(base * (1 + 0.4 * math.cos((month - 6) / 2))) for month in range(12)]} for name, base in series],
    }


def context() -> dict[str, Any]:
    return {
        "results": results(),
        "points": points(),
        "nights": nights(31),
        "today": today(),
        "minute": timedelta(minutes=1),
        "page_url": lambda page: f"?page={page}",
        "loop_count": {"7": 12, "8": 3, "9": 1, "10": None},
        "year": occupancy(date(2026, 1, 1), 333),
        "year_pairs": [(day.isoformat(), value) for day, value, *_rest in occupancy(date(2026, 1, 1), 333)],
        "trend": trend(),
        "origins": origins(),
        "room_types": [("7", "Phòng đôi hướng biển", 14), ("8", "Phòng gia đình", 6), ("9", "Phòng tập thể 8 giường", 2), ("10", "Căn hộ 2 phòng ngủ", 8)],
    }
