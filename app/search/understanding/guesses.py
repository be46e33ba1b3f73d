"""Phrases of several words with one wrong letter: "bai su", "khahc san", "vug tau"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.search.understanding.sentence import Match, Sentence
from app.search.understanding.tokens import Token, agrees, tone_of
from app.search.understanding.vocabulary import Phrase, one_slip, with_one_less
from app.syllables import is_syllable

# Of a shorter phrase too many other words are one letter away.
SHORTEST, SHORTEST_STRANGE = 6, 5
SHORTEST_AREA = 7
MOST_WORDS = 4
# What may be guessed, and what a phrase may be taken for as well, which leaves it open.
GUESSED = {"kind", "amenity", "place", "area", "weekend", "relative_day"}
RIVALS = {"asked_place", "street_name", "unit", "asked_unit", "holiday", "named_date"}
# What a word of these says alone is no slip: "bai sao".
_MEANINGFUL = ("stars", "kind", "amenity", "place", "area", "unit", "people", "rooms")
# Words that places begin with; where they are missing, it is rather somebody's name.
_HEADS = {"bai", "bien", "nui", "tuong", "mui", "cho", "ben", "doi", "hai", "nha", "hon"}
_LEADS = {
    "place": ("near", "in", "away", "on_street"),
    "area": ("near", "in"),
    "amenity": ("amenity_before",),
}
# One of each is enough; a second one is rather a part of a name.
_CONTENDERS = {"kind": {"kind"}, "place": {"near"}, "area": {"unit", "near"}}
_SMALL = {"filler", "describing", "opinion"}


@dataclass(frozen=True, slots=True)
class Guess:
    """Tokens `start` to before `end` as the phrase they are nearly."""

    start: int
    end: int
    phrase: Phrase
    slips: int

    @property
    def rank(self) -> tuple[int, int, int]:
        return self.slips, -len(self.phrase.joined), self.start


class Nearly:
    """Phrases of several words, found by their letters with one wrong, whatever the spaces."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._phrases: dict[str, list[Phrase]] = {}
        self._shorter: dict[str, set[str]] = {}
        for phrase in phrases:
            if len(phrase.joined) >= SHORTEST_STRANGE and phrase.joined.isalpha():
                self._phrases.setdefault(phrase.joined, []).append(phrase)
                for shorter in with_one_less(phrase.joined):
                    self._shorter.setdefault(shorter, set()).add(phrase.joined)

    def of(self, letters: str) -> tuple[list[Phrase], int]:
        """The phrases with these letters, or else with one wrong, and how many are wrong."""
        if letters in self._phrases:
            return self._phrases[letters], 0
        near = set(self._shorter.get(letters, ()))
        for shorter in with_one_less(letters):
            near |= self._shorter.get(shorter, set())
            near |= {shorter} & self._phrases.keys()
        meant = sorted(one for one in near if one[0] == letters[0] and one_slip(letters, one))
        return [phrase for joined in meant for phrase in self._phrases[joined]], 1


def guess(sentence: Sentence, nearly: Nearly, matches: list[Match], held: set[int]) -> bool:
    """Have the sentence read what is nearly a phrase as that phrase; return whether there is any.

    `matches` is the sentence as it was read: what means something there is never guessed.
    """
    owner = {i: match for match in matches for i in range(match.start, match.end)}
    said = {match.field for match in matches}
    guesses = [
        found
        for start, end in _windows(sentence, owner, held)
        if (found := _guess(sentence, nearly, start, end, said)) is not None
    ]
    taken: set[int] = set()
    for one in sorted(guesses, key=lambda g: g.rank):
        span = range(one.start, one.end)
        if taken.isdisjoint(span):
            taken.update(span)
            sentence.suppose(one.start, one.end, one.phrase.field, one.phrase.value)
    return bool(taken)


