"""Folding of Vietnamese text: the form in which names are compared, sorted and stored as keys."""

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=4096)
def fold_character(character: str) -> str:
    """One character without marks and in lower case; may be several letters, or none for a mark."""
    plain = "d" if character in "đĐ" else character
    decomposed = unicodedata.normalize("NFKD", plain)
    letters = "".join(part for part in decomposed if not unicodedata.combining(part))
    return letters.casefold().replace("đ", "d")


def fold(text: str) -> str:
    """`text` without tones and marks, lower case, đ as d, runs of spaces as one space."""
    folded = "".join(map(fold_character, unicodedata.normalize("NFC", text)))
    return " ".join(folded.split())


def tidy(text: str) -> str:
    """`text` in NFC, trimmed, with single spaces and no control or invisible characters."""
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    if composed.isprintable():
        # The usual case, many times faster: only spaces are left to be mended.
        return " ".join(composed.split()) if " " in composed else composed
    visible = "".join(" " if c.isspace() else c for c in composed if c.isspace() or _is_visible(c))
    return " ".join(visible.split())


def is_storable(text: str) -> bool:
    """Whether a database column can hold the text: no NUL, and no half of a surrogate pair."""
    return not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text)


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Cn"}
