"""From one row of texts to the fields of a guest, with everything that was noticed; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from app.registry.units import Units
from app.stays import countries
from app.stays.documents import Parsed, parse
from app.stays.documents.addresses import add_ward
from app.stays.reading import catalogues
from app.stays.reading.columns import Columns
from app.stays.reading.days import Day, is_either_order, is_month_first, read_day
from app.stays.reading.guessing import is_document_text
from app.stays.reading.names import read_name
from app.stays.reading.numbers import read_number, read_phone, type_of
from app.stays.reading.places import read_place
from app.stays.reading.problems import Problem, Problems
from app.text import fold, tidy

# What only says how a cell was understood; the rest of the notes want a look.
UNDERSTOOD = frozenset(
    {
        "serial_date",
        "compact_date",
        "two_digit_year",
        "year_only",
        "zeros_restored",
        "number_cleaned",
        "letters_for_digits",
        "phone_completed",
        "first_of_several",
    }
)
DATES = ("date_of_birth", "arrived_at", "planned_departure", "departed_at", "permitted_until")
TWELVE_OR_NINE = re.compile(r"[0-9]{9}|[0-9]{11,12}")
NOON = time(12)


@dataclass(slots=True)
class ReadGuest:
    """What one row says: plain texts by the names of the form's fields, and the problems.

    ``fields`` may hold full_name, date_of_birth (``1990-01-31``, or ``1990`` where only the year is
    known), sex (M, F), nationality (alpha-3), document_type, document_number, document_name,
    phone, residence_kind, residence_country, residence_unit, address, permitted_until, and of the
    stay room, room_type, arrived_at, planned_departure, departed_at (``2026-12-24``, or with
    ``T14:05:00+07:00``), reason, reason_detail, note.
    """

    fields: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity == "error"]

    def raw(self) -> dict[str, Any]:
        """Return the guest as ``POST /stays`` would be told."""
        said = self.fields.get
        born = said("date_of_birth")
        return {
            "full_name": said("full_name"),
            "date_of_birth": born,
            "birth_date_precision": "year" if born and len(born) == 4 else None,
            "sex": said("sex"),
            "nationality": said("nationality"),
            "document": {
                "type": said("document_type"),
                "number": said("document_number"),
                "name": said("document_name"),
            },
            "phone": said("phone"),
            "residence": {
                "kind": said("residence_kind"),
                "country": said("residence_country"),
                "unit": said("residence_unit"),
                "address": said("address"),
            },
            "permitted_until": said("permitted_until"),
        }


class Reader:
    """Reads the rows of one list; ``today`` decides centuries, ``units`` names of wards.

    ``rows`` are all of the list, where there are some: only together do they tell in which order
    dates are written.
    """

    def __init__(
        self,
        columns: Columns,
        today: date,
        units: Units | None = None,
        rows: Sequence[Sequence[str]] = (),
    ) -> None:
        self.columns = columns
        self.month_first = frozenset(
            name
            for at, name in columns.places.items()
            if name in DATES and is_month_first(row[at] for row in rows if len(row) > at)
        )
        self.today = today
        self.units = units

    def read(self, cells: Sequence[str]) -> ReadGuest:
        """Return what a row says; nothing of it is stored or logged here."""
        return self.read_texts(self.columns.texts(cells))

    def read_texts(self, texts: dict[str, str]) -> ReadGuest:
        """Return what texts by field say, as a row mended on a page gives them."""
        problems = Problems()
        fields = self._document_text(texts, problems)
        texts = {name: text for name, text in texts.items() if text}
        self._sex(texts, fields, problems)
        born = self._birth(texts, fields, problems)
        self._identity(texts, fields, born, problems)
        self._choices(texts, fields, problems)
        self._phone(texts, fields, problems)
        self._stay(texts, fields, problems)
        if any(name in texts for name in ("ward", "province", "district", "address")):
            for name, text in read_place(texts, self.units, problems).items():
                fields.setdefault(name, text)
        for name in ("residence_unit", "document_name", "reason_detail", "note", "room_type"):
            if name in texts:
                fields.setdefault(name, tidy(texts[name]))
        return ReadGuest(fields, problems.found)

    # --- A document's text in one cell -----------------------------------------------------

    def _document_text(self, texts: dict[str, str], problems: Problems) -> dict[str, str]:
        """Read a card's QR text or machine-readable lines in any cell; the cell is taken out."""
        for name, text in list(texts.items()):
            if name not in ("document_text", "full_name", "document_number", "note"):
                continue
            if not is_document_text(text):
                continue
            parsed = parse(text, self.today)
            if parsed is None:
                problems.error("document_number", "unread") if name != "note" else None
                continue
            del texts[name]
            if self.units is not None:
                add_ward(parsed, self.units)
            _tell(parsed, problems)
            return flat(parsed.fields)
        return {}

    # --- The person ------------------------------------------------------------------------

    def _sex(self, texts: dict[str, str], fields: dict[str, str], problems: Problems) -> None:
        text = texts.get("sex")
        if not text:
            title = re.match(r"(mrs|ms|miss|mr|ông|bà)\b", texts.get("full_name", "").lower())
            if title and "sex" not in fields:
                fields["sex"] = catalogues.sex_of(title[1]) or ""
            return
        sex = catalogues.sex_of(text)
        if sex is None:
            problems.error("sex", "unknown_sex")
        else:
            fields.setdefault("sex", sex)

    def _birth(
        self, texts: dict[str, str], fields: dict[str, str], problems: Problems
    ) -> date | None:
        text = texts.get("date_of_birth")
        if not text:
            known = fields.get("date_of_birth")
            return date.fromisoformat(known) if known and len(known) == 10 else None
        found = self._day("date_of_birth", text, latest=self.today, birth=True)
        self._note("date_of_birth", found, problems)
        if found.day is None:
            return None
        only_year = found.precision == "year" or fold(texts.get("birth_mark", ""))[:1] == "y"
        whole = str(found.day.year) if only_year else found.day.isoformat()
        fields.setdefault("date_of_birth", whole)
        return found.day

    def _identity(
        self, texts: dict[str, str], fields: dict[str, str], born: date | None, problems: Problems
    ) -> None:
        nationality = self._nationality(texts, fields, problems)
        foreign = countries.is_foreign(nationality) if nationality else None
        self._number(texts, fields, born, bool(foreign), problems)
        is_open = nationality is None and "nationality" not in texts
        if is_open and TWELVE_OR_NINE.fullmatch(fields.get("document_number", "")):
            fields["nationality"] = countries.VIETNAM
            problems.understood("nationality", "nationality_from_number")
        name = texts.get("full_name") or " ".join(
            texts[part] for part in ("surname", "given_name") if part in texts
        )
        if name and "full_name" not in fields:
            foreign = countries.is_foreign(fields.get("nationality") or countries.VIETNAM)
            fields["full_name"] = read_name(name, foreign=foreign, problems=problems)

    def _nationality(
        self, texts: dict[str, str], fields: dict[str, str], problems: Problems
    ) -> str | None:
        text = texts.get("nationality")
        if not text:
            return fields.get("nationality")
        code = catalogues.country_of(text)
        if code is None:
            problems.error("nationality", "unknown_nationality")
            return None
        return fields.setdefault("nationality", code)

    def _number(
        self,
        texts: dict[str, str],
        fields: dict[str, str],
        born: date | None,
        foreign: bool,
        problems: Problems,
    ) -> None:
        kind = self._document_type(texts, fields, problems)
        text = texts.get("document_number")
        if text and "document_number" not in fields:
            said = catalogues.document_type_of(re.sub(r"[:\s]*[A-Za-z]?[0-9].*", "", text))
            text = re.sub(r"^[^\W\d]{2,}[^\d:]*:? ?(?=[A-Z]?[0-9]{7})", "", text) if said else text
            number = read_number(text, foreign=foreign, kind=kind, born=born, sex=fields.get("sex"))
            fields["document_number"] = number.text
            self._notes("document_number", number.notes, problems)
            if number.fault:
                problems.error("document_number", number.fault)
        if "document_number" in fields:
            self._settle_type(fields, kind, foreign, problems)

    def _document_type(
        self, texts: dict[str, str], fields: dict[str, str], problems: Problems
    ) -> str | None:
        text = texts.get("document_type")
        if not text:
            return fields.get("document_type")
        kind = catalogues.document_type_of(text)
        if kind is None:
            problems.warn("document_type", "unknown_document_type")
        return kind or fields.get("document_type")

    def _settle_type(
        self, fields: dict[str, str], kind: str | None, foreign: bool, problems: Problems
    ) -> None:
        """Take the type that was said, unless the number can only be of another."""
        guessed = type_of(fields["document_number"], foreign=foreign)
        if kind is None:
            if guessed:
                fields["document_type"] = guessed
                problems.understood("document_type", "document_type_guessed")
            return
        twelve = len(fields["document_number"]) == 12
        wrong = (kind in ("citizen_id", "identity_card") and not twelve and guessed) or (
            kind == "passport" and guessed == "citizen_id" and not foreign
        )
        if wrong and guessed:
            fields["document_type"] = guessed
            problems.warn("document_type", "document_type_replaced")
        else:
            fields["document_type"] = kind

    # --- The rest --------------------------------------------------------------------------

    def _choices(self, texts: dict[str, str], fields: dict[str, str], problems: Problems) -> None:
        if text := texts.get("reason"):
            reason = catalogues.reason_of(text)
            if reason is None:
                problems.warn("reason", "unknown_reason")
            fields["reason"] = reason or "tourism"
        if text := texts.get("residence_kind"):
            kind = catalogues.residence_of(text)
            if kind is not None:
                fields["residence_kind"] = kind
            else:
                problems.warn("residence_kind", "unknown_residence_kind")
        if text := texts.get("residence_country"):
            country = catalogues.country_of(text)
            if country is not None:
                fields["residence_country"] = country

    def _phone(self, texts: dict[str, str], fields: dict[str, str], problems: Problems) -> None:
        text = texts.get("phone")
        if not text:
            return
        foreign = countries.is_foreign(fields.get("nationality") or countries.VIETNAM)
        number = read_phone(text, foreign=foreign)
        self._notes("phone", number.notes, problems)
        fields["phone"] = number.text
        if number.fault:
            problems.error("phone", number.fault)

    def _stay(self, texts: dict[str, str], fields: dict[str, str], problems: Problems) -> None:
        if text := texts.get("room"):
            fields["room"] = read_room(text)
        for name in DATES[1:]:
            text = texts.get(name)
            if not text:
                continue
            found = self._day(name, text)
            self._note(name, found, problems)
            if found.day is None:
                continue
            fields[name] = found.day.isoformat()
            if found.time is not None and name != "permitted_until":
                fields[name] += f"T{found.time:%H:%M}:00+07:00"

    def _day(self, name: str, text: str, **rules: Any) -> Day:
        if name in self.month_first and is_either_order(text):
            return Day(notes=("day_or_month",))
        return read_day(text, **rules)

    def _note(self, name: str, found: Day, problems: Problems) -> None:
        if found.day is None:
            problems.error(name, found.notes[0])
            return
        self._notes(name, found.notes, problems)

    def _notes(self, name: str, notes: Sequence[str], problems: Problems) -> None:
        for code in notes:
            if code in UNDERSTOOD:
                problems.understood(name, code)
            else:
                problems.warn(name, code)


