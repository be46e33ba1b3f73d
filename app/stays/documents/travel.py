"""From machine-readable lines to the fields of a guest, with what has to be asked; pure."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

from app.reference import nationality_codes
from app.stays import countries, fields
from app.stays.documents import mrz
from app.stays.documents.mrz import Mrz, NoDate, check_digit
from app.stays.documents.result import Parsed, iso

# The portal asks the name of a document that is none of its types; it is read by officials here.
CARD = "Thẻ căn cước nước ngoài"
VISA = "Thị thực"
_SEXES = {"M": "M", "F": "F", "X": None, "": None}
# A card of Vietnam: the whole personal number, and a check digit of its own at the end.
_PERSONAL_NUMBER = re.compile(r"([0-9]{12})<*([0-9<])")
_FAR_AHEAD = timedelta(days=366 * 20)


def read(text: str, today: date) -> Parsed | None:
    """Return what machine-readable lines say about a guest, None where the text holds none."""
    lines = mrz.read(text)
    if lines is None:
        return None
    parsed = Parsed(lines.kind, {}, list(lines.errors))
    parsed.fields.update(
        full_name=f"{lines.surname} {lines.given_names}".strip(),
        surname=lines.surname,
        given_names=lines.given_names,
        nationality=_state(lines.nationality, parsed, "nationality"),
        sex=_sex(lines.sex, parsed),
        document=_document(lines, parsed),
        document_code=lines.document_code,
        issuing_state=_state(lines.issuing_state, parsed, "issuing_state"),
    )
    _read_dates(lines, parsed, today)
    _warn_about_name(lines, parsed)
    return parsed


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    return {row.mrz_code: row.code for row in nationality_codes() if row.mrz_code and row.code}


def _state(written: str, parsed: Parsed, name: str) -> str | None:
    """Return the code of a state as the register writes it; Germany's D is DEU."""
    code = _codes().get(written, written)
    if not countries.is_known(code):
        parsed.warn(name, "state_unknown")
    return code or None


def _sex(written: str, parsed: Parsed) -> str | None:
    if written not in _SEXES:
        parsed.error("sex")
    elif _SEXES[written] is None:
        parsed.warn("sex", "sex_not_said")
    return _SEXES.get(written)


# --- The document ----------------------------------------------------------------------------


def _document(lines: Mrz, parsed: Parsed) -> dict[str, str | None]:
    number: str | None = lines.number or None
    if lines.kind == "mrz_td1" and lines.issuing_state == countries.VIETNAM:
        return _citizen_card(lines, parsed)
    if lines.kind == "mrz_td3":
        parsed.fields["personal_number"] = lines.optional[0] or None
        return {"type": "passport", "number": number, "name": None}
    if lines.kind.startswith("mrv"):
        # States may print the number of the visa or that of the passport.
        parsed.warn("document/number", "visa_number")
        return {"type": "other", "number": number, "name": VISA}
    return {"type": "other", "number": number, "name": CARD}


def _citizen_card(lines: Mrz, parsed: Parsed) -> dict[str, str | None]:
    """Read a card of Vietnam, whose number has 12 digits, the last 9 of them in its usual place."""
    # Whether it is the card of before or after 2024 is not in the lines.
    parsed.warn("document/type", "card_type_unsure")
    match = _PERSONAL_NUMBER.fullmatch(lines.optional[0])
    if match is None:
        parsed.warn("document/number", "number_not_whole")
        return {"type": "citizen_id", "number": lines.number or None, "name": None}
    number, check = match.groups()
    if check_digit(number) != check or number[3:] != lines.number:
        parsed.error("personal_number")
    return {"type": "citizen_id", "number": number, "name": None}


# --- Dates and name --------------------------------------------------------------------------


def _read_dates(lines: Mrz, parsed: Parsed, today: date) -> None:
    born, precision, expiry = None, None, None
    try:
        born, precision = mrz.birth_date(lines.birth, today)
        if born is None:
            parsed.warn("date_of_birth", "birth_date_unknown")
    except NoDate:
        parsed.error("birth_date_value")
    try:
        expiry = mrz.expiry_date(lines.expiry, today)
    except NoDate:
        parsed.error("expiry_date_value")
    if expiry and expiry < today:
        parsed.warn("expiry_date", "document_expired")
    if expiry and expiry > today + _FAR_AHEAD:
        parsed.warn("expiry_date", "expiry_far")
    parsed.fields.update(
        date_of_birth=iso(born), birth_date_precision=precision, expiry_date=iso(expiry)
    )
    document = parsed.fields["document"]
    if document["type"] == "citizen_id" and re.fullmatch(r"[0-9]{12}", document["number"] or ""):
        fields.compare_number(
            document["number"],
            "/fields/document/number",
            parsed.found,
            sex=parsed.fields["sex"],
            born=born,
        )


def _warn_about_name(lines: Mrz, parsed: Parsed) -> None:
    if lines.name_is_cut:
        parsed.warn("full_name", "name_cut")
    if lines.name_is_mended:
        parsed.warn("full_name", "name_fillers")
    if any(map(str.isdigit, parsed.fields["full_name"])):
        parsed.warn("full_name", "name_digits")
