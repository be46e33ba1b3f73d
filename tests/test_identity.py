"""Sealing, the blind index, masks: what opens, what does not, and what nobody can learn."""

from __future__ import annotations

import uuid

import pytest

from app.identity import Keyring, SealBroken, key_id_of, mask, normal_document

ROW, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
KEYS = {"k1": bytes(range(32)), "k2": bytes(range(1, 33))}
INDEX_KEY = bytes(range(32, 64))


@pytest.fixture
def ring() -> Keyring:
    return Keyring({"k1": KEYS["k1"]}, INDEX_KEY)


def test_what_is_sealed_opens_and_never_looks_alike(ring) -> None:
    first = ring.seal("Nguyễn Thị Canary", row=ROW, field="guest.full_name")
    second = ring.seal("Nguyễn Thị Canary", row=ROW, field="guest.full_name")
    assert ring.unseal(first, row=ROW, field="guest.full_name") == "Nguyễn Thị Canary"
    assert first != second
    assert b"Canary" not in first


@pytest.mark.parametrize(
    ("row", "field"), [(OTHER, "guest.full_name"), (ROW, "guest.phone"), (ROW, "stay.full_name")]
)
def test_a_value_moved_to_another_row_or_field_does_not_open(ring, row, field) -> None:
    sealed = ring.seal("x", row=ROW, field="guest.full_name")
    with pytest.raises(SealBroken):
        ring.unseal(sealed, row=row, field=field)


def test_every_altered_byte_is_noticed(ring) -> None:
    sealed = ring.seal("077190123456", row=ROW, field="f")
    for index in range(len(sealed)):
        broken = bytearray(sealed)
        broken[index] ^= 1
        with pytest.raises(SealBroken):
            ring.unseal(bytes(broken), row=ROW, field="f")


@pytest.mark.parametrize(
    "sealed", [b"", b"\x01", b"\x01\x02k1", bytes(40), b"\x01\xff" + bytes(40)]
)
def test_what_was_never_sealed_is_refused_without_quoting_it(ring, sealed) -> None:
    with pytest.raises(SealBroken) as broken:
        ring.unseal(sealed, row=ROW, field="f")
    assert str(sealed) not in str(broken.value)


def test_a_new_key_seals_while_the_old_one_still_opens(ring) -> None:
    old = ring.seal("x", row=ROW, field="f")
    both = Keyring({"k2": KEYS["k2"], "k1": KEYS["k1"]}, INDEX_KEY)
    assert both.unseal(old, row=ROW, field="f") == "x"
    new = both.seal("x", row=ROW, field="f")
    assert (key_id_of(old), key_id_of(new)) == ("k1", "k2")
    assert new.startswith(both.header)
    with pytest.raises(SealBroken):
        ring.unseal(new, row=ROW, field="f")


def test_the_index_finds_a_document_within_its_house_only(ring) -> None:
    index = ring.blind_index("C1234567", establishment_id=1)
    assert index == ring.blind_index(" c 123-4567", establishment_id=1)
    assert index != ring.blind_index("C1234567", establishment_id=2)
    assert index != ring.blind_index("C1234568", establishment_id=1)
    assert index != Keyring(KEYS, bytes(32)).blind_index("C1234567", establishment_id=1)
    assert len(index) == 16


@pytest.mark.parametrize("number", ["077090000001", "０７７０９０００００01", "077.090.000.001"])
def test_a_number_has_one_spelling(number) -> None:
    assert normal_document(number) == "077090000001"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("077090000001", "077•••••0001"),
        ("L8988901", "L•••••01"),
        ("C1234567", "C•••••67"),
        ("123", "•••"),
        ("", ""),
        (None, ""),
    ],
)
def test_masks(text, masked) -> None:
    assert mask(text) == masked


def test_a_ring_without_keys_is_no_ring() -> None:
    with pytest.raises(ValueError, match="no key"):
        Keyring({}, INDEX_KEY)
