"""The one Config, read from the environment; a missing or weak secret stops a production start."""

import base64
import binascii
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parent

ENVIRONMENTS = ("development", "test", "production")
IDENTITY_KEY_BYTES = 32
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
HTTP = ("http", "https")
# Nothing that would end or widen a directive of the content security policy.
HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?")
# Generous, since many telephones share one address.
RATE_LIMITS = {"api": "1200/minute", "pages": "1200/minute", "key": "12000/minute"}
WEAK_WORDS = ("change", "secret", "example", "placeholder", "password", "default", "insecure")


class ConfigError(Exception):
    """A setting that keeps the application from starting; the message names it."""

    def __init__(self, setting: str, reason: str) -> None:
        super().__init__(f"{setting}: {reason}")
        self.setting = setting


def folder(name: str) -> Path:
    """Where `templates` or `static` lie: beside app/ in a checkout, inside it in a wheel."""
    packed = PACKAGE / name
    return packed if packed.is_dir() else ROOT / name


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the application is told from outside; secrets stay out of its repr."""

    env: str
    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    database_url: str | None = field(default=None, repr=False)
    meili_url: str | None = None
    meili_master_key: str | None = field(default=None, repr=False)
    secret_key: str = field(default="", repr=False)
    identity_keys: dict[str, bytes] = field(default_factory=dict, repr=False)
    blind_index_key: bytes = field(default=b"", repr=False)
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str = ""
    # Signs messages to browsers (RFC 8292): 32 bytes in base64url; without one none are offered.
    vapid_private_key: str = field(default="", repr=False)
    # The police portal's API: of one house, since its token files in that house's name.
    portal_url: str | None = None
    portal_token: str = field(default="", repr=False)
    portal_establishment: str = ""
    # What whoever reads /metrics has to show; without one it answers this machine only.
    metrics_token: str = field(default="", repr=False)
    demo: bool = False
    trusted_hosts: tuple[str, ...] = ()
    proxy_hops: int = 0
    # How often one address, or one key, may ask ("1200/minute"); empty: as often as it likes.
    ratelimit_api: str = ""
    ratelimit_pages: str = ""
    ratelimit_key: str = ""
    # Where all processes count together; empty: each in its own memory.
    ratelimit_storage_uri: str = field(default="", repr=False)
    # Map tiles, as "https://tiles.example/{z}/{x}/{y}.png"; without them the map is our drawing.
    map_tiles_url: str = ""
    map_tiles_attribution: str = ""

    @property
    def production(self) -> bool:
        return self.env == "production"

    @property
    def testing(self) -> bool:
        return self.env == "test"

    @property
    def map_tile_origin(self) -> str:
        """The one foreign origin that images may come from; empty without tiles."""
        return tile_origin(self.map_tiles_url)

    @classmethod
    def from_environ(
        cls, environ: Mapping[str, str] | None = None, *, dotenv: Path | None = ROOT / ".env"
    ) -> Self:
        """Read the process environment, and `.env` for what is not in it."""
        reader = _Reader(os.environ if environ is None else environ, dotenv)
        return cls(**reader.read())

    @classmethod
    def for_tests(cls, data_dir: Path | str, **overrides: Any) -> Self:
        """A config with fixed keys that reads neither the environment nor `.env`."""
        config = cls(
            env="test",
            data_dir=Path(data_dir),
            public_url="http://localhost",
            secret_key="only-ever-used-by-the-test-suite-0123456789",
            identity_keys={"test": bytes(range(IDENTITY_KEY_BYTES))},
            blind_index_key=bytes(range(32, 64)),
        )
        return replace(config, **overrides)


class _Reader:
    """Turns names of the environment into the fields of a Config."""

    def __init__(self, environ: Mapping[str, str], dotenv: Path | None) -> None:
        from_file = dotenv_values(dotenv) if dotenv and dotenv.is_file() else {}
        self.values = {**{k: v for k, v in from_file.items() if v is not None}, **environ}
        self.env = self.get("APP_ENV", "development")
        if self.env not in ENVIRONMENTS:
            raise ConfigError("APP_ENV", f"is one of {', '.join(ENVIRONMENTS)}, not “{self.env}”")
        self.production = self.env == "production"
        self.data_dir = (ROOT / Path(self.get("DATA_DIR", "var")).expanduser()).resolve()

    def get(self, name: str, default: str = "") -> str:
        """An empty value counts as absent, as in a compose file that passes every name on."""
        return self.values.get(name, "").strip() or default

    def read(self) -> dict[str, Any]:
        port = self.number("PORT", 8000, 1, 65535)
        host = self.get("HOST", "127.0.0.1")
        public_url = self.get("PUBLIC_URL", f"http://{_reachable(host)}:{port}").rstrip("/")
        if urlsplit(public_url).scheme not in ("http", "https"):
            raise ConfigError("PUBLIC_URL", "begins with http:// or https://")
        if self.production:
            self.refuse_debug()
        database_url = self.database_url()
        meili_url, meili_master_key = self.meilisearch()
        return {
            "env": self.env,
            "data_dir": self.data_dir,
            "host": host,
            "port": port,
            "public_url": public_url,
            "database_url": database_url,
            "meili_url": meili_url,
            "meili_master_key": meili_master_key,
            "secret_key": self.secret_key(),
            "identity_keys": self.identity_keys(),
            "blind_index_key": self.blind_index_key(),
            "smtp_url": self.smtp_url(),
            "mail_from": self.get("MAIL_FROM"),
            "vapid_private_key": self.vapid_private_key(),
            "portal_url": self.get("PORTAL_API_URL").rstrip("/") or None,
            "portal_token": self.get("PORTAL_API_TOKEN"),
            "portal_establishment": self.get("PORTAL_API_ESTABLISHMENT"),
            "metrics_token": self.metrics_token(),
            "demo": not self.production and self.get("DEMO", "1") not in ("0", "no", "false"),
            "trusted_hosts": self.trusted_hosts(public_url),
            "proxy_hops": self.number("PROXY_HOPS", 0, 0, 10),
            **self.ratelimits(),
            "map_tiles_url": self.map_tiles_url(),
            "map_tiles_attribution": self.get("MAP_TILES_ATTRIBUTION"),
        }

    def number(self, name: str, default: int, low: int, high: int) -> int:
        text = self.get(name, str(default))
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ConfigError(name, f"is a whole number from {low} to {high}, not “{text}”")
        return int(text)

    def refuse_debug(self) -> None:
        for name in ("DEBUG", "FLASK_DEBUG"):
            if self.get(name, "0").lower() not in ("0", "no", "false", "off"):
                raise ConfigError(name, "may not be on in production")

    def database_url(self) -> str | None:
        url = self.get("DATABASE_URL")
        if not url:
            if self.production:
                raise ConfigError("DATABASE_URL", "is needed in production")
            return None
        scheme, _, rest = url.partition("://")
        if scheme not in ("postgres", "postgresql", "postgresql+psycopg") or not rest:
            raise ConfigError("DATABASE_URL", "begins with postgresql://")
        return f"postgresql+psycopg://{rest}"

    def meilisearch(self) -> tuple[str | None, str | None]:
        url, key = self.get("MEILI_URL").rstrip("/") or None, self.get("MEILI_MASTER_KEY") or None
        if url and urlsplit(url).scheme not in ("http", "https"):
            raise ConfigError("MEILI_URL", "begins with http:// or https://")
        if url and self.production:
            if not key:
                raise ConfigError("MEILI_MASTER_KEY", "is needed in production with MEILI_URL")
            _refuse_weak("MEILI_MASTER_KEY", key, shortest=16)
        if key is None and url is None and not self.production:
            key = self.kept("meili_master_key", lambda: secrets.token_urlsafe(32))
        return url, key

    def smtp_url(self) -> str | None:
        url = self.get("SMTP_URL")
        if url and (urlsplit(url).scheme not in ("smtp", "smtps") or not urlsplit(url).hostname):
            raise ConfigError("SMTP_URL", "begins with smtp:// or smtps:// and names a host")
        return url or None

    def metrics_token(self) -> str:
        token = self.get("METRICS_TOKEN")
        if token and self.production:
            _refuse_weak("METRICS_TOKEN", token, shortest=20)
        return token

    def vapid_private_key(self) -> str:
        """A key of P-256; in production, where machines must share it, only a given one."""
        given = self.get("VAPID_PRIVATE_KEY")
        if not given and self.production:
            return ""
        key = given or self.kept("vapid_private_key", _random_base64)
        decoded = _decode("VAPID_PRIVATE_KEY", key)
        if len(decoded) != 32 or not 0 < int.from_bytes(decoded) < P256_ORDER:
            raise ConfigError("VAPID_PRIVATE_KEY", "is 32 bytes in base64, below the curve's order")
        return base64.urlsafe_b64encode(decoded).rstrip(b"=").decode("ascii")

    def secret_key(self) -> str:
        given = self.get("SECRET_KEY")
        if self.production:
            if not given:
                raise ConfigError("SECRET_KEY", "is needed in production")
            _refuse_weak("SECRET_KEY", given, shortest=32)
        return given or self.kept("secret_key", lambda: secrets.token_urlsafe(48))

    def identity_keys(self) -> dict[str, bytes]:
        given = self.get("IDENTITY_KEYS")
        if not given and self.production:
            raise ConfigError("IDENTITY_KEYS", "is needed in production")
        made = f"k1:{_random_base64(IDENTITY_KEY_BYTES)}"
        keys = _parse_identity_keys(given or self.kept("identity_keys", lambda: made))
        if self.production:
            for key_id, key in keys.items():
                _refuse_weak_bytes("IDENTITY_KEYS", key, f"the key “{key_id}”")
        return keys

    def blind_index_key(self) -> bytes:
        given = self.get("BLIND_INDEX_KEY")
        if not given and self.production:
            raise ConfigError("BLIND_INDEX_KEY", "is needed in production")
        key = _decode("BLIND_INDEX_KEY", given or self.kept("blind_index_key", _random_base64))
        if len(key) < IDENTITY_KEY_BYTES:
            raise ConfigError("BLIND_INDEX_KEY", "is at least 32 bytes in base64")
        if self.production:
            _refuse_weak_bytes("BLIND_INDEX_KEY", key, "it")
            if key in self.identity_keys().values():
                raise ConfigError("BLIND_INDEX_KEY", "may not be one of IDENTITY_KEYS")
        return key

    def trusted_hosts(self, public_url: str) -> tuple[str, ...]:
        """Named ones, else in production the host of PUBLIC_URL where that is given."""
        named = tuple(host.strip() for host in self.get("TRUSTED_HOSTS").split(",") if host.strip())
        if named or not (self.production and self.get("PUBLIC_URL")):
            return named
        return (urlsplit(public_url).hostname or "", "localhost", "127.0.0.1")

    def ratelimits(self) -> dict[str, str]:
        """A laptop's own measurements and imports come from one address, so it allows far more."""
        usual = RATE_LIMITS if self.production else dict.fromkeys(RATE_LIMITS, "60000/minute")
        read = {f"ratelimit_{name}": self.ratelimit(name, text) for name, text in usual.items()}
        return {**read, "ratelimit_storage_uri": self.ratelimit_storage_uri()}

    def ratelimit(self, name: str, usual: str) -> str:
        setting = f"RATELIMIT_{name.upper()}"
        text = self.get(setting, usual)
        if text.lower() in ("0", "off", "no"):
            return ""
        from limits import parse_many

        try:
            (limit,) = parse_many(text)
        except ValueError:
            raise ConfigError(setting, "is written as 1200/minute, or off") from None
        return f"{limit.amount}/{limit.multiples} {limit.GRANULARITY.name}"

    def ratelimit_storage_uri(self) -> str:
        uri = self.get("RATELIMIT_STORAGE_URI")
        if uri in ("", "memory://"):
            return ""
        from limits.errors import ConfigurationError
        from limits.storage import storage_from_string

        try:
            storage_from_string(uri)
        except (ConfigurationError, ValueError):
            name = "RATELIMIT_STORAGE_URI"
            raise ConfigError(name, "names a store whose client is not installed") from None
        return uri

    def map_tiles_url(self) -> str:
        url = self.get("MAP_TILES_URL")
        if url and (not tile_origin(url) or not {"{z}", "{x}", "{y}"} <= set(_braces(url))):
            raise ConfigError("MAP_TILES_URL", "is an http(s) address with {z}, {x} and {y}")
        return url

    def kept(self, name: str, make: Callable[[], str]) -> str:
        return keep_secret(self.data_dir, name, make)