def _windows(
    sentence: Sentence, owner: dict[int, Match], held: set[int]
) -> Iterator[tuple[int, int]]:
    """Stretches of words that mean nothing as they stand, or little."""
    free = [i not in held and _is_free(sentence, owner, i) for i in range(len(sentence))]
    for start in range(len(sentence)):
        for end in range(start + 1, min(start + MOST_WORDS, len(sentence)) + 1):
            if not free[end - 1]:
                break
            yield start, end


def _is_free(sentence: Sentence, owner: dict[int, Match], at: int) -> bool:
    match = owner.get(at)
    small = match is None or (match.field in _SMALL and match.end - match.start == 1)
    return small and sentence.is_word(at)


def _guess(
    sentence: Sentence, nearly: Nearly, start: int, end: int, said: set[str]
) -> Guess | None:
    tokens = sentence.tokens[start:end]
    letters = "".join(token.folded for token in tokens)
    if len(letters) < (SHORTEST if end == start + 1 else SHORTEST_STRANGE - 1):
        return None
    phrases, slips = nearly.of(letters)
    if len({(phrase.field, phrase.value) for phrase in phrases}) != 1:
        return None
    phrase = phrases[0]
    if phrase.field not in GUESSED or _is_capital(sentence, start, end):
        return None
    if any(_contradicts(tokens, one) for one in phrases):
        return None
    if not _is_likely(sentence, start, tokens, phrase, said):
        return None
    return Guess(start, end, phrase, slips)


def _is_capital(sentence: Sentence, start: int, end: int) -> bool:
    """Written as a name among words that are not; a first word says nothing."""
    return sentence.tells_by_capitals and any(
        token.capital for token in sentence.tokens[max(start, 1) : end]
    )


def _contradicts(tokens: list[Token], phrase: Phrase) -> bool:
    """Whether the marks typed, where words stand for words, are those of other words."""
    if len(tokens) != len(phrase.words):
        return False
    for token, word, folded in zip(tokens, phrase.words, phrase.folded, strict=True):
        if token.folded == folded and not agrees(token.text, word, exactly=False):
            return True
        if token.folded != folded and tone_of(token.text) not in ("", tone_of(word)):
            return True
    return False


def _is_likely(
    sentence: Sentence, start: int, tokens: list[Token], phrase: Phrase, said: set[str]
) -> bool:
    """Whether it is a slip rather than other words, of which names are made.

    What is no syllable is a slip of one; else only what is asked for most is guessed.
    """
    slipped = [i for i, t in enumerate(tokens, start) if t.folded not in phrase.folded]
    if abs(len(tokens) - len(phrase.folded)) > 1 or any(_means(sentence, i) for i in slipped):
        return False
    led = _is_led(sentence, start, phrase)
    strange = any(not is_syllable(sentence.tokens[i].folded) for i in slipped)
    if strange and (led or all(map(is_syllable, phrase.folded))):
        return True
    return not said & _CONTENDERS.get(phrase.field, set()) and _is_common(phrase, led=led)


def _is_led(sentence: Sentence, start: int, phrase: Phrase) -> bool:
    """Whether a word such as "gần" or "có" leads it in."""
    return any(
        found.end == start
        for at in range(max(0, start - 3), start)
        for name in _LEADS.get(phrase.field, ())
        for found in sentence.find_all(at, name)
    )


def _is_common(phrase: Phrase, *, led: bool) -> bool:
    """Whether so many ask for it that words like it are rather meant so than as a name."""
    size = len(phrase.joined)
    match phrase.field:
        case "kind":
            return phrase.first and size >= SHORTEST
        case "amenity":
            return phrase.first and led
        case "place":
            return phrase.folded[0] in _HEADS and size >= SHORTEST
        case "area":
            return size >= SHORTEST_AREA
    return phrase.field == "weekend"


def _means(sentence: Sentence, at: int) -> bool:
    """Whether the word is known, as it is spelled, for something that is asked for."""
    found = sentence.find(at, *_MEANINGFUL) if sentence.knows(at) else None
    return found is not None and found.end == at + 1
