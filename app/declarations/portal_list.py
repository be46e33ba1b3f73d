"""Understanding the portal's own list of declarations, and its concatenated error text; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from app.declarations import catalogues
from app.identity import normal_document
from app.text import fold

# What a heading means, folded, without “(*)”: the templates, the portal's pages and its API spell
# them in many ways. The first that fits counts, so what only looks alike stands first.
MEANINGS: tuple[tuple[str | None, str], ...] = (
    (None, r"ngay sinh dung den|ngay_sinh_dung_den|loai ?ngay ?thang.*|.*dia chi.*|loai giay to"),
    (None, r"ten (giay to|phong|co so).*|ngay tra phong|ngay_tra_phong|ngay (cap|het han|tao).*"),
    ("full_name", r"(ho )?(va )?(chu dem )?(va )?ten( khach.*)?|hoten|ho_ten|full[_ ]name|name"),
    (
        "document_number",
        r"so (giay to|ho chieu|gttt|cccd|cmnd|can cuoc|dinh danh|dinh danh ca nhan).*"
        r"|sogiayto|sohochieu|so_(ho_chieu|giay_to)|(document|passport)[_ ]number",
    ),
    (
        "date_of_birth",
        r"(ngay,? ?)?(thang,? ?)?(nam )?sinh|ngay sinh.*|ngay,? thang,? nam sinh.*"
        r"|ngaythangnamsinh(str)?|ngay_sinh|date[_ ]of[_ ]birth",
    ),
    ("sex", r"gioi ?tinh|gioi_tinh|sex"),
    ("nationality", r"(ma )?quoc tich|quoctich|ma_quoc_tich|nationality"),
    (
        "arrived_at",
        r"(ngay|thoi gian|gio)( gio)? (den|nhan phong)( cslt)?|.*tu ngay.*|ngaydencslt(str)?"
        r"|ngay_den|arriv(al|ed_at)",
    ),
    (
        "departure",
        r"(ngay|thoi gian)( gio)? di.*|.*den ngay.*|thoi gian du kien.*|ngaydidukien(str)?"
        r"|ngay_di_du_kien|(planned_)?departure",
    ),
    ("room", r"(so |ten )?phong.*|sophong|so_phong|room"),
    (
        "permitted_until",
        r"thoi han.*tam tru.*|thoihantamtru(str)?|thoi_han_tam_tru|permitted_until",
    ),
)
SEARCHED = 20
SAMPLES = ("[example]", "[test]")
EXCEL_EPOCH = date(1899, 12, 30)
_BEFORE_UNIX = 20_000


class NotAList(Exception):
    """The sheet has no heading for the number of the document."""


@dataclass(frozen=True, slots=True)
class PortalRow:
    """One declaration as the portal lists it; ``values`` hold what its columns say."""

    line: int
    document_number: str
    values: Mapping[str, object] = field(default_factory=dict)


def read_list(rows: Sequence[Sequence[str]]) -> list[PortalRow]:
    """Return the declarations of a sheet whose headings stand somewhere near the top.

    Raises ``NotAList``.
    """
    at, columns = _find_headings(rows)
    found = []
    for number, cells in enumerate(rows[at + 1 :], at + 2):
        texts = {name: cells[column] for name, column in columns.items() if column < len(cells)}
        number_text = normal_document(texts.pop("document_number", ""))
        is_sample = any(cell.casefold().startswith(SAMPLES) for cell in cells)
        if number_text and not is_sample and any(c.isdigit() for c in number_text):
            found.append(PortalRow(number, number_text, _values(texts)))
    return found


def _find_headings(rows: Sequence[Sequence[str]]) -> tuple[int, dict[str, int]]:
    for at, cells in enumerate(rows[:SEARCHED]):
        columns: dict[str, int] = {}
        for column, cell in enumerate(cells):
            name = _meaning(cell)
            if name is not None:
                columns.setdefault(name, column)
        if "document_number" in columns and len(columns) > 1:
            return at, columns
    raise NotAList


def _meaning(heading: str) -> str | None:
    plain = fold(heading).replace("(*)", "").replace("*", "").strip()
    return next((name for name, known in MEANINGS if re.fullmatch(known, plain)), None)


def _values(texts: Mapping[str, str]) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, text in texts.items():
        if not text:
            continue
        value: object = text
        if name in ("date_of_birth", "arrived_at", "departure", "permitted_until"):
            value = day_of(text)
        elif name == "nationality":
            value = catalogues.code_of_portal("nationalities", text)
        elif name == "sex":
            value = _sex(text)
        if value is not None:
            values[name] = value
    return values


def _sex(text: str) -> str | None:
    known = {"m": "M", "nam": "M", "f": "F", "nu": "F"}
    return known.get(fold(text).partition(" - ")[0])


def day_of(text: str) -> date | None:
    """Return a day written 31/12/2026, 2026-12-31, either with a time, or as Excel's number."""
    plain = text.strip()
    if re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", plain) and float(plain) > _BEFORE_UNIX:
        return EXCEL_EPOCH + timedelta(days=int(float(plain)))
    head = re.split(r"[ T]", plain, maxsplit=1)[0]
    for form in ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y"):
        try:
            return datetime.strptime(head, form).date()  # noqa: DTZ007 A day has no zone.
        except ValueError:
            continue
    return None


def same_document(ours: str, theirs: str) -> bool:
    """Whether two spellings are one number; Excel eats the zeros in front of 12 digits."""
    mine, other = normal_document(ours), normal_document(theirs)
    if mine == other:
        return True
    return (
        len(mine) in (9, 12)
        and mine.isdigit()
        and other.isdigit()
        and mine == other.zfill(len(mine))
    )


# --- The error text ------------------------------------------------------------------------

_RECORD = re.compile(r"bản\s+khai\s+báo\s+(?:số\s+)?(\d{1,6})\s*:\s*", re.IGNORECASE)
# What the portal was seen to say, folded, and what it means here.
REASONS = (
    ("chua checkout", "still_checked_in"),
    ("khai bao trung", "duplicate"),
    ("ngay di du kien", "departure_past"),
    ("thoi han tam tru", "permission_expired"),
    ("ngay den", "arrived_at"),
    ("ho chieu", "document_number"),
    ("so giay to", "document_number"),
    ("ngay sinh", "date_of_birth"),
    ("ngay thang nam sinh", "date_of_birth"),
    ("quoc tich", "nationality"),
    ("gioi tinh", "sex"),
    ("ho ten", "full_name"),
)


@dataclass(frozen=True, slots=True)
class PortalError:
    """What the portal said of one record, by its place in the batch, counted from 1."""

    position: int
    code: str
    text: str


def split_errors(text: str) -> list[PortalError]:
    """Split ``Bản khai báo 1: …, Bản khai báo 1: …`` into one error each."""
    parts = _RECORD.split(text)
    found = []
    for position, said in zip(parts[1::2], parts[2::2], strict=True):
        words = said.strip().strip(',;."}] \n\t')
        found.append(PortalError(int(position), _reason(words), words))
    return found


def _reason(words: str) -> str:
    plain = fold(words)
    return next((code for said, code in REASONS if said in plain), "refused")