def read_room(text: str) -> str:
    """Return the number of a room without the word for it and a spreadsheet's ``.0``."""
    plain = tidy(text).lstrip("'’`")
    plain = re.sub(r"(?<=[0-9])\.0$", "", plain)
    return re.sub(r"^(?:phòng|phong|room|p\.)\s*(?=\w)", "", plain, flags=re.IGNORECASE)


def _tell(parsed: Parsed, problems: Problems) -> None:
    """Repeat what reading a document's text found wrong or noticed."""
    for fault in parsed.errors:
        problems.warn(_FAULTS.get(fault, "document_number"), "document_check")
    told = {(p.pointer.removeprefix("/fields/"), p.code) for p in parsed.found.warnings}
    for place, code in sorted(told):
        problems.warn(_PLACES.get(place, place), code)
    problems.understood("document_number", "read_from_document")


# Where what a document's text says stands in a row.
_FAULTS = {
    "birth_date": "date_of_birth",
    "birth_date_value": "date_of_birth",
    "sex": "sex",
    "full_name": "full_name",
}
_PLACES = {
    "document/number": "document_number",
    "document/type": "document_type",
    "document/name": "document_name",
    "residence/unit": "residence_unit",
    "issue_date": "document_number",
    "expiry_date": "document_number",
    "old_id": "document_number",
    "issuing_state": "nationality",
}


def flat(parsed: dict[str, Any]) -> dict[str, str]:
    """Return the fields of a document's text under the names of a row."""
    document = parsed.get("document") or {}
    residence = parsed.get("residence") or {}
    born = parsed.get("date_of_birth")
    if born and parsed.get("birth_date_precision") == "year":
        born = born[:4]
    found = {
        "full_name": parsed.get("full_name"),
        "date_of_birth": born,
        "sex": parsed.get("sex"),
        "nationality": parsed.get("nationality"),
        "document_type": document.get("type"),
        "document_number": document.get("number"),
        "document_name": document.get("name"),
        "residence_kind": residence.get("kind"),
        "residence_unit": residence.get("unit"),
        "address": residence.get("address"),
    }
    return {name: text for name, text in found.items() if text}
