"""The local engine: a broken index, one of another version, a binary without its run bit."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.local import meilisearch
from app.local.meilisearch import LocalMeilisearch, find_binary, is_healthy

pytestmark = pytest.mark.skipif(
    find_binary(Path("unused")) is None, reason="no Meilisearch binary for this platform"
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[LocalMeilisearch]:
    engine = LocalMeilisearch(tmp_path, "a-key-for-the-tests-alone")
    yield engine
    engine.service.leave()


def started(engine: LocalMeilisearch) -> bool:
    server = engine.ensure()
    assert server is not None
    return is_healthy(server.url)


def test_a_broken_index_is_thrown_away(engine: LocalMeilisearch, tmp_path: Path) -> None:
    assert started(engine)
    engine.service.leave()
    data = tmp_path / "meilisearch/tasks/data.mdb"
    assert data.exists()
    data.write_bytes(b"this is no database" * 1000)
    assert started(engine)


def test_an_index_of_another_version_is_thrown_away(
    engine: LocalMeilisearch, tmp_path: Path
) -> None:
    assert started(engine)
    engine.service.leave()
    (tmp_path / "meilisearch/VERSION").write_text("1.2.3")
    (tmp_path / "meilisearch/mark").touch()
    assert started(engine)
    assert not (tmp_path / "meilisearch/mark").exists()


def test_the_port_stays_when_it_is_started_again(engine: LocalMeilisearch) -> None:
    first = engine.ensure()
    engine.service.leave()
    assert engine.ensure() == first


def test_a_binary_without_its_run_bit_is_made_runnable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packaged = tmp_path / "meilisearch"
    shutil.copyfile("/bin/true", packaged)
    packaged.chmod(0o644)
    monkeypatch.setattr(meilisearch, "PACKAGED", packaged)
    assert find_binary(tmp_path) == packaged
    assert os.access(packaged, os.X_OK)


def test_without_a_binary_there_is_no_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meilisearch, "PACKAGED", tmp_path / "none")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert LocalMeilisearch(tmp_path, "key").ensure() is None
