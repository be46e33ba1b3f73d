"""Which column of a list holds what: by its heading, or by what is in it; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.text import fold

# What a heading means, folded, without "(*)". The first that fits counts, so what only looks alike
# stands first; None is for columns that say nothing that a check-in takes.
MEANINGS: tuple[tuple[str | None, str], ...] = (
    (
        None,
        r"stt|tt|so thu tu|so_thu_tu|no\.?|#|id|index|ngay (cap|het han|tao|sua).*|noi cap.*"
        r"|(ten|ma) (co so|khach san|cslt).*|co so luu tru|dan toc|ton giao|tuoi|age"
        r"|so dem|nights?|(date of )?(issue|expiry).*|(ho chieu )?het han|so cmnd cu",
    ),
    ("document_text", r"(ma |chuoi )?qr( code)?|mrz|qr ?cccd|ma vach|dong may doc"),
    (
        "birth_mark",
        r"ngay sinh dung den|ngay_sinh_dung_den|loai ?ngay ?thang.*|birth_date_precision",
    ),
    ("document_type", r"(loai|kieu) giay to.*|loaigiayto|(document|id)[_ ]?type|loai gttt"),
    ("document_name", r"ten giay to.*|document[_ ]name"),
    (
        "document_number",
        r"(so|ma) ?(giay to|ho chieu|gttt|cccd|cmnd|cmt|cmtnd|cc|can cuoc|dinh danh|passport|hc).*"
        r"|so_(ho_chieu|giay_to)|sogiayto|sohochieu|(the )?(cccd|cmnd|cmt|can cuoc)( cong dan)?"
        r"(/.*)?|(document|passport|id|identity)( card)?[_ ](number|no\.?)|passport.*|ho chieu"
        r"|giay to( tuy than)?|giay to tuy than.*|id card|document|identity",
    ),
    (
        "date_of_birth",
        r"(ngay,? ?)?(thang,? ?)?(nam )?sinh|ngay sinh.*|ngay[,/ ]+thang[,/ ]+nam sinh.*"
        r"|ngaythangnamsinh(str)?|ngay_sinh|nam sinh.*|ngsinh|ns|dob|d\.o\.b\.?"
        r"|(date|day|year)[_ ]of[_ ]birth.*|birth ?(date|day)|born|birth",
    ),
    ("sex", r"gioi ?tinh.*|gioi_tinh|sex|gender|gt|phai|nam ?/ ?nu"),
    (
        "residence_country",
        r"quoc gia.*|nuoc cu tru|noi cu tru \(quoc gia\)|country( of residence)?",
    ),
    ("nationality", r"(ma )?quoc ?tich.*|ma_quoc_tich|nationality|qt|nuoc|citizenship"),
    (
        "permitted_until",
        r".*(thoi han|han).*tam tru.*|thoihantamtru(str)?|thoi_han_tam_tru|permitted[_ ]until"
        r"|(han|ngay het han) (thi thuc|visa)|visa (until|expiry)|duoc phep (o|tam tru) den.*",
    ),
    (
        "departed_at",
        r"ngay tra phong|ngay_tra_phong|ngay di thuc te|departed_at|(actual )?check[ -]?out at"
        r"|da tra phong",
    ),
    (
        "arrived_at",
        r"(ngay|thoi gian|gio|ngay gio)( gio)? ?(den|nhan phong|vao|o|check[ -]?in).*|.*tu ngay.*"
        r"|ngaydencslt(str)?|ngay_den|arriv(al|ed_at|ed)( date| time)?|check[ -_]?in.*"
        r"|ngay luu tru",
    ),
    (
        "planned_departure",
        r"(ngay|thoi gian|gio|ngay gio)( gio)? ?(di|roi|ra|tra|check[ -]?out).*|.*den ngay.*"
        r"|thoi gian du kien.*|ngaydidukien(str)?|ngay_di_du_kien|(planned[_ ])?departure( date)?"
        r"|check[ -_]?out.*|du kien di",
    ),
    ("room_type", r"(loai|hang) phong.*|room[_ ]?type|loaiphong"),
    ("room", r"(so |ten |ma )?(phong|buong)(/ ?khoa)?.*|sophong|so_phong|room.*|p\.?"),
    ("phone", r"(so )?(dien thoai|dt|sdt|di dong|dtdd).*|sodienthoai|(tele)?phone.*|mobile|tel\.?"),
    ("reason_detail", r"nhap ly do.*|ly do (khac|chi tiet)|lydochitiet|reason[_ ]detail"),
    ("reason", r"(ly do|muc dich).*|lydocutru|reason|purpose"),
    ("residence_kind", r"(noi|loai) cu tru.*|noicutru|residence([_ ]kind)?"),
    ("province", r"(tinh ?/? ?)?(thanh pho|tp).*|tinh( thanh)?|matt|province|city"),
    ("district", r"quan.*|huyen.*|district"),
    ("ward", r"phuong.*|xa( /.*)?|px|mapx|ward|commune"),
    (
        "address",
        r".*dia ?chi.*|address|thuong tru|ho khau.*|hktt|que quan|noi o.*|cho o",
    ),
    ("note", r"ghi ?chu.*|note|remarks?"),
    (
        "full_name",
        r"(ho )?(va )?(chu dem )?(va )?ten( khach.*| day du)?|ho ?(va ?)?ten.*|ho_ten|hoten"
        r"|(full[_ ])?name|guest( name)?|khach( hang)?|ten khach.*",
    ),
    ("surname", r"ho|(ho va )?(chu|ten) dem|sur ?name|last[_ ]?name|family[_ ]name"),
    ("given_name", r"given[_ ]names?|first[_ ]?name"),
)
_MEANINGS = tuple((name, re.compile(pattern)) for name, pattern in MEANINGS)
SEARCHED = 20
SAMPLES = ("[example]", "[test]", "[vi du]", "vd:")
# The portal's own templates: a row below the headings with hints, one with an example.
_HINT = re.compile(r"<.*>|.*dd/mm/yyyy.*|mau du lieu", re.IGNORECASE)
TEMPLATES = {
    "tblt_vn_import": {"nhap ly do", "so phong/ khoa", "ngay di du kien"},
    "asm": {"thoi gian luu tru (tu ngay)", "ten phong/khoa"},
    "kbtt": {"ngay sinh dung den", "thoi han duoc phep tam tru tai viet nam"},
}


@dataclass(frozen=True, slots=True)
class Columns:
    """Which field stands in which column, and whether that was guessed from the contents."""

    places: Mapping[int, str]
    guessed: bool = False
    template: str | None = None

    def texts(self, cells: Sequence[str]) -> dict[str, str]:
        """Return the row's texts by field; columns that say nothing are left out."""
        size = len(cells)
        return {name: cells[at] for at, name in self.places.items() if at < size and cells[at]}

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.places.values())


