"""The portal's XML for foreign guests, and the JSON array its API takes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape

from app.declarations import catalogues
from app.declarations.records import Record
from app.declarations.workbooks import day

INDENT = "    "


def foreign_xml(records: Sequence[Record]) -> bytes:
    """Return ``KHAI_BAO_TAM_TRU``; the day of leaving is left out while the guest is here."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<KHAI_BAO_TAM_TRU>"]
    for number, record in enumerate(records, 1):
        lines.append(f"{INDENT}<THONG_TIN_KHACH>")
        lines += [
            f"{INDENT * 2}<{name}>{escape(text)}</{name}>"
            for name, text in _elements(number, record)
        ]
        lines.append(f"{INDENT}</THONG_TIN_KHACH>")
    lines += ["</KHAI_BAO_TAM_TRU>", ""]
    return "\n".join(lines).encode()


def _elements(number: int, record: Record) -> list[tuple[str, str]]:
    elements = [
        ("so_thu_tu", str(number)),
        ("ho_ten", record.full_name),
        ("ngay_sinh", day(record.born)),
        ("ngay_sinh_dung_den", record.birth_mark),
        ("gioi_tinh", record.sex),
        ("ma_quoc_tich", catalogues.portal_code("nationalities", record.nationality)),
        ("so_ho_chieu", record.document_number),
        ("so_phong", record.room),
        ("ngay_den", day(record.arrived_at)),
        ("ngay_di_du_kien", day(record.departs_at)),
    ]
    if record.departed_at:
        elements.append(("ngay_tra_phong", day(record.departed_at)))
    return [*elements, ("thoi_han_tam_tru", day(record.permitted_until))]


def api_json(records: Sequence[Record]) -> bytes:
    """Return the body of API 4 (foreign) and API 5 (domestic): always an array.

    Each goes to an endpoint of its own, so domestic records come first and foreign ones after
    them; a file of one kind is asked for by ``kind``.
    """
    ordered = sorted(records, key=lambda record: record.foreign)
    bodies = [_foreign(record) if record.foreign else _domestic(record) for record in ordered]
    return json.dumps(bodies, ensure_ascii=False, indent=1).encode()


def _domestic(record: Record) -> dict[str, Any]:
    ward = catalogues.find("wards", record.unit)
    said = {
        **_common(record),
        "loaiGiayTo": catalogues.portal_code("documents", record.document_type),
        "soGiayTo": record.document_number,
        "tenGiayTo": record.document_name if record.document_type == "other" else "",
        "soDienThoai": record.phone,
        "noiCuTru": catalogues.portal_code("residences", record.residence_kind),
        "maTT": catalogues.portal_code("provinces", "79") if ward else "",
        "maPX": ward.portal_code if ward else "",
        "diaChi": record.address,
        "lyDoCuTru": catalogues.portal_code("reasons", record.reason),
        "lyDoChiTiet": record.reason_detail if record.reason == "other" else "",
        "ghiChu": record.note,
    }
    return {name: value for name, value in said.items() if value}


def _foreign(record: Record) -> dict[str, Any]:
    said = {
        **_common(record),
        "quocTich": catalogues.portal_code("nationalities", record.nationality),
        "soHoChieu": record.document_number,
        "loaiNgayThangNamSinh": record.birth_mark,
        "thoiHanTamTruStr": _iso(record.permitted_until),
    }
    return {name: value for name, value in said.items() if value}


def _common(record: Record) -> dict[str, str]:
    return {
        "hoTen": record.full_name,
        "gioiTinh": record.sex,
        "ngayThangNamSinhStr": _iso(record.born),
        "ngayDenCsltStr": _moment(record.arrived_at),
        "ngayDiDuKienStr": _moment(record.departs_at),
        "soPhong": record.room,
    }


def _iso(value: date | None) -> str:
    return value.isoformat() if value else ""


def _moment(value: datetime) -> str:
    return value.strftime("%Y-%m-%d %H:%M:%S")
