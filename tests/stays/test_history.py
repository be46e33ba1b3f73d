"""``flask import history``: past stays without identity, in bulk and once."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from app.availability.models import ChangedNight, TakenNight
from app.db import db
from app.stays.models import Guest, Stay
from tests.factories import EstablishmentFactory, RoomTypeFactory

HEAD = "reference,arrival_date,departure_date,room_type,adults,children,babies,country\n"


@pytest.fixture
def run(app: Any, house: Any, tmp_path: Any) -> Any:
    def run(text: str, code: str | None = None) -> Any:
        file = tmp_path / "history.csv"
        file.write_text(text, encoding="utf-8-sig")
        db.session.commit()
        arguments = ["import", "history", str(file), "--establishment", code or house.code]
        return app.test_cli_runner().invoke(args=arguments)

    return run


def test_rows_become_stays_without_rooms_and_identity(run, house, room_type) -> None:
    result = run(HEAD + "A1,2026-03-01,2026-03-04,DBL,2,1,1,DEU\n")
    assert result.exit_code == 0, result.output
    assert "1 rows: 1 new, 0 unchanged, 0 failed." in result.output
    stay = db.session.scalars(select(Stay)).one()
    assert (stay.origin, stay.status, stay.reference) == ("history", "departed", "A1")
    assert (stay.first_night, stay.last_night_end) == (date(2026, 3, 1), date(2026, 3, 4))
    assert (stay.room_id, stay.room_type_id, stay.people) == (None, room_type.id, 4)
    groups = [(g.persons, g.age_band, g.nationality) for g in stay.guests]
    assert groups == [(2, None, "DEU"), (1, "0-15", "DEU"), (1, "0-15", "DEU")]
    assert db.session.scalar(select(TakenNight.night)) is None
    nights = set(db.session.scalars(select(ChangedNight.night)))
    assert nights == {date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)}


def test_the_same_file_again_changes_nothing(run, house) -> None:
    text = HEAD + "A1,2026-03-01,2026-03-04,,2,0,0,VNM\nA2,2026-03-02,2026-03-02,,1,0,0,VNM\n"
    run(text)
    before = set(db.session.execute(select(ChangedNight.night, ChangedNight.version)).all())
    result = run(text)
    assert "2 rows: 0 new, 2 unchanged, 0 failed." in result.output
    assert db.session.scalar(select(func.count()).select_from(Guest)) == 2
    after = set(db.session.execute(select(ChangedNight.night, ChangedNight.version)).all())
    assert before == after


def test_a_stay_of_no_night_counts_as_same_day_guests(run, house) -> None:
    run(HEAD + "A1,2026-03-01,2026-03-01,,2,0,0,VNM\n")
    assert db.session.scalars(select(Stay)).one().is_same_day
    assert set(db.session.scalars(select(ChangedNight.night))) == {date(2026, 3, 1)}


def test_a_stay_without_guests_is_a_room_night_all_the_same(run, house) -> None:
    run(HEAD + "A1,2026-03-01,2026-03-02,,0,0,0,VNM\n")
    assert db.session.scalars(select(Stay)).one().guests == []


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",2026-03-01,2026-03-02,,1,0,0,VNM", "reference"),
        ("B,01/03/2026,2026-03-02,,1,0,0,VNM", "arrival_date: a date is written"),
        ("B,2026-03-01,2026-02-28,,1,0,0,VNM", "before the arrival"),
        ("B,2026-12-24,2026-12-30,,1,0,0,VNM", "has not ended"),
        ("B,2026-03-01,2026-03-02,SUITE,1,0,0,VNM", "room_type"),
        ("B,2026-03-01,2026-03-02,,-1,0,0,VNM", "adults"),
        ("B,2026-03-01,2026-03-02,,1,0.5,0,VNM", "children"),
        ("A,2026-03-01,2026-03-02,,1,0,0,VNM", "a line above has the same"),
    ],
)
def test_a_bad_row_is_named_and_the_others_go_in(run, house, row, reason) -> None:
    result = run(
        HEAD + f"A,2026-03-01,2026-03-02,,1,0,0,VNM\n{row}\nC,2026-03-01,2026-03-02,,1,0,0,VNM\n"
    )
    assert "failed: line 3: " in result.output
    assert reason in result.output
    assert "3 rows: 2 new, 0 unchanged, 1 failed." in result.output
    assert result.exit_code == 0


def test_an_unknown_country_is_named_and_counted_as_unknown(run, house) -> None:
    result = run(HEAD + "A,2026-03-01,2026-03-02,,1,0,0,TMP\nB,2026-03-01,2026-03-02,,1,0,0,TMP\n")
    assert "unknown country TMP: 2 rows counted as XXX" in result.output
    assert set(db.session.scalars(select(Guest.nationality))) == {"XXX"}


def test_numbers_as_other_systems_write_them(run, house) -> None:
    result = run(
        HEAD + "A,2026-03-01,2026-03-02,,2.0,NA,,VNM\nB,2026-03-01,2026-03-02,,1,1,0,VNM\n"
    )
    assert "2 rows: 2 new" in result.output
    assert "unknown children: 1 rows counted as 0" in result.output
    assert "unknown babies" not in result.output, "an empty cell means none"
    people = db.session.scalars(select(Stay).order_by(Stay.reference)).all()
    assert [stay.people for stay in people] == [2, 2]


def test_a_reference_is_unique_in_a_house_only(run, house) -> None:
    other = EstablishmentFactory()
    RoomTypeFactory(establishment=other)
    text = HEAD + "A,2026-03-01,2026-03-02,,1,0,0,VNM\n"
    run(text)
    assert "1 new" in run(text, other.code).output


def test_a_file_without_the_columns_or_a_house_without_the_code_is_refused(run, house) -> None:
    assert run("a,b\n1,2\n").exit_code == 1
    assert run(HEAD, "nowhere").exit_code == 1


@pytest.mark.slow
def test_a_hundred_thousand_rows_take_seconds(run, house) -> None:
    months = [f"2026-{n % 11 + 1:02d}" for n in range(100_000)]
    lines = [
        f"R{n},{month}-{n % 27 + 1:02d},{month}-{n % 27 + 2:02d},DBL,2,0,0,VNM"
        for n, month in enumerate(months)
    ]
    text = HEAD + "\n".join(lines) + "\n"
    started = time.perf_counter()
    result = run(text)
    assert "100000 new" in result.output
    assert time.perf_counter() - started < 60
