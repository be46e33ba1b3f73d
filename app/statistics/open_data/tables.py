"""The fixed tables of the open data: their columns, their words, and the rows of one month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from app.statistics.open_data.basis import Basis, measures_of, rooms_available
from app.statistics.open_data.disclosure import STEP, Cell, Measure, rounded

Row = dict[str, Any]

COUNTED = ("guest_nights", "arrivals", "rooms_occupied")
# What is printed of each row; the last two follow from capacity, which is public.
COLUMNS: dict[str, tuple[str, ...]] = {
    "month": (*COUNTED, "rooms_available", "occupancy"),
    "day": (*COUNTED, "rooms_available", "occupancy"),
    "unit": (*COUNTED, "rooms_available", "occupancy"),
    "kind": (*COUNTED, "rooms_available", "occupancy"),
    "stars": (*COUNTED, "rooms_available", "occupancy"),
    "country": ("guest_nights", "arrivals"),
}
TITLES = {
    "month": _l("Toàn địa bàn theo tháng"),
    "day": _l("Toàn địa bàn theo ngày"),
    "unit": _l("Theo phường, xã"),
    "kind": _l("Theo loại cơ sở"),
    "stars": _l("Theo hạng sao"),
    "country": _l("Theo quốc tịch"),
}
KEY_TITLES = {
    "month": _l("Tháng"),
    "day": _l("Ngày"),
    "unit": _l("Phường, xã"),
    "kind": _l("Loại cơ sở"),
    "stars": _l("Hạng"),
    "country": _l("Quốc tịch"),
}
COLUMN_TITLES = {
    "guest_nights": _l("Ngày khách"),
    "arrivals": _l("Lượt khách ngủ qua đêm"),
    "rooms_occupied": _l("Ngày buồng có khách"),
    "rooms_available": _l("Ngày buồng sẵn sàng"),
    "occupancy": _l("Công suất buồng thuần"),
}
DEFINITIONS = {
    "guest_nights": _l("Mỗi khách mỗi đêm là một, tính cả trẻ em; làm tròn đến 5."),
    "arrivals": _l("Khách ngủ qua đêm, tính một lần vào đêm đầu; làm tròn đến 5."),
    "rooms_occupied": _l("Số buồng có lượt lưu trú giữ, cộng qua các đêm; làm tròn đến 5."),
    "rooms_available": _l(
        "Buồng của đêm ấy, trừ buồng đang sửa và đêm đóng cửa, của những đêm có báo cáo; làm tròn"
        " đến 5."
    ),
    "occupancy": _l("Ngày buồng có khách chia cho ngày buồng sẵn sàng, từ hai số đã làm tròn."),
}
# A correction changes a number only where the published one is off by more than a step.
KEPT_WITHIN = STEP


def true_sums(basis: Basis) -> dict[str, dict[Cell, dict[int, int]]]:
    """Return, by measure, the sum of each house in each row of each table, the total included."""
    measures = measures_of(basis)
    sums: dict[str, dict[Cell, dict[int, int]]] = {}
    for measure in measures:
        cells = sums.setdefault(measure.name, {})
        cells.update(measure.by_cell())
        if not measure.within_house:
            cells["month", ""] = measure.houses()
    return sums


def rows_of(
    month: str, basis: Basis, hidden: set[Cell], before: Mapping[str, Sequence[Row]]
) -> dict[str, list[Row]]:
    """Return the rows of every table; a hidden one has no number, a hidden country no row.

    ``before`` are the rows of an earlier release, whose numbers stay where they are near enough.
    """
    sums, available = true_sums(basis), rooms_available(basis)
    keys: dict[str, set[str]] = {table: set() for table in COLUMNS}
    for cells in sums.values():
        for table, key in cells:
            keys[table].add(key)
    found = {}
    for table, columns in COLUMNS.items():
        earlier = {row["key"]: row for row in before.get(table, ())}
        found[table] = [
            _row(month, (table, key), columns, sums, available, hidden, earlier)
            for key in sorted(keys[table])
            # That a country sent a few guests is told by its very name.
            if table != "country" or (table, key) not in hidden
        ]
    return found


def _row(
    month: str,
    cell: Cell,
    columns: Sequence[str],
    sums: Mapping[str, Mapping[Cell, Mapping[int, int]]],
    available: Mapping[Cell, int],
    hidden: set[Cell],
    earlier: Mapping[str, Row],
) -> Row:
    key = month if cell[0] == "month" else cell[1]
    if cell in hidden:
        return {"key": key, **dict.fromkeys(columns)}
    before = earlier.get(key, {})
    true = {name: sum(sums[name].get(cell, {}).values()) for name in COUNTED}
    true["rooms_available"] = available.get(cell, 0)
    numbers: Row = {name: near(before.get(name), value) for name, value in true.items()}
    capacity = numbers["rooms_available"]
    numbers["occupancy"] = round(numbers["rooms_occupied"] / capacity, 3) if capacity else None
    return {"key": key, **{name: numbers[name] for name in columns}}


def near(before: int | None, true: int) -> int:
    """Return the published number if it is near enough, else the true one rounded."""
    return before if before is not None and abs(true - before) <= KEPT_WITHIN else rounded(true)


def counted(measures: Sequence[Measure], name: str, table: str) -> Measure:
    """Return the measure that fills a column of a table."""
    named = [measure for measure in measures if measure.name == name]
    # Guests of single days are a measure of their own, behind the other.
    return named[-1 if table == "day" else 0]
