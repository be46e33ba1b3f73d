"""Codes and words for what has a fixed list: the portal's ``mã - nhãn`` and how people say it."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import lru_cache

from app.config import folder
from app.reference import document_types, nationality_codes, stay_reasons
from app.stays import countries
from app.text import fold

_SEXES = {
    "M": "m male man boy nam nam gioi ong anh mr mr. trai con trai chu 男 ♂ homme мужской",
    "F": "f female woman girl nu nu gioi nư ba chi co mrs ms miss mrs. ms. gai con gai nuwx nux "
    "nu74 nuw4 nxu n 女 ♀ femme женский",
}
_SEX_PHRASES = {"nam gioi": "M", "con trai": "M", "nu gioi": "F", "con gai": "F", "n": "F"}
_DOCUMENTS = {
    "citizen_id": "cccd|the cccd|can cuoc cong dan|the can cuoc cong dan|cc cong dan|citizen id"
    "|cccd gan chip|so cccd",
    "identity_card": "can cuoc|the can cuoc|cc|the cc|identity card|id card",
    "old_id": "cmnd|cmt|cmtnd|chung minh|chung minh thu|chung minh nhan dan|the cmnd|giay cmnd",
    "driving_licence": "gplx|giay phep lai xe|bang lai|bang lai xe|driving license|licence",
    "passport": "ho chieu|hc|pp|passport|ppt|ho chieu nuoc ngoai|ho chieu viet nam",
    "birth_certificate": "giay khai sinh|khai sinh|gks|ks|birth certificate",
    "health_insurance": "bhyt|the bhyt|bao hiem y te|the bao hiem y te|health insurance",
    "personal_number_notice": "thong bao so dinh danh|so dinh danh|dinh danh|ma dinh danh"
    "|so dinh danh ca nhan|thong bao so dinh danh ca nhan",
    "other": "giay to khac|khac|other",
}
_REASONS = {
    "tourism": "du lich|tham quan|nghi duong|di choi|travel|holiday|vacation|leisure|nghi mat",
    "business": "cong tac|di cong tac|cong viec|work trip|business|lam viec",
    "conference": "hoi nghi|hoi thao|conference|meeting",
    "family_visit": "tham than|ve que|tham nguoi than",
    "visit": "tham vieng|tham ban|visit",
    "study": "hoc tap|du hoc|hoc|study",
    "medical": "chua benh|kham benh|kham chua benh|medical",
    "labour": "lao dong|lam thue|labor",
    "trade": "thuong mai|buon ban",
    "other": "muc dich khac|ly do khac|khac|other",
}
_RESIDENCES = {
    "permanent": "thuong tru|ho khau thuong tru|hktt|permanent|1",
    "temporary": "tam tru|temporary|kt3|2",
    "other": "khac|noi o hien tai|noi o|other|3",
}
_COUNTRY_WORDS = {
    "VNM": "viet nam|vietnam|vn|viet|nguoi viet|vietnamese|cong hoa xa hoi chu nghia viet nam|vnm"
    "|viet nam (vn)|kinh|s.r. vietnam",
    "USA": "my|hoa ky|hop chung quoc hoa ky|american|us|u.s.|u.s.a|america|hoa ki",
    "GBR": "anh|vuong quoc anh|british|english|uk|u.k.|england|great britain|anh quoc",
    "KOR": "han|han quoc|korea|korean|south korea|nam han|republic of korea|nam trieu tien",
    "PRK": "trieu tien|bac trieu tien|bac han",
    "JPN": "nhat|nhat ban|japan|japanese",
    "CHN": "trung quoc|tq|china|chinese|tau|trung hoa|p.r. china|prc",
    "TWN": "dai loan|taiwan|taiwanese|trung quoc (dai loan)|china (taiwan)",
    "HKG": "hong kong|hongkong|hong kong (trung quoc)",
    "MAC": "ma cao|macao|macau",
    "RUS": "nga|lien bang nga|russian|russia|russian federation",
    "DEU": "d|duc|german|germany|deutschland|chlb duc|ger",
    "FRA": "phap|french|france",
    "AUS": "uc|australia|australian|o-xtray-lia|aus",
    "CAN": "ca na da|canada|canadian",
    "THA": "thai|thai lan|thailand",
    "MYS": "ma lai|malaysia|malaysian|ma lay",
    "SGP": "sing|singapore|xin ga po|singaporean",
    "IND": "an do|india|indian",
    "NLD": "ha lan|hoa lan|holland|dutch|netherlands",
    "ITA": "y|italia|italy|italian|i-ta-li-a",
    "ESP": "tay ban nha|spain|spanish",
    "KHM": "campuchia|cam pu chia|cambodia|cambodian|khmer",
    "LAO": "lao|laos|lao pdr",
    "PHL": "phi|philippin|philippines|filipino|phi lip pin",
    "IDN": "indo|indonesia|in do ne xi a|indonesian",
    "NZL": "new zealand|niu di lan|tan tay lan",
    "CHE": "thuy si|thuy sy|switzerland|swiss",
    "SWE": "thuy dien|sweden|swedish",
    "NOR": "na uy|norway|norwegian",
    "DNK": "dan mach|denmark|danish",
    "FIN": "phan lan|finland|finnish",
    "POL": "ba lan|poland|polish",
    "UKR": "ucraina|ukraine|u-crai-na|ukrainian|u crai na",
    "KAZ": "kazakhstan|ca dac xtan",
    "BEL": "bi|belgium|belgian",
    "AUT": "ao|austria|austrian",
    "CZE": "sec|cong hoa sec|czech|czechia|czech republic",
    "ISR": "israel|do thai",
    "TUR": "tho nhi ky|turkey|turkish|turkiye",
    "PRT": "bo dao nha|portugal|portuguese",
    "GRC": "hy lap|greece|greek",
    "IRL": "ai len|ireland|irish",
}


def _several(table: Mapping[str, str]) -> dict[str, str]:
    return {word: code for code, words in table.items() for word in words.split("|")}


def _portal(name: str) -> list[dict[str, str]]:
    path = folder("seeds") / "reference" / f"portal_{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _with_portal(name: str, known: dict[str, str]) -> dict[str, str]:
    for row in _portal(name):
        if not row["code"]:
            continue
        for word in (row["portal_code"], row["name"], f"{row['portal_code']} - {row['name']}"):
            known.setdefault(fold(word), row["code"])
    return known


@lru_cache(maxsize=1)
def _sex_words() -> dict[str, str]:
    known = {word: code for code, words in _SEXES.items() for word in words.split()}
    return _with_portal("sexes", known | _SEX_PHRASES)


@lru_cache(maxsize=1)
def _document_words() -> dict[str, str]:
    known = _several(_DOCUMENTS)
    for kind in document_types():
        for word in (kind.code, kind.name_vi, kind.name_en):
            known.setdefault(fold(word), kind.code)
    return _with_portal("documents", known)


@lru_cache(maxsize=1)
def _reason_words() -> dict[str, str]:
    known = _several(_REASONS)
    for reason in stay_reasons():
        for word in (reason.code, reason.name_vi, reason.name_en):
            known.setdefault(fold(word), reason.code)
    return _with_portal("reasons", known)


@lru_cache(maxsize=1)
def _residence_words() -> dict[str, str]:
    return _with_portal("residences", _several(_RESIDENCES))


@lru_cache(maxsize=1)
def _country_words() -> dict[str, str]:
    known = _several(_COUNTRY_WORDS)
    for code, short in countries.alpha2().items():
        for word in (code, short, countries.name(code, "vi"), countries.name(code, "en")):
            known.setdefault(fold(word), code)
    for row in nationality_codes():
        if row.code:
            for word in (row.code, row.portal_code, row.mrz_code, row.name_vi, row.name_en):
                known.setdefault(fold(word), row.code)
    known.pop("", None)
    return _with_portal("nationalities", known)


def _find(text: str, known: Mapping[str, str]) -> str | None:
    """Return the code of a word, of ``mã - nhãn``, or of what stands before or in brackets."""
    plain = fold(text).strip(" .'\"")
    if plain in known:
        return known[plain]
    head, dash, label = plain.partition("-")
    if dash:
        return known.get(head.strip()) or known.get(label.strip())
    match = re.fullmatch(r"(.+?) ?[(\[](.+)[)\]]", plain)
    return (known.get(match[1]) or known.get(match[2])) if match else None


@lru_cache(maxsize=512)
def sex_of(text: str) -> str | None:
    return _find(text, _sex_words())


@lru_cache(maxsize=2048)
def country_of(text: str) -> str | None:
    return _find(text, _country_words())


@lru_cache(maxsize=512)
def document_type_of(text: str) -> str | None:
    return _find(text, _document_words())


@lru_cache(maxsize=512)
def reason_of(text: str) -> str | None:
    return _find(text, _reason_words())


@lru_cache(maxsize=512)
def residence_of(text: str) -> str | None:
    return _find(text, _residence_words())
