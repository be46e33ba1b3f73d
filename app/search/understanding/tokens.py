"""A sentence cut into words, numbers and marks, each with where it stood in what was typed."""

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass

from app.syllables import without_vni
from app.text import fold

WORD, NUMBER, MARK = "word", "number", "mark"
MOST_TOKENS = 80

_PIECE = re.compile(
    r"(?P<word>(?:[^\W\d_][\u0300-\u036f]*)+)|(?P<number>\d+(?:[.,]\d+)*)|(?P<mark>[^\s])"
)
_CHUNK = re.compile(r"(?<!\w)[A-Za-z]{1,7}[1-9][A-Za-z1-9]{0,9}(?!\w|[./-]\w)")
# "phuong2" alone is ward 2 rather than VNI's "phuòng".
_HEADS_OF_NUMBERS = {"phuong", "quan", "lau", "tang", "so", "phong", "thu", "mung"}
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_CONFUSED = ({"\u0303", "\u0309"},)  # hỏi and ngã, which half the country speaks alike


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or mark; `glued` where nothing separates it from the one before."""

    text: str
    folded: str
    kind: str
    start: int
    end: int
    glued: bool

    @property
    def capital(self) -> bool:
        return self.kind == WORD and self.text[0].isupper()


def tokenise(text: str, known: Container[str] = ()) -> list[Token]:
    """The tokens of `text`; letters and digits that type a `known` word in VNI are one word."""
    tokens: list[Token] = []
    position = 0
    chunks = [without_vni(chunk.lower()) for chunk in _CHUNK.findall(text)]
    plainly_vni = sum(word in known for word in chunks if word) > 1
    while position < len(text) and len(tokens) < MOST_TOKENS:
        piece = _PIECE.match(text, position)
        if piece is None:
            position += 1
            continue
        kind = piece.lastgroup or MARK
        end, folded = piece.end(), fold(piece.group())
        chunk = _CHUNK.match(text, position) if kind == WORD else None
        if chunk and (word := _vni_word(chunk.group().lower(), plainly_vni)) in known and word:
            end, folded = chunk.end(), word
        if folded == "" or (kind == NUMBER and not folded.isascii()):
            kind, folded = MARK, folded or piece.group()
        glued = bool(tokens) and tokens[-1].end == position
        tokens.append(Token(text[position:end], folded, kind, position, end, glued))
        position = end
    return tokens


def _vni_word(chunk: str, plainly_vni: bool) -> str | None:
    word = without_vni(chunk)
    if word in _HEADS_OF_NUMBERS and not plainly_vni and re.fullmatch(r"[a-z]+[0-9]", chunk):
        return None
    return word


def agrees(typed: str, meant: str, *, exactly: bool) -> bool:
    """Whether the marks typed can stand for the word meant; a word without marks always can.

    Hats are often left out and hỏi and ngã confused; `exactly` allows neither.
    """
    typed_hats, typed_tone = _marks(typed)
    if not typed_hats and not typed_tone:
        return True
    meant_hats, meant_tone = _marks(meant)
    if exactly:
        return typed_hats == meant_hats and typed_tone == meant_tone
    if not typed_tone or typed_tone == meant_tone:
        return True
    return {typed_tone, meant_tone} in _CONFUSED and typed_hats == meant_hats


def tone_of(word: str) -> str:
    return _marks(word)[1]


def _marks(word: str) -> tuple[str, str]:
    """Hats and the like in order, and the tone, wherever among the vowels it stands."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    tone = "".join(c for c in decomposed if c in _TONES)
    hats = "".join(
        c for c in decomposed if c == "đ" or (unicodedata.combining(c) and c not in tone)
    )
    return hats, tone
