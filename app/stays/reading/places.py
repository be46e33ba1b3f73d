"""Where a guest lives: wards and provinces of before and after 2025; pure."""

from __future__ import annotations

import re
from functools import lru_cache

from app.registry.units import UnitAmbiguous, Units
from app.stays.reading.problems import Problems
from app.text import fold

# The former provinces and the one of today that each is part of, by Resolution 202/2025/QH15 of
# 12/06/2025; eleven stayed as they were.
_MERGED = """
Tuyên Quang: Hà Giang
Lào Cai: Yên Bái
Thái Nguyên: Bắc Kạn
Phú Thọ: Vĩnh Phúc, Hòa Bình
Bắc Ninh: Bắc Giang
Hưng Yên: Thái Bình
TP. Hải Phòng: Hải Dương
Ninh Bình: Hà Nam, Nam Định
Quảng Trị: Quảng Bình
TP. Đà Nẵng: Quảng Nam
Quảng Ngãi: Kon Tum
Gia Lai: Bình Định
Khánh Hòa: Ninh Thuận
Lâm Đồng: Đắk Nông, Bình Thuận
Đắk Lắk: Phú Yên
TP. Hồ Chí Minh: Bà Rịa - Vũng Tàu, Bình Dương
Đồng Nai: Bình Phước
Tây Ninh: Long An
TP. Cần Thơ: Sóc Trăng, Hậu Giang
Vĩnh Long: Bến Tre, Trà Vinh
Đồng Tháp: Tiền Giang
Cà Mau: Bạc Liêu
An Giang: Kiên Giang
"""
_OURS = re.compile(r"(ba ria ?vung tau|br ?vt|tp ?hcm|(tp )?ho chi minh|sai gon|(tp )?vung tau)")
_PORTAL_WARD = re.compile(r"[0-9]{3}9([0-9]{5})")
_CODED = re.compile(r"([0-9]{3}|[0-9]{9}|[0-9]{5}) - (.+)")
UNIT_LONGEST = 60


def _plain(province: str) -> str:
    words = " ".join(re.findall(r"[a-z0-9]+", fold(province)))
    return re.sub(r"^(tinh|thanh pho|tp) ", "", words)


@lru_cache(maxsize=1)
def _merged() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in filter(None, _MERGED.splitlines()):
        today, before = line.split(": ")
        found |= {_plain(name): today for name in before.split(", ")}
    return found


@lru_cache(maxsize=512)
def province_today(text: str) -> str | None:
    """Return today's province of a former one, None where its name has not changed."""
    return _merged().get(_plain(text))


def _label(text: str) -> tuple[str | None, str]:
    """Return the code and the name of ``701926506 - Phường Vũng Tàu``."""
    match = _CODED.fullmatch(text)
    if match is None:
        return (text, "") if re.fullmatch(r"[0-9]{5}|[0-9]{9}", text) else (None, text)
    return match[1], match[2]


def read_place(texts: dict[str, str], units: Units | None, problems: Problems) -> dict[str, str]:
    """Return ``residence_unit`` and ``address`` from the columns for ward, district, province."""
    address = texts.get("address", "")
    ward, district = texts.get("ward", ""), texts.get("district", "")
    district = "" if fold(district).startswith("quan/huyen") else district
    _code, province = _label(texts.get("province", ""))
    now = province_today(province) if province else None
    if now is not None:
        problems.understood("address", "province_merged", province=now)
    found: dict[str, str] = {}
    name = ""
    if ward:
        unit, name = _ward(ward, district, province, units, problems)
        if unit:
            found["residence_unit"] = unit
    parts = [address, name if "residence_unit" not in found else "", district, province]
    written = ", ".join(part for part in parts if part)
    if written:
        found["address"] = written[:255]
    return found


def _ward(
    ward: str, district: str, province: str, units: Units | None, problems: Problems
) -> tuple[str | None, str]:
    """Return the ward's code, if it is known, and its name."""
    code, name = _label(ward)
    if code:
        match = _PORTAL_WARD.fullmatch(code)
        return (match[1] if match else code), name
    if units is None or (province and not _OURS.search(_plain(province))):
        return None, name
    if not province and not district and not re.search(r",|vung tau|ba ria", fold(name)):
        # "Phường 2" alone is a ward of many towns; only today's own names are understood.
        return _today_only(name, units), name
    asked = ", ".join(part for part in (name, district or _town_of(province)) if part)
    try:
        unit = units.now(asked)
    except UnitAmbiguous as error:
        names = ", ".join(f"{unit.name} ({unit.code})" for unit in error.candidates[:5])
        problems.warn("residence_unit", "unit_ambiguous", units=names)
        return None, name
    except ValueError:
        return None, name
    if fold(unit.name) != fold(name):
        problems.understood("residence_unit", "unit_converted")
    return str(unit.code), name


def _town_of(province: str) -> str:
    """The town a province's column names by mistake: "Vũng Tàu"; else nothing."""
    plain = _plain(province)
    return province if plain in ("vung tau", "ba ria", "con dao", "phu my") else ""


def _today_only(name: str, units: Units) -> str | None:
    try:
        unit = units.now(name)
    except ValueError:
        return None
    return str(unit.code) if fold(unit.name) == fold(name) else None