def keep_secret(data_dir: Path, name: str, make: Callable[[], str]) -> str:
    """A secret made once under DATA_DIR; of two processes that make it at once, one wins."""
    path = data_dir / "secrets" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link appears whole or not at all, and never replaces what another process made.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()


def tile_origin(url: str) -> str:
    """Return scheme and host of a tile address; empty where it has none or a wildcard in it."""
    parts = urlsplit(url)
    plain = HOST.fullmatch(parts.netloc) is not None
    return f"{parts.scheme}://{parts.netloc}" if plain and parts.scheme in HTTP else ""


def _braces(url: str) -> list[str]:
    return re.findall(r"\{[a-z]\}", url)


def _random_base64(length: int = IDENTITY_KEY_BYTES) -> str:
    return base64.b64encode(secrets.token_bytes(length)).decode("ascii")


def _reachable(host: str) -> str:
    """An address a browser on this machine can open, where the server listens on all of them."""
    host = "localhost" if host in ("0.0.0.0", "::", "") else host
    return f"[{host}]" if ":" in host else host


def _decode(name: str, text: str) -> bytes:
    padded = text.replace("-", "+").replace("_", "/")
    padded += "=" * (-len(padded) % 4)
    try:
        return base64.b64decode(padded, validate=True)
    except (binascii.Error, ValueError):
        raise ConfigError(name, "is not valid base64") from None


