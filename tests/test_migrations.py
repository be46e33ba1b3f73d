"""The migrations make exactly the tables that the models describe."""

import pytest
from flask import Flask
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import text

from app.db import db
from app.stays.models import Stay
from tests.factories import StayFactory


def test_the_models_need_no_further_migration(committed: Flask) -> None:
    with committed.app_context():
        check()


def test_a_model_without_its_migration_is_noticed(committed: Flask) -> None:
    with committed.app_context():
        db.session.execute(text("ALTER TABLE establishment DROP COLUMN name"))
        db.session.commit()
        with pytest.raises(SystemExit):
            check()


def test_the_way_back_leads_forward_again(committed: Flask) -> None:
    with committed.app_context():
        downgrade(revision="base")
        upgrade()
        check()


def test_words_about_a_reason_are_sealed_where_they_stand_and_back(committed: Flask) -> None:
    with committed.app_context():
        stay = StayFactory(reason="other", reason_detail="thăm bà Canary")
        db.session.commit()
        sealed, stay_id = stay.reason_detail_sealed, stay.id
        assert sealed is not None
        assert b"Canary" not in sealed
        plain = text("SELECT reason_detail FROM stay WHERE id = :id")
        db.session.rollback()
        downgrade(revision="0001")
        assert db.session.scalar(plain, {"id": stay_id}) == "thăm bà Canary"
        db.session.rollback()
        upgrade()
        db.session.expire_all()
        assert db.session.get_one(Stay, stay_id).reason_detail == "thăm bà Canary"
        check()
