"""Phrases and what they mean, found at any place of a sentence in spite of slips of the hand."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from app.search.understanding.tokens import MARK, WORD, Token, agrees, tokenise
from app.syllables import is_syllable, without_telex

SHORTEST_WITH_SLIP = 5
SHORTEST_JOINED = 6
LONGEST_WORD = 24
# Too small and too vague to be read out of keystrokes: "mer" is no "me".
_NEVER_TELEX = {"filler", "asking", "opinion", "describing", "short_relative_day", "short_people"}
_SKIPPED = {"-", "–", ".", "&", "'", "’", "`"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a phrase stands for, and the words it is written with, marks and all."""

    field: str
    value: Any
    words: tuple[str, ...]
    exactly: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A meaning in a sentence: tokens `start` to before `end`."""

    start: int
    end: int
    field: str
    value: Any


@dataclass(frozen=True, slots=True)
class Phrase:
    """Several words with one meaning; `first` where it is the proper name of what it means."""

    words: tuple[str, ...]
    folded: tuple[str, ...]
    field: str
    value: Any
    first: bool

    @property
    def joined(self) -> str:
        return "".join(self.folded)


@dataclass(slots=True)
class _Node:
    children: dict[str, "_Node"] = field(default_factory=dict)
    meanings: list[Meaning] = field(default_factory=list)


class Vocabulary:
    """A tree of folded words. Words of five letters or more bear one slip, Telex is undone."""

    def __init__(self) -> None:
        self.words: set[str] = set()
        # Words that may have slipped, and what they are with one letter missing.
        self._bearing: set[str] = set()
        self._root = _Node()
        self._nearly: dict[str, set[str]] = {}
        self.phrases: list[Phrase] = []

    def add(
        self, phrase: str, meant: str, value: Any, *, joined: bool = False, first: bool = False
    ) -> None:
        """`phrase` means `value`; `joined`: also where its words are written as one."""
        exactly = phrase.startswith("=")
        tokens = [t for t in tokenise(phrase.removeprefix("=")) if t.kind != MARK or t.text == "/"]
        words = tuple(token.text for token in tokens)
        self._plant([t.folded for t in tokens], Meaning(meant, value, words, exactly))
        if len(tokens) > 1:
            folded = tuple(t.folded for t in tokens)
            self.phrases.append(Phrase(words, folded, meant, value, first))
        whole = "".join(t.folded for t in tokens)
        if joined and len(tokens) > 1 and len(whole) >= SHORTEST_JOINED and whole.isalpha():
            self._plant([whole], Meaning(meant, value, ("".join(words),), False), slips=False)

    def add_all(
        self, phrases: Iterable[str], meant: str, value: Any, *, joined: bool = False
    ) -> None:
        for number, phrase in enumerate(phrases):
            self.add(phrase, meant, value, joined=joined, first=number == 0)

    def _plant(self, folded: list[str], meaning: Meaning, *, slips: bool = True) -> None:
        node = self._root
        for word in folded:
            node = node.children.setdefault(word, _Node())
            self._learn(word, slips=slips)
        if all((m.field, m.value) != (meaning.field, meaning.value) for m in node.meanings):
            node.meanings.append(meaning)

    def _learn(self, word: str, *, slips: bool) -> None:
        """Know a word, and with `slips` what it may turn into."""
        if word in self.words:
            return
        self.words.add(word)
        if slips and len(word) >= SHORTEST_WITH_SLIP and word.isalpha():
            self._bearing.add(word)
            for shorter in with_one_less(word):
                self._nearly.setdefault(shorter, set()).add(word)

    def forms(self, token: Token) -> list[tuple[str, int]]:
        """The words a token may stand for, each with the number of slips that takes."""
        word = token.folded
        if token.kind != WORD or word in self.words or len(word) > LONGEST_WORD:
            return [(word, 0)]
        forms = [(word, 0)]
        telex = without_telex(word)
        if telex in self.words and telex:
            forms.append((telex, 0))
        if len(word) >= SHORTEST_WITH_SLIP - 1 and not is_syllable(word):
            forms.extend((meant, 1) for meant in sorted(self._slips(word)))
        return forms

    def _slips(self, word: str) -> set[str]:
        """Known words one slip away; the first letter is hardly ever the wrong one."""
        near = set(self._nearly.get(word, ()))
        for shorter in with_one_less(word):
            near |= self._nearly.get(shorter, set())
            if shorter in self._bearing:
                near.add(shorter)
        return {meant for meant in near if meant[0] == word[0] and one_slip(word, meant)}

    def found(
        self, tokens: list[Token], forms: list[list[tuple[str, int]]], at: int, *, telex: bool
    ) -> list[Found]:
        """Every meaning that begins at token `at`, the longest first.

        `telex` says that the sentence is plainly typed so, and small words may be read out of it.
        """
        found = [
            Found(at, path[-1] + 1, meaning.field, meaning.value)
            for node, path in self._walk(tokens, forms, self._root, (), at, 0)
            for meaning in node.meanings
            if _spelled(meaning, [tokens[i] for i in path])
            and not (len(path) == 1 and not telex and self._is_read_into(meaning, tokens[at]))
        ]
        return sorted(found, key=lambda f: -f.end)

    def _is_read_into(self, meaning: Meaning, token: Token) -> bool:
        return meaning.field in _NEVER_TELEX and token.folded not in self.words

    def _walk(
        self,
        tokens: list[Token],
        forms: list[list[tuple[str, int]]],
        node: _Node,
        path: tuple[int, ...],
        at: int,
        slips: int,
    ) -> Iterator[tuple[_Node, tuple[int, ...]]]:
        if path and at < len(tokens) - 1 and tokens[at].text in _SKIPPED:
            at += 1
        if at >= len(tokens):
            return
        for word, cost in forms[at]:
            child = node.children.get(word)
            if child is None or slips + cost > 1:
                continue
            here = (*path, at)
            if child.meanings:
                yield child, here
            if child.children:
                yield from self._walk(tokens, forms, child, here, at + 1, slips + cost)


def _spelled(meaning: Meaning, tokens: list[Token]) -> bool:
    """Whether the marks typed leave this meaning open; in longer phrases any slip of them may."""
    if len(meaning.words) != len(tokens):
        return True
    if not meaning.exactly and len(tokens) > 1:
        return True
    pairs = zip(tokens, meaning.words, strict=True)
    return all(agrees(token.text, word, exactly=meaning.exactly) for token, word in pairs)


def with_one_less(word: str) -> Iterator[str]:
    for i in range(len(word)):
        yield word[:i] + word[i + 1 :]


def one_slip(typed: str, meant: str) -> bool:
    """One letter too many, missing, wrong, or two neighbours exchanged."""
    if len(typed) > len(meant):
        typed, meant = meant, typed
    start = 0
    while start < len(typed) and typed[start] == meant[start]:
        start += 1
    if len(typed) < len(meant):
        return len(meant) - len(typed) == 1 and typed[start:] == meant[start + 1 :]
    rest, other = typed[start:], meant[start:]
    return rest[1:] == other[1:] or (rest[:2] == other[1::-1] and rest[2:] == other[2:])
