"""A first start that was stopped half-way is begun anew, and nothing else is ever dropped."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app import create_app, local
from app.config import Config
from app.db import db
from app.local import prepare
from tests.fixtures.database import close


@pytest.fixture
def town(run_dir: Path, tmp_path: Path) -> Iterator[tuple[Flask, Config]]:
    """An application on a local server of its own, with a table in it."""
    data_dir = run_dir / tmp_path.name
    config = Config.for_tests(data_dir)
    app = create_app(config)
    with app.app_context():
        db.session.execute(text("CREATE TABLE house (name text)"))
        db.session.commit()
        yield app, config
    close(app)
    local.leave(config)


def table() -> Any:
    return db.session.scalar(text("SELECT to_regclass('house')::text"))


def test_half_a_town_is_dropped(town: tuple[Flask, Config]) -> None:
    _, config = town
    (config.data_dir / prepare.UNFINISHED).touch()
    prepare.drop_half_a_town(config)
    assert table() is None
    assert not (config.data_dir / prepare.UNFINISHED).exists()


def test_a_finished_town_stays(town: tuple[Flask, Config]) -> None:
    prepare.drop_half_a_town(town[1])
    assert table() == "house"


def test_a_database_of_somebody_else_is_never_emptied(town: tuple[Flask, Config]) -> None:
    _, config = town
    (config.data_dir / prepare.UNFINISHED).touch()
    prepare.drop_half_a_town(replace(config, database_url="postgresql://elsewhere"))
    assert table() == "house"
