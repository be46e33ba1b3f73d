"""The invented houses: kind, stars, ward, position, room types, rooms and prices."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from app import reference
from seeds.demo import names

# Share of the town's houses by ward: most stand around the two beaches.
WARDS = {
    "26506": 40,
    "26526": 24,
    "26536": 5,
    "26542": 6,
    "26662": 5,
    "26686": 3,
    "26620": 7,
    "26632": 2,
    "26656": 2,
    "26732": 4,
    "26560": 1,
    "26704": 1,
}
KINDS = {
    "hotel": 44,
    "guest_house": 22,
    "homestay": 14,
    "villa": 9,
    "apartment": 6,
    "resort": 4,
    "campsite": 1,
}
# Kind → (fewest rooms, most rooms, price of the simplest room in thousand dong).
SIZES = {
    "hotel": (14, 60, 420),
    "guest_house": (6, 18, 260),
    "homestay": (3, 9, 320),
    "villa": (2, 8, 1800),
    "apartment": (6, 24, 650),
    "resort": (40, 110, 1500),
    "campsite": (8, 20, 180),
}
STAR_PRICE = {None: 1.0, 1: 0.9, 2: 1.05, 3: 1.5, 4: 2.4, 5: 4.2}
TYPES = {
    "hotel": (("Phòng đơn", "Single", 1, 1, 0.8), ("Phòng đôi", "Double", 2, 2, 1.0),
              ("Phòng gia đình", "Family", 4, 4, 1.55)),
    "guest_house": (("Phòng đôi", "Double", 2, 2, 1.0), ("Phòng bốn", "Quad", 4, 4, 1.4)),
    "homestay": (("Phòng đôi", "Double", 2, 2, 1.0), ("Phòng tập thể", "Dormitory", 6, 6, 1.8)),
    "villa": (("Nguyên căn 3 phòng ngủ", "Whole house, 3 bedrooms", 8, 6, 1.0),
              ("Nguyên căn 5 phòng ngủ", "Whole house, 5 bedrooms", 14, 10, 1.7)),
    "apartment": (("Căn một phòng ngủ", "One bedroom", 3, 2, 1.0),
                  ("Căn hai phòng ngủ", "Two bedrooms", 5, 4, 1.5)),
    "resort": (("Phòng hướng vườn", "Garden room", 2, 2, 1.0),
               ("Phòng hướng biển", "Sea view room", 3, 3, 1.5),
               ("Bungalow gia đình", "Family bungalow", 5, 5, 2.3)),
    "campsite": (("Lều đôi", "Tent for two", 2, 2, 1.0), ("Lều lớn", "Large tent", 4, 4, 1.6)),
}  # fmt: skip
AMENITIES = {
    "hotel": ("wifi", "air_conditioning", "elevator", "parking", "restaurant", "breakfast"),
    "guest_house": ("wifi", "air_conditioning", "parking"),
    "homestay": ("wifi", "air_conditioning", "kitchen", "bbq", "pets"),
    "villa": ("wifi", "air_conditioning", "kitchen", "pool", "bbq", "karaoke", "parking"),
    "apartment": ("wifi", "air_conditioning", "kitchen", "elevator", "balcony", "sea_view"),
    "resort": ("wifi", "pool", "spa", "gym", "restaurant", "bar", "beachfront", "breakfast"),
    "campsite": ("bbq", "parking", "pets", "beachfront"),
}
EXTRA = ("sea_view", "pool", "bar", "ev_charging", "bathtub", "family_room", "accessible",
         "meeting_room", "airport_transfer", "balcony", "breakfast", "spa", "gym")  # fmt: skip
DESCRIPTION = "Nhà hư cấu dùng để thử hệ thống; không có cơ sở nào mang tên này."
DESCRIPTION_EN = "An invented house for trying the system; no establishment has this name."


@dataclass
class DemoType:
    """A room type with its rooms' numbers; prices in dong."""

    name: str
    name_en: str
    capacity: int
    bed_places: int
    price: int
    numbers: list[str] = field(default_factory=list)


