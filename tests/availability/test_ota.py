"""OTA_HotelInvCountNotifRQ: read strictly, stored all or none, answered in its own words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import select

from app import dates
from app.availability import operations, ota, queries
from app.availability.models import RoomTypeNight
from app.availability.ota import Refused
from app.dates import Period
from app.db import db
from app.web.security import Principal

NS = f"{{{ota.NAMESPACE}}}"
DAY = timedelta(days=1)


def inventory(
    start: object, end: object, count: object = 2, code: str = "DBL", **words: str
) -> str:
    attributes = {"Start": start, "End": end, "InvTypeCode": code} | words
    said = " ".join(f'{name}="{value}"' for name, value in attributes.items() if value is not None)
    return (
        f"<Inventory><StatusApplicationControl {said}/><InvCounts>"
        f'<InvCount CountType="1" Count="9"/><InvCount CountType="2" Count="{count}"/>'
        "</InvCounts></Inventory>"
    )


def message(*entries: str, head: str = "", hotel: str = "", echo: str = "abc-1") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<OTA_HotelInvCountNotifRQ '
        f'xmlns="{ota.NAMESPACE}" EchoToken="{echo}" TimeStamp="2026-11-24T10:00:00" Version="1.0">'
        f"<Inventories{hotel}>{''.join(entries)}</Inventories></OTA_HotelInvCountNotifRQ>"
    ).encode()


def nights(*entries: str) -> dict[str, int]:
    return {str(night): rooms for (_, night), rooms in ota.read(message(*entries)).counts.items()}


def send(sender: Any, body: bytes, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return sender.client.post(
        "/api/v1/ota/inv-counts",
        data=body,
        headers={"Content-Type": "text/xml"} | sender.authorization | named,
    )


def told(answer: Any) -> ET.Element:
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "text/xml"
    root = ET.fromstring(answer.data)
    assert root.tag == f"{NS}OTA_HotelInvCountNotifRS"
    return root


def succeeded(answer: Any) -> bool:
    root = told(answer)
    success, errors = root.find(f"{NS}Success"), root.find(f"{NS}Errors")
    assert (success is None) != (errors is None)
    return success is not None


def vacant(house: Any, days: int) -> list[int | None]:
    period = Period.of(dates.today(), days)
    states = queries.nights(period, room_type_ids=[house.room_types[0].id])
    return [state.vacant for state in states]


# --- Reading -------------------------------------------------------------------------------


def test_the_end_is_the_last_night() -> None:
    assert nights(inventory("2026-12-01", "2026-12-02")) == {"2026-12-01": 2, "2026-12-02": 2}
    assert nights(inventory("2026-12-01", "2026-12-01")) == {"2026-12-01": 2}


def test_days_of_the_week_and_the_last_word() -> None:
    # The first of December 2026 is a Tuesday.
    week = ("2026-12-01", "2026-12-07")
    assert set(nights(inventory(*week, Fri="true", Sat="1"))) == {"2026-12-04", "2026-12-05"}
    assert "2026-12-02" not in nights(inventory(*week, Weds="false"))
    assert len(nights(inventory(*week, Weds="false"))) == 6
    twice = nights(inventory(*week, 1), inventory("2026-12-03", "2026-12-03", 4))
    assert (twice["2026-12-02"], twice["2026-12-03"]) == (1, 4)


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0",
        b"<a>",
        b"not xml",
        b"<OTA_HotelAvailNotifRQ/>",
        b"<OTA_HotelInvCountNotifRQ/>",
        message(),
        message(inventory("2026-12-01", "2026-12-01"), head=BOMB),
        message(
            inventory("2026-12-01", "2026-12-01"),
            head='<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        ),
        message("<Inventory/>"),
        message(inventory("2026-12-02", "2026-12-01")),
        message(inventory("01/12/2026", "2026-12-01")),
        message(inventory(None, "2026-12-01")),
        message(inventory("2026-12-01", "2026-12-01", -1)),
        message(inventory("2026-12-01", "2026-12-01", "1.5")),
        message(inventory("2026-12-01", "2026-12-01", "99999")),
        message(inventory("2026-12-01", "2026-12-01", code="")),
        message(inventory("2026-12-01", "2026-12-01", Mon="perhaps")),
        message(inventory("2000-01-01", "2100-01-01")),
        message(inventory("2026-12-01", "2026-12-01").replace('"2" Count', '"3" Count')),
    ],
)
def test_what_is_wrong_refuses_the_message(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        ota.read(body)
    assert refused.value.faults


# --- Storing -------------------------------------------------------------------------------


def test_counts_are_stored_once_under_the_echo_token(house: Any, sender: Any) -> None:
    today = dates.today()
    body = message(inventory(today, today + DAY, 3), hotel=f' HotelCode="{house.code}"')
    root = told(send(sender, body))
    assert root.get("EchoToken") == "abc-1"
    assert root.find(f"{NS}Success") is not None
    # The house's own work keeps this type, which is said.
    assert root.find(f"{NS}Warnings") is not None
    assert vacant(house, 3) == [3, 3, None]
    operations.set_vacant(house, [house.room_types[0].id], [today], 1)
    db.session.commit()
    # The same message again is answered, and does nothing twice.
    assert succeeded(send(sender, body))
    assert vacant(house, 1) == [1]
    other = message(inventory(today, today, 2))
    assert send(sender, other).status_code == 422
    assert succeeded(send(sender, other, Idempotency_Key="another"))
    assert vacant(house, 1) == [2]


def test_a_type_a_feed_keeps_brings_no_warning(house: Any, sender: Any) -> None:
    operations.keep_by(house.room_types[0], "feed", by=Principal(kind="user", id=1))
    root = told(send(sender, message(inventory(dates.today(), dates.today(), 4))))
    assert root.find(f"{NS}Success") is not None
    assert root.find(f"{NS}Warnings") is None
    assert vacant(house, 1) == [4]


def test_all_or_none_and_mended_under_the_same_token(house: Any, sender: Any) -> None:
    today = dates.today()
    good = inventory(today, today, 1)
    for bad in (
        inventory(today, today, 2, code="NONE"),
        inventory(today + DAY, today + DAY, 99),
        inventory(today - 90 * DAY, today - 90 * DAY),
        inventory(today, today, "x"),
    ):
        assert not succeeded(send(sender, message(good, bad)))
        assert db.session.scalars(select(RoomTypeNight)).all() == []
    assert succeeded(send(sender, message(good)))
    assert vacant(house, 1) == [1]


def test_the_door_is_kept(house: Any, sender: Any, sender_of: Any, client: Any) -> None:
    body = message(inventory(dates.today(), dates.today()))
    assert client.post("/api/v1/ota/inv-counts", data=body).status_code == 401
    assert send(sender, body, Content_Type="application/json").status_code == 415
    assert send(sender, message(*["<Inventory/>" * 100_000])).status_code == 413
    stranger = message(inventory(dates.today(), dates.today()), hotel=' HotelCode="T99999"')
    assert send(sender, stranger).status_code == 404
    assert (
        send(sender, message(inventory(date(2026, 12, 1), date(2026, 12, 1)), echo="")).status_code
        == 400
    )
