"""The reference data agree with themselves and with the codes other parts rely on."""

from collections import Counter
from datetime import date, timedelta

from app import reference
from app.text import fold, tidy

MERGER = date(2025, 7, 1)


def test_every_old_unit_has_one_successor_of_today() -> None:
    old = {(u.code, u.valid_from) for u in reference.units() if u.valid_to}
    new = {(u.code, u.valid_from) for u in reference.units() if not u.valid_to}
    assert (len(old), len(new)) == (77, 30)
    successions = reference.unit_successions()
    assert Counter((s.code, s.valid_from) for s in successions) == Counter(old)
    assert {(s.successor_code, s.successor_valid_from) for s in successions} <= new


def test_a_successor_lies_in_the_area_of_its_predecessors() -> None:
    area = {(u.code, u.valid_from): u.area for u in reference.units()}
    for s in reference.unit_successions():
        assert area[s.code, s.valid_from] == area[s.successor_code, s.successor_valid_from]
    assert set(area.values()) == {a.code for a in reference.areas()}


def test_a_code_means_one_unit_a_day() -> None:
    for day in (MERGER - timedelta(days=1), MERGER, date(2026, 11, 24)):
        codes = Counter(u.code for u in reference.units() if u.valid_on(day))
        assert set(codes.values()) == {1}


def test_reused_codes_changed_their_meaning() -> None:
    names = {(u.code, u.valid_to is None): u.name for u in reference.units()}
    assert names["26506", False] == "Phường 1"
    assert names["26506", True] == "Phường Vũng Tàu"
    assert names["26526", False] == "Phường Nguyễn An Ninh"
    assert names["26526", True] == "Phường Tam Thắng"
    assert names["26732", True] == "Đặc khu Côn Đảo"


def test_places_lie_in_a_unit_of_today_and_somewhere_near_the_coast() -> None:
    today = {u.code for u in reference.units() if u.valid_to is None}
    for place in reference.places():
        assert place.unit in today, place.code
        assert 8.5 < place.lat < 10.8, place.code
        assert 106.4 < place.lon < 107.7, place.code
        assert place.alone in {"yes", "asked", "no"}, place.code
        assert place.source, place.code
    assert len({p.code for p in reference.places()}) == len(reference.places())


def test_codes_are_those_of_the_public_interface() -> None:
    assert [k.code for k in reference.establishment_kinds()] == [
        "hotel", "resort", "villa", "apartment", "ship", "guest_house", "homestay", "campsite",
        "other",
    ]  # fmt: skip
    assert " ".join(a.code for a in reference.amenities()) == (
        "pool sea_view beachfront breakfast restaurant bar parking ev_charging wifi "
        "air_conditioning kitchen pets spa gym elevator balcony bathtub family_room accessible "
        "meeting_room airport_transfer karaoke bbq"
    )
    numbers = {d.code: d.portal_number for d in reference.document_types()}
    assert numbers == {
        "citizen_id": 1, "identity_card": 8, "old_id": 2, "driving_licence": 3, "passport": 4,
        "birth_certificate": 5, "health_insurance": 6, "personal_number_notice": 7, "other": 9,
    }  # fmt: skip
    assert [r.portal_number for r in reference.stay_reasons()] == list(range(1, 21))
    assert [r.code for r in reference.stay_reasons()][0::19] == ["tourism", "other"]


def test_a_synonym_belongs_to_one_amenity_or_kind() -> None:
    words = Counter(
        fold(word)
        for item in (*reference.amenities(), *reference.establishment_kinds())
        for word in {fold(w) for w in (item.name_vi, item.name_en, *item.synonyms)}
    )
    assert [word for word, times in words.items() if times > 1] == []


def test_the_portal_writes_germany_as_its_passports_do() -> None:
    codes = {c.code: c for c in reference.nationality_codes()}
    assert codes["DEU"].portal_code == codes["DEU"].mrz_code == "D"
    assert {"UNO", "XXA", "RKS", "GBD"} <= codes.keys()


def test_personal_numbers_begin_with_one_of_63_provinces() -> None:
    provinces = reference.personal_number_provinces()
    assert len(provinces) == len(set(provinces.values())) == 63
    assert (provinces["077"], provinces["048"]) == ("Bà Rịa – Vũng Tàu", "Đà Nẵng")
    assert all(len(code) == 3 and code.isdigit() for code in provinces)


def test_one_rate_a_currency_and_day_and_it_says_what_it_is() -> None:
    rates = [r for r in reference.exchange_rates() if r.currency == "USD" and not r.valid_to]
    assert len(rates) == 1
    assert rates[0].source == "illustrative, set by the department"


def test_texts_are_tidy() -> None:
    for unit in reference.units():
        assert unit.name == tidy(unit.name)
    for place in reference.places():
        for name in (place.name_vi, place.name_en, *place.aliases):
            assert name == tidy(name)
