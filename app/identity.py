"""Encryption of guests' identity: sealed fields bound to their row, and the per-house blind index.

A sealed value is ``version (1) | key id length (1) | key id | nonce (12) | ciphertext``, encrypted
with AES-GCM-SIV (RFC 8452). Table, row id and field are the associated data, so a value copied to
another row or another field does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import unicodedata
import uuid
from typing import Any, Protocol, overload

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from flask import current_app

VERSION = 1
NONCE_BYTES = 12


class SealBroken(Exception):
    """A sealed value does not open: unknown key, altered bytes, or moved from another row."""


class Keyring:
    """The keys in force: the first identity key encrypts, all decrypt.

    ``identity_keys`` maps a key id (ASCII, 1–16 characters) to 32 bytes; ``blind_index_key`` is a
    separate secret of at least 32 bytes, since an index leaks equality and must not share a key.
    """

    def __init__(self, identity_keys: dict[str, bytes], blind_index_key: bytes) -> None:
        if not identity_keys:
            raise ValueError("IDENTITY_KEYS holds no key")
        self._ciphers = {name: AESGCMSIV(key) for name, key in identity_keys.items()}
        self.current = next(iter(identity_keys))
        self._blind_index_key = blind_index_key

    @property
    def header(self) -> bytes:
        """How everything begins that the current key sealed."""
        key_id = self.current.encode()
        return bytes([VERSION, len(key_id)]) + key_id

    def seal(self, text: str, *, row: uuid.UUID, field: str) -> bytes:
        """Encrypt ``text`` for one field of one row with the current key."""
        header = self.header
        nonce = os.urandom(NONCE_BYTES)
        bound = _associated(header, row, field)
        return header + nonce + self._ciphers[self.current].encrypt(nonce, text.encode(), bound)

    def unseal(self, sealed: bytes, *, row: uuid.UUID, field: str) -> str:
        """Decrypt a sealed value, or raise :class:`SealBroken` without naming what it held."""
        key_id = key_id_of(sealed)
        header_length = 2 + len(key_id)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise SealBroken("the key is not in the key ring")
        nonce = sealed[header_length : header_length + NONCE_BYTES]
        bound = _associated(sealed[:header_length], row, field)
        try:
            return cipher.decrypt(nonce, sealed[header_length + NONCE_BYTES :], bound).decode()
        except (InvalidTag, ValueError):
            raise SealBroken("the value was altered or belongs to another row") from None

    def blind_index(self, number: str, *, establishment_id: int) -> bytes:
        """Return 16 bytes that are equal for equal document numbers within one house only.

        The key is derived per house, so nobody can ask where else a person stays.
        """
        house_key = hmac.digest(self._blind_index_key, b"house:%d" % establishment_id, "sha256")
        return hmac.digest(house_key, normal_document(number).encode(), hashlib.sha256)[:16]


def _associated(header: bytes, row: uuid.UUID, field: str) -> bytes:
    return header + row.bytes + field.encode()


def key_id_of(sealed: bytes) -> str:
    """Return the id of the key that sealed the value; raises :class:`SealBroken` on other bytes."""
    if len(sealed) < 2 + NONCE_BYTES or sealed[0] != VERSION:
        raise SealBroken("not a sealed value")
    try:
        return sealed[2 : 2 + sealed[1]].decode("ascii")
    except UnicodeDecodeError:
        raise SealBroken("not a sealed value") from None


def normal_document(number: str) -> str:
    """Return the one spelling of a document number: NFKC, upper case, letters and digits only."""
    if number.isascii() and number.isalnum():
        return number.upper()
    return "".join(c for c in unicodedata.normalize("NFKC", number).upper() if c.isalnum())


def mask(text: str | None, *, head: int = 3, tail: int = 4) -> str:
    """Return the text with its middle hidden (``077•••••0001``).

    Of a short one less is shown, and a very short one is hidden whole.
    """
    if not text:
        return ""
    if len(text) < 11:
        head, tail = min(head, 1), min(tail, 2)
    if len(text) <= head + tail:
        return "•" * len(text)
    return text[:head] + "•" * (len(text) - head - tail) + text[-tail:]


def keyring() -> Keyring:
    """Return the key ring of the running application."""
    return current_app.extensions["keyring"]


class _Row(Protocol):
    id: uuid.UUID


class Sealed:
    """A text attribute kept encrypted in the bytes column ``<name>_sealed`` of the same row.

    Reading decrypts, assigning encrypts; ``None`` stays ``None``. The row's id must be set first,
    since it is part of what is authenticated.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self.column = f"{name}_sealed"
        self.field = f"{owner.__name__.lower()}.{name}"

    @overload
    def __get__(self, row: None, owner: type) -> Sealed: ...
    @overload
    def __get__(self, row: _Row, owner: type) -> str | None: ...
    def __get__(self, row: Any, owner: type) -> Any:
        if row is None:
            return self
        sealed = getattr(row, self.column)
        return None if sealed is None else keyring().unseal(sealed, row=row.id, field=self.field)

    def __set__(self, row: Any, text: str | None) -> None:
        sealed = None if not text else keyring().seal(text, row=row.id, field=self.field)
        setattr(row, self.column, sealed)
