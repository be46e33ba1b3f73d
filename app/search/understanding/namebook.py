"""Names of houses found by their letters, some of them wrong: "ks hai lnog vt" is Hải Long.

What says only the kind of a house or the town is left out, so that "Seagull Hotel" and "khách sạn
Seagull" are one; spaces do not count, and keystrokes of Telex and VNI are undone.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.search.understanding.vocabulary import one_slip
from app.syllables import is_syllable, without_telex, without_vni
from app.text import fold

# How many letters of a name may be wrong: none in the shortest, two in long ones.
SHORTEST_WITH_SLIP, SHORTEST_WITH_TWO = 4, 10
SHORTEST_NAME = 3
# So many names are looked at closely; among forty thousand more would take too long.
MOST_COMPARED = 120

_KINDS = {
    "hotel": "khach san|ks|ksan|hotel|hotels",
    "guest_house": "nha nghi|nn|guest house|guesthouse|hostel|motel",
    "resort": "khu nghi duong|knd|rs|resort|resorts",
    "villa": "biet thu|villa|villas",
    "apartment": "can ho|ch|apartment|apartments|condotel|chcc",
    "homestay": "homestay|home stay|hs",
}
_TOWNS = {
    "vung tau": "vung tau|vt|vungtau",
    "ho tram": "ho tram|hotram",
    "con dao": "con dao|condao",
    "long hai": "long hai|longhai",
    "ba ria": "ba ria|baria",
}
_SAID = {
    tuple(words.split()): (is_kind, meant)
    for is_kind, table in ((True, _KINDS), (False, _TOWNS))
    for meant, several in table.items()
    for words in several.split("|")
}
_FIRST_SAID = {words[0] for words in _SAID}
_LONGEST = max(map(len, _SAID))
# The same as letters, for what is written as one word; shorter ones end other words by chance.
_SAID_JOINED = {"".join(words): said for words, said in _SAID.items() if len("".join(words)) >= 5}
# Written to what follows or precedes; no syllable begins or ends like this.
_SHORT_BEFORE = {"ks": "hotel", "nn": "guest_house", "hs": "homestay", "rs": "resort"}
_SHORT_BEHIND = {"vt": "vung tau"}
_NUMBERS = {"mot": "1", "hai": "2", "ba": "3", "bon": "4", "nam": "5", "sau": "6", "bay": "7"}


@dataclass(frozen=True, slots=True)
class Spelling:
    """A name as it is compared: its own words, and the kinds and towns it says beside them."""

    words: tuple[str, ...]
    kinds: frozenset[str]
    towns: frozenset[str]

    @property
    def letters(self) -> str:
        return "".join(self.words)


def spelling(text: str) -> Spelling:
    """The spelling of a name or of what was typed for one."""
    return _spelling(_words(text))


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in fold(text).replace("'", "")).split()


def _spelling(words: list[str], *, slips: bool = False) -> Spelling:
    own: list[str] = []
    kinds: set[str] = set()
    towns: set[str] = set()
    at = 0
    while at < len(words):
        size = _said_at(words, at, slips=slips)
        if size:
            is_kind, meant = _said(words[at : at + size])
            (kinds if is_kind else towns).add(meant)
        else:
            own.append(words[at])
        at += size or 1
    return Spelling(tuple(own or words), frozenset(kinds), frozenset(towns))


def _said_at(words: list[str], at: int, *, slips: bool) -> int:
    """How many words from `at` on say a kind or a town; with `slips` one letter may be wrong."""
    sizes = range(min(_LONGEST, len(words) - at), 0, -1)
    if words[at] in _FIRST_SAID:
        for size in sizes:
            if tuple(words[at : at + size]) in _SAID:
                return size
    if not slips:
        return 0
    return next((size for size in sizes if _slipped(words[at : at + size])), 0)


def _slipped(words: list[str]) -> tuple[str, ...] | None:
    """The kind or town of as many words that these are, but for one letter."""
    for said in _SAID:
        if len(said) == len(words) and sum(map(len, said)) >= 5:
            wrong = [(t, m) for t, m in zip(words, said, strict=True) if t != m]
            if len(wrong) == 1 and one_slip(*wrong[0]):
                return said
    return None


def _said(words: list[str]) -> tuple[bool, str]:
    return _SAID.get(tuple(words)) or _SAID[_slipped(words) or ()]


@dataclass(frozen=True, slots=True)
class Known:
    """A house's name and how it is compared."""

    name: str
    letters: str
    mask: int
    spelled: Spelling
    # All of its letters, with those that say kind and town.
    whole: str