def heading(cell: str) -> str:
    """Return a heading as it is compared."""
    plain = fold(cell).replace("(*)", "").replace("*", "").strip(" :.")
    return re.sub(r"\s+", " ", plain)


def meaning(cell: str) -> str | None:
    """Return the field a heading names, None where it names none."""
    plain = heading(cell)
    if not plain or len(plain) > 80:
        return None
    return next((name for name, known in _MEANINGS if known.fullmatch(plain)), None)


def columns_of(cells: Sequence[str]) -> Columns | None:
    """Return the columns that a row of headings names, None where the row is none."""
    places: dict[int, str] = {}
    for at, cell in enumerate(cells):
        name = meaning(cell)
        if name is not None and name not in places.values():
            places[at] = name
    names = set(places.values())
    essential = names & {"document_number", "full_name", "date_of_birth", "document_text"}
    is_heading = len(names) >= 2 and essential and not any(map(_is_data, cells))
    if not is_heading and names != {"document_text"}:
        return None
    said = {heading(cell) for cell in cells}
    template = next((name for name, marks in TEMPLATES.items() if marks <= said), None)
    return Columns(places, template=template)


def _is_data(cell: str) -> bool:
    """Whether a cell holds a date or a number as no heading does."""
    return bool(re.search(r"[0-9]{6}|[0-9]{1,2}[/.\-][0-9]{1,2}[/.\-][0-9]{2}", cell))


def find_columns(rows: Sequence[Sequence[str]]) -> tuple[int, Columns] | None:
    """Return the number of the first row of data and the columns, by headings near the top."""
    for at, cells in enumerate(rows[:SEARCHED]):
        found = columns_of(cells)
        if found is None:
            continue
        first = at + 1
        while first < len(rows) and is_hint(rows[first]):
            first += 1
        if found.template == "tblt_vn_import":
            # The portal skips row 4 by its position, so it is an example whatever is in it.
            first = max(first, at + 3)
        return first, found
    return None


def is_hint(cells: Sequence[str]) -> bool:
    """Whether a row only explains the columns."""
    filled = [cell for cell in cells if cell]
    hints = sum(bool(_HINT.fullmatch(fold(cell))) for cell in filled)
    return bool(filled) and hints * 2 >= len(filled)


def is_example(cells: Sequence[str]) -> bool:
    """Whether a row of a template shows how to fill it in."""
    marked = [cell for cell in cells[:8] if cell[:1] in ("[", "v", "V")]
    return any(fold(cell).startswith(SAMPLES) for cell in marked)
