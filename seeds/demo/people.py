"""Guests of the demo: invented identities whose document numbers can belong to nobody."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from app.identity import Keyring
from seeds.demo import names

# 003 was never given to a province, so no citizen has such a number; length, century, sex and
# year are in order all the same.
NO_PROVINCE = "003"


@dataclass(frozen=True)
class Identity:
    """The sealed identity of one guest and what of it statistics may see."""

    name: bytes
    birth: bytes
    document: bytes
    index: bytes
    sex: str
    age_band: str
    document_type: str
    permitted_until: date | None


def age_band(age: int) -> str:
    return "0-15" if age < 16 else "16-59" if age < 60 else "60+"


def make_identity(
    guest_id: uuid.UUID,
    establishment_id: int,
    *,
    nationality: str,
    child: bool,
    arrival: date,
    keyring: Keyring,
    random: Random,
) -> Identity:
    """Invent a guest and seal the fields for this row."""
    age = random.randint(0, 15) if child else int(random.triangular(18, 78, 32))
    birth = date(arrival.year - age, 1, 1) - timedelta(days=random.randrange(1, 330))
    age = (arrival - birth).days * 100 // 36525
    sex = random.choice("MF")
    foreign = nationality != "VNM"
    document_type, number = _document(foreign, sex, birth, random)

    def seal(text: str, column: str) -> bytes:
        return keyring.seal(text, row=guest_id, field=f"guest.{column}")

    return Identity(
        name=seal(names.person(sex, foreign, random), "full_name"),
        birth=seal(birth.isoformat(), "date_of_birth"),
        document=seal(number, "document_number"),
        index=keyring.blind_index(number, establishment_id=establishment_id),
        sex=sex,
        age_band=age_band(age),
        document_type=document_type,
        permitted_until=arrival + timedelta(days=random.randint(20, 85)) if foreign else None,
    )


def _document(foreign: bool, sex: str, birth: date, random: Random) -> tuple[str, str]:
    if foreign:
        return "passport", f"X0{random.randrange(10**6):06d}"
    century = (birth.year // 100 - 19) * 2 + (sex == "F")
    number = f"{NO_PROVINCE}{century}{birth.year % 100:02d}{random.randrange(10**6):06d}"
    return random.choice(("citizen_id", "citizen_id", "identity_card")), number