@dataclass(frozen=True, slots=True)
class Meant:
    """The name that was meant, the words of its own, and how many letters were wrong."""

    name: str
    words: tuple[str, ...]
    slips: int


class NameBook:
    """The names of all houses; one that is added later costs as much as itself."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names: frozenset[str] = frozenset()
        self.folded: frozenset[str] = frozenset()
        self._filed: dict[str, str] = {}
        self._pieces: dict[tuple[int, int, str], list[Known]] = {}
        self._wholes: dict[str, list[Known]] = {}
        self.hold(names)

    def hold(self, names: Iterable[str]) -> None:
        """Have exactly these names from now on."""
        names = frozenset(names)
        if names == self.names:
            return
        for name in names - self._filed.keys():
            self._file(name)
        self.names = names
        self.folded = frozenset(self._filed[name] for name in names)

    def __len__(self) -> int:
        """How many names it keeps, those that are no longer anybody's included."""
        return len(self._filed)

    def __contains__(self, folded: str) -> bool:
        return folded in self.folded

    def _file(self, name: str) -> None:
        self._filed[name] = fold(name)
        words = _words(name)
        spelled = _spelling(words)
        letters = spelled.letters
        if len(letters) < SHORTEST_NAME:
            return
        known = Known(name, letters, _mask(letters), spelled, "".join(words))
        self._wholes.setdefault(known.whole, []).append(known)
        for number, (start, end) in enumerate(_cuts(len(letters))):
            key = (len(letters), number, letters[start:end])
            self._pieces.setdefault(key, []).append(known)

    def nearest(self, text: str) -> Meant | None:
        """The name that `text` nearly is, the likeliest of several; None where it is like none."""
        words = _words(text)
        whole = "".join(words)
        typed = (text, _spelling(words).letters, whole) if words else ("", "", "")
        ranked = [
            (slips, _likeness(*typed, one, way), one.name, one)
            for way in _ways(words)
            for slips, one in self._near(way.letters)
        ]
        ranked += [
            (0, _likeness(*typed, one, one.spelled), one.name, one)
            for one in self._wholes.get(whole, ())
            if one.name in self.names
        ]
        if not ranked:
            return None
        slips, _, _, known = min(ranked, key=lambda found: found[:3])
        return Meant(known.name, known.spelled.words, slips)

    def _near(self, letters: str) -> Iterator[tuple[int, Known]]:
        seen: set[int] = set()
        mask = _mask(letters)
        allowed = _most_slips(len(letters) + 1)
        # The same length first: most slips keep it.
        for length in sorted(
            range(max(SHORTEST_NAME, len(letters) - allowed), len(letters) + allowed + 1),
            key=lambda length: abs(length - len(letters)),
        ):
            most = min(allowed, _most_slips(length))
            for known in self._sharing(letters, length, most):
                if (known.mask ^ mask).bit_count() > 2 * most or id(known) in seen:
                    continue
                seen.add(id(known))
                if len(seen) > MOST_COMPARED:
                    return
                if known.name not in self.names:
                    continue
                slips = slips_between(letters, known.letters, most)
                if slips <= most:
                    yield slips, known

    def _sharing(self, letters: str, length: int, most: int) -> Iterator[Known]:
        """Names of a length with one piece where it stands in these letters, or hardly beside."""
        if abs(length - len(letters)) > most:
            return
        for number, (start, end) in enumerate(_cuts(length)):
            for shift in sorted(range(-most, most + 1), key=abs):
                if start + shift >= 0 and end + shift <= len(letters):
                    piece = letters[start + shift : end + shift]
                    yield from self._pieces.get((length, number, piece), ())
        if length == len(letters) and most == 1 and length >= SHORTEST_WITH_SLIP:
            # Two letters exchanged where the halves meet leave neither of them whole.
            middle = length // 2
            mended = letters[: middle - 1] + letters[middle] + letters[middle - 1]
            yield from self._pieces.get((length, 0, mended[:middle]), ())


