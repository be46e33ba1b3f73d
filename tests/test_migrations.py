"""The migrations make exactly the tables that the models describe."""

import pytest
from flask import Flask
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import text

from app.db import db


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