@dataclass
class DemoHouse:
    """A house as the loader needs it."""

    number: int
    kind: str
    stars: int | None
    unit_code: str
    name: str
    name_en: str
    address: str
    lat: float
    lon: float
    amenities: list[str]
    types: list[DemoType]
    opened_on: date
    popularity: float
    weekend_pull: float
    weekend_price: float | None
    files_elsewhere: bool
    freshness: str
    reclassified_on: date | None

    @property
    def code(self) -> str:
        return f"D{self.number:05d}"

    @property
    def phone(self) -> str:
        # No subscriber number begins with 000, so nobody's telephone rings.
        return f"0254 000 {self.number % 10_000:04d}"


def make_house(number: int, today: date, random: Random) -> DemoHouse:
    """Return the ``number``-th house; the same random state gives the same house."""
    kind = _pick(KINDS, random)
    unit_code = _pick(WARDS, random)
    stars = _stars(kind, random)
    name, name_en = names.house_name(kind, number)
    lat, lon = _position(unit_code, random)
    return DemoHouse(
        number=number,
        kind=kind,
        stars=stars,
        unit_code=unit_code,
        name=name,
        name_en=name_en,
        address=names.address(unit_code, random),
        lat=lat,
        lon=lon,
        amenities=sorted({*AMENITIES[kind], *random.sample(EXTRA, random.randint(0, 4))}),
        types=_types(kind, stars, random),
        opened_on=today - timedelta(days=random.randint(150, 4500)),
        popularity=random.uniform(0.62, 1.18),
        weekend_pull=random.uniform(0.9, 1.15),
        weekend_price=random.choice((None, None, 1.2, 1.3, 1.5)),
        files_elsewhere=kind in ("homestay", "guest_house") and random.random() < 0.3,
        freshness=random.choices(("fresh", "ageing", "stale", "unknown"), (78, 12, 4, 6))[0],
        reclassified_on=today - timedelta(days=random.randint(60, 300))
        if random.random() < 0.06
        else None,
    )


def _pick(weights: dict[str, int], random: Random) -> str:
    return random.choices(list(weights), list(weights.values()))[0]


def _stars(kind: str, random: Random) -> int | None:
    if kind == "resort":
        return random.choice((3, 4, 4, 5))
    if kind == "hotel":
        return random.choices((None, 1, 2, 3, 4, 5), (34, 14, 24, 18, 8, 2))[0]
    return None


def _position(unit_code: str, random: Random) -> tuple[float, float]:
    """Return a point near a beach or sight of the ward, on the land side as a rule."""
    places = [p for p in reference.places() if p.unit == unit_code and p.kind != "sea"]
    place = random.choice(places or list(reference.places()))
    return (
        round(place.lat + random.gauss(0.002, 0.0035), 6),
        round(place.lon + random.gauss(-0.001, 0.003), 6),
    )


def _types(kind: str, stars: int | None, random: Random) -> list[DemoType]:
    fewest, most, thousand = SIZES[kind]
    rooms = random.randint(fewest, most)
    if stars in (4, 5):
        rooms = max(rooms, random.randint(60, 140))
    chosen = TYPES[kind][: max(1, min(len(TYPES[kind]), rooms // 2))]
    base = thousand * STAR_PRICE[stars] * random.uniform(0.8, 1.35)
    types = [
        DemoType(name, name_en, capacity, beds, round(base * factor / 10) * 10_000)
        for name, name_en, capacity, beds, factor in chosen
    ]
    per_floor = 5 if rooms < 12 else 10 if rooms < 60 else 16
    for index in range(rooms):
        # Most rooms are of the middle type, the dearest are few.
        weights = (3, 6, 2)[: len(types)]
        number = str((index // per_floor + 1) * 100 + index % per_floor + 1)
        random.choices(types, weights)[0].numbers.append(number)
    return [type_ for type_ in types if type_.numbers]
