"""The tables of a release as CSV, XLSX and JSON, and the metadata a catalogue reads."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from app.statistics import words
from app.statistics.files import csv_text
from app.statistics.open_data.disclosure import LEAST_GUESTS, LEAST_HOUSES, STEP
from app.statistics.open_data.models import OpenDataRelease
from app.statistics.open_data.releases import LICENCE, content_of
from app.statistics.open_data.tables import (
    COLUMN_TITLES,
    COLUMNS,
    DEFINITIONS,
    KEY_TITLES,
    TITLES,
)
from app.web.links import absolute_url
from app.web.locale import selected
from app.web.workbooks import plain_workbook

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def file_of(release: OpenDataRelease, table: str, kind: str) -> bytes:
    """Return one table of a release as a file."""
    rows = content_of(release)["tables"][table]["rows"]
    if kind == "csv":
        return csv_text(_names(table), _cells(table, rows)).encode()
    if kind == "xlsx":
        return _workbook(release, table, rows)
    return json.dumps(as_json(release, table), ensure_ascii=False, indent=1).encode()


def tag_of(release: OpenDataRelease, table: str, kind: str) -> str:
    """Return the ETag of a file: it changes with the release, the language and nothing else."""
    words_ = f"{release.sha256} {table} {kind} {selected()} 1"
    return hashlib.sha256(words_.encode()).hexdigest()[:32]


def as_json(release: OpenDataRelease, table: str) -> dict[str, Any]:
    """Return a table with what one needs to read it."""
    content = content_of(release)
    return {
        "table": table,
        "month": content["month"],
        "version": content["version"],
        "counted_for_version": content["tables"][table]["version"],
        "published_at": content["published_at"],
        "licence": LICENCE,
        "coverage": content["coverage"],
        "rules": content["rules"],
        "domestic": content["domestic"],
        "schema": table_schema(table),
        "rows": content["tables"][table]["rows"],
    }


def _names(table: str) -> list[str]:
    return ["key", "name", *COLUMNS[table], "hidden"]


def named(table: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the names of the rows in the reader's language."""
    return words.names_of(table, [row["key"] for row in rows])


def is_hidden(row: Mapping[str, Any]) -> bool:
    return row["guest_nights"] is None


def _cells(table: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[list[Any]]:
    names = named(table, rows)
    for row in rows:
        numbers = [row[name] for name in COLUMNS[table]]
        yield [row["key"], names[row["key"]], *numbers, int(is_hidden(row))]


def _workbook(release: OpenDataRelease, table: str, rows: Sequence[Mapping[str, Any]]) -> bytes:
    file = io.BytesIO()
    book = plain_workbook(file)
    # The same release is the same file, whenever it is fetched.
    book.set_properties({"created": release.published_at.replace(tzinfo=None)})
    text, strong = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
    sheet = book.add_worksheet(table)
    sheet.set_column(0, 1, 24)
    sheet.set_column(2, len(COLUMNS[table]) + 2, 16)
    titles = [str(KEY_TITLES[table]), _("Tên"), *(str(COLUMN_TITLES[n]) for n in COLUMNS[table])]
    for place, title in enumerate([*titles, _("Không công bố")]):
        sheet.write_string(0, place, title, strong)
    for number, cells in enumerate(_cells(table, rows), 1):
        for place, value in enumerate(cells):
            if isinstance(value, str):
                sheet.write_string(number, place, value, text)
            elif value is not None:
                sheet.write_number(number, place, value)
    notes = book.add_worksheet("about")
    notes.set_column(0, 0, 110)
    for number, line in enumerate(about(release, table)):
        notes.write_string(number, 0, line, text)
    book.close()
    return file.getvalue()


def about(release: OpenDataRelease, table: str) -> list[str]:
    """Return in sentences what the table is and how it may be used."""
    content = content_of(release)
    coverage = content["coverage"]
    return [
        f"{TITLES[table]} · {content['month']} · v{content['version']}",
        _("Công bố lúc %(at)s.", at=content["published_at"]),
        *rules(),
        _("Khoảng %(share)s số buồng có báo cáo.", share=f"{coverage:.0%}") if coverage else "",
        *(f"{COLUMN_TITLES[name]}: {DEFINITIONS[name]}" for name in COLUMNS[table]),
        f"{LICENCE['name']} ({LICENCE['id']}), {LICENCE['url']}",
        f"SHA-256: {release.sha256}",
    ]


def rules() -> list[str]:
    """Return the rules of publication in words."""
    return [
        _(
            "Một dòng chỉ có số khi từ %(houses)s cơ sở trở lên cùng góp, không cơ sở nào quá nửa,"
            " và có từ %(guests)s khách.",
            houses=LEAST_HOUSES,
            guests=LEAST_GUESTS,
        ),
        _(
            "Mọi số, kể cả số tổng, được làm tròn riêng đến %(step)s, nên các dòng không cộng đúng"
            " thành tổng.",
            step=STEP,
        ),
        _("Có dòng được ẩn thêm để không ai trừ ra được dòng đã ẩn."),
        _("Trong nước và quốc tế chia theo quốc tịch, không theo nơi cư trú."),
    ]


# --- Metadata ----------------------------------------------------------------------------------


def table_schema(table: str) -> dict[str, Any]:
    """Return the columns of a table as a Table Schema (frictionlessdata.io)."""
    key = {"name": "key", "type": "date" if table == "day" else "string"}
    fields = [
        {
            "name": name,
            "title": str(COLUMN_TITLES[name]),
            "description": str(DEFINITIONS[name]),
            "type": "number" if name == "occupancy" else "integer",
        }
        for name in COLUMNS[table]
    ]
    return {
        "fields": [{**key, "title": str(KEY_TITLES[table])}, *fields],
        "primaryKey": ["key"],
        "missingValues": [""],
    }


def catalogue(releases: Sequence[OpenDataRelease]) -> dict[str, Any]:
    """Return the catalogue in the terms of DCAT, with every file of the latest releases."""
    months = sorted(f"{release.month:%Y-%m}" for release in releases)
    return {
        "@context": "https://www.w3.org/ns/dcat.jsonld",
        "@type": "Catalog",
        "title": _("Số liệu mở về lưu trú du lịch"),
        "license": LICENCE["url"],
        "language": ["vi", "en"],
        "dataset": [_dataset(table, releases, months) for table in COLUMNS],
    }


def _dataset(
    table: str, releases: Sequence[OpenDataRelease], months: Sequence[str]
) -> dict[str, Any]:
    return {
        "@type": "Dataset",
        "identifier": table,
        "title": str(TITLES[table]),
        "description": " ".join(rules()),
        "license": LICENCE["url"],
        "accrualPeriodicity": "monthly",
        "temporal": {"start": months[0], "end": months[-1]} if months else None,
        "schema": table_schema(table),
        "distribution": [
            {
                "@type": "Distribution",
                "title": f"{release.month:%Y-%m} v{release.version} {kind.upper()}",
                "mediaType": MEDIA_TYPES[kind].partition(";")[0],
                "issued": release.published_at.isoformat(),
                "downloadURL": absolute_url(
                    "open_data.file",
                    month=f"{release.month:%Y-%m}",
                    version=release.version,
                    table=table,
                    kind=kind,
                ),
            }
            for release in releases
            for kind in MEDIA_TYPES
        ],
    }
