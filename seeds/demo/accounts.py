"""The demo's accounts: one for each kind of user, with a password everybody may know."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import func, select

from app.accounts import operations, queries
from app.db import db
from app.registry.models import Classification, Establishment, Room, Unit

PASSWORD = "biển xanh cát trắng"
WARD = "26506"
FILE = "demo-accounts.json"
ROLES = (
    ("front_desk", "letan@demo.example", "Lễ tân (demo)", "front desk of {house}"),
    ("manager", "quanly@demo.example", "Quản lý cơ sở (demo)", "manager of {house}"),
    ("ward_official", "phuong@demo.example", "Cán bộ phường (demo)", "Phường Vũng Tàu"),
    ("province_official", "so@demo.example", "Cán bộ Sở (demo)", "whole province"),
    ("admin", "admin@demo.example", "Quản trị (demo)", "accounts and audit"),
)


def create() -> list[dict[str, str]]:
    """Create what is missing of the demo's accounts and return what to print about them."""
    house = main_house()
    told = []
    for role, login, name, note in ROLES:
        user = queries.user_by_login(login)
        if user is None:
            user = operations.create_user(login=login, name=name, password=PASSWORD, is_demo=True)
            operations.add_membership(
                user,
                role,
                establishment_id=house.id if role in ("front_desk", "manager") else None,
                unit_code=WARD if role == "ward_official" else None,
            )
        place = f"{house.name} ({house.code})"
        told.append(
            {"role": role, "sign_in": login, "password": PASSWORD, "note": note.format(house=place)}
        )
    return told


def main_house() -> Establishment:
    """Return the demo's middle-sized hotel of the central ward, where its staff work."""
    rooms = select(func.count()).where(Room.establishment_id == Establishment.id).scalar_subquery()
    statement = (
        select(Establishment)
        .join(Classification)
        .join(Unit)
        .where(Establishment.is_demo, Establishment.source == "demo")
        .order_by(
            (Unit.code == WARD).desc(),
            (Classification.kind == "hotel").desc(),
            func.abs(rooms - 24),
            Establishment.id,
        )
        .limit(1)
    )
    return db.session.scalars(statement).one()


def write(told: list[dict[str, str]], data_dir: Path) -> None:
    """Leave the accounts for the starter to print."""
    target = data_dir / FILE
    target.write_text(json.dumps(told, ensure_ascii=False, indent=2), encoding="utf-8")
    target.chmod(0o600)