def _cuts(length: int) -> list[tuple[int, int]]:
    """Pieces of a name, of which one is whole in spite of the slips that are allowed."""
    pieces = _most_slips(length) + 1
    edges = [length * number // pieces for number in range(pieces + 1)]
    return list(itertools.pairwise(edges))


def _most_slips(length: int) -> int:
    if length < SHORTEST_WITH_SLIP:
        return 0
    return 1 if length < SHORTEST_WITH_TWO else 2


def _mask(letters: str) -> int:
    mask = 0
    for letter in letters:
        mask |= 1 << (ord(letter) % 61)
    return mask


def slips_between(typed: str, meant: str, most: int) -> int:
    """How many letters are wrong, missing, too many or exchanged with their neighbour.

    More than `most`, which is two at most, are not counted to their end.
    """
    if typed == meant:
        return 0
    if most == 0 or abs(len(typed) - len(meant)) > most:
        return most + 1
    if one_slip(typed, meant):
        return 1
    return 2 if most == 1 else _distance(typed, meant, most)


def _distance(typed: str, meant: str, most: int) -> int:
    before: list[int] = []
    row = list(range(len(meant) + 1))
    for i, letter in enumerate(typed, 1):
        earlier, before, row = before, row, [i]
        for j, other in enumerate(meant, 1):
            cost = min(row[j - 1] + 1, before[j] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == meant[j - 2] and typed[i - 2] == other:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def _ways(words: list[str]) -> list[Spelling]:
    """What was typed as it stands, and as it may have been meant otherwise."""
    if not words:
        return []
    ways = [_spelling(words), _spelling(words, slips=True)]
    undone = [_undone(word) for word in words]
    if undone != words:
        ways.append(_spelling(undone))
    if words[-1] in _NUMBERS:
        ways.append(_spelling([*words[:-1], _NUMBERS[words[-1]]]))
    unjoined = _unjoined(words)
    if unjoined.kinds or unjoined.towns:
        ways.append(unjoined)
    return list({way.letters: way for way in reversed(ways)}.values())


def _unjoined(words: list[str]) -> Spelling:
    """Kinds and towns cut off both ends of words that are written as one."""
    letters, found = "".join(words), {True: set[str](), False: set[str]()}
    if letters[:2] in _SHORT_BEFORE and len(letters) >= SHORTEST_WITH_SLIP + 2:
        found[True].add(_SHORT_BEFORE[letters[:2]])
        letters = letters[2:]
    if letters[-2:] in _SHORT_BEHIND and len(letters) >= SHORTEST_WITH_SLIP + 2:
        found[False].add(_SHORT_BEHIND[letters[-2:]])
        letters = letters[:-2]
    for _ in range(3):
        for joined, (is_kind, meant) in _SAID_JOINED.items():
            if len(letters) < len(joined) + SHORTEST_NAME:
                continue
            if letters.startswith(joined) or letters.endswith(joined):
                found[is_kind].add(meant)
                cut = len(joined)
                letters = letters[cut:] if letters.startswith(joined) else letters[:-cut]
    return Spelling((letters,), frozenset(found[True]), frozenset(found[False]))


def _undone(word: str) -> str:
    if not word.isascii():
        return word
    if re.search(r"[1-9]", word):
        return without_vni(word) or word
    return word if is_syllable(word) else without_telex(word) or word


def _likeness(
    text: str, letters: str, whole: str, known: Known, typed: Spelling
) -> tuple[int, ...]:
    """Of names equally near: first letter, all letters, kinds and town as typed, then the marks.

    "whtie dove apartment" is White Dove Apartment rather than Căn hộ White Dove.
    """
    spelled = known.spelled
    marked = {word for word in text.lower().split() if word != fold(word)}
    return (
        known.letters[0] != typed.letters[0],
        slips_between(letters, known.letters, 2),
        len(typed.kinds - spelled.kinds) * 2 + len(spelled.kinds - typed.kinds),
        len(typed.towns ^ spelled.towns),
        slips_between(whole, known.whole, 2),
        len(marked.difference(known.name.lower().split())),
    )
