"""The configuration: what is made once, and what keeps production from starting."""

import base64
import os
import secrets
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from random import Random

import pytest

from app.config import Config, ConfigError, keep_secret


def production() -> dict[str, str]:
    return {
        "APP_ENV": "production",
        "DATABASE_URL": "postgresql://register@db/register",
        "MEILI_URL": "http://search:7700",
        "MEILI_MASTER_KEY": _text(32),
        "SECRET_KEY": _text(48),
        "IDENTITY_KEYS": f"k2:{_key()},k1:{_key()}",
        "BLIND_INDEX_KEY": _key(),
    }


# Keys that look random but are the same in every process: they stand in the names of the tests.
_numbers = Random(20260701)


def _text(length: int) -> str:
    return base64.urlsafe_b64encode(_numbers.randbytes(length)).decode()


def _key(length: int = 32) -> str:
    return base64.b64encode(_numbers.randbytes(length)).decode()


def read(environ: dict[str, str]) -> Config:
    return Config.from_environ(environ, dotenv=None)


def test_a_full_production_environment_is_taken() -> None:
    config = read(production())
    assert config.production
    assert not config.demo
    assert config.database_url == "postgresql+psycopg://register@db/register"
    assert list(config.identity_keys) == ["k2", "k1"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "sqlite:///x.db"),
        ("MEILI_MASTER_KEY", ""),
        ("MEILI_MASTER_KEY", "short"),
        ("SECRET_KEY", ""),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 64),
        ("SECRET_KEY", "please-change-me-0123456789-abcdefgh"),
        ("IDENTITY_KEYS", ""),
        ("IDENTITY_KEYS", f"k1:{_key(16)}"),
        ("IDENTITY_KEYS", "k1:" + base64.b64encode(bytes(32)).decode()),
        ("IDENTITY_KEYS", "no-colon"),
        ("IDENTITY_KEYS", "k1:%%%"),
        ("IDENTITY_KEYS", f"k1:{_key()},k1:{_key()}"),
        ("BLIND_INDEX_KEY", ""),
        ("BLIND_INDEX_KEY", _key(8)),
        ("DEBUG", "1"),
        ("FLASK_DEBUG", "true"),
        ("PORT", "http"),
        ("PORT", "70000"),
        ("APP_ENV", "prod"),
        ("PUBLIC_URL", "register.example"),
        ("MEILI_URL", "search:7700"),
    ],
)
def test_production_names_the_setting_that_stops_it(name: str, value: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        read(production() | {name: value})
    assert refusal.value.setting == name
    assert str(refusal.value).startswith(name)


def test_one_key_may_not_serve_both_purposes() -> None:
    key = _key()
    with pytest.raises(ConfigError, match="BLIND_INDEX_KEY"):
        read(production() | {"IDENTITY_KEYS": f"k1:{key}", "BLIND_INDEX_KEY": key})


def test_outside_production_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    environ = {"DATA_DIR": str(tmp_path)}
    first, second = read(environ), read(environ)
    assert first == second
    assert len(first.identity_keys["k1"]) == 32
    assert first.demo
    for file in (tmp_path / "secrets").iterdir():
        assert file.stat().st_mode & 0o077 == 0


def test_two_data_dirs_have_different_secrets(tmp_path: Path) -> None:
    one, two = (read({"DATA_DIR": str(tmp_path / name)}) for name in "ab")
    assert one.secret_key != two.secret_key
    assert one.identity_keys != two.identity_keys


def _make(data_dir: Path) -> str:
    return keep_secret(data_dir, "raced", lambda: secrets.token_hex())


def test_processes_that_make_a_secret_at_once_agree(tmp_path: Path) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert len(set(pool.map(_make, [tmp_path] * 16))) == 1
    assert os.listdir(tmp_path / "secrets") == ["raced"]


def test_secrets_are_not_in_the_repr(tmp_path: Path) -> None:
    config = read(production() | {"SMTP_URL": "smtp://user:pass-word@mail"})
    shown = repr(config)
    for secret in (config.secret_key, config.meili_master_key or "", "pass-word"):
        assert secret not in shown
    assert repr(config.blind_index_key) not in shown


def test_dotenv_fills_what_the_environment_leaves_out(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text(f"PORT=8111\nHOST=0.0.0.0\nDATA_DIR={tmp_path}\n")
    config = Config.from_environ({"PORT": "8222"}, dotenv=dotenv)
    assert (config.port, config.host) == (8222, "0.0.0.0")


def test_trusted_hosts_follow_the_public_url() -> None:
    config = read(production() | {"PUBLIC_URL": "https://luutru.example/"})
    assert config.public_url == "https://luutru.example"
    assert "luutru.example" in config.trusted_hosts