def _parse_identity_keys(text: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        key_id, colon, encoded = entry.partition(":")
        if not colon or not key_id.isalnum() or len(key_id) > 16:
            raise ConfigError("IDENTITY_KEYS", "is a list of id:base64, each id letters and digits")
        key = _decode("IDENTITY_KEYS", encoded)
        if len(key) != IDENTITY_KEY_BYTES:
            raise ConfigError("IDENTITY_KEYS", f"the key “{key_id}” has {len(key)} bytes, not 32")
        if key_id in keys:
            raise ConfigError("IDENTITY_KEYS", f"has the id “{key_id}” twice")
        keys[key_id] = key
    if not keys:
        raise ConfigError("IDENTITY_KEYS", "holds no key")
    return keys


def _refuse_weak(name: str, value: str, *, shortest: int) -> None:
    if len(value) < shortest:
        raise ConfigError(name, f"is too short: at least {shortest} characters")
    if len(set(value)) < 10 or any(word in value.lower() for word in WEAK_WORDS):
        raise ConfigError(name, "is too weak: take a random one")


def _refuse_weak_bytes(name: str, key: bytes, which: str) -> None:
    if len(set(key)) < 16 or b"change" in key.lower():
        raise ConfigError(name, f"{which} is too weak: take random bytes")
